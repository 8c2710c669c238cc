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

typedef struct date_parts {
    int64_t year;
    int month, day, hour, minute, second, microsecond, weekday; /* weekday: Monday is 0 */
} date_parts;
date_parts date_split(int64_t microseconds);

#endif
