/* Dates and times of the day as microseconds since 1970-01-01, in the Gregorian calendar for all
 * years (as ISO 8601). */
#ifndef TABLE_CALENDAR_H
#define TABLE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct date_value {
    int64_t microseconds; /* UTC where there is a zone */
    bool timed, zoned;
} date_value;

/* Reads all of a text: 2024-03-05, 2024/3/5, 2024年3月5日, each with 10:00, 10:00:00, 10:00:00.25
 * behind T or blanks, and Z, +08:00, +0800; 10时30分, 10时30分5秒. More than six digits of a second
 * must be zeros. False: it is no date. */
bool date_parse(const char *text, size_t length, date_value *out);
/* "2024-03-05", timed "2024-03-05T10:00:00", with ".25" where needed, and "Z" where zoned. */
void date_format(int64_t microseconds, bool timed, bool zoned, char out[64]);

#define DAY_MICROSECONDS INT64_C(86400000000)

static inline int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

typedef struct civil {
    int64_t year;
    int month, day; /* from 1 */
} civil;

/* A year is counted from March, so that its leap day is the last.
 * Source: Hinnant, chrono-Compatible Low-Level Date Algorithms (2013). */
static inline civil civil_of(int64_t days) {
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

/* Monday is 0. */
static inline int weekday_of(int64_t days) {
    return (int)(days + 3 - floor_divide(days + 3, 7) * 7);
}
static inline bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

#endif
