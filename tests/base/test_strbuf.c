#include "base/strbuf.h"

#include "support/testing.h"

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

RUN_TESTS(UNIT(strbuf_adds_formatted_and_raw_text),
          UNIT(nearest_name_forgives_a_slip_not_another_word),
          UNIT(format_real_is_short_and_reads_back_the_same))
