/* Dates against the C library's calendar. */
#include "table/calendar.h"

#include "support/testing.h"

#include <time.h>

static int64_t seconds_of(const char *text) {
    date_value d;
    if (!date_parse(text, strlen(text), &d)) fail_msg("%s is no date", text);
    return d.microseconds / 1000000;
}

TEST(days_are_those_of_the_c_library) {
    for (int64_t day = -60000; day < 60000; day += 7) {
        char text[64], ours[64];
        time_t at = (time_t)(day * 86400 + (day & 1023) * 60);
        struct tm tm;
        gmtime_r(&at, &tm);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
        assert_int_equal(seconds_of(text), at);
        date_format(at * 1000000LL, true, false, ours);
        assert_string_equal(ours, text);
        assert_int_equal((weekday_of(floor_divide(at, 86400)) + 1) % 7, tm.tm_wday);
    }
}

TEST(dates_have_many_forms) {
    const int64_t day = 19787 * 86400LL; /* 2024-03-05 */
    static const char *const same[] = {"2024-03-05", "2024-3-5",     "2024/03/05",
                                       "2024/3/5",   "2024年3月5日", "2024年03月05日"};
    for (size_t i = 0; i < 6; i++) assert_int_equal(seconds_of(same[i]), day);
    static const char *const ten[] = {
        "2024-03-05T10:30",     "2024-03-05 10:30:00",       "2024/3/5 10:30:00.000",
        "2024-03-05T10:30Z",    "2024-03-05T18:30:00+08:00", "2024-03-05T06:30-0400",
        "2024年3月5日10时30分", "2024年3月5日 10时30分0秒",  "2024年3月5日 10:30"};
    for (size_t i = 0; i < 9; i++) assert_int_equal(seconds_of(ten[i]), day + 37800);
    date_value d;
    char text[64];
    assert_true(date_parse("1969-12-31T23:59:59.75", 22, &d));
    assert_int_equal(d.microseconds, -250000);
    date_format(d.microseconds, true, false, text);
    assert_string_equal(text, "1969-12-31T23:59:59.75");
    assert_false(date_parse("2024-03-05T10:00:00.1234567", 27, &d)); /* finer than is kept */
    assert_true(date_parse("2024-03-05T10:00:00.123456000", 29, &d));
}

RUN_TESTS(UNIT(days_are_those_of_the_c_library), UNIT(dates_have_many_forms))
