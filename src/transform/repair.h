/* Texts that are numbers, dates or truth values as people write them: 1,234.5 and 1.234,5, 12 %,
 * $5, (7), 5.3.2024, Mar 5 2024, yes. What one text leaves open the column's other texts decide. */
#ifndef TRANSFORM_REPAIR_H
#define TRANSFORM_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is written beside a number: numbers of different units are not one column. */
typedef struct number_unit {
    bool percent;     /* it was divided by 100 or 1000 */
    int32_t currency; /* its sign, 元 as ¥; 0: there is none */
} number_unit;

/* What a text says of the sign before the fraction: '.' or ','; 0: nothing; -1: it is no number. */
int repair_decimal(const char *text, size_t length);
/* The text as a number with that sign ('.' or ','); false: it is none. */
bool repair_number(const char *text, size_t length, char decimal, double *out, number_unit *unit);

/* What a text says of the order of a date in digits, 5/3/2024: 'd' day first, 'm' month first; 0:
 * nothing, it fits both; '-': it is a date that leaves nothing open (2024-03-05, Mar 5 2024,
 * 20240305); -1: it is no date, or no day of the calendar. Dates with points are day first. */
int repair_date_order(const char *text, size_t length);
/* Microseconds since 1970; *timed: it has a time of the day. */
bool repair_date(const char *text, size_t length, char order, int64_t *out, bool *timed);
/* A whole number as a day of the years 1900 to 2100, 20240305; false: it is none. */
bool repair_whole_date(int64_t whole, int64_t *out);

/* 1 for yes, y, true, t, on, 是; 0 for their opposites; in any case. -1: it is neither. */
int repair_boolean(const char *text, size_t length);

#endif
