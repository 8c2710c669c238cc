#include "base/error.h"
#include "support/testing.h"

TEST(fail_fills_code_and_message) {
    mica_error err = {0};
    assert_int_equal(fail(&err, MICA_SHAPE, "axis %d", 3), MICA_SHAPE);
    assert_int_equal(err.code, MICA_SHAPE);
    assert_string_equal(err.message, "axis 3");
}

TEST(fail_without_error_returns_the_code) {
    assert_int_equal(fail(NULL, MICA_IO, "x"), MICA_IO);
    assert_int_equal(fail_within(NULL, MICA_IO, "x"), MICA_IO);
}

TEST(fail_within_puts_the_place_in_front) {
    mica_error err = {0};
    fail(&err, MICA_SHAPE, "kernel (3, 4), expected (3, 5)");
    fail_within(&err, err.code, "%s", "layer dense_1");
    assert_string_equal(err.message, "layer dense_1: kernel (3, 4), expected (3, 5)");
}

TEST(a_long_message_is_cut_not_overrun) {
    mica_error err = {0};
    char text[3000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    fail(&err, MICA_VALUE, "%s", text);
    fail_within(&err, err.code, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

TEST(every_code_has_a_name_and_a_text) {
    for (int code = 0; code < MICA_STATUS_COUNT; code++) {
        assert_string_not_equal(status_name((mica_status)code), "UNKNOWN");
        assert_string_not_equal(status_text((mica_status)code), "unknown status");
    }
    assert_string_equal(status_name(MICA_STATUS_COUNT), "UNKNOWN");
}

RUN_TESTS(UNIT(fail_fills_code_and_message), UNIT(fail_without_error_returns_the_code),
          UNIT(fail_within_puts_the_place_in_front), UNIT(a_long_message_is_cut_not_overrun),
          UNIT(every_code_has_a_name_and_a_text))
