/* Pseudonyms, masks, coarser values: see protect.h. */
#include "transform/protect.h"

#include "base/memory.h"
#include "base/sha256.h"
#include "transform/encode.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pseudonym(const void *key, size_t key_size, const char *domain, const char *value, size_t size,
               int letters, char out[65]) {
    unsigned char digest[32];
    hmac h;
    hmac_begin(&h, key, key_size);
    sha256_add(&h.inner, domain, strlen(domain) + 1);
    sha256_add(&h.inner, value, size);
    hmac_end(&h, digest);
    sha256_hex(digest, out);
    out[letters < 1 ? 1 : letters > 64 ? 64 : letters] = 0;
}

/* ---- masks ---- */

/* Bytes of the character at byte `at`; of broken UTF-8 one. */
static size_t character(const char *s, size_t n, size_t at) {
    unsigned char c = (unsigned char)s[at];
    size_t length = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < length; i++)
        if (at + i >= n || ((unsigned char)s[at + i] & 0xC0) != 0x80) return 1;
    return length;
}

static int64_t characters(const char *s, size_t n) {
    int64_t count = 0;
    for (size_t at = 0; at < n; at += character(s, n, at)) count++;
    return count;
}

static bool is_sign(char c) {
    bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    return !letter && !(c >= '0' && c <= '9') && !(c & 0x80);
}

char *mask_text(const char *text, size_t size, int first, int last, bool shape) {
    int64_t count = characters(text, size), number = 0;
    bool all = first < 0 || last < 0 || (int64_t)first + last >= count;
    char *out = malloc(size + 1), *to = out;
    if (!out) return NULL;
    for (size_t at = 0, n; at < size; at += n, number++) {
        n = character(text, size, at);
        bool kept = !all && (number < first || number >= count - last);
        if (kept || (shape && is_sign(text[at]))) memcpy(to, text + at, n), to += n;
        else *to++ = '*';
    }
    *to = 0;
    return out;
}

char *keep_prefix(const char *text, size_t size, int kept) {
    int64_t number = 0;
    char *out = malloc(size + 1), *to = out;
    if (!out) return NULL;
    for (size_t at = 0, n; at < size; at += n, number++) {
        n = character(text, size, at);
        if (number < kept) memcpy(to, text + at, n), to += n;
        else *to++ = '*';
    }
    *to = 0;
    return out;
}

/* ---- coarser values ---- */

double range_low(double x, double width, double origin) {
    double number = (x - origin) / width, whole = nearbyint(number);
    /* 0.3 is three widths of 0.1, though its quotient is 2.9999999999999996 */
    bool at_bound = fabs(number - whole) <= 4 * DBL_EPSILON * fabs(whole);
    return origin + (at_bound ? whole : floor(number)) * width;
}

void range_text(double x, double width, double origin, bool whole, char out[64]) {
    double low = range_low(x, width, origin);
    whole = whole && width == floor(width) && width < 1e15 && origin == floor(origin) &&
            fabs(origin) < 1e15;
    if (isnan(x) || !(width > 0)) out[0] = 0;
    else if (whole) snprintf(out, 64, "%.0f-%.0f", low, low + width - 1);
    else snprintf(out, 64, "[%.15g, %.15g)", low, low + width);
}

void coarse_date(int64_t microseconds, date_unit unit, char out[32]) {
    double year, part = 0;
    date_parts(DATE_YEAR, &microseconds, 1, 1, &year, 1);
    out[0] = 0;
    if (isnan(year)) return;
    if (unit != UNIT_YEAR)
        date_parts(unit == UNIT_MONTH ? DATE_MONTH : DATE_QUARTER, &microseconds, 1, 1, &part, 1);
    if (unit == UNIT_YEAR) snprintf(out, 32, "%04.0f", year);
    else snprintf(out, 32, unit == UNIT_MONTH ? "%04.0f-%02.0f" : "%04.0f-Q%.0f", year, part);
}
