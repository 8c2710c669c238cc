/* TensorFlow Serving's REST forms: what is read, what is refused, replies byte by byte. */
#include "serve/contract_case.h"
#include "support/testing.h"

static mica_error err;
static inference x;

static void begin(const contract *c) {
    memset(&err, 0, sizeof err);
    inference_clear(&x);
    x.contract = c;
}

static mica_status predict(const contract *c, const char *body) {
    begin(c);
    return tf_read(&x, body, strlen(body), &err);
}

static mica_status examples(const contract *c, const char *body) {
    begin(c);
    return tf_read_examples(&x, body, strlen(body), &err);
}

static const float six[] = {1, 2, 3, 4, 5, 6};

TEST(tf_forms_give_the_same_rows) {
    static const char *const bodies[] = {
        "{\"instances\":[[1,2,3],[4,5,6]]}", "{\"instances\":[{\"x\":[1,2,3]},{\"x\":[4,5,6]}]}",
        "{\"inputs\":[[1,2,3],[4,5,6]]}",
        "{\"inputs\":{\"x\":[[1,2,3],[4,5,6]]},\"signature_name\":\"serving_default\"}"};
    for (size_t i = 0; i < LENGTH(bodies); i++) {
        ASSERT_OK(predict(&one_input, bodies[i]));
        assert_true(x.rows == 2 && x.columns == (i >= 2));
        ASSERT_CLOSE((float *)x.in[0], six, 6, 0);
    }
    ASSERT_OK(examples(&one_input, "{\"examples\":[{\"x\":[1,2,3]},{\"x\":[4,5,6]}]}"));
    ASSERT_CLOSE((float *)x.in[0], six, 6, 0);
    ASSERT_OK(
        examples(&one_input, "{\"examples\":[{},{\"x\":[4,5,6]}],\"context\":{\"x\":[1,2,3]}}"));
    ASSERT_CLOSE((float *)x.in[0], six, 6, 0);
}

#define ROW(more)                                                                                  \
    "{\"m\":[[1,2],[3,4]],\"t\":{\"b64\":\"AP8=\"},\"u\":9,\"b\":true,\"h\":1" more ",\"i\":[5]}"

TEST(tf_rows_of_many_inputs) {
    ASSERT_OK(predict(&many_inputs, "{\"instances\":[" ROW("") "," ROW(".5") "]}"));
    assert_true(x.rows == 2 && x.in_shape[0].dims[2] == 2);
    const mica_string *t = x.in[1];
    assert_true(t[1].size == 2 && !memcmp(t[1].bytes, "\0\xff", 2));
    assert_int_equal(((uint16_t *)x.in[4])[1], 0x3e00);
    assert_true(((int64_t *)x.in[5])[1] == 5);
}

TEST(tf_wrong_requests_name_the_place) {
    static const struct {
        const contract *c;
        const char *body;
        mica_status status;
        const char *text;
    } bad[] = {
        {&one_input, "{}", MICA_FORMAT, "neither \"instances\" nor \"inputs\""},
        {&one_input, "{\"instances\":[]}", MICA_FORMAT, "at least one row"},
        {&one_input, "{\"instances\":[[1,2]]}", MICA_SHAPE, "input \"x\": shape (1, 2)"},
        {&one_input, "{\"instances\":[[1,2,3],[1,2]]}", MICA_SHAPE, "input \"x\": element [1, 2]"},
        {&one_input, "{\"instances\":[[1,2,[3]]]}", MICA_FORMAT, "element [0, 2]"},
        {&one_input, "{\"instances\":[{\"x\":[1,2,3]},{}]}", MICA_VALUE,
         "row 1 has no input \"x\""},
        {&one_input, "{\"instances\":[{\"x\":[1,2,3],\"x\":[1,2,3]}]}", MICA_VALUE, "twice"},
        {&one_input, "{\"instances\":[{\"y\":[1,2,3]}]}", MICA_NAME, "input \"y\""},
        {&one_input, "{\"instances\":[[1,2,3]],\"inputs\":[[1,2,3]]}", MICA_FORMAT, "once"},
        {&one_input, "{\"signature_name\":\"s\",\"instances\":[[1,2,3]]}", MICA_NAME,
         "serving_default"},
        {&one_input, "{\"instances\":[[1,2,3]", MICA_FORMAT, "found the end"},
        {&many_inputs, "{\"instances\":[[1]]}", MICA_VALUE, "6 inputs: \"m\", \"t\" and others"},
        {&many_inputs, "{\"inputs\":{\"u\":[1]}}", MICA_VALUE, "input \"m\" is missing"},
        {&many_inputs, "{\"inputs\":{\"u\":[1],\"b\":[true,false]}}", MICA_SHAPE, "2 rows"},
    };
    for (size_t i = 0; i < LENGTH(bad); i++)
        ASSERT_FAILS(predict(bad[i].c, bad[i].body), bad[i].status, bad[i].text);
    ASSERT_FAILS(examples(&one_input, "{\"examples\":[{}]}"), MICA_VALUE, "no feature \"x\"");
    ASSERT_FAILS(examples(&one_input, "{}"), MICA_FORMAT, "no \"examples\"");
    ASSERT_FAILS(examples(&many_inputs, "{\"examples\":[{}]}"), MICA_UNSUPPORTED, "free extents");
}

/* What one long row announces for many short ones is not reserved. */
TEST(tf_rows_reserve_no_more_than_the_text_can_hold) {
    strbuf body = {0};
    strbuf_add(&body, "{\"instances\":[{\"m\":[[");
    for (int i = 0; i < 5000; i++) strbuf_add(&body, "1,");
    strbuf_add(&body, "1],[]]}");
    for (int i = 0; i < 5000; i++) strbuf_add(&body, ",{}");
    strbuf_add(&body, "]}");
    ASSERT_FAILS(predict(&many_inputs, body.data), MICA_SHAPE, "different lengths");
    strbuf_free(&body);
}

static void assert_text(mica_status status, strbuf *out, const char *want) {
    if (status != MICA_OK || strcmp(out->data, want) != 0)
        fail_msg("%s %s, expected %s", err.message, out->data ? out->data : "", want);
    strbuf_free(out);
}

TEST(tf_replies_are_these_bytes) {
    float y[] = {0.25, 0.75, NAN, 1};
    strbuf out = {0};
    ASSERT_OK(predict(&one_input, "{\"instances\":[[1,2,3],[4,5,6]]}"));
    x.out[0] = y, x.out_shape[0] = (shape){2, {2, 2}};
    assert_text(tf_write(&x, &out, &err), &out, "{\"predictions\":[[0.25,0.75],[null,1.0]]}");
    x.columns = true;
    assert_text(tf_write(&x, &out, &err), &out, "{\"outputs\":[[0.25,0.75],[null,1.0]]}");
    assert_text(tf_write_classes(&x, &out, &err), &out,
                "{\"result\":[[[\"0\",0.25],[\"1\",0.75]],[[\"0\",null],[\"1\",1.0]]]}");
    ASSERT_FAILS(tf_write_regression(&x, &out, &err), MICA_UNSUPPORTED, "\"y\" has 2 numbers");
    strbuf_free(&out);
    contract named = one_input;
    named.classes = (const char *const[]){"no", "yes"};
    named.class_count = 2;
    x.contract = &named, x.out_shape[0] = (shape){2, {2, 1}};
    assert_text(tf_write_classes(&x, &out, &err), &out,
                "{\"result\":[[[\"no\",0.75],[\"yes\",0.25]],[[\"no\",0.25],[\"yes\",0.75]]]}");
    assert_text(tf_write_regression(&x, &out, &err), &out, "{\"result\":[0.25,0.75]}");
    double p[] = {1.5};
    mica_string q[] = {{"\xff", 1}};
    ASSERT_OK(predict(&many_inputs, "{\"instances\":[" ROW("") "]}"));
    x.out[0] = p, x.out[1] = q;
    x.out_shape[0] = x.out_shape[1] = (shape){1, {1}};
    assert_text(tf_write(&x, &out, &err), &out,
                "{\"predictions\":[{\"p\":1.5,\"q\":{\"b64\":\"/w==\"}}]}");
}

RUN_TESTS(UNIT(tf_forms_give_the_same_rows), UNIT(tf_rows_of_many_inputs),
          UNIT(tf_wrong_requests_name_the_place),
          UNIT(tf_rows_reserve_no_more_than_the_text_can_hold), UNIT(tf_replies_are_these_bytes))
