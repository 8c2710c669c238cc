/* Decimal numbers: see real.h.  Up to 19 digits and moderate powers of ten are rounded exactly by
 * integers (base/decimal.h); the rest goes to strtod. */
#include "table/real.h"

#include "base/decimal.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static locale_t c_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

/* The text is a number that strtod knows. */
static bool by_strtod(const char *text, size_t length, double *out) {
    char small[64], *copy = length < sizeof small ? small : malloc(length + 1);
    if (!copy) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    pthread_once(&once, make_locale);
    *out = c_locale ? strtod_l(copy, NULL, c_locale) : strtod(copy, NULL);
    if (copy != small) free(copy);
    return true;
}

static bool is_infinity(const char *text, size_t length, bool minus, double *out) {
    if (!((length == 3 && !strncasecmp(text, "inf", 3)) ||
          (length == 8 && !strncasecmp(text, "infinity", 8))))
        return false;
    *out = minus ? -INFINITY : INFINITY;
    return true;
}

static inline bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

/* The exponent behind e; at the end of the text or false. */
static bool take_exponent(const char *at, const char *end, int *exponent) {
    bool minus = at < end && *at == '-';
    int value = 0;
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return false;
    for (; at < end && is_digit(*at); at++)
        if (value < 100000) value = value * 10 + (*at - '0');
    *exponent += minus ? -value : value;
    return at == end;
}

bool real_parse(const char *text, size_t length, double *out, bool *whole) {
    const char *at = text, *end = text + length, *first;
    bool minus = length && *at == '-';
    uint64_t digits = 0;
    int exponent = 0;
    *whole = true;
    if (length && (minus || *at == '+')) at++;
    for (first = at; at < end && is_digit(*at); at++) digits = digits * 10 + (uint64_t)(*at - '0');
    int64_t count = at - first;
    if (at < end && *at == '.') {
        const char *point = at++;
        for (; at < end && is_digit(*at); at++) digits = digits * 10 + (uint64_t)(*at - '0');
        exponent = (int)(point + 1 - at);
        count += at - point - 1;
        *whole = false;
    }
    if (!count) return is_infinity(first, (size_t)(end - first), minus, out) && !(*whole = false);
    if (at < end) {
        if ((*at != 'e' && *at != 'E') || !take_exponent(at + 1, end, &exponent)) return false;
        *whole = false;
    }
    if (count > 19 || exponent < -DECIMAL_RANGE || exponent > DECIMAL_RANGE)
        return by_strtod(text, length, out);
    double value = decimal_value(digits, exponent);
    *out = minus ? -value : value;
    return true;
}
