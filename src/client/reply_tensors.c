/* Tensors of replies, as JSON and as bytes: see reply.h. */
#include "client/reply.h"
#include "client/reply_inside.h"
#include "tensor/open_inference.h"

#include <math.h>
#include <string.h>

/* The bytes behind the JSON that no tensor has taken. */
typedef struct binary_part {
    const char *at;
    size_t left;
} binary_part;

static mica_status read_shape(const json_t *list, int64_t least, mica_shape *out, mica_error *err) {
    const size_t rank = json_array_size(list);
    if (!json_is_array(list) || rank > MICA_MAX_RANK)
        return reply_expected(err, "expected a list of extents as \"shape\"", list);
    out->rank = (int)rank;
    for (size_t i = 0; i < rank; i++) {
        const json_t *extent = json_array_get(list, i);
        if (!json_is_integer(extent) || json_integer_value(extent) < least)
            return reply_expected(err, "expected an extent in \"shape\"", extent);
        out->dims[i] = json_integer_value(extent);
    }
    return MICA_OK;
}

static mica_status read_value(const json_t *from, int64_t least, arena *memory,
                              mica_client_tensor *out, mica_error *err) {
    const json_t *name = json_object_get(from, "name"), *type = json_object_get(from, "datatype");
    if (!json_is_string(name)) return reply_expected(err, "expected a tensor's \"name\"", from);
    if (!v2_dtype(json_string_value(type), &out->dtype))
        return reply_expected(err, "expected a tensor's \"datatype\"", type);
    out->name = arena_text(memory, json_string_value(name));
    if (!out->name) return fail_no_memory(err, "a tensor");
    return read_shape(json_object_get(from, "shape"), least, &out->shape, err);
}

static mica_status take_list(const json_t *list, arena *memory, mica_client_tensor **out,
                             int *count, mica_error *err) {
    const size_t n = json_array_size(list);
    *out = NULL;
    *count = 0;
    if (!list) return MICA_OK;
    if (!json_is_array(list) || n > INT32_MAX)
        return reply_expected(err, "expected a list of tensors", list);
    *out = arena_take(memory, (n + 1) * sizeof **out);
    if (!*out) return fail_no_memory(err, "tensors");
    *count = (int)n;
    return MICA_OK;
}

mica_status reply_values(const json_t *list, arena *memory, mica_client_tensor **out, int *count,
                         mica_error *err) {
    TRY(take_list(list, memory, out, count, err));
    for (int i = 0; i < *count; i++)
        TRY(read_value(json_array_get(list, (size_t)i), -1, memory, &(*out)[i], err));
    return MICA_OK;
}

/* ---- elements ---- */

/* How many elements a tensor has; -1: more than memory has bytes. */
static int64_t elements_of(const mica_client_tensor *t) {
    int64_t count = 1, bytes = (int64_t)mica_dtype_size(t->dtype);
    for (int i = 0; i < t->shape.rank; i++)
        if (__builtin_mul_overflow(count, t->shape.dims[i], &count) ||
            __builtin_mul_overflow(bytes, t->shape.dims[i], &bytes))
            return -1;
    return count;
}

/* A list deeper than any shape is no list of elements but an element, of a wrong type: all that
 * walks through `data` asks this, so that as many are stored as were counted. */
static bool holds_elements(const json_t *list, int depth) {
    return json_is_array(list) && depth < MICA_MAX_RANK;
}

/* How many values stand in lists in lists. */
static int64_t count_values(const json_t *list, int depth) {
    int64_t count = 0;
    if (!holds_elements(list, depth)) return 1;
    for (size_t i = 0; i < json_array_size(list); i++)
        count += count_values(json_array_get(list, i), depth + 1);
    return count;
}

static bool store(const json_t *value, mica_dtype dtype, char *at, arena *memory) {
    const bool real = dtype_is_float(dtype);
    if (dtype == MICA_STRING) {
        const size_t size = json_string_length(value);
        char *own = json_is_string(value) ? arena_take(memory, size + 1) : NULL;
        if (own) memcpy(own, json_string_value(value), size);
        *(mica_string *)at = (mica_string){own, size};
        return own != NULL;
    }
    if (dtype == MICA_BOOL) return *at = json_is_true(value), json_is_boolean(value);
    if (real) {
        dtype_store(dtype, at, json_is_null(value) ? NAN : json_number_value(value));
        return json_is_null(value) || json_is_number(value);
    }
    if (!json_is_integer(value)) return false;
    dtype_store_int(dtype, at, json_integer_value(value));
    return dtype_load_int(dtype, at) == json_integer_value(value);
}

static mica_status store_values(const json_t *list, int depth, mica_dtype dtype, char **at,
                                arena *memory, mica_error *err) {
    const size_t size = mica_dtype_size(dtype);
    if (!holds_elements(list, depth)) {
        const bool stored = store(list, dtype, *at, memory);
        *at += size;
        return stored ? MICA_OK : reply_expected(err, "expected an element of its type", list);
    }
    for (size_t i = 0; i < json_array_size(list); i++)
        TRY(store_values(json_array_get(list, i), depth + 1, dtype, at, memory, err));
    return MICA_OK;
}

static mica_status read_json_elements(const json_t *data, mica_client_tensor *t, arena *memory,
                                      mica_error *err) {
    const int64_t count = elements_of(t);
    char text[128];
    shape_format(&t->shape, text);
    if (!json_is_array(data))
        return fail(err, MICA_FORMAT,
                    "the reply: tensor \"%.200s\" of shape %s has no list \"data\"", t->name, text);
    const int64_t found = count_values(data, 0);
    if (found != count)
        return fail(err, MICA_FORMAT, "the reply: tensor \"%.200s\" of shape %s has %lld elements",
                    t->name, text, (long long)found);
    char *at = arena_take(memory, (size_t)count * mica_dtype_size(t->dtype) + 1);
    if (!at) return fail_no_memory(err, t->name);
    t->data = at;
    return store_values(data, 0, t->dtype, &at, memory, err);
}

static mica_status read_bytes(size_t size, mica_client_tensor *t, binary_part *rest, arena *memory,
                              mica_error *err) {
    const int64_t count = elements_of(t);
    const size_t each = t->dtype == MICA_STRING ? 4 : mica_dtype_size(t->dtype);
    char text[128], what[280];
    shape_format(&t->shape, text);
    const bool fits = count >= 0 && size <= rest->left &&
                      (t->dtype == MICA_STRING ? (size_t)count <= size / each
                                               : (size_t)count * each == size);
    if (!fits)
        return fail(err, MICA_FORMAT,
                    "the reply: tensor \"%.200s\" of shape %s has %zu bytes of %zu that are left",
                    t->name, text, size, rest->left);
    const char *at = rest->at;
    rest->at += size;
    rest->left -= size;
    if (t->dtype != MICA_STRING) {
        t->data = arena_copy(memory, at, size ? size : 1);
        return t->data ? MICA_OK : fail_memory(err, size, t->name);
    }
    mica_string *texts = arena_take(memory, (size_t)(count + 1) * sizeof *texts);
    if (!texts) return fail_no_memory(err, t->name);
    t->data = texts;
    snprintf(what, sizeof what, "the reply: tensor \"%.200s\"", t->name);
    return v2_read_texts(what, at, size, count, texts, memory, err);
}

static mica_status read_tensors(const json_t *list, binary_part *rest, arena *memory,
                                mica_client_tensor **out, int *count, mica_error *err) {
    TRY(take_list(list, memory, out, count, err));
    for (int i = 0; i < *count; i++) {
        const json_t *from = json_array_get(list, (size_t)i);
        const json_t *size = json_object_get(json_object_get(from, "parameters"),
                                             "binary_data_size");
        mica_client_tensor *t = &(*out)[i];
        TRY(read_value(from, 0, memory, t, err));
        if (json_is_integer(size) && json_integer_value(size) >= 0 && rest)
            TRY(read_bytes((size_t)json_integer_value(size), t, rest, memory, err));
        else TRY(read_json_elements(json_object_get(from, "data"), t, memory, err));
    }
    return MICA_OK;
}

mica_status reply_json_tensors(const json_t *list, arena *memory, mica_client_tensor **out,
                               int *count, mica_error *err) {
    return read_tensors(list, NULL, memory, out, count, err);
}

static mica_status read_answer(const json_t *tree, binary_part *rest, arena *memory,
                               mica_answer *out, mica_error *err) {
    const json_t *outputs = json_object_get(tree, "outputs");
    mica_client_tensor *values;
    out->model = reply_text(tree, "model_name", memory);
    out->version = reply_text(tree, "model_version", memory);
    if (!out->model || !out->version) return fail_no_memory(err, "an answer");
    if (!json_is_array(outputs) || !json_array_size(outputs))
        return reply_expected(err, "expected an object with \"outputs\"", tree);
    TRY(read_tensors(outputs, rest, memory, &values, &out->outputs, err));
    out->output = values;
    out->rows = values[0].shape.rank ? values[0].shape.dims[0] : 1;
    if (!rest->left) return MICA_OK;
    return fail(err, MICA_FORMAT, "the reply: %zu bytes follow the last tensor", rest->left);
}

mica_status reply_tensors(const char *body, size_t length, size_t json_length, arena *memory,
                          mica_answer *out, mica_error *err) {
    json_t *tree;
    *out = (mica_answer){0};
    if (json_length == SIZE_MAX) json_length = length;
    if (json_length > length)
        return fail(err, MICA_FORMAT, "the reply: its JSON has %zu bytes by the header, all %zu",
                    json_length, length);
    binary_part rest = {body + json_length, length - json_length};
    TRY(reply_parse(body, json_length, &tree, err));
    mica_status status = read_answer(tree, &rest, memory, out, err);
    json_decref(tree);
    return status;
}
