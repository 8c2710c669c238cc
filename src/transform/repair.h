/* Texts that are numbers, dates or truth values as people write them: 1,234.5 and 1.234,5, 12 %,
 * $5, (7), 5.3.2024, yes. What one text leaves open the column's other texts decide. */
#ifndef TRANSFORM_REPAIR_H
#define TRANSFORM_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a text says of the sign before the fraction: '.' or ','; 0: nothing; -1: it is no number. */
int repair_decimal(const char *text, size_t length);
/* The text as a number with that sign ('.' or ','); false: it is none. *percent: it was divided by
 * 100. */
bool repair_number(const char *text, size_t length, char decimal, double *out, bool *percent);

/* What a text says of the order of a date in digits, 5/3/2024: 'd' day first, 'm' month first; 0:
 * nothing, it fits both; -1: it is no such date. Dates with points are day first. */
int repair_date_order(const char *text, size_t length);
/* Microseconds since 1970; *timed: it has a time of the day. */
bool repair_date(const char *text, size_t length, char order, int64_t *out, bool *timed);

/* 1 for yes, y, true, t, on, 是; 0 for their opposites; in any case. -1: it is neither. */
int repair_boolean(const char *text, size_t length);

#endif
