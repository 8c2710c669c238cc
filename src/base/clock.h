/* Time that only goes forward, and the time of the day. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Seconds since some fixed moment (CLOCK_MONOTONIC). */
double clock_seconds(void);
/* Seconds since this process was started, loading of libraries included; 0 where the system does
 * not tell (Linux: /proc/self/stat, in hundredths). */
double clock_since_exec(void);

/* Microseconds since 1970: the clock of the day, which may jump. */
int64_t clock_day_us(void);
/* That moment as ISO 8601 has it, in UTC, with so many digits of the second (0, 3 or 6):
 * "2026-11-29T10:00:00.123Z". */
#define UTC_TEXT 32
void utc_text(int64_t us, int digits, char out[UTC_TEXT]);

#endif
