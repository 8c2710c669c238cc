/* Decimal numbers to binary ones and back, exactly, by integers of 128 bits; in no locale. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_RANGE 27 /* 5^27 is the last one that 64 bits hold */

/* digits * 10^exponent, rounded to the nearest double, ties to even; exponent within
 * +-DECIMAL_RANGE. */
double decimal_value(uint64_t digits, int exponent);

/* The shortest decimal that reads back as the same float32, also by way of a double, as JSON has
 * it: "0.1", "1.0", "3e-12". Finite ones only. The length is returned. */
#define FLOAT_TEXT 24
int format_float(char out[FLOAT_TEXT], float value);
/* The same of a float with so few bits behind the point (float16: 10, bfloat16: 7), given as the
 * float32 that equals it. */
int format_short_float(char out[FLOAT_TEXT], float value, int bits, int least_exponent);

#endif
