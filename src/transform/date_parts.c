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
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    int day = (int)(of_year - (153 * month + 2) / 5) + 1;
    int in_year = (int)(month < 10 ? month + 3 : month - 9);
    return (civil){year + era * 400 + (in_year <= 2), in_year, day};
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

static double part_of(date_part part, int64_t x) {
    int64_t days = floor_divide(x, DAY_MICROSECONDS),
            seconds = (x - days * DAY_MICROSECONDS) / 1000000;
    civil c = civil_of(days);
    switch (part) {
    case DATE_YEAR: return (double)c.year;
    case DATE_QUARTER: return (c.month + 2) / 3;
    case DATE_MONTH: return c.month;
    case DATE_WEEK: return week_of(days);
    case DATE_DAY: return c.day;
    case DATE_DAY_OF_YEAR: return day_of_year(c);
    case DATE_WEEKDAY: return weekday_of(days);
    case DATE_HOUR: return (double)(seconds / 3600);
    case DATE_MINUTE: return (double)(seconds / 60 % 60);
    case DATE_SECOND: return (double)(seconds % 60);
    }
    return NAN;
}

void date_parts(date_part part, const int64_t *x, int64_t rows, int64_t stride, double *out,
                int64_t out_stride) {
    for (int64_t i = 0; i < rows; i++)
        out[i * out_stride] = x[i * stride] == INT64_MIN ? NAN : part_of(part, x[i * stride]);
}
