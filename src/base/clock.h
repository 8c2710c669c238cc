/* Time that only goes forward. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Seconds since some fixed moment (CLOCK_MONOTONIC). */
double clock_seconds(void);
/* Seconds since this process was started, loading of libraries included; 0 where the system does
 * not tell (Linux: /proc/self/stat, in hundredths). */
double clock_since_exec(void);

#endif
