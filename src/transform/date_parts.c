/* Parts of dates: see encode.h. The calendar is the Gregorian one, before 1582 too (proleptic), as
 * in pandas. A year is counted from March, so that its leap day is the last.
 * Source: Hinnant, chrono-Compatible Low-Level Date Algorithms (2013); ISO 8601 for weeks. */
#include "transform/encode.h"

#include <math.h>

#define DAY_MICROSECONDS INT64_C(86400000000)

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

typedef struct civil {
    int64_t year;
    int month, day; /* from 1 */
} civil;

static civil civil_of(int64_t days) {
    days += 719468; /* from 0000-03-01 */
    int64_t era = floor_divide(days, 146097);
    uint32_t of_era = (uint32_t)(days - era * 146097); /* 32 bits divide faster */
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; /* from March */
    int day = (int)(of_year - (153 * month + 2) / 5) + 1;
    int in_year = (int)(month < 10 ? month + 3 : month - 9);
    return (civil){(int64_t)year + era * 400 + (in_year <= 2), in_year, day};
}

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* From 1. */
static int day_of_year(civil c) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return before[c.month - 1] + c.day + (c.month > 2 && is_leap(c.year));
}

static int weekday_of(int64_t days) { return (int)(days + 3 - floor_divide(days + 3, 7) * 7); }

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
