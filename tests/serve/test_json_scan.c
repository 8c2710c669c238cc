/* The JSON scanner: what is JSON and what is not; numbers exactly as strtod reads them. */
#include "serve/json_scan.h"
#include "support/testing.h"

#include "base/philox.h"
#include "serve/base64.h"

static arena memory;
static mica_error err;

static mica_status take(const char *text) {
    json_scan s;
    memset(&err, 0, sizeof err);
    scan_open(&s, text, strlen(text), &memory, &err);
    scan_skip(&s);
    return scan_close(&s);
}

TEST(json_is_taken) {
    static const char *const good[] = {"0",
                                       "-0",
                                       " 1.5e-3 ",
                                       "[]",
                                       "{}",
                                       "[[],{}]",
                                       "\"\"",
                                       "\"a\\u00e9\\ud83d\\ude00\\n\"",
                                       "{\"a\":[1,2,{\"b\":null}],\"c\":true}",
                                       "\"\xc3\xa9\"",
                                       "false",
                                       "123456789012345678901234",
                                       "1E+5",
                                       "\t\r\n[1 , 2 ]"};
    for (size_t i = 0; i < LENGTH(good); i++) ASSERT_OK(take(good[i]));
}

TEST(what_is_no_json_is_refused_with_its_place) {
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "byte 0: expected a value, found the end"},
        {"01", "expected a value, found 01"},
        {"1.", "found 1."},
        {".5", "found .5"},
        {"+1", "found +1"},
        {"1e", "found 1e"},
        {"-", "found -"},
        {"NaN", "found NaN"},
        {"nul", "found nul"},
        {"[1,]", "byte 3: expected a value, found ]"},
        {"[1 2]", "byte 3: expected \",\" or \"]\", found 2"},
        {"[1", "found the end"},
        {"{\"a\" 1}", "byte 5: expected \":\""},
        {"{a:1}", "expected a name in quotes, found a"},
        {"{\"a\":1,}", "expected a name in quotes"},
        {"1 2", "byte 2: expected the end, found 2"},
        {"\"a", "no end"},
        {"\"\\", "no end"},
        {"\"\\x\"", "no such escape"},
        {"\"\\u12\"", "four digits"},
        {"\"\\ud800\"", "surrogates"},
        {"\"\\udc00\\ud800\"", "surrogates"},
        {"\"a\nb\"", "byte 2: a control character"},
        {"\"\xff\"", "byte 1: no UTF-8"},
        {"\"\xed\xa0\x80\"", "no UTF-8"},
        {"// x", "found //"},
    };
    for (size_t i = 0; i < LENGTH(bad); i++)
        ASSERT_FAILS(take(bad[i].text), MICA_FORMAT, bad[i].message);
}

TEST(depth_is_limited) {
    char text[200];
    memset(text, '[', JSON_DEPTH + 1);
    text[JSON_DEPTH + 1] = 0;
    ASSERT_FAILS(take(text), MICA_FORMAT, "more than 32 lists");
    memset(text + JSON_DEPTH, ']', JSON_DEPTH);
    text[2 * JSON_DEPTH] = 0;
    ASSERT_OK(take(text));
}

TEST(escapes_are_decoded) {
    json_scan s;
    mica_string t;
    static const char text[] =
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000\"";
    scan_open(&s, text, sizeof text - 1, &memory, &err);
    assert_true(scan_text(&s, &t));
    static const char want[] = "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    assert_int_equal(t.size, sizeof want); /* its NUL too */
    assert_memory_equal(t.bytes, want, sizeof want);
}

/* The bytes end where they end: a number at the end is not read beyond. */
TEST(nothing_behind_the_bytes_is_read) {
    json_scan s;
    int64_t value;
    scan_open(&s, "12345", 3, &memory, &err);
    assert_true(scan_whole(&s, &value));
    assert_int_equal(value, 123);
    ASSERT_OK(scan_close(&s));
}

static mica_status array(const char *text, mica_dtype dtype, shape sh, bool flat, void *out) {
    json_scan s;
    memset(&err, 0, sizeof err);
    scan_open(&s, text, strlen(text), &memory, &err);
    s.base64 = true;
    if (scan_array(&s, dtype, &sh, flat, out)) scan_close(&s);
    return s.status;
}

TEST(numbers_are_those_of_strtod) {
    char text[80];
    double value, want;
    for (uint64_t i = 0; i < 200000; i++) {
        const philox4 r = philox(11, 0, i);
        const int digits = 1 + (int)(r.v[2] % 20), power = (int)(r.v[3] % 80) - 40;
        const double mantissa = ((double)r.v[0] * 4294967296.0 + r.v[1]) / 1e19;
        if (r.v[3] & 1 << 20) snprintf(text, sizeof text, "%.*ge%d", digits, mantissa, power);
        else snprintf(text, sizeof text, "%.*f", digits, mantissa * 100);
        if (strchr(text, 'e') != strrchr(text, 'e')) continue;
        ASSERT_OK(array(text, MICA_FLOAT64, (shape){0}, false, &value));
        want = strtod(text, NULL);
        if (memcmp(&value, &want, sizeof want) != 0)
            fail_msg("%s: %.17g, %.17g", text, value, want);
    }
}

TEST(integers_keep_to_their_range) {
    static const struct {
        mica_dtype dtype;
        const char *least, *most, *below, *above;
    } types[] = {{MICA_INT8, "-128", "127", "-129", "128"},
                 {MICA_UINT8, "0", "255", "-1", "256"},
                 {MICA_INT32, "-2147483648", "2147483647", "-2147483649", "2147483648"},
                 {MICA_INT64, "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
                  "9223372036854775808"},
                 {MICA_UINT64, "0", "18446744073709551615", "-1", "18446744073709551616"}};
    for (size_t i = 0; i < LENGTH(types); i++) {
        uint64_t value = 0;
        const shape one = {0};
        ASSERT_OK(array(types[i].least, types[i].dtype, one, false, &value));
        if (types[i].dtype != MICA_UINT64)
            assert_int_equal(dtype_load_int(types[i].dtype, &value),
                             strtoll(types[i].least, NULL, 10));
        ASSERT_OK(array(types[i].most, types[i].dtype, one, false, &value));
        if (types[i].dtype != MICA_UINT64)
            assert_int_equal(dtype_load_int(types[i].dtype, &value),
                             strtoll(types[i].most, NULL, 10));
        else assert_true(value == UINT64_MAX);
        ASSERT_FAILS(array(types[i].below, types[i].dtype, one, false, &value), MICA_VALUE,
                     "range");
        ASSERT_FAILS(array(types[i].above, types[i].dtype, one, false, &value), MICA_VALUE,
                     "range");
        ASSERT_FAILS(array("1.0", types[i].dtype, one, false, &value), MICA_FORMAT, "whole number");
    }
}

TEST(floats_stay_finite) {
    float f;
    double d;
    uint16_t h;
    const shape one = {0};
    ASSERT_OK(array("3.4028235e38", MICA_FLOAT32, one, false, &f));
    assert_true(f == 0x1.fffffep127F);
    ASSERT_FAILS(array("3.4028236e38", MICA_FLOAT32, one, false, &f), MICA_VALUE, "float32");
    ASSERT_FAILS(array("1e309", MICA_FLOAT64, one, false, &d), MICA_VALUE, "float64");
    ASSERT_OK(array("1e-400", MICA_FLOAT64, one, false, &d));
    assert_true(d == 0);
    ASSERT_OK(array("65519", MICA_FLOAT16, one, false, &h));
    assert_int_equal(h, 0x7bff);
    ASSERT_FAILS(array("65520", MICA_FLOAT16, one, false, &h), MICA_VALUE, "float16");
}

TEST(lists_have_the_shape_or_are_refused_with_the_index) {
    float v[6];
    static const float want[] = {1, 2, 3, 4, 5, 6};
    const shape s = {2, {2, 3}};
    ASSERT_OK(array("[[1,2,3],[4,5,6]]", MICA_FLOAT32, s, false, v));
    ASSERT_CLOSE(v, want, 6, 0);
    memset(v, 0, sizeof v);
    ASSERT_OK(array(" [ 1 , 2,3,4,5,6 ] ", MICA_FLOAT32, s, true, v));
    ASSERT_CLOSE(v, want, 6, 0);
    ASSERT_FAILS(array("[1,2,3,4,5,6]", MICA_FLOAT32, s, false, v), MICA_FORMAT, "expected a list");
    ASSERT_FAILS(array("[1,2,3,4,5]", MICA_FLOAT32, s, true, v), MICA_SHAPE,
                 "5 elements, expected 6");
    ASSERT_FAILS(array("[1,2,3,4,5,6,7]", MICA_FLOAT32, s, true, v), MICA_SHAPE, "more than 6");
    ASSERT_FAILS(array("[[1,2,3],[4,5]]", MICA_FLOAT32, s, true, v), MICA_SHAPE,
                 "element [1, 2]: byte 13: 2 elements, expected 3");
    ASSERT_FAILS(array("[[1,2,3]]", MICA_FLOAT32, s, true, v), MICA_SHAPE,
                 "1 elements, expected 2");
    ASSERT_FAILS(array("[[1,2,3],[4,5,6],[]]", MICA_FLOAT32, s, true, v), MICA_SHAPE,
                 "more than 2");
    ASSERT_FAILS(array("[[1,2,3],[4,null,6]]", MICA_FLOAT32, s, true, v), MICA_FORMAT,
                 "element [1, 1]: byte 12: expected a number, found null");
    ASSERT_FAILS(array("[[1,2,3],[4,5", MICA_FLOAT32, s, true, v), MICA_FORMAT, "found the end");
}

TEST(texts_and_base64_are_elements) {
    mica_string t[3];
    ASSERT_OK(
        array("[\"a\",\"\\u00e9\",{\"b64\":\"AP8=\"}]", MICA_STRING, (shape){1, {3}}, true, t));
    assert_true(t[0].size == 1 && t[1].size == 2 && t[2].size == 2);
    assert_memory_equal(t[2].bytes, "\0\xff", 2);
    ASSERT_FAILS(array("[{\"b64\":\"A\"}]", MICA_STRING, (shape){1, {1}}, true, t), MICA_FORMAT,
                 "no base64");
    ASSERT_FAILS(array("[{\"b64\":\"AP8=\",\"x\":1}]", MICA_STRING, (shape){1, {1}}, true, t),
                 MICA_FORMAT, "expected }");
    ASSERT_FAILS(array("[{}]", MICA_STRING, (shape){1, {1}}, true, t), MICA_FORMAT, "b64");
}

TEST(base64_goes_round) {
    char bytes[50], back[80];
    for (size_t n = 0; n <= sizeof bytes; n++) {
        strbuf text = {0};
        size_t size;
        for (size_t i = 0; i < n; i++) bytes[i] = (char)(i * 37 + n);
        base64_write(&text, bytes, n);
        strbuf_put(&text, "", 0);
        assert_true(base64_decode(text.data, text.length, back, &size));
        assert_int_equal(size, n);
        assert_memory_equal(back, bytes, n);
        strbuf_free(&text);
    }
}

TEST(shapes_are_measured_along_the_first_elements) {
    json_scan s;
    shape sh;
    static const char text[] = "[[[1,2],[3]],[],[4]]";
    scan_open(&s, text, sizeof text - 1, &memory, &err);
    assert_true(scan_measure(&s, &sh));
    assert_int_equal(sh.rank, 3);
    assert_true(sh.dims[0] == 3 && sh.dims[1] == 2 && sh.dims[2] == 2);
    assert_ptr_equal(s.at, s.begin);
}

RUN_TESTS(UNIT(json_is_taken), UNIT(what_is_no_json_is_refused_with_its_place),
          UNIT(depth_is_limited), UNIT(escapes_are_decoded), UNIT(nothing_behind_the_bytes_is_read),
          UNIT(numbers_are_those_of_strtod), UNIT(integers_keep_to_their_range),
          UNIT(floats_stay_finite), UNIT(lists_have_the_shape_or_are_refused_with_the_index),
          UNIT(texts_and_base64_are_elements), UNIT(base64_goes_round),
          UNIT(shapes_are_measured_along_the_first_elements))
