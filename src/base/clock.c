/* See clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int64_t clock_day_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void utc_text(int64_t us, int digits, char out[UTC_TEXT]) {
    static const int units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    const time_t seconds = (time_t)(us / 1000000);
    struct tm utc;
    out[0] = 0;
    if (!gmtime_r(&seconds, &utc)) return;
    size_t n = strftime(out, UTC_TEXT, "%Y-%m-%dT%H:%M:%S", &utc);
    if (digits)
        n += (size_t)snprintf(out + n, UTC_TEXT - n, ".%0*d", digits,
                              (int)(us % 1000000) / units[digits]);
    snprintf(out + n, UTC_TEXT - n, "Z");
}

double clock_since_exec(void) {
    char line[1024];
    unsigned long long ticks = 0;
    struct timespec now;
    FILE *f = fopen("/proc/self/stat", "r");
    size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f) fclose(f);
    line[n] = 0;
    const char *at = strrchr(line, ')'); /* the name before may hold anything */
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    if (!at || sscanf(at, " %llu", &ticks) != 1) return 0;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9 -
           (double)ticks / (double)sysconf(_SC_CLK_TCK);
}
