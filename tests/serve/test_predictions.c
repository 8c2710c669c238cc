/* Which class a reply names, also where scores are no numbers. */
#include "serve/predictions.h"

#include "serve/classes.h"
#include "support/testing.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"ant", "bee", "cat"};

/* A model of `width` scores, named or not, that answered one row. */
static contract scorer(int64_t width, bool named) {
    return (contract){.name = "m",
                      .version = "1",
                      .outputs = 1,
                      .out = {{"y", MICA_FLOAT32, {2, {-1, width}}}},
                      .classes = named ? names : NULL,
                      .class_count = named ? 3 : 0,
                      .scores_classes = true};
}

static inference answered(const contract *c, float *scores) {
    return (inference){.contract = c,
                       .rows = 1,
                       .out = {scores},
                       .out_shape = {{2, {1, c->out[0].shape.dims[1]}}}};
}

static void expect_row(int64_t width, float *scores, int top, const char *expected) {
    const contract c = scorer(width, width == 3);
    const inference x = answered(&c, scores);
    strbuf out = {0};
    assert_true(predictions_put_row(&out, &x, 0, top));
    assert_string_equal(out.data, expected);
    strbuf_free(&out);
}

TEST(the_best_class_is_named) {
    expect_row(3, (float[]){0.25f, 0.5f, 0.25f}, 1,
               "{\"class\":\"bee\",\"index\":1,\"probability\":0.5}");
    expect_row(3, (float[]){0.25f, 0.5f, 0.25f}, 3,
               "{\"class\":\"bee\",\"index\":1,\"probability\":0.5,\"top\":["
               "{\"class\":\"bee\",\"index\":1,\"probability\":0.5},"
               "{\"class\":\"ant\",\"index\":0,\"probability\":0.25},"
               "{\"class\":\"cat\",\"index\":2,\"probability\":0.25}]}");
    expect_row(1, (float[]){0.25f}, 1, "{\"class\":\"0\",\"index\":0,\"probability\":0.75}");
    expect_row(1, (float[]){0.1f}, 1, "{\"class\":\"0\",\"index\":0,\"probability\":0.9}");
}

#define NO_CLASS "{\"class\":null,\"index\":null,\"probability\":null"
TEST(what_is_no_number_has_no_class) {
    expect_row(3, (float[]){NAN, NAN, NAN}, 1, NO_CLASS "}");
    expect_row(1, (float[]){NAN}, 1, NO_CLASS "}");
    expect_row(1, (float[]){NAN}, 2, NO_CLASS ",\"top\":[" NO_CLASS "}," NO_CLASS "}]}");
}

TEST(a_number_is_better_than_none) {
    expect_row(3, (float[]){NAN, 0.25f, NAN}, 1,
               "{\"class\":\"bee\",\"index\":1,\"probability\":0.25}");
    expect_row(3, (float[]){NAN, -INFINITY, 0.25f}, 3,
               "{\"class\":\"cat\",\"index\":2,\"probability\":0.25,\"top\":["
               "{\"class\":\"cat\",\"index\":2,\"probability\":0.25},"
               "{\"class\":\"bee\",\"index\":1,\"probability\":null}," NO_CLASS "}]}");
}

/* JSON has no word for it; which class it is, the reply says. */
TEST(infinity_is_the_best_and_its_value_is_null) {
    expect_row(3, (float[]){0.5f, NAN, INFINITY}, 1,
               "{\"class\":\"cat\",\"index\":2,\"probability\":null}");
}

/* KServe's "classification": "VALUE:INDEX:NAME"; a text has words for what is no number, as C and
 * Python write them, and Triton. */
static void expect_texts(float *scores, const char *const *expected) {
    mica_error err = {0};
    const contract c = scorer(3, true);
    inference x = answered(&c, scores);
    arena memory = {0};
    mica_string *texts;
    shape s;
    x.top[0] = 3;
    ASSERT_OK(classes_texts(&x, 0, &memory, &texts, &s, &err));
    assert_int_equal(s.dims[1], 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(texts[i].size, strlen(expected[i]));
        assert_memory_equal(texts[i].bytes, expected[i], texts[i].size);
    }
    arena_free(&memory);
}

TEST(kserves_classes_have_the_same_order) {
    expect_texts((float[]){0.25f, 0.5f, 0.25f},
                 (const char *const[]){"0.5:1:bee", "0.25:0:ant", "0.25:2:cat"});
    expect_texts((float[]){NAN, 0.25f, INFINITY},
                 (const char *const[]){"inf:2:cat", "0.25:1:bee", "nan:0:ant"});
    expect_texts((float[]){NAN, NAN, -INFINITY},
                 (const char *const[]){"-inf:2:cat", "nan:0:ant", "nan:1:bee"});
}

RUN_TESTS(UNIT(the_best_class_is_named), UNIT(what_is_no_number_has_no_class),
          UNIT(a_number_is_better_than_none), UNIT(infinity_is_the_best_and_its_value_is_null),
          UNIT(kserves_classes_have_the_same_order))
