/* Dates as people write them: see repair.h. Names of months are English. */
#include "transform/repair.h"

#include "base/error.h"
#include "table/cell.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 64, LONGEST_TIME = 20 };

typedef struct span {
    const char *at, *end;
} span;

/* Day, month and year where nothing is open; else the month is 0 and first and second are. */
typedef struct written_date {
    int first, second, day, month, year;
    char separator;
    span time; /* what stands behind the date, without blanks */
} written_date;

static void skip_blanks(span *s) {
    while (s->at < s->end && *s->at == ' ') s->at++;
}

/* Digits, one to `most`; how many there are. */
static int take_digits(span *s, int most, int *out) {
    const char *from = s->at;
    for (*out = 0; s->at < s->end && s->at - from < most && *s->at >= '0' && *s->at <= '9'; s->at++)
        *out = *out * 10 + (*s->at - '0');
    return (int)(s->at - from);
}

static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

/* Mar, March, mar., Sept; 0: none of these. */
static int take_month(span *s) {
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    size_t n = 0;
    while (s->at + n < s->end && is_letter(s->at[n])) n++;
    for (size_t i = 0; i < LENGTH(names) && n >= 3; i++) {
        bool whole = n == strlen(names[i]), short_one = n == 3 || (n == 4 && i == 8);
        if ((!whole && !short_one) || strncasecmp(s->at, names[i], n)) continue;
        s->at += n;
        if (!whole && s->at < s->end && *s->at == '.') s->at++;
        return (int)i + 1;
    }
    return 0;
}

/* Blanks, or one of the signs and blanks; the sign. 0: there is none of it. */
static char take_between(span *s, const char *signs) {
    char sign = s->at < s->end && *s->at == ' ' ? ' ' : 0;
    skip_blanks(s);
    if (s->at < s->end && *s->at && strchr(signs, *s->at)) sign = *s->at++;
    skip_blanks(s);
    return sign;
}

static void take_ordinal(span *s) {
    static const char *const ends[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < LENGTH(ends); i++)
        if (s->end - s->at >= 2 && !strncasecmp(s->at, ends[i], 2)) {
            s->at += 2;
            return;
        }
}

/* Mar 5 2024, March 5th, 2024. */
static bool month_first(span *s, written_date *d) {
    if (!(d->month = take_month(s)) || !take_between(s, "-")) return false;
    if (!take_digits(s, 2, &d->day)) return false;
    take_ordinal(s);
    return take_between(s, ",-") && take_digits(s, 4, &d->year) == 4;
}

/* 5-Mar-2024, 5 March 2024, 5th Mar, 2024; 2024-Mar-05. */
static bool day_or_year_first(span *s, written_date *d) {
    int first;
    int digits = take_digits(s, 4, &first);
    if (digits != 4 && (digits < 1 || digits > 2)) return false;
    if (digits != 4) take_ordinal(s);
    if (s->at < s->end && *s->at == '.') s->at++; /* 5. Mar 2024 */
    if (!take_between(s, "-/") && !(s->at < s->end && is_letter(*s->at))) return false;
    if (!(d->month = take_month(s)) || !take_between(s, "-/,")) return false;
    if (digits == 4) return d->year = first, take_digits(s, 2, &d->day) > 0;
    return d->day = first, take_digits(s, 4, &d->year) == 4;
}

static bool is_separator(char c) { return c == '.' || c == '/' || c == '-'; }

/* 5/3/2024 */
static bool in_digits(span *s, written_date *d) {
    if (!take_digits(s, 2, &d->first) || s->at == s->end || !is_separator(*s->at)) return false;
    d->separator = *s->at++;
    if (!take_digits(s, 2, &d->second) || s->at == s->end || *s->at++ != d->separator) return false;
    return take_digits(s, 4, &d->year) == 4;
}

/* 20240305; longer numbers are none. */
static bool eight_digits(span *s, written_date *d) {
    int64_t ignored;
    int number;
    if (s->end - s->at != 8 || take_digits(s, 8, &number) != 8) return false;
    d->year = number / 10000, d->month = number / 100 % 100, d->day = number % 100;
    return repair_whole_date(number, &ignored);
}

static bool split_date(const char *text, size_t length, written_date *d) {
    static bool (*const forms[])(span *, written_date *) = {in_digits, eight_digits, month_first,
                                                            day_or_year_first};
    span all = {text, text + length};
    skip_blanks(&all);
    while (all.end > all.at && all.end[-1] == ' ') all.end--;
    for (size_t i = 0; i < LENGTH(forms); i++) {
        span s = all;
        *d = (written_date){0};
        if (!forms[i](&s, d)) continue;
        if (s.at < s.end && *s.at != ' ' && *s.at != 'T' && *s.at != ',') return false;
        while (s.at < s.end && (*s.at == ' ' || *s.at == 'T' || *s.at == ',')) s.at++;
        d->time = s;
        return true;
    }
    return false;
}

/* 2:05 PM as 14:05; other times as they are. False: it is no time with PM. */
static bool plain_time(span t, char out[LONGEST]) {
    int hour;
    span s = t;
    const char *end = t.end;
    bool pointed = end - t.at >= 4 && end[-1] == '.' && end[-3] == '.'; /* p.m. */
    const char *half = pointed ? end - 4 : end - 2;
    snprintf(out, LONGEST, "%.*s", (int)(t.end - t.at), t.at);
    if (t.end - t.at < 3 || ((pointed ? half[2] : half[1]) | 32) != 'm') return true;
    bool after = (*half | 32) == 'p';
    if ((!after && (*half | 32) != 'a') || !take_digits(&s, 2, &hour) || hour < 1 || hour > 12)
        return false;
    s.end = half;
    while (s.end > s.at && s.end[-1] == ' ') s.end--;
    snprintf(out, LONGEST, "%02d%s%.*s", hour % 12 + (after ? 12 : 0), s.at < s.end ? "" : ":00",
             (int)(s.end - s.at), s.at);
    return true;
}

bool repair_date(const char *text, size_t length, char order, int64_t *out, bool *timed) {
    written_date d;
    date_value value;
    char iso[2 * LONGEST + 2 * CELL_MARGIN] = {0}, time[LONGEST];
    if (length >= 8 && length <= LONGEST && date_parse(text, length, &value) && !value.zoned)
        return *out = value.microseconds, *timed = value.timed, true;
    if (!split_date(text, length, &d) || d.time.end - d.time.at > LONGEST_TIME ||
        !plain_time(d.time, time))
        return false;
    if (d.separator == '.') order = 'd';
    int day = d.month        ? d.day
              : order == 'd' ? d.first
                             : d.second,
        month = d.month        ? d.month
                : order == 'd' ? d.second
                               : d.first;
    int n = snprintf(iso + CELL_MARGIN, sizeof iso - 2 * CELL_MARGIN, "%04d-%02d-%02d%s%s", d.year,
                     month, day, time[0] ? " " : "", time);
    if (!date_parse(iso + CELL_MARGIN, (size_t)n, &value) || value.zoned) return false;
    *out = value.microseconds;
    *timed = value.timed;
    return true;
}

int repair_date_order(const char *text, size_t length) {
    int64_t out;
    bool timed, day = repair_date(text, length, 'd', &out, &timed),
                month = repair_date(text, length, 'm', &out, &timed);
    written_date d;
    if (!day && !month) return -1;
    if (!split_date(text, length, &d) || d.month) return '-';
    if (day && d.separator == '.') return 'd';
    return day && month ? 0 : day ? 'd' : 'm'; /* 5/5/2024 says nothing, and is one day */
}

bool repair_whole_date(int64_t whole, int64_t *out) {
    char iso[LONGEST + 2 * CELL_MARGIN] = {0};
    date_value value;
    if (whole < 19000101 || whole > 21001231) return false;
    int n = snprintf(iso + CELL_MARGIN, LONGEST, "%04d-%02d-%02d", (int)(whole / 10000),
                     (int)(whole / 100 % 100), (int)(whole % 100));
    if (!date_parse(iso + CELL_MARGIN, (size_t)n, &value)) return false;
    return *out = value.microseconds, true;
}
