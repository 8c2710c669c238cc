/* Which differences of two models a client would meet. */
#include "store_case.h"

static void differ(const case_wish *found, const case_wish *expected, const char *text) {
    char told[900];
    mica_error err = {0};
    difference_list l = {0};
    mica_context *ctx = mica_open(NULL);
    ASSERT_OK(find_differences(case_model(ctx, found), case_model(ctx, expected), &l, &err));
    differences_text(&l, told, sizeof told);
    assert_string_equal(told, text);
    differences_free(&l);
    mica_close(&ctx);
}

static void cards_differ(const char *found, const char *expected, const char *text) {
    differ(&(case_wish){3, 2, .card = found}, &(case_wish){3, 2, .card = expected}, text);
}

TEST(the_same_contract_has_none) {
    differ(&(case_wish){3, 2, .seed = 1}, &(case_wish){3, 2, .seed = 2}, "");
    cards_differ("{\"classes\": [\"a\", \"b\"], \"seed\": 1, \"metrics\": {\"loss\": 1}}",
                 "{\"classes\": [\"a\", \"b\"], \"seed\": 2}", "");
}

TEST(inputs_and_outputs_are_compared) {
    differ(&(case_wish){4, 2}, &(case_wish){3, 2},
           "input \"x\": float32 (None, 4), expected float32 (None, 3)");
    differ(&(case_wish){3, 2, "z"}, &(case_wish){3, 2},
           "input \"x\": nothing, expected float32 (None, 3); "
           "input \"z\": float32 (None, 3), expected nothing");
    differ(&(case_wish){3, 5}, &(case_wish){3, 2},
           "output 0 (\"y\"): float32 (None, 5), expected float32 (None, 2)");
}

static mica_model *text_model(mica_context *ctx, mica_dtype dtype) {
    mica_tensor *x = mica_input_of(ctx, MICA_SHAPE(3), dtype, "x"),
                *y = mica_apply(
                    mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 2, .name = "y")), x);
    mica_error err = {0};
    mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "t");
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

TEST(types_are_compared) {
    mica_error err = {0};
    char told[900];
    difference_list l = {0};
    mica_context *ctx = mica_open(NULL);
    ASSERT_OK(
        find_differences(text_model(ctx, MICA_INT32), text_model(ctx, MICA_FLOAT32), &l, &err));
    differences_text(&l, told, sizeof told);
    assert_non_null(strstr(told, "input \"x\": int32 (None, 3), expected float32 (None, 3)"));
    differences_free(&l);
    mica_close(&ctx);
}

TEST(names_of_classes_are_compared) {
    cards_differ("{\"classes\": [\"a\", \"c\"]}", "{\"classes\": [\"a\", \"b\"]}",
                 "class 1: c, expected b");
    cards_differ("{\"classes\": [\"a\"]}", "{\"classes\": [\"a\", \"b\"]}",
                 "class names: [\"a\"], expected [\"a\", \"b\"]");
    cards_differ("{}", "{\"classes\": [\"a\"]}", "class names: nothing, expected [\"a\"]");
}

TEST(the_preparation_of_pictures_is_compared) {
    cards_differ("{\"inputs\": [{\"name\": \"x\", \"image_size\": [32, 32], \"crop\": true}]}",
                 "{\"inputs\": [{\"name\": \"image\", \"image_size\": [28, 28], \"color_mode\": "
                 "\"rgb\"}]}",
                 "data of input 0: image_size: [32, 32], expected [28, 28]; "
                 "data of input 0: color_mode: nothing, expected rgb; "
                 "data of input 0: crop: true, expected nothing");
    cards_differ("{}", "{\"inputs\": [{\"dtype\": \"uint8\"}]}",
                 "data of input 0: nothing, expected {\"dtype\": \"uint8\"}");
}

#define TABLE(columns) "{\"table\": {\"columns\": [" columns "]}}"
#define AGE(more) "{\"name\": \"age\", \"type\": \"number\"" more "}"
#define CITY(categories)                                                                           \
    "{\"name\": \"city\", \"type\": \"category\", \"categories\": [" categories "]}"

TEST(the_preparation_of_tables_is_compared) {
    cards_differ(TABLE(AGE(", \"fill\": 41.5")), TABLE(AGE(", \"fill\": 40")), "");
    cards_differ(TABLE(AGE("")), TABLE(AGE(", \"fill\": 40")),
                 "column \"age\": missing cells: refused, expected filled in");
    cards_differ(TABLE(CITY("\"Linz\"")), TABLE(CITY("\"Linz\", \"Wien\"")),
                 "column \"city\": categories: [\"Linz\"], expected [\"Linz\", \"Wien\"]");
    cards_differ(TABLE(AGE("") ", " CITY("")), TABLE(CITY("") ", " AGE("")),
                 "order of columns: [\"age\", \"city\"], expected [\"city\", \"age\"]");
    cards_differ(TABLE(CITY("")), TABLE(AGE("")),
                 "column \"age\": nothing, expected number; "
                 "column \"city\": category, expected nothing");
    cards_differ("{}", TABLE(AGE("")),
                 "preparation of tables: nothing, expected {\"columns\": [{\"name\": \"age\", "
                 "\"type\": \"number\"}]}");
    cards_differ("{\"table\": {\"columns\": [], \"target\": {\"name\": \"y\", \"type\": \"class\", "
                 "\"classes\": [1]}}}",
                 "{\"table\": {\"columns\": [], \"inputs\": \"columns\", \"target\": {\"name\": "
                 "\"z\", \"type\": \"class\", \"classes\": [2]}}}",
                 "table: inputs: nothing, expected columns; target: name: y, expected z");
    cards_differ("{\"table\": {\"columns\": []}, \"recipe\": {\"preprocessing\": {\"unknown\": "
                 "\"minus_one\"}}}",
                 "{\"table\": {\"columns\": []}}",
                 "categories that training had not: minus_one, expected nothing");
}

TEST(a_text_that_has_no_room_ends_in_dots) {
    difference one = {"input \"x\"", "float32", "int32"};
    const difference_list l = {.at = &one, .count = 1};
    char told[24];
    differences_text(&l, told, sizeof told);
    assert_string_equal(told, "; …");
    difference many[40];
    for (int i = 0; i < 40; i++) many[i] = one;
    char longer[200];
    differences_text(&(difference_list){.at = many, .count = 40}, longer, sizeof longer);
    assert_string_equal(longer + strlen(longer) - strlen("; …"), "; …");
}

RUN_TESTS(UNIT(the_same_contract_has_none), UNIT(inputs_and_outputs_are_compared),
          UNIT(types_are_compared), UNIT(names_of_classes_are_compared),
          UNIT(the_preparation_of_pictures_is_compared),
          UNIT(the_preparation_of_tables_is_compared), UNIT(a_text_that_has_no_room_ends_in_dots))
