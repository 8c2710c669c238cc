/* Growing text and nearest names: see strbuf.h. */
#include "base/strbuf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_put(strbuf *t, const char *bytes, size_t count) {
    if (t->failed || !grow(&t->data, &t->capacity, t->length + count + 1, 1)) {
        t->failed = true;
        return;
    }
    memcpy(t->data + t->length, bytes, count);
    t->length += count;
    t->data[t->length] = 0;
}

void strbuf_put_quoted(strbuf *t, const char *text, size_t size) {
    size_t from = 0;
    strbuf_put(t, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c != '"' && c != '\\') continue;
        strbuf_put(t, text + from, i - from);
        from = i + 1;
        if (c < ' ') strbuf_add(t, "\\u%04x", c);
        else strbuf_add(t, "\\%c", c);
    }
    strbuf_put(t, text + from, size - from);
    strbuf_put(t, "\"", 1);
}

void strbuf_put_quoted_bytes(strbuf *t, const char *bytes, size_t size) {
    size_t wrong;
    strbuf_put(t, "\"", 1);
    while (size) {
        size_t length = utf8_letter(bytes, size, &wrong);
        const unsigned char c = (unsigned char)*bytes;
        if (!length) strbuf_put(t, "\\ufffd", 6);
        else if (c < ' ' || c == '"' || c == '\\' || c == 0x7f) strbuf_add(t, "\\u%04x", c);
        else strbuf_put(t, bytes, length);
        if (!length) length = wrong;
        bytes += length, size -= length;
    }
    strbuf_put(t, "\"", 1);
}

void strbuf_add(strbuf *t, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || t->failed || !grow(&t->data, &t->capacity, t->length + (size_t)n + 1, 1)) {
        t->failed = true;
    } else {
        vsnprintf(t->data + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

void strbuf_add_fixed(strbuf *t, int digits, double value) {
    size_t at = t->length;
    strbuf_add(t, "%.*f", digits, value);
    for (; at < t->length; at++)
        if (t->data[at] == ',') t->data[at] = '.';
}

void strbuf_free(strbuf *t) {
    free(t->data);
    *t = (strbuf){0};
}

#define LONGEST 64

static bool same_letter(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Letters that are wrong, missing, too many, or two that changed places ("optimal string
 * alignment"). */
static size_t edit_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), rows[3][LONGEST + 1];
    if (n > LONGEST || m > LONGEST) return SIZE_MAX;
    for (size_t j = 0; j <= m; j++) rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t least = before[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            size_t step = (before[j] < row[j - 1] ? before[j] : row[j - 1]) + 1;
            if (step < least) least = step;
            bool changed = i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                           same_letter(a[i - 2], b[j - 1]);
            if (changed && earlier[j - 2] + 1 < least) least = earlier[j - 2] + 1;
            row[j] = least;
        }
    }
    return rows[n % 3][m];
}

/* The only name that begins so: "f1" for "f1_score". */
static const char *only_beginning(const char *name, const char *const *names) {
    const char *found = NULL;
    size_t n = strlen(name);
    if (n < 2) return NULL;
    for (; *names; names++) {
        size_t i = 0;
        while (i < n && same_letter(name[i], (*names)[i])) i++;
        if (i < n) continue;
        if (found) return NULL;
        found = *names;
    }
    return found;
}

const char *nearest_name(const char *name, const char *const *names) {
    const char *best = only_beginning(name, names);
    if (best) return best;
    size_t least = strlen(name) / 3 + 1;
    for (; *names; names++) {
        size_t distance = edit_distance(name, *names);
        if (distance <= least && (!best || distance < least)) {
            least = distance;
            best = *names;
        }
    }
    return best;
}

size_t format_integer(char out[24], int64_t value) {
    char digits[20];
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t n = 0, length = 0;
    do digits[n++] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0) out[length++] = '-';
    while (n) out[length++] = digits[--n];
    out[length] = 0;
    return length;
}

/* What most numbers of tables are: a whole number of at most 15 digits, by a power of ten, which
 * divides without an error. Only one such decimal is the double, so it is the shortest. False: the
 * number is another one, or one that is written with an exponent. */
static bool format_plain(char out[32], double value) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10};
    double x = fabs(value), whole;
    size_t places = 0;
    if (!(x >= 1e-4 && x < 1e15)) return false;
    for (;; places++) {
        if (places == LENGTH(powers)) return false;
        whole = nearbyint(x * powers[places]);
        if (whole >= 1e15) return false;
        if (whole / powers[places] == x) break;
    }
    if (!places && x >= 1e6) return false;
    size_t n = format_integer(out, value < 0 ? -(int64_t)whole : (int64_t)whole);
    if (!places) return true;
    size_t sign = value<0, missing = n - sign> places ? 0 : places + 1 - (n - sign);
    memmove(out + sign + missing, out + sign, n - sign + 1);
    memset(out + sign, '0', missing);
    char *point = out + n + missing - places;
    memmove(point + 1, point, places + 1);
    *point = '.';
    return true;
}

void format_real(char out[32], double value) {
    if (format_plain(out, value)) return;
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    for (char *at = out; *at; at++)
        if (*at == ',') *at = '.';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
