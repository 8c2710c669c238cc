#include "base/strbuf.h"

#include "support/testing.h"

#include <math.h>

TEST(strbuf_adds_formatted_and_raw_text) {
    strbuf t = {0};
    strbuf_add(&t, "%d-%s", 12, "ab");
    strbuf_put(&t, "xyz", 2);
    assert_string_equal(t.data, "12-abxy");
    assert_int_equal(t.length, 7);
    for (int i = 0; i < 1000; i++) strbuf_add(&t, "%c", 'q');
    assert_int_equal(strlen(t.data), 1007);
    assert_false(t.failed);
    strbuf_free(&t);
    assert_null(t.data);
}

TEST(nearest_name_forgives_a_slip_not_another_word) {
    const char *const names[] = {"relu", "sigmoid", "softmax", NULL};
    assert_string_equal(nearest_name("sigmiod", names), "sigmoid");
    assert_string_equal(nearest_name("ReLU", names), "relu");
    assert_string_equal(nearest_name("softmx", names), "softmax");
    assert_null(nearest_name("banana", names));
    const char *ways[] = {"drop", "mean", "median", "most_frequent", NULL};
    assert_string_equal(nearest_name("medain", ways), "median");
    assert_string_equal(nearest_name("emdian", ways), "median");
    assert_string_equal(nearest_name("maen", ways), "mean");
    const char *metrics[] = {"f_beta_score", "f1_score", "auc", NULL};
    assert_string_equal(nearest_name("f1", metrics), "f1_score");
    assert_string_equal(nearest_name("F1", metrics), "f1_score");
    assert_null(nearest_name("f", metrics));
    char longest[300];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_null(nearest_name(longest, names));
}

TEST(format_real_is_short_and_reads_back_the_same) {
    const double values[] = {0.1, 1.0 / 3, 1e300, 5e-324, -2.5, 1e-7, 123456789.125, 0};
    char text[32];
    for (size_t i = 0; i < LENGTH(values); i++) {
        format_real(text, values[i]);
        assert_true(strtod(text, NULL) == values[i]);
    }
    format_real(text, 0.1);
    assert_string_equal(text, "0.1");
    format_real(text, 0.001);
    assert_string_equal(text, "0.001");
}

/* The digits that are tried one after the other. */
static void check_real(double value) {
    char text[32], wanted[32];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(wanted, sizeof wanted, "%.*g", digits, value);
        if (strtod(wanted, NULL) == value) break;
    }
    format_real(text, value);
    assert_string_equal(text, wanted);
}

TEST(format_real_is_what_printf_has_in_the_fewest_digits) {
    static const double some[] = {
        0,          -0.0,      1,    -1,         10,        999999,  1e6,
        1000001,    123e9,     1e-4, 0.00012,    0.0000999, 1e15,    999999999999999,
        1e14 + 0.5, 0.1 + 0.2, 1e22, 12345678.5, 2.5e-7,    100000.5};
    for (size_t i = 0; i < LENGTH(some); i++) check_real(some[i]), check_real(-some[i]);
    check_real(INFINITY), check_real(-INFINITY);
    uint64_t random = 1;
    for (int i = 0; i < 200000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        double whole = (double)(int64_t)(random >> 12 >> (i % 50)), scale = pow(10, i % 13);
        check_real(whole / scale);
        double bits;
        memcpy(&bits, &random, sizeof bits);
        if (isfinite(bits)) check_real(bits);
    }
}

TEST(format_integer_is_printf) {
    static const int64_t some[] = {0, 1, -1, 9, 10, -10, 123456789, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < LENGTH(some); i++) {
        char text[24], wanted[32];
        assert_int_equal(format_integer(text, some[i]),
                         snprintf(wanted, sizeof wanted, "%lld", (long long)some[i]));
        assert_string_equal(text, wanted);
    }
}

RUN_TESTS(UNIT(format_real_is_what_printf_has_in_the_fewest_digits), UNIT(format_integer_is_printf),
          UNIT(strbuf_adds_formatted_and_raw_text),
          UNIT(nearest_name_forgives_a_slip_not_another_word),
          UNIT(format_real_is_short_and_reads_back_the_same))
