/* Decimal numbers, exactly as strtod rounds them, in no locale. */
#ifndef TABLE_REAL_H
#define TABLE_REAL_H

#include <stdbool.h>
#include <stddef.h>

/* All of [+-]digits[.digits][e[+-]digits]; also inf, infinity, in any case. *whole: there is
 * neither a point nor an exponent. False: it is no number. Two bytes behind it may be read. */
bool real_parse(const char *text, size_t length, double *out, bool *whole);

#endif
