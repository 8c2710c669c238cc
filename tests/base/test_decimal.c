/* Decimal numbers: exactly those of strtod, and the shortest that reads back. */
#include "base/decimal.h"
#include "support/testing.h"

#include "base/philox.h"
#include "tensor/dtype.h"

TEST(decimals_are_rounded_as_strtod_rounds) {
    char text[64];
    for (uint64_t i = 0; i < 300000; i++) {
        const philox4 r = philox(3, 1, i);
        const uint64_t digits = ((uint64_t)r.v[0] << 32 | r.v[1]) >> r.v[2] % 64;
        const int exponent = (int)(r.v[3] % (2 * DECIMAL_RANGE + 1)) - DECIMAL_RANGE;
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
        if (decimal_value(digits, exponent) != strtod(text, NULL)) fail_msg("%s", text);
    }
}

static int significant(const char *text) {
    int count = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && !count)) continue;
        if (*text == '0') zeros++;
        else count += zeros + 1, zeros = 0;
    }
    return count;
}

TEST(floats_are_written_in_the_fewest_digits) {
    char text[FLOAT_TEXT], other[40];
    for (uint64_t i = 0; i < 200000; i++) {
        const philox4 r = philox(4, 1, i);
        float value = (float)(r.v[0] % 1000000) / 1e6F;
        if (i % 3 == 1) value = (float)(int32_t)r.v[0];
        if (i % 3 == 2) memcpy(&value, r.v, 4);
        if (!isfinite(value)) continue;
        const int length = format_float(text, value);
        assert_int_equal(length, strlen(text));
        if (strtof(text, NULL) != value || (float)strtod(text, NULL) != value)
            fail_msg("%s for %.9g", text, (double)value);
        int digits = 0;
        do snprintf(other, sizeof other, "%.*e", digits++, (double)value);
        while (strtof(other, NULL) != value);
        if (value != 0 && significant(text) > significant(other)) fail_msg("%s, %s", text, other);
    }
}

TEST(floats_have_json_s_form) {
    static const struct {
        float value;
        const char *text;
    } cases[] = {{0, "0.0"},
                 {-0.0F, "-0.0"},
                 {1, "1.0"},
                 {-0.1F, "-0.1"},
                 {1e-4F, "0.0001"},
                 {1e-5F, "1e-5"},
                 {12345678, "12345678.0"},
                 {1e16F, "1e16"},
                 {1e-45F, "1e-45"},
                 {0x1.fffffep127F, "3.4028235e38"}};
    char text[FLOAT_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        format_float(text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

TEST(every_half_reads_back) {
    char text[FLOAT_TEXT];
    for (unsigned bits = 0; bits < 0x7c00; bits++) {
        format_short_float(text, float16_to((uint16_t)bits), 10, -24);
        assert_int_equal(float16_of((float)strtod(text, NULL)), bits);
    }
    for (unsigned bits = 0; bits < 0x7f80; bits++) {
        format_short_float(text, bfloat16_to((uint16_t)bits), 7, -133);
        assert_int_equal(bfloat16_of((float)strtod(text, NULL)), bits);
    }
}

RUN_TESTS(UNIT(decimals_are_rounded_as_strtod_rounds),
          UNIT(floats_are_written_in_the_fewest_digits), UNIT(floats_have_json_s_form),
          UNIT(every_half_reads_back))
