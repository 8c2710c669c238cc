/* Values as JSON: see wire.h. */
#include "base/decimal.h"
#include "base/utf8.h"
#include "serve/base64.h"
#include "serve/wire.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void json_put_text(strbuf *out, const char *text) { strbuf_put_quoted(out, text, strlen(text)); }

static bool put_string(strbuf *out, const mica_string *s, bool base64) {
    if (!utf8_invalid(s->bytes, s->size)) return strbuf_put_quoted(out, s->bytes, s->size), true;
    if (!base64) return false;
    strbuf_put(out, "{\"b64\":\"", 8);
    base64_write(out, s->bytes, s->size);
    strbuf_put(out, "\"}", 2);
    return true;
}

static int format_double(char text[40], double value) {
    format_real(text, value);
    const size_t length = strlen(text);
    if (strpbrk(text, ".e")) return (int)length;
    memcpy(text + length, ".0", 3);
    return (int)length + 2;
}

/* Any number but strings and bools. */
static int format_number(char text[40], mica_dtype dtype, const void *at) {
    switch (dtype) {
    case MICA_FLOAT32: {
        const float value = *(const float *)at;
        if (isfinite(value)) return format_float(text, value);
        break;
    }
    case MICA_FLOAT16:
    case MICA_BFLOAT16: {
        const uint16_t bits = *(const uint16_t *)at;
        const bool brain = dtype == MICA_BFLOAT16;
        const float value = brain ? bfloat16_to(bits) : float16_to(bits);
        if (isfinite(value))
            return brain ? format_short_float(text, value, 7, -133)
                         : format_short_float(text, value, 10, -24);
        break;
    }
    case MICA_FLOAT64:
        if (isfinite(*(const double *)at)) return format_double(text, *(const double *)at);
        break;
    case MICA_UINT64: return sprintf(text, "%" PRIu64, *(const uint64_t *)at);
    default: return sprintf(text, "%" PRId64, dtype_load_int(dtype, at));
    }
    memcpy(text, "null", 5);
    return 4;
}

bool json_put_element(strbuf *out, mica_dtype dtype, const void *element, bool base64) {
    char text[40];
    if (dtype == MICA_STRING) return put_string(out, element, base64);
    if (dtype == MICA_BOOL) {
        const bool value = *(const unsigned char *)element;
        strbuf_put(out, value ? "true" : "false", value ? 4 : 5);
    } else {
        strbuf_put(out, text, (size_t)format_number(text, dtype, element));
    }
    return true;
}

static bool put_list(strbuf *out, mica_dtype dtype, const char *at, int64_t count, bool base64) {
    const size_t bytes = mica_dtype_size(dtype);
    bool good = true;
    strbuf_put(out, "[", 1);
    for (int64_t i = 0; i < count && good; i++, at += bytes) {
        if (i) strbuf_put(out, ",", 1);
        good = json_put_element(out, dtype, at, base64);
    }
    strbuf_put(out, "]", 1);
    return good;
}

bool json_put_list(strbuf *out, mica_dtype dtype, const void *elements, int64_t count) {
    return put_list(out, dtype, elements, count, false);
}

bool json_put_nested(strbuf *out, mica_dtype dtype, const char **at, const shape *s, int axis) {
    bool good = true;
    if (axis >= s->rank) {
        good = json_put_element(out, dtype, *at, true);
        *at += mica_dtype_size(dtype);
        return good;
    }
    if (axis == s->rank - 1) {
        good = put_list(out, dtype, *at, s->dims[axis], true);
        *at += (size_t)s->dims[axis] * mica_dtype_size(dtype);
        return good;
    }
    strbuf_put(out, "[", 1);
    for (int64_t i = 0; i < s->dims[axis] && good; i++) {
        if (i) strbuf_put(out, ",", 1);
        good = json_put_nested(out, dtype, at, s, axis + 1);
    }
    strbuf_put(out, "]", 1);
    return good;
}
