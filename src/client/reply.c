/* Replies as JSON: see reply.h. Tensors are read in reply_tensors.c. */
#include "client/reply.h"

#include "base/config.h"
#include "client/reply_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

static mica_status status_of_name(const char *name) {
    for (int i = 1; name && i < MICA_STATUS_COUNT; i++)
        if (!strcmp(status_name((mica_status)i), name)) return (mica_status)i;
    return MICA_OK;
}

static mica_status status_of_code(int code) {
    switch (code) {
    case 401:
    case 403: return MICA_STATE;
    case 404: return MICA_NAME;
    case 408:
    case 504: return MICA_TIMEOUT;
    case 415:
    case 501: return MICA_UNSUPPORTED;
    case 429:
    case 503: return MICA_BUSY;
    default: return code >= 400 && code < 500 ? MICA_VALUE : MICA_IO;
    }
}

/* As much of a text as a message takes, with nothing in it that a terminal obeys. */
static void plain_text(const char *text, size_t length, char *out, size_t room) {
    size_t n = length < room - 1 ? length : room - 1;
    while (n < length && n && ((unsigned char)text[n] & 0xc0) == 0x80) n--; /* no half letter */
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        const bool control = c < ' ' || c == 0x7f ||
                             (c == 0xc2 && i + 1 < n && (unsigned char)text[i + 1] < 0xa0);
        out[i] = control ? ' ' : text[i];
        if (control && c == 0xc2) out[++i] = ' ';
    }
    out[n] = 0;
}

mica_status reply_error(int code, const char *body, size_t length, const char *model,
                        const char *url, mica_error *err) {
    enum { MOST_PARSED = 65536 };
    char said[700], name[140];
    json_t *tree = length && length <= MOST_PARSED ? json_loadb(body, length, 0, NULL) : NULL;
    const json_t *text = json_object_get(tree, "error");
    mica_status status = status_of_name(json_string_value(json_object_get(tree, "code")));
    if (!status || code == 401 || code == 403 || code == 404) status = status_of_code(code);
    if (json_is_string(text))
        plain_text(json_string_value(text), json_string_length(text), said, sizeof said);
    else plain_text(body, length < 200 ? length : 200, said, sizeof said);
    json_decref(tree);
    const char *of = model ? model : url;
    plain_text(of, strlen(of), name, sizeof name);
    return fail(err, status, "%s%s: HTTP %d%s%s", model ? "model " : "", name, code,
                said[0] ? ": " : "", said);
}

/* ---- what all replies share ---- */

mica_status reply_parse(const char *body, size_t length, json_t **out, mica_error *err) {
    return config_parse(body, length, "the reply", out, err);
}

mica_status reply_expected(mica_error *err, const char *what, const json_t *found) {
    char text[CONFIG_SHOWN];
    return fail(err, MICA_FORMAT, "the reply: %s, found %s", what,
                found ? config_show(found, text) : "nothing");
}

const char *reply_text(const json_t *tree, const char *name, arena *memory) {
    const char *text = json_string_value(json_object_get(tree, name));
    return arena_text(memory, text ? text : "");
}

/* ---- models ---- */

static mica_status read_versions(const json_t *tree, arena *memory, mica_client_model *out,
                                 mica_error *err) {
    const json_t *list = json_object_get(tree, "versions");
    const size_t count = json_array_size(list);
    const char **texts = arena_take(memory, (count + 1) * sizeof *texts);
    if (!texts) return fail_no_memory(err, "versions");
    for (size_t i = 0; i < count; i++) {
        const json_t *version = json_array_get(list, i);
        if (!json_is_string(version))
            return reply_expected(err, "expected texts as \"versions\"", version);
        if (!(texts[i] = arena_text(memory, json_string_value(version))))
            return fail_no_memory(err, "versions");
    }
    out->versions = texts;
    out->version_count = (int)count;
    return MICA_OK;
}

static mica_status read_model(const json_t *tree, arena *memory, mica_client_model *out,
                              mica_error *err) {
    const json_t *parameters = json_object_get(tree, "parameters");
    mica_client_tensor *values;
    if (!json_is_string(json_object_get(tree, "name")))
        return reply_expected(err, "expected an object with a \"name\"", tree);
    *out = (mica_client_model){.name = reply_text(tree, "name", memory),
                               .version = reply_text(tree, "version", memory),
                               .state = reply_text(tree, "state", memory)};
    if (!out->name || !out->version || !out->state) return fail_no_memory(err, "a model");
    out->classifier = json_is_true(json_object_get(parameters, "classifier"));
    TRY(read_versions(tree, memory, out, err));
    TRY(reply_values(json_object_get(tree, "inputs"), memory, &values, &out->inputs, err));
    out->input = values;
    TRY(reply_values(json_object_get(tree, "outputs"), memory, &values, &out->outputs, err));
    out->output = values;
    return MICA_OK;
}

mica_status reply_model(const char *body, size_t length, arena *memory, mica_client_model *out,
                        mica_error *err) {
    json_t *tree;
    TRY(reply_parse(body, length, &tree, err));
    mica_status status = read_model(tree, memory, out, err);
    if (status == MICA_OK && (!out->inputs || !out->outputs))
        status = reply_expected(err, "expected \"inputs\" and \"outputs\"", NULL);
    json_decref(tree);
    return status;
}

static mica_status read_models(const json_t *tree, arena *memory, mica_client_model **out,
                               int *count, mica_error *err) {
    const size_t n = json_array_size(tree);
    if (!json_is_array(tree) || n > INT32_MAX)
        return reply_expected(err, "expected a list of models", tree);
    *out = arena_take(memory, (n + 1) * sizeof **out);
    if (!*out) return fail_no_memory(err, "models");
    for (size_t i = 0; i < n; i++)
        TRY(read_model(json_array_get(tree, i), memory, &(*out)[i], err));
    *count = (int)n;
    return MICA_OK;
}

mica_status reply_models(const char *body, size_t length, arena *memory, mica_client_model **out,
                         int *count, mica_error *err) {
    json_t *tree;
    TRY(reply_parse(body, length, &tree, err));
    mica_status status = read_models(tree, memory, out, count, err);
    json_decref(tree);
    return status;
}

/* ---- predictions ---- */

static mica_status read_class(const json_t *from, arena *memory, mica_class *out, mica_error *err) {
    const json_t *name = json_object_get(from, "class"), *index = json_object_get(from, "index"),
                 *score = json_object_get(from, "probability");
    const bool scored = json_is_number(score) || json_is_null(score);
    if (!json_is_string(name) || !json_is_integer(index) || !scored)
        return reply_expected(err, "expected {\"class\", \"index\", \"probability\"}", from);
    out->name = arena_text(memory, json_string_value(name));
    out->index = json_integer_value(index);
    out->score = json_is_number(score) ? json_number_value(score) : NAN;
    return out->name ? MICA_OK : fail_no_memory(err, "classes");
}

/* The classes of one row, `top` of them. */
static mica_status read_row(const json_t *from, size_t top, arena *memory, mica_class *out,
                            mica_error *err) {
    const json_t *list = json_object_get(from, "top");
    if (!list && top == 1) return read_class(from, memory, out, err);
    if (!json_is_array(list) || json_array_size(list) != top)
        return reply_expected(err, "expected as many classes of each row as of the first", list);
    for (size_t k = 0; k < top; k++) TRY(read_class(json_array_get(list, k), memory, &out[k], err));
    return MICA_OK;
}

static mica_status read_classes(const json_t *list, bool picture, arena *memory, mica_answer *out,
                                mica_error *err) {
    const json_t *first = json_array_get(list, 0), *of_first = json_object_get(first, "top");
    const size_t n = json_array_size(list), rows = picture ? 1 : n;
    const size_t top = picture ? n : json_is_array(of_first) ? json_array_size(of_first) : 1;
    out->rows = (int64_t)rows;
    if (!json_object_get(first, "class")) return MICA_OK; /* values: they are among the outputs */
    /* Every class stands in the reply, so rows * top is bounded by what was read of it: rows are
     * checked before there is room for the next. */
    for (size_t i = 0; i < n && !picture; i++) {
        const json_t *own = json_object_get(json_array_get(list, i), "top");
        if ((own ? json_array_size(own) : 1) != top)
            return reply_expected(err, "expected as many classes of each row as of the first", own);
    }
    mica_class *classes = arena_take(memory, (rows * top + 1) * sizeof *classes);
    if (!classes || top > INT32_MAX) return fail_no_memory(err, "classes");
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        TRY(picture ? read_class(item, memory, &classes[i], err)
                    : read_row(item, top, memory, &classes[i * top], err));
    }
    out->top = (int)top;
    out->classes = classes;
    return MICA_OK;
}

static mica_status read_predictions(const json_t *tree, bool picture, arena *memory,
                                    mica_answer *out, mica_error *err) {
    const json_t *list = json_object_get(tree, "predictions");
    mica_client_tensor *values;
    out->model = reply_text(tree, "model", memory);
    out->version = reply_text(tree, "version", memory);
    if (!out->model || !out->version) return fail_no_memory(err, "an answer");
    if (!list) return reply_expected(err, "expected an object with \"predictions\"", tree);
    if (json_is_array(list)) TRY(read_classes(list, picture, memory, out, err));
    TRY(reply_json_tensors(json_object_get(tree, "outputs"), memory, &values, &out->outputs, err));
    out->output = values;
    return MICA_OK;
}

mica_status reply_predictions(const char *body, size_t length, bool picture, arena *memory,
                              mica_answer *out, mica_error *err) {
    json_t *tree;
    TRY(reply_parse(body, length, &tree, err));
    *out = (mica_answer){0};
    mica_status status = read_predictions(tree, picture, memory, out, err);
    json_decref(tree);
    return status;
}
