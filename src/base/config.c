/* Config trees: see config.h. */
#include "base/config.h"

#include "base/file.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- errors of syntax, in our words ---- */

/* What stands at the place, of "… near 'token'"; NULL: the end. */
static const char *token_of(const json_error_t *at, char out[48]) {
    const char *near = strstr(at->text, " near '");
    size_t n = near ? strlen(near + 7) : 0;
    if (!near || n < 1) return NULL;
    snprintf(out, 48, "%.*s", (int)n - 1, near + 7);
    if (out[0] == '\n' || out[0] == '\r') return "the end of the line";
    return out;
}

/* jansson counts to the end of the token. */
static int column_of(const json_error_t *at, const char *token) {
    int column = at->column, letters = 0;
    for (; token && *token; token++) letters += (*token & 0xc0) != 0x80;
    return column - letters + 1 > 0 && letters ? column - letters + 1 : column > 0 ? column : 1;
}

static void tell_syntax(const char *said, const char *token, char out[256]) {
    char first = token ? token[0] : 0;
    if (first == '\'')
        snprintf(out, 256, "found ', expected \": names and texts have double quotes");
    else if (first == '/' || first == '#')
        snprintf(out, 256, "found %s: JSON has no comments", token);
    else if (strstr(said, "string or '}'") && first == '}')
        snprintf(out, 256, "found }, expected a key: there is a comma too many");
    else if (strstr(said, "unexpected token") && first == ']')
        snprintf(out, 256, "found ], expected a value: there is a comma too many");
    else if (strstr(said, "string or '}'"))
        snprintf(out, 256, "found %s, expected a key in double quotes", token);
    else if (!strncmp(said, "'}' expected", 12) || !strncmp(said, "']' expected", 12))
        snprintf(out, 256, "found %s, expected a comma or %c", token, said[1]);
    else if (strstr(said, "':' expected"))
        snprintf(out, 256, "found %s, expected : after the key", token);
    else if (strstr(said, "'[' or '{'"))
        snprintf(out, 256, "found %s, expected an object {…} or a list […]", token);
    else if (strstr(said, "escape"))
        snprintf(out, 256,
                 "in %s\": after \\ only \" \\ / b f n r t and u with four digits may stand",
                 token);
    else if (strstr(said, "newline") || strstr(said, "control character"))
        snprintf(out, 256, "in %s…: a text ends in its line; a line's end in it is written \\n",
                 token);
    else snprintf(out, 256, "found %s, expected a value", token ? token : "this");
}

static mica_status fail_syntax(const char *name, const json_error_t *at, size_t length,
                               mica_error *err) {
    char room[48], told[256];
    const char *token = token_of(at, room);
    switch ((int)json_error_code(at)) {
    case json_error_premature_end_of_input:
        snprintf(told, sizeof told, "the text ends too early: a value, ] or } is missing");
        break;
    case json_error_duplicate_key:
        snprintf(told, sizeof told, "duplicate key %s", token ? token : "");
        break;
    case json_error_end_of_input_expected:
        snprintf(told, sizeof told, "found %s after the end of the value", token ? token : "more");
        break;
    case json_error_invalid_utf8: snprintf(told, sizeof told, "this is no UTF-8 text"); break;
    case json_error_numeric_overflow:
        snprintf(told, sizeof told, "the number %s is too large", token ? token : "");
        break;
    case json_error_stack_overflow: snprintf(told, sizeof told, "nested too deep"); break;
    case json_error_null_character:
    case json_error_null_byte_in_key: snprintf(told, sizeof told, "a zero in a text"); break;
    case json_error_out_of_memory: return fail_memory(err, length, name);
    default: tell_syntax(at->text, token, told);
    }
    return fail(err, MICA_FORMAT, "%s: line %d, column %d: %s", name, at->line,
                column_of(at, token == room ? token : NULL), told);
}

static mica_status parse(const char *text, size_t length, const char *name, size_t flags,
                         json_t **out, mica_error *err) {
    json_error_t at;
    size_t blank = 0;
    while (blank < length && strchr(" \t\r\n", text[blank]) && text[blank]) blank++;
    *out = NULL;
    if (blank == length) return fail(err, MICA_FORMAT, "%s: empty, expected JSON", name);
    *out = json_loadb(text, length, JSON_REJECT_DUPLICATES | flags, &at);
    return *out ? MICA_OK : fail_syntax(name, &at, length, err);
}

mica_status config_parse(const char *text, size_t length, const char *name, json_t **out,
                         mica_error *err) {
    return parse(text, length, name, JSON_DECODE_ANY, out, err);
}

/* A file or a pipe; some editors put a byte order mark in front. */
mica_status config_load(const char *path, json_t **out, mica_error *err) {
    file_bytes b = {0};
    *out = NULL;
    if (file_is_folder(path)) return fail(err, MICA_IO, "%s: a folder, expected a file", path);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail_errno(err, path, "open");
    mica_status status = file_read_descriptor(file, path, &b, err);
    close(file);
    TRY(status);
    size_t mark = b.size >= 3 && !memcmp(b.data, "\xef\xbb\xbf", 3) ? 3 : 0;
    status = parse((const char *)b.data + mark, b.size - mark, path, 0, out, err);
    free(b.data);
    return status;
}

typedef struct writer {
    strbuf *out;
    int indent, depth; /* indent 0: all in one line, in ASCII */
} writer;

static void put(writer *w, const json_t *value);

static void put_string(writer *w, const json_t *value) {
    char *quoted = json_dumps(value, JSON_ENCODE_ANY | (w->indent ? 0 : JSON_ENSURE_ASCII));
    if (quoted) strbuf_put(w->out, quoted, strlen(quoted));
    else w->out->failed = true;
    free(quoted);
}

/* Before an item, or the end, of a list or an object. */
static void put_gap(writer *w, bool first, bool end) {
    if (!first && !end) strbuf_add(w->out, w->indent ? "," : ", ");
    if (w->indent) strbuf_add(w->out, "\n%*s", w->indent * w->depth, "");
}

static void put_object(writer *w, const json_t *value) {
    const char *key;
    json_t *item;
    bool first = true;
    strbuf_put(w->out, "{", 1);
    w->depth++;
    json_object_foreach((json_t *)value, key, item) {
        json_t *name = json_string(key);
        put_gap(w, first, false);
        put_string(w, name);
        json_decref(name);
        strbuf_put(w->out, ": ", 2);
        put(w, item);
        first = false;
    }
    w->depth--;
    if (!first) put_gap(w, false, true);
    strbuf_put(w->out, "}", 1);
}

static void put_array(writer *w, const json_t *value) {
    size_t i;
    json_t *item;
    strbuf_put(w->out, "[", 1);
    w->depth++;
    json_array_foreach(value, i, item) {
        put_gap(w, i == 0, false);
        put(w, item);
    }
    w->depth--;
    if (json_array_size(value)) put_gap(w, false, true);
    strbuf_put(w->out, "]", 1);
}

/* Reals: jansson prints 17 digits (0.1 as 0.10000000000000001); people read these files. */
static void put_real(strbuf *out, double real) {
    char digits[32];
    format_real(digits, real);
    strbuf_add(out, strpbrk(digits, ".en") ? "%s" : "%s.0", digits);
}

static void put(writer *w, const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT: put_object(w, value); return;
    case JSON_ARRAY: put_array(w, value); return;
    case JSON_STRING: put_string(w, value); return;
    case JSON_INTEGER:
        strbuf_add(w->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return;
    case JSON_REAL: put_real(w->out, json_real_value(value)); return;
    case JSON_TRUE: strbuf_put(w->out, "true", 4); return;
    case JSON_FALSE: strbuf_put(w->out, "false", 5); return;
    case JSON_NULL: strbuf_put(w->out, "null", 4); return;
    }
}

static char *text_of(const json_t *tree, int indent) {
    strbuf out = {0};
    writer w = {&out, indent, 0};
    if (tree) put(&w, tree);
    else out.failed = true;
    if (out.failed) strbuf_free(&out);
    return out.data;
}

char *config_text(const json_t *tree) { return text_of(tree, 0); }
char *config_text_indented(const json_t *tree) { return text_of(tree, 2); }

const char *config_member(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

const char *config_kind(const json_t *value) {
    if (!value) return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "an integer";
    case JSON_REAL: return "a number";
    case JSON_NULL: return "null";
    default: return "a boolean";
    }
}

const char *config_show(const json_t *value, char text[CONFIG_SHOWN]) {
    if (!json_is_number(value) && !json_is_string(value) && !json_is_boolean(value))
        return config_kind(value);
    char *own = config_text(value);
    snprintf(text, CONFIG_SHOWN, "%.60s", own ? own : "?");
    free(own);
    return text;
}

bool config_short_class(const json_t *value, const char **name, const json_t **config) {
    if (config_class(value, name, config)) return true;
    if (json_object_size(value) != 1) return false;
    void *only = json_object_iter((json_t *)value);
    *name = json_object_iter_key(only);
    *config = json_object_iter_value(only);
    return json_is_object(*config) || json_is_null(*config);
}

bool config_class(const json_t *value, const char **name, const json_t **config) {
    *config = NULL;
    if (json_is_string(value)) return *name = json_string_value(value), true;
    *name = json_string_value(json_object_get(value, "class_name"));
    *config = json_object_get(value, "config");
    return *name != NULL;
}

static bool is_among(const char *key, const char *const *list) {
    for (; list && *list; list++)
        if (!strcmp(*list, key)) return true;
    return false;
}

/* Keras's serialize_keras_object, of Keras 2 (shared_object_id) and 3. */
static const char *const beside_class[] = {
    "class_name",   "config",         "module",           "registered_name",
    "build_config", "compile_config", "shared_object_id", NULL};

mica_status config_class_check(const json_t *value, const char *what, const char *const *more,
                               mica_error *err) {
    static const char *const meant[] = {"config", NULL};
    const char *key, *name = config_member(value, "class_name");
    json_t *item;
    if (!name) return MICA_OK;
    json_object_foreach((json_t *)value, key, item) {
        if (is_among(key, beside_class) || is_among(key, more)) continue;
        if (nearest_name(key, meant))
            return fail(err, MICA_NAME,
                        "%s: unknown key '%s' beside class_name (did you mean 'config'?)", what,
                        key);
        return fail(err, MICA_NAME,
                    "%s: '%s' stands beside class_name, expected within config: {\"class_name\": "
                    "\"%s\", \"config\": {\"%s\": …}}",
                    what, key, name, key);
    }
    return MICA_OK;
}
