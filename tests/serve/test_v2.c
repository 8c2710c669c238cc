/* KServe v2: bytes as clients send them, replies byte by byte. */
#include "serve/contract_case.h"
#include "support/testing.h"

static mica_error err;
static inference x;

static mica_status read_of(const contract *c, const char *body, size_t length, size_t json) {
    memset(&err, 0, sizeof err);
    inference_clear(&x);
    x.contract = c;
    return v2_read(&x, body, length, json, &err);
}

static mica_status read_json(const contract *c, const char *body) {
    return read_of(c, body, strlen(body), strlen(body));
}

static const float rows[] = {1, 2.5, -3e-2F, 4, 5, 6};
#define DATA "\"data\":[1,2.5,-0.03,4,5,6]"
#define HEAD "\"name\":\"x\",\"shape\":[2,3],\"datatype\":\"FP32\""

/* The members of everything in any order, flat and nested, as tritonclient, KServe's and people
 * write them. */
TEST(v2_members_come_in_any_order) {
    static const char *const bodies[] = {
        "{\"inputs\":[{" HEAD "," DATA "}]}",
        "{\"inputs\":[{" DATA "," HEAD "}]}",
        "{\"inputs\":[{\"shape\":[2,3]," DATA ",\"datatype\":\"FP32\",\"name\":\"x\"}]}",
        "{\"inputs\":[{" HEAD ",\"data\":[[1,2.5,-0.03],[4,5,6]]}]}",
        "{\"parameters\":{\"priority\":2,\"timeout\":5000,\"mine\":\"z\"},\"outputs\":[{\"name\":"
        "\"y\"}],\"inputs\":[{" HEAD ",\"parameters\":{}," DATA "}],\"id\":\"q\\u0041\"}",
        "{\"model_name\":\"one\",\"inputs\":[{" HEAD "," DATA ",\"other\":{\"a\":[1]}}]}"};
    for (size_t i = 0; i < LENGTH(bodies); i++) {
        ASSERT_OK(read_json(&one_input, bodies[i]));
        assert_int_equal(x.rows, 2);
        ASSERT_CLOSE((float *)x.in[0], rows, 6, 0);
        assert_true(x.wanted[0] && !x.binary[0]);
        if (i == 4) {
            assert_string_equal(x.id, "qA");
            assert_true(x.priority == 2 && x.timeout_us == 5000);
        }
    }
}

TEST(v2_wrong_requests_name_the_input) {
    static const struct {
        const char *body;
        mica_status status;
        const char *text;
    } bad[] = {
        {"{}", MICA_VALUE, "input \"x\" is missing"},
        {"[]", MICA_FORMAT, "byte 0: expected an object, found a list"},
        {"{\"inputs\":[{\"name\":\"z\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}",
         MICA_NAME, "input \"z\" is not known to model one, which has \"x\""},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP64\",\"data\":[1,2,3]}]}",
         MICA_TYPE, "input \"x\": datatype \"FP64\", expected \"FP32\""},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}]}",
         MICA_SHAPE, "input \"x\": shape (1, 2), expected (None, 3)"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[9000,3],\"datatype\":\"FP32\",\"data\":[1,2]}]}",
         MICA_SHAPE, "too short"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[9223372036854775807,3],\"datatype\":\"FP32\","
         "\"data\":[1,2]}]}",
         MICA_SHAPE, "too short"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[9000,3],\"datatype\":\"FP32\",\"data\":\"AAAA\"}]"
         "}",
         MICA_FORMAT, "input \"x\": byte 65: expected data as a list, found a text"},
        {"{\"inputs\":[{\"name\":\"x\",\"shape\":[-1,3],\"datatype\":\"FP32\",\"data\":[1]}]}",
         MICA_SHAPE, "an extent of -1"},
        {"{\"inputs\":[{" HEAD ",\"data\":[1,2,3]}]}", MICA_SHAPE,
         "input \"x\": element [3]: byte 68: 3 elements, expected 6"},
        {"{\"inputs\":[{" HEAD ",\"data\":[1,2,3,4,NaN,6]}]}", MICA_FORMAT,
         "input \"x\": element [4]: byte 71: expected a number, found NaN"},
        {"{\"inputs\":[{" HEAD ",\"data\":[1,2,3,4,1e39,6]}]}", MICA_VALUE,
         "1e39 is out of the range of float32"},
        {"{\"inputs\":[{" HEAD "}]}", MICA_FORMAT, "neither \"data\" nor"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\"," DATA "}]}", MICA_FORMAT,
         "has no \"shape\""},
        {"{\"inputs\":[{" HEAD "," DATA "},{" HEAD "," DATA "}]}", MICA_VALUE, "given twice"},
        {"{\"inputs\":[],\"inputs\":[]}", MICA_FORMAT, "\"inputs\" is given twice"},
        {"{\"inputs\":[{" HEAD "," DATA "}],\"outputs\":[{\"name\":\"w\"}]}", MICA_NAME,
         "output \"w\""},
        {"{\"inputs\":[{" HEAD "," DATA "}],\"outputs\":[{}]}", MICA_FORMAT, "no \"name\""},
        {"{\"inputs\":[{" HEAD "," DATA "}],\"outputs\":[{\"name\":\"y\"},{\"name\":\"y\"}]}",
         MICA_VALUE, "asked for twice"},
        {"{\"inputs\":[{" HEAD ",\"parameters\":{\"binary_data_size\":24}}]}", MICA_FORMAT,
         "binary_data_size 24, but 0 bytes are left"},
        {"{\"inputs\":[{" HEAD ",\"parameters\":{\"shared_memory_region\":\"r\"}}]}",
         MICA_UNSUPPORTED, "shared memory"},
        {"{\"parameters\":{\"timeout\":-1},\"inputs\":[]}", MICA_VALUE, "timeout -1"},
        {"{\"parameters\":{\"x\":[]},\"inputs\":[]}", MICA_FORMAT, "a number or a boolean"},
        {"{\"inputs\":[{" HEAD "," DATA "}]} x", MICA_FORMAT, "expected the end"},
    };
    for (size_t i = 0; i < LENGTH(bad); i++)
        ASSERT_FAILS(read_json(&one_input, bad[i].body), bad[i].status, bad[i].text);
}

/* As tritonclient 2.73 sends it: no outputs named, so that all come back as bytes. */
#define TRITON                                                                                     \
    "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,3],\"datatype\":\"FP32\",\"parameters\":{"          \
    "\"binary_data_size\":24}}],\"parameters\":{\"binary_data_output\":true}}"

static mica_status read_binary(const float *values, size_t bytes) {
    char body[sizeof TRITON + 64];
    memcpy(body, TRITON, sizeof TRITON - 1);
    memcpy(body + sizeof TRITON - 1, values, bytes);
    return read_of(&one_input, body, sizeof TRITON - 1 + bytes, sizeof TRITON - 1);
}

TEST(v2_binary_tensors_are_taken_whole_and_finite) {
    float wrong[7] = {1, 2, 3, 4, 5, 6, 7};
    ASSERT_OK(read_binary(rows, 24));
    ASSERT_CLOSE((float *)x.in[0], rows, 6, 0);
    assert_true(x.binary[0]);
    ASSERT_FAILS(read_binary(rows, 20), MICA_FORMAT, "24, but 20 bytes");
    ASSERT_FAILS(read_binary(wrong, 28), MICA_FORMAT, "4 bytes follow the last tensor");
    wrong[5] = NAN;
    ASSERT_FAILS(read_binary(wrong, 24), MICA_NUMERIC, "input \"x\": element 5 is not a number");
    wrong[2] = -INFINITY;
    ASSERT_FAILS(read_binary(wrong, 24), MICA_NUMERIC, "input \"x\": element 2 is minus infinite");
    ASSERT_FAILS(read_of(&one_input, "{}", 2, 3), MICA_FORMAT, "3 bytes by the header");
}

TEST(v2_takes_every_type) {
    static const char body[] =
        "{\"inputs\":["
        "{\"name\":\"m\",\"shape\":[1,2,2],\"datatype\":\"FP64\",\"data\":[[[1,2],[3,4.5]]]},"
        "{\"name\":\"t\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":{"
        "\"binary_data_size\":7}},"
        "{\"name\":\"u\",\"shape\":[1],\"datatype\":\"UINT8\",\"data\":[255]},"
        "{\"name\":\"b\",\"shape\":[1],\"datatype\":\"BOOL\",\"parameters\":{"
        "\"binary_data_size\":1}},"
        "{\"name\":\"h\",\"shape\":[1],\"datatype\":\"FP16\",\"data\":[0.1]},"
        "{\"name\":\"i\",\"shape\":[1,1],\"datatype\":\"INT64\",\"data\":[-9007199254740993]}]}"
        "\3\0\0\0abc\1";
    char copy[sizeof body];
    const size_t length = sizeof body - 1;
    ASSERT_OK(read_of(&many_inputs, body, length, length - 8));
    const mica_string *t = x.in[1];
    assert_true(t->size == 3 && !memcmp(t->bytes, "abc", 3));
    assert_true(*(uint8_t *)x.in[2] == 255 && *(uint8_t *)x.in[3] == 1);
    assert_int_equal(*(uint16_t *)x.in[4], 0x2e66);
    assert_true(*(int64_t *)x.in[5] == -9007199254740993);
    assert_true(((double *)x.in[0])[3] == 4.5);
    memcpy(copy, body, sizeof body);
    copy[length - 1] = 2;
    ASSERT_FAILS(read_of(&many_inputs, copy, length, length - 8), MICA_VALUE,
                 "input \"b\": element 0 is 2, expected 0 or 1");
    memcpy(copy, body, sizeof body);
    copy[length - 8] = 4;
    ASSERT_FAILS(read_of(&many_inputs, copy, length, length - 8), MICA_FORMAT,
                 "input \"t\": element 0 goes beyond the 7 bytes");
    copy[length - 8] = 2;
    ASSERT_FAILS(read_of(&many_inputs, copy, length, length - 8), MICA_FORMAT,
                 "1 bytes follow the last of 1 elements");
}

static void assert_reply(const char *want, size_t size, size_t json) {
    strbuf out = {0};
    size_t length;
    ASSERT_OK(v2_write(&x, &out, &length, &err));
    if (out.length != size || memcmp(out.data, want, size) != 0)
        fail_msg("reply %s\nexpected %s", out.data, want);
    assert_int_equal(length, json);
    strbuf_free(&out);
}
#define ASSERT_REPLY(text, binary) assert_reply(text, sizeof(text) - 1, sizeof(text) - 1 - (binary))

TEST(v2_replies_are_these_bytes) {
    float y[] = {0.1F, 1e-8F, NAN, 16777216};
    ASSERT_OK(read_json(&one_input, "{\"id\":\"a\\\"b\",\"inputs\":[{" HEAD "," DATA "}]}"));
    x.out[0] = y;
    x.out_shape[0] = (shape){2, {2, 2}};
    ASSERT_REPLY("{\"model_name\":\"one\",\"model_version\":\"7\",\"id\":\"a\\\"b\",\"outputs\":[{"
                 "\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[2,2],\"data\":"
                 "[0.1,1e-8,null,16777216.0]}]}",
                 0);
    x.id[0] = 0, x.binary[0] = true, y[2] = 0;
    ASSERT_REPLY("{\"model_name\":\"one\",\"model_version\":\"7\",\"outputs\":[{\"name\":\"y\","
                 "\"datatype\":\"FP32\",\"shape\":[2,2],\"parameters\":{\"binary_data_size\":16}}]}"
                 "\xcd\xcc\xcc\x3d\x77\xcc\x2b\x32\0\0\0\0\0\0\x80\x4b",
                 16);
    x.binary[0] = false, x.top[0] = 5;
    ASSERT_REPLY("{\"model_name\":\"one\",\"model_version\":\"7\",\"outputs\":[{\"name\":\"y\","
                 "\"datatype\":\"BYTES\",\"shape\":[2,2],\"data\":[\"0.1:0\",\"1e-8:1\","
                 "\"16777216.0:1\",\"0.0:0\"]}]}",
                 0);
    contract named = one_input;
    named.classes = (const char *const[]){"cat", "dog \"x\""};
    named.class_count = 2;
    x.contract = &named, x.top[0] = 1, x.binary[0] = true;
    ASSERT_REPLY(
        "{\"model_name\":\"one\",\"model_version\":\"7\",\"outputs\":[{\"name\":\"y\","
        "\"datatype\":\"BYTES\",\"shape\":[2,1],\"parameters\":{\"binary_data_size\":37}}]}"
        "\x09\0\0\0"
        "0.1:0:cat"
        "\x14\0\0\0"
        "16777216.0:1:dog \"x\"",
        37);
}

TEST(v2_metadata_is_these_bytes) {
    strbuf out = {0};
    v2_write_metadata(&one_input, (const char *const[]){"6", "7"}, 2,
                      "\"default_version\":\"7\",\"aliases\":{}", &out);
    assert_string_equal(out.data,
                        "{\"name\":\"one\",\"versions\":[\"6\",\"7\"],\"platform\":\"mica\","
                        "\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,3]}],"
                        "\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1,2]}],"
                        "\"parameters\":{\"classifier\":false,\"version\":\"7\","
                        "\"default_version\":\"7\",\"aliases\":{}}}");
    strbuf_free(&out);
}

RUN_TESTS(UNIT(v2_members_come_in_any_order), UNIT(v2_wrong_requests_name_the_input),
          UNIT(v2_binary_tensors_are_taken_whole_and_finite), UNIT(v2_takes_every_type),
          UNIT(v2_replies_are_these_bytes), UNIT(v2_metadata_is_these_bytes))
