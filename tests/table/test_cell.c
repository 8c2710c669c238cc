/* What cells are; numbers against strtod. */
#include "table/cell.h"

#include "base/error.h"
#include "support/testing.h"
#include "table/real.h"

/* A cell with the margin that cells have. */
static cell cell_of(const char *text) {
    static char room[512];
    memset(room, 'x', sizeof room);
    size_t n = strlen(text);
    memcpy(room + 16, text, n);
    return (cell){room + 16, n};
}

static int bits_of(const char *text) { return cell_classify(cell_of(text)); }

TEST(cells_are_classified) {
    static const char *const integers[] = {
        "0", "-7", "+3", " 12", "12 ", "00012", "-9223372036854775807", "１２"};
    static const char *const numbers[] = {"1.",  ".5",        "1e5",    "-1E-3",
                                          "inf", "-Infinity", "+.5e+2", "１．５"};
    static const char *const texts[] = {"1e",
                                        "e5",
                                        ".",
                                        "-",
                                        "+",
                                        "1_000",
                                        "1,5",
                                        "0x10",
                                        "infinit",
                                        "NAN",
                                        " NA",
                                        "1 2",
                                        "--1",
                                        "1.2.3",
                                        "2024-13-01",
                                        "2024-1",
                                        "x",
                                        "2024-03-05T",
                                        "2024-03-05 25:00",
                                        "2024-03-05T10:00:60"};
    for (size_t i = 0; i < LENGTH(integers); i++)
        if (bits_of(integers[i]) != CELL_INTEGER) fail_msg("%s is no integer", integers[i]);
    for (size_t i = 0; i < LENGTH(numbers); i++)
        if (bits_of(numbers[i]) != CELL_NUMBER) fail_msg("%s is no number", numbers[i]);
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (bits_of(texts[i]) != CELL_TEXT) fail_msg("%s is %d", texts[i], bits_of(texts[i]));
    assert_int_equal(bits_of("9223372036854775808"), CELL_LARGE);
    assert_int_equal(bits_of("-9223372036854775808"), CELL_LARGE); /* it is the missing one */
    assert_int_equal(bits_of("99999999999999999999999"), CELL_LARGE);
    assert_int_equal(bits_of("TRUE"), CELL_BOOLEAN);
    assert_int_equal(bits_of("2024-03-05"), CELL_DATE);
    assert_int_equal(bits_of("2024-03-05T10:00Z"), CELL_ZONED | CELL_TIMED);
}

static void same_as_strtod(const char *text) {
    double got = 0;
    bool whole;
    if (!real_parse(cell_of(text).at, strlen(text), &got, &whole))
        fail_msg("%s is no number", text);
    double expected = strtod(text, NULL);
    if (memcmp(&got, &expected, sizeof got))
        fail_msg("%s is %.17g, strtod says %.17g", text, got, expected);
}

TEST(numbers_are_those_of_strtod) {
    static const char *const hard[] = {"9007199254740993",
                                       "9007199254740992.5",
                                       "1e22",
                                       "1e23",
                                       "8.5e22",
                                       "2.2250738585072011e-308",
                                       "4.9e-324",
                                       "2e-324",
                                       "1.7976931348623159e308",
                                       "1e400",
                                       "-0",
                                       "-0.0",
                                       "0.1",
                                       "179769313486231580793e289",
                                       "0.000000000000000000000000000001",
                                       "100000000000000000000000000000000",
                                       "1e-9999999999",
                                       "0e99999999999",
                                       "123456789012345678901234567890.5e-20"};
    char text[64];
    for (size_t i = 0; i < LENGTH(hard); i++) same_as_strtod(hard[i]);
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        double v;
        memcpy(&v, &x, sizeof v);
        if (i % 2) snprintf(text, sizeof text, "%.*g", 1 + (int)(x % 17), isfinite(v) ? v : 1.0);
        else
            snprintf(text, sizeof text, "%lld.%lld", (long long)(x >> (x % 60)),
                     (long long)(x % 100000007));
        same_as_strtod(text);
    }
}

RUN_TESTS(UNIT(cells_are_classified), UNIT(numbers_are_those_of_strtod))
