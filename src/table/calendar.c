/* Dates: see calendar.h.  Days of the civil calendar: Howard Hinnant, "chrono-compatible low-level
 * date algorithms" (the formulas). */
#include "table/calendar.h"

#include <stdio.h>
#include <string.h>

static int64_t days_before(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Two digits and what follows them. */
static void put_two(char *out, int value, char behind) {
    out[0] = (char)('0' + value / 10), out[1] = (char)('0' + value % 10);
    out[2] = behind;
}

void date_format(int64_t us, bool timed, bool zoned, char out[64]) {
    int64_t days = floor_divide(us, DAY_MICROSECONDS), rest = us - days * DAY_MICROSECONDS;
    civil c = civil_of(days);
    int seconds = (int)(rest / 1000000), part = (int)(rest % 1000000);
    int n = 10;
    if (c.year >= 0 && c.year <= 9999) {
        put_two(out, (int)c.year / 100, 0), put_two(out + 2, (int)c.year % 100, '-');
        put_two(out + 5, c.month, '-'), put_two(out + 8, c.day, 0);
    } else {
        n = snprintf(out, 64, "%04lld-%02d-%02d", (long long)c.year, c.month, c.day);
    }
    if (!timed) return;
    out[n] = 'T';
    put_two(out + n + 1, seconds / 3600, ':'), put_two(out + n + 4, seconds / 60 % 60, ':');
    put_two(out + n + 7, seconds % 60, 0);
    n += 9;
    if (part) {
        n += snprintf(out + n, 64 - (size_t)n, ".%06d", part);
        while (out[n - 1] == '0') out[--n] = 0;
    }
    if (zoned) snprintf(out + n, 64 - (size_t)n, "Z");
}

/* ---- reading ---- */

typedef struct reader {
    const char *at, *end;
} reader;

static bool take(reader *r, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n)) return false;
    r->at += n;
    return true;
}

/* A number of `least` to `most` digits. */
static bool take_digits(reader *r, int least, int most, int *out) {
    int n = 0;
    *out = 0;
    while (n < most && r->at < r->end && *r->at >= '0' && *r->at <= '9')
        *out = *out * 10 + (*r->at++ - '0'), n++;
    return n >= least;
}

static bool take_second_part(reader *r, int64_t *us) {
    int64_t unit = 100000;
    const char *begin = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10) {
        if (!unit && *r->at != '0') return false;
        *us += unit * (*r->at - '0');
    }
    return r->at > begin;
}

/* Z, +08:00, +0800, +08 */
static bool take_zone(reader *r, date_value *out) {
    int hours, minutes = 0;
    if (r->at == r->end) return true;
    out->zoned = true;
    if (take(r, "Z") || take(r, "z")) return true;
    bool minus = *r->at == '-';
    if (!minus && *r->at != '+') return false;
    r->at++;
    if (!take_digits(r, 2, 2, &hours) || hours > 15) return false;
    if (r->at < r->end) {
        take(r, ":");
        if (!take_digits(r, 2, 2, &minutes) || minutes > 59) return false;
    }
    int64_t offset = (hours * 60 + minutes) * 60000000LL;
    out->microseconds -= minus ? -offset : offset;
    return true;
}

static bool take_time(reader *r, date_value *out) {
    int hour, minute, second = 0;
    int64_t part = 0;
    if (!take_digits(r, 1, 2, &hour)) return false;
    bool chinese = take(r, "时") || take(r, "時");
    if (!chinese && !take(r, ":")) return false;
    if (!take_digits(r, chinese ? 1 : 2, 2, &minute)) return false;
    if (chinese) {
        if (!take(r, "分")) return false;
        if (take_digits(r, 1, 2, &second) && !take(r, "秒")) return false;
    } else if (take(r, ":")) {
        if (!take_digits(r, 2, 2, &second)) return false;
        if (take(r, ".") && !take_second_part(r, &part)) return false;
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    out->timed = true;
    out->microseconds += ((hour * 60 + minute) * 60 + second) * 1000000LL + part;
    return chinese ? r->at == r->end : take_zone(r, out);
}

static bool day_exists(int year, int month, int day) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && is_leap(year));
}

bool date_parse(const char *text, size_t length, date_value *out) {
    reader r = {text, text + length};
    int year, month, day;
    *out = (date_value){0};
    if (length < 8 || length > 64 || !take_digits(&r, 4, 4, &year)) return false;
    bool chinese = take(&r, "年");
    char between = *r.at;
    if (!chinese) {
        if (between != '-' && between != '/') return false;
        r.at++;
    }
    if (!take_digits(&r, 1, 2, &month)) return false;
    if (chinese ? !take(&r, "月") : r.at == r.end || *r.at++ != between) return false;
    if (!take_digits(&r, 1, 2, &day) || (chinese && !take(&r, "日"))) return false;
    if (!day_exists(year, month, day)) return false;
    out->microseconds = days_before(year, month, day) * DAY_MICROSECONDS;
    if (r.at == r.end) return true;
    if (*r.at == ' ') {
        while (r.at < r.end && *r.at == ' ') r.at++;
    } else if (!take(&r, "T") && !chinese) {
        return false;
    }
    return take_time(&r, out) && r.at == r.end;
}
