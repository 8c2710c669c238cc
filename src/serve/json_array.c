/* Arrays of JSON into typed memory: see json_scan.h. A number is read digit by digit into an
 * integer and a power of ten; base/decimal.h makes the double. */
#include "base/decimal.h"
#include "serve/base64.h"
#include "serve/json_scan.h"
#include "table/real.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct number {
    uint64_t digits; /* not to be trusted where there are more than 19 */
    int64_t count;
    int exponent;
    bool minus, whole;
} number;

static inline bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static inline const char *take_digits(const char *at, const char *end, uint64_t *digits) {
    uint64_t value = *digits;
    while (at < end && is_digit(*at)) value = value * 10 + (uint64_t)(*at++ - '0');
    *digits = value;
    return at;
}

/* The number at `at`, as JSON has them; NULL: it is none. */
static inline const char *take_number(const char *at, const char *end, number *n) {
    *n = (number){.whole = true};
    if (at < end && *at == '-') n->minus = true, at++;
    const char *first = at;
    at = take_digits(at, end, &n->digits);
    n->count = at - first;
    if (!n->count || (*first == '0' && n->count > 1)) return NULL;
    if (at < end && *at == '.') {
        first = ++at;
        at = take_digits(at, end, &n->digits);
        if (at == first) return NULL;
        n->count += at - first;
        n->exponent = at - first < 100000 ? (int)(first - at) : -100000;
        n->whole = false;
    }
    if (at < end && (*at | 0x20) == 'e') {
        bool minus = ++at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) at++;
        int power = 0;
        first = at;
        for (; at < end && is_digit(*at); at++)
            if (power < 100000) power = power * 10 + (*at - '0');
        if (at == first) return NULL;
        n->exponent += minus ? -power : power;
        n->whole = false;
    }
    return at;
}

/* Its double; false: there is none as great. */
static inline bool real_of(const number *n, const char *at, const char *end, double *out) {
    if (n->count <= 19 && n->exponent >= -DECIMAL_RANGE && n->exponent <= DECIMAL_RANGE) {
        double value = decimal_value(n->digits, n->exponent);
        *out = n->minus ? -value : value;
        return true;
    }
    bool whole;
    return real_parse(at, (size_t)(end - at), out, &whole) && isfinite(*out);
}

/* Its integer; false: 64 bits do not hold it. */
static bool integer_of(const number *n, const char *end, uint64_t *out) {
    *out = n->digits;
    if (n->count <= 19) return true;
    *out = 0;
    for (int64_t i = n->count; i > 0; i--)
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, (uint64_t)(end[-i] - '0'), out))
            return false;
    return true;
}

static inline const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
    return at;
}

/* ---- one element ---- */

static bool out_of_range(json_scan *s, const char *end, mica_dtype dtype) {
    int length = end - s->at < 40 ? (int)(end - s->at) : 40;
    return scan_fail(s, MICA_VALUE, "%.*s%s is out of the range of %s", length, s->at,
                     end - s->at > length ? "…" : "", mica_dtype_name(dtype));
}

static inline bool take_real(json_scan *s, mica_dtype dtype, double most, double *out) {
    number n;
    const char *end = take_number(s->at, s->end, &n);
    if (!end) return scan_expected(s, "a number");
    if (!real_of(&n, s->at, end, out) || !(fabs(*out) < most)) return out_of_range(s, end, dtype);
    s->at = end;
    return true;
}

static inline bool take_float32(json_scan *s, void *out) {
    double value;
    /* what is at least this far rounds to infinity */
    if (!take_real(s, MICA_FLOAT32, 0x1.ffffffp127, &value)) return false;
    *(float *)out = (float)value;
    return true;
}

static inline bool take_float64(json_scan *s, void *out) {
    return take_real(s, MICA_FLOAT64, INFINITY, out);
}

static bool take_float16(json_scan *s, void *out) {
    double value;
    if (!take_real(s, MICA_FLOAT16, 65520, &value)) return false;
    *(uint16_t *)out = float16_of((float)value);
    return true;
}

static bool take_bfloat16(json_scan *s, void *out) {
    double value;
    if (!take_real(s, MICA_BFLOAT16, 0x1.ffp127, &value)) return false;
    *(uint16_t *)out = bfloat16_of((float)value);
    return true;
}

/* Any integer, of `bytes`, signed or not. */
static inline bool take_integer(json_scan *s, mica_dtype dtype, void *out) {
    size_t bytes = mica_dtype_size(dtype);
    number n;
    uint64_t value;
    const char *end = take_number(s->at, s->end, &n);
    if (!end || !n.whole) return scan_expected(s, "a whole number");
    bool sign = dtype_kind(dtype) == 'i', fits = integer_of(&n, end, &value);
    uint64_t most = sign      ? (1ULL << (8 * bytes - 1)) - !n.minus
                    : n.minus ? 0
                              : UINT64_MAX >> (64 - 8 * bytes);
    if (!fits || value > most) return out_of_range(s, end, dtype);
    if (n.minus) value = 0 - value;
    memcpy(out, &value, bytes); /* little-endian */
    s->at = end;
    return true;
}

static bool take_bool(json_scan *s, void *out) {
    bool value = false;
    if (!scan_boolean(s, &value)) return false;
    *(unsigned char *)out = value;
    return true;
}

/* A text, or {"b64": "…"} where that is allowed; a copy, for the bytes of a request do not stay. */
static bool take_string(json_scan *s, void *out) {
    mica_string name, *text = out;
    int64_t n = 0;
    if (!s->base64 || *s->at != '{') {
        if (!scan_text(s, text)) return false;
        text->bytes = arena_copy(s->memory, text->bytes, text->size);
        return text->bytes || (s->status = fail_no_memory(s->err, "a text"), false);
    }
    if (!scan_member(s, &n, &name)) return s->status ? false : scan_expected(s, "{\"b64\": …}");
    if (!scan_is(&name, "b64")) return scan_fail(s, MICA_FORMAT, "expected \"b64\"");
    if (!scan_text(s, text)) return false;
    char *bytes = arena_take(s->memory, text->size / 4 * 3 + 3);
    if (!bytes) return s->status = fail_no_memory(s->err, "a text"), false;
    if (!base64_decode(text->bytes, text->size, bytes, &text->size))
        return scan_fail(s, MICA_FORMAT, "the text before is no base64");
    text->bytes = bytes;
    return scan_member(s, &n, &name) ? scan_expected(s, "}") : !s->status;
}

static bool take_element(json_scan *s, mica_dtype dtype, void *out) {
    switch (dtype) {
    case MICA_FLOAT32: return take_float32(s, out);
    case MICA_FLOAT64: return take_float64(s, out);
    case MICA_FLOAT16: return take_float16(s, out);
    case MICA_BFLOAT16: return take_bfloat16(s, out);
    case MICA_BOOL: return take_bool(s, out);
    case MICA_STRING: return take_string(s, out);
    default: return take_integer(s, dtype, out);
    }
}

/* ---- lists ---- */

/* Where in an array an error is, kept on the way back to its top. */
typedef struct place {
    int64_t at[MAX_RANK];
    int count;
} place;

static bool fail_count(json_scan *s, int64_t n, int64_t expected, bool more) {
    return scan_fail(s, MICA_SHAPE, "%s%lld elements, expected %lld", more ? "more than " : "",
                     (long long)n, (long long)expected);
}

/* n elements between brackets; `take` is a constant, so that each type has a loop of its own. */
static inline __attribute__((always_inline)) bool
take_list(json_scan *s, int64_t count, size_t bytes, mica_dtype dtype,
          bool (*take)(json_scan *, mica_dtype, void *), char *out, int64_t *done) {
    if (scan_peek(s) != '[') return scan_expected(s, "a list");
    s->at = skip_space(s->at + 1, s->end);
    for (int64_t i = 0; i < count; i++, out += bytes) {
        *done = i;
        if (i > 0) {
            s->at = skip_space(s->at, s->end);
            if (s->at < s->end && *s->at == ']') return fail_count(s, i, count, false);
            if (s->at >= s->end || *s->at != ',') return scan_expected(s, "\",\" or \"]\"");
            s->at = skip_space(s->at + 1, s->end);
        } else if (s->at < s->end && *s->at == ']') {
            return fail_count(s, 0, count, false);
        }
        if (s->at >= s->end || !take(s, dtype, out))
            return s->at >= s->end ? scan_expected(s, "an element") : false;
    }
    *done = count;
    s->at = skip_space(s->at, s->end);
    if (s->at < s->end && *s->at == ']') return s->at++, true;
    if (s->at < s->end && (*s->at == ',' || !count)) return fail_count(s, count, count, true);
    return scan_expected(s, "\",\" or \"]\"");
}

static inline bool take_one_float32(json_scan *s, mica_dtype dtype, void *out) {
    (void)dtype;
    return take_float32(s, out);
}

static bool list_of(json_scan *s, mica_dtype dtype, int64_t n, char *out, int64_t *done) {
    if (dtype == MICA_FLOAT32) return take_list(s, n, 4, dtype, take_one_float32, out, done);
    if (dtype_is_integer(dtype))
        return take_list(s, n, mica_dtype_size(dtype), dtype, take_integer, out, done);
    return take_list(s, n, mica_dtype_size(dtype), dtype, take_element, out, done);
}

/* The lists of axis `axis` and what is in them; out is moved behind what was read. */
static bool take_lists(json_scan *s, mica_dtype dtype, const shape *shape, int axis, char **out,
                       place *wrong) {
    int64_t n = shape->dims[axis], done = 0;
    bool good = true;
    if (axis == shape->rank - 1) {
        good = list_of(s, dtype, n, *out, &done);
        *out += (size_t)n * mica_dtype_size(dtype);
    } else {
        int64_t i = 0;
        while (good && scan_element(s, &i)) {
            done = i - 1;
            good = i <= n ? take_lists(s, dtype, shape, axis + 1, out, wrong)
                          : fail_count(s, n, n, true);
        }
        good = good && !s->status && (i == n || fail_count(s, i, n, false));
        if (!good) s->depth = 0;
    }
    if (!good) wrong->at[axis] = done, wrong->count = wrong->count ? wrong->count : axis + 1;
    return good;
}

/* The error, with the place of the element before it. */
static bool fail_at(json_scan *s, const place *wrong) {
    char text[MAX_RANK * 22 + 4] = "";
    int at = 0;
    for (int i = 0; i < wrong->count; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%lld", i ? ", " : "",
                       (long long)wrong->at[i]);
    fail_within(s->err, s->status, "element [%s]", text);
    return false;
}

/* Whether what comes is a list whose first element is no list. */
static bool is_flat(json_scan *s) {
    if (scan_peek(s) != '[') return false;
    const char *at = skip_space(s->at + 1, s->end);
    return at < s->end && *at != '[';
}

bool scan_array(json_scan *s, mica_dtype dtype, const shape *shape, bool flat, void *out) {
    mica_shape list = {1, {shape_size(shape)}};
    place wrong = {0};
    char *to = out;
    if (s->status) return false;
    if (!shape->rank) {
        if (!scan_peek(s)) return scan_expected(s, "a value");
        return take_element(s, dtype, out);
    }
    if (flat && is_flat(s)) shape = &list;
    return take_lists(s, dtype, shape, 0, &to, &wrong) || fail_at(s, &wrong);
}

/* Takes what comes, a value of axis `axis` and below, all first elements until now. */
static bool measure(json_scan *s, shape *out, int axis) {
    int64_t n = 0;
    if (scan_peek(s) != '[') return scan_skip(s);
    if (axis == MAX_RANK)
        return scan_fail(s, MICA_SHAPE, "more than %d lists in each other", MAX_RANK);
    out->rank = axis + 1;
    while (scan_element(s, &n))
        if (!(n == 1 ? measure(s, out, axis + 1) : scan_skip(s))) return false;
    out->dims[axis] = n;
    return !s->status;
}

bool scan_measure(json_scan *s, shape *out) {
    const char *at = s->at;
    *out = (shape){0};
    if (s->status || !measure(s, out, 0)) return false;
    s->at = at;
    return true;
}

bool scan_skip_number(json_scan *s) {
    number n;
    const char *end = take_number(s->at, s->end, &n);
    if (!end) return scan_expected(s, "a value");
    s->at = end;
    return true;
}
