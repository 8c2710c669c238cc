/* Parts of dates: see encode.h. The calendar is the Gregorian one, before 1582 too (proleptic), as
 * in pandas. Source: ISO 8601 for weeks. */
#include "table/calendar.h"
#include "transform/encode.h"

#include <math.h>

/* From 1. */
static int day_of_year(civil c) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return before[c.month - 1] + c.day + (c.month > 2 && is_leap(c.year));
}

/* The week of the year that holds this week's Thursday. */
static int week_of(int64_t days) {
    return (day_of_year(civil_of(days - weekday_of(days) + 3)) - 1) / 7 + 1;
}

static int second_of(int64_t x) {
    return (int)((x - floor_divide(x, DAY_MICROSECONDS) * DAY_MICROSECONDS) / 1000000);
}

/* One loop for each part: the compiler leaves out what it does not need. */
#define PART(name, value)                                                                          \
    case name:                                                                                     \
        for (int64_t i = 0; i < rows; i++) {                                                       \
            int64_t at = x[i * stride], days = floor_divide(at, DAY_MICROSECONDS);                 \
            civil c = civil_of(days);                                                              \
            (void)c;                                                                               \
            out[i * out_stride] = at == INT64_MIN ? NAN : (double)(value);                         \
        }                                                                                          \
        break;

void date_parts(date_part part, const int64_t *x, int64_t rows, int64_t stride, double *out,
                int64_t out_stride) {
    switch (part) {
        PART(DATE_YEAR, c.year)
        PART(DATE_QUARTER, (c.month + 2) / 3)
        PART(DATE_MONTH, c.month)
        PART(DATE_WEEK, week_of(days))
        PART(DATE_DAY, c.day)
        PART(DATE_DAY_OF_YEAR, day_of_year(c))
        PART(DATE_WEEKDAY, weekday_of(days))
        PART(DATE_HOUR, second_of(at) / 3600)
        PART(DATE_MINUTE, second_of(at) / 60 % 60)
        PART(DATE_SECOND, second_of(at) % 60)
    }
}
