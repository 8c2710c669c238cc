/* See decimal.h.  To read: digits times or divided by a power of five is exact in 128 bits with a
 * remainder, so one rounding is enough.  To write: a float m 2^e is whatever lies between the
 * halves to its neighbours; of the decimals there, the one with the fewest digits that is nearest
 * (G. L. Steele, J. L. White, "How to print floating-point numbers accurately", 1990). */
#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static const uint64_t fives[DECIMAL_RANGE + 1] = {1ULL,
                                                  5ULL,
                                                  25ULL,
                                                  125ULL,
                                                  625ULL,
                                                  3125ULL,
                                                  15625ULL,
                                                  78125ULL,
                                                  390625ULL,
                                                  1953125ULL,
                                                  9765625ULL,
                                                  48828125ULL,
                                                  244140625ULL,
                                                  1220703125ULL,
                                                  6103515625ULL,
                                                  30517578125ULL,
                                                  152587890625ULL,
                                                  762939453125ULL,
                                                  3814697265625ULL,
                                                  19073486328125ULL,
                                                  95367431640625ULL,
                                                  476837158203125ULL,
                                                  2384185791015625ULL,
                                                  11920928955078125ULL,
                                                  59604644775390625ULL,
                                                  298023223876953125ULL,
                                                  1490116119384765625ULL,
                                                  7450580596923828125ULL};

/* x 2^power, which is a normal double: x is rounded once, where it becomes a double. */
static double scaled(uint64_t x, int power) {
    uint64_t bits = (uint64_t)(power + 1023) << 52;
    double factor;
    memcpy(&factor, &bits, sizeof factor);
    return (double)x * factor;
}

double decimal_value(uint64_t digits, int exponent) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    /* Both exact as doubles: one operation rounds (W. D. Clinger, 1990). */
    if (digits <= 1ULL << 53 && exponent >= -22 && exponent <= 22)
        return exponent < 0 ? (double)digits / powers[-exponent]
                            : (double)digits * powers[exponent];
    if (!digits) return 0;
    if (exponent >= 0) {
        wide product = (wide)digits * fives[exponent];
        uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
        if (!high) return scaled(low, exponent);
        int free = __builtin_clzll(high);
        wide top = product << free; /* what falls off below sticks to the last bit */
        return scaled((uint64_t)(top >> 64) | ((uint64_t)top != 0), exponent + 64 - free);
    }
    /* Both with their highest bit set, one bit apart: the quotient has 63 or 64 bits. */
    int up = __builtin_clzll(digits), down = __builtin_clzll(fives[-exponent]);
    uint64_t divisor = fives[-exponent] << down;
    wide dividend = (wide)(digits << up) << 63;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    return scaled(quotient | (dividend - (wide)quotient * divisor != 0), down - up - 63 + exponent);
}

/* ---- writing ---- */

#define FRACTION 96 /* bits behind the point of numbers in units of 10^unit */

/* 2^e / 10^unit with FRACTION bits; *exact: nothing was cut off. */
static wide gap_of(int e, int unit, bool *exact) {
    *exact = unit <= 0 && unit >= -DECIMAL_RANGE;
    if (unit <= 0) {
        int n = -unit, rest = n > DECIMAL_RANGE ? n - DECIMAL_RANGE : 0;
        wide power = (wide)fives[n - rest] * fives[rest];
        int shift = e + n + FRACTION;
        return shift < 0 ? power >> -shift : power << shift;
    }
    int rest = unit > DECIMAL_RANGE ? unit - DECIMAL_RANGE : 0;
    wide quotient = ((wide)1 << 127) / ((wide)fives[unit - rest] * fives[rest]);
    int shift = e - unit + FRACTION - 127;
    return shift < 0 ? quotient >> -shift : quotient << shift;
}

/* How far x is from the nearest whole number is too little to be sure, given what was cut off and
 * that a reader may round to a double first. */
static bool unsure(wide x, bool exact) {
    wide part = x & (((wide)1 << FRACTION) - 1), little = (wide)1 << (FRACTION - 20);
    if (exact && !part) return false;
    return part < little || part > ((wide)1 << FRACTION) - little;
}

/* The shortest decimal digits * 10^*exponent for m 2^e; 0: not sure of it. `narrow`: the neighbour
 * below is half as far as the one above. */
static uint32_t shortest(uint32_t m, int e, bool narrow, int *exponent) {
    int unit = (int)((e * 315653LL) >> 20) -
               1; /* floor(e log10 2) - 1: a gap has 10 to 100 units */
    bool exact, even = m % 2 == 0;
    wide gap = gap_of(e, unit, &exact), middle = gap * m;
    wide low = middle - gap / (narrow ? 4 : 2), high = middle + gap / 2;
    if (unsure(low, exact) || unsure(high, exact)) return 0;
    wide part = ((wide)1 << FRACTION) - 1;
    uint32_t least = (uint32_t)((low + part) >> FRACTION), most = (uint32_t)(high >> FRACTION);
    if (!even && !(low & part)) least++; /* a half is rounded to the even neighbour */
    if (!even && !(high & part)) most--;
    uint32_t near = (uint32_t)(middle >> FRACTION), unit_power = 1;
    for (; most / 10 >= (least + 9) / 10; unit++, unit_power *= 10)
        most /= 10, least = (least + 9) / 10;
    uint32_t digits = unit_power > 1 ? (near + unit_power / 2) / unit_power
                                     : near + (uint32_t)(middle >> (FRACTION - 1) & 1);
    *exponent = unit;
    return digits < least ? least : digits > most ? most : digits;
}

/* The text of digits 10^exponent: with a point where that is short, else with e. */
static int write_decimal(char *out, uint32_t digits, int exponent) {
    char text[12];
    int count = 0, at = 0;
    for (; digits; digits /= 10) text[sizeof text - 1 - count++] = (char)('0' + digits % 10);
    const char *first = text + sizeof text - count;
    int point = count + exponent; /* so many digits before it */
    if (point > 0 && point <= 16) {
        for (int i = 0; i < point; i++) out[at++] = i < count ? first[i] : '0';
        out[at++] = '.';
        if (point >= count) out[at++] = '0';
        for (int i = point; i < count; i++) out[at++] = first[i];
    } else if (point <= 0 && point > -4) {
        out[at++] = '0', out[at++] = '.';
        for (int i = point; i < 0; i++) out[at++] = '0';
        for (int i = 0; i < count; i++) out[at++] = first[i];
    } else {
        out[at++] = first[0];
        if (count > 1) out[at++] = '.';
        for (int i = 1; i < count; i++) out[at++] = first[i];
        int power = point - 1;
        out[at++] = 'e';
        if (power < 0) out[at++] = '-', power = -power;
        if (power >= 10) out[at++] = (char)('0' + power / 10);
        out[at++] = (char)('0' + power % 10);
    }
    out[at] = 0;
    return at;
}

/* The same by trying more and more digits, where the quick way is not sure. */
static int by_trying(char *out, float value, float least, float most) {
    char text[40];
    int digits = 0, exponent = 0, at = 0;
    for (int precision = 0; precision < 9; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, (double)value);
        float back = (float)strtod(text, NULL);
        if (back >= least && back <= most) break;
    }
    bool behind = false;
    for (; text[at] && text[at] != 'e'; at++) {
        if (text[at] < '0' || text[at] > '9') behind = true; /* the point, or a locale's comma */
        else digits = digits * 10 + (text[at] - '0'), exponent -= behind;
    }
    exponent += atoi(text + at + 1);
    for (; digits && digits % 10 == 0; digits /= 10) exponent++;
    return write_decimal(out, (uint32_t)digits, exponent);
}

int format_short_float(char out[FLOAT_TEXT], float value, int bits, int least_exponent) {
    int at = 0, e, exponent;
    if (signbit(value)) out[at++] = '-', value = -value;
    if (value == 0) return memcpy(out + at, "0.0", 4), at + 3;
    frexpf(value, &e);
    e -= bits + 1;
    if (e < least_exponent) e = least_exponent;
    uint32_t m = (uint32_t)ldexpf(value, -e);
    bool narrow = m == 1U << bits && e > least_exponent;
    uint32_t digits = shortest(m, e, narrow, &exponent);
    if (digits) return at + write_decimal(out + at, digits, exponent);
    /* What is nearer than half a gap reads back the same; of a float32 that is itself. */
    float half = bits == 23 ? 0 : ldexpf(0.499F, e);
    return at + by_trying(out + at, value, value - (narrow ? half / 2 : half), value + half);
}

int format_float(char out[FLOAT_TEXT], float value) {
    return format_short_float(out, value, 23, -149);
}
