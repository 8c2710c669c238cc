/* Config trees: see config.h. */
#include "base/config.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

mica_status config_parse(const char *text, size_t length, const char *name, json_t **out,
                         mica_error *err) {
    json_error_t at;
    *out = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
    if (*out) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: line %d, column %d: %s", name, at.line, at.column, at.text);
}

mica_status config_load(const char *path, json_t **out, mica_error *err) {
    json_error_t at;
    *out = json_load_file(path, JSON_REJECT_DUPLICATES, &at);
    if (*out) return MICA_OK;
    if (at.line < 0) return fail(err, MICA_IO, "%s: %s", path, at.text);
    return fail(err, MICA_FORMAT, "%s: line %d, column %d: %s", path, at.line, at.column, at.text);
}

static void put(strbuf *out, const json_t *value);

static void put_string(strbuf *out, const json_t *value) {
    char *quoted = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    if (quoted) strbuf_put(out, quoted, strlen(quoted));
    else out->failed = true;
    free(quoted);
}

static void put_object(strbuf *out, const json_t *value) {
    const char *key, *comma = "";
    json_t *item;
    strbuf_put(out, "{", 1);
    json_object_foreach((json_t *)value, key, item) {
        json_t *name = json_string(key);
        strbuf_add(out, "%s", comma);
        put_string(out, name);
        json_decref(name);
        strbuf_put(out, ": ", 2);
        put(out, item);
        comma = ", ";
    }
    strbuf_put(out, "}", 1);
}

/* Reals: jansson prints 17 digits (0.1 as 0.10000000000000001); people read these files. */
static void put_real(strbuf *out, double real) {
    char digits[32];
    format_real(digits, real);
    strbuf_add(out, strpbrk(digits, ".en") ? "%s" : "%s.0", digits);
}

static void put(strbuf *out, const json_t *value) {
    size_t i;
    json_t *item;
    switch (json_typeof(value)) {
    case JSON_OBJECT: put_object(out, value); return;
    case JSON_STRING: put_string(out, value); return;
    case JSON_INTEGER: strbuf_add(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value)); return;
    case JSON_REAL: put_real(out, json_real_value(value)); return;
    case JSON_TRUE: strbuf_put(out, "true", 4); return;
    case JSON_FALSE: strbuf_put(out, "false", 5); return;
    case JSON_NULL: strbuf_put(out, "null", 4); return;
    case JSON_ARRAY:
        strbuf_put(out, "[", 1);
        json_array_foreach(value, i, item) {
            if (i) strbuf_put(out, ", ", 2);
            put(out, item);
        }
        strbuf_put(out, "]", 1);
    }
}

char *config_text(const json_t *tree) {
    strbuf out = {0};
    put(&out, tree);
    if (out.failed) strbuf_free(&out);
    return out.data;
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

bool config_class(const json_t *value, const char **name, const json_t **config) {
    *config = NULL;
    if (json_is_string(value)) return *name = json_string_value(value), true;
    *name = json_string_value(json_object_get(value, "class_name"));
    *config = json_object_get(value, "config");
    return *name != NULL;
}
