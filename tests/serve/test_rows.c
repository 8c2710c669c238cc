/* Rows of a table: each form of a cell, what is missing, what is refused; models without a table.
 */
#include "support/row_model.h"
#include "support/testing.h"

static mica_status read(row_model *r, inference *x, const char *json, mica_error *err) {
    inference_clear(x);
    x->contract = &r->contract;
    return row_read(x, json, strlen(json), err);
}

static void refused(row_model *r, const char *json, mica_status status, const char *text) {
    inference x = {0};
    mica_error err = {0};
    ASSERT_FAILS(read(r, &x, json, &err), status, text);
    inference_free(&x);
}

TEST(cells_of_every_form) {
    row_model r;
    inference x = {0};
    mica_error err = {0};
    row_model_open(&r, ROW_MODEL_VECTOR, ROW_MODEL_TABLE);
    assert_int_equal(
        read(&r, &x,
             "[{\"size\": 0.1, \"when\": \"2024-03-05 14:30:00\", \"color\": \"bl\\u00fce\", "
             "\"n\": 4},"
             " {\"n\": true, \"color\": 3, \"size\": null, \"when\": \"1970-01-02\", \"label\": "
             "{\"any\": []}},"
             " {\"size\": null, \"when\": \"1970-01-01\", \"color\": \"NA\", \"n\": -2e-1},"
             " {\"size\": 3, \"when\": \"1970-01-01\", \"color\": true, \"n\": 3.0},"
             " {\"size\": 3, \"when\": \"1970-01-01\", \"color\": 3.0, \"n\": 3}]",
             &err),
        MICA_OK);
    const float want[] = {0.1F,  (float)(1709649000.0 / 86400),
                          14,    3,
                          4,     2.5F,
                          1,     0,
                          0,     1,
                          2.5F,  0,
                          0,     1,
                          -0.2F, 3,
                          0,     0,
                          2,     3,
                          3,     0,
                          0,     0,
                          3};
    assert_int_equal(x.rows, 5);
    assert_memory_equal(x.in[0], want, sizeof want);
    inference_free(&x);
    row_model_close(&r);
}

TEST(what_is_wrong_is_named) {
    row_model r;
    row_model_open(&r, ROW_MODEL_VECTOR, ROW_MODEL_TABLE);
    refused(&r, "[{\"n\": 1, \"size\": null, \"color\": null, \"when\": \"NA\"}]", MICA_VALUE,
            "column when: the cell in data row 1 is missing");
    refused(
        &r,
        "[{\"n\": 1, \"size\": null, \"color\": null, \"when\": \"2024-01-01\"}, {\"n\": \"1\"}]",
        MICA_FORMAT, "expected a number, true, false or null (row 2, column \"n\"), found a text");
    refused(&r, "[{\"when\": 5}]", MICA_FORMAT, "(row 1, column \"when\"), found 5");
    refused(&r, "[{\"siz\": 5}]", MICA_NAME, "did you mean \"size\"?");
    refused(&r, "[{\"when.hour\": 5}]", MICA_NAME, "\"when.hour\" is not one of the model's");
    refused(&r, "[]", MICA_VALUE, "there are no rows");
    refused(&r, "[{\"n\": 1, \"when\": \"2024-01-01\", \"size\": 2, \"color\": \"x\"}]", MICA_VALUE,
            "'x' in data row 1");
    refused(&r, "[{\"n\": 1", MICA_FORMAT, "");
    row_model_close(&r);
}

/* An input of whole numbers: nothing is cut off without a word. */
TEST(whole_numbers_are_asked_where_the_input_has_them) {
    row_model r;
    inference x = {0};
    mica_error err = {0};
    row_model_open(&r, ROW_MODEL_VECTOR, ROW_MODEL_TABLE);
    served_value *in = (served_value *)r.contract.in;
    in[0].dtype = MICA_INT32;
    refused(&r, "[{\"n\": 2.5, \"size\": 3, \"color\": 3, \"when\": \"1970-01-02\"}]", MICA_VALUE,
            "row 1, column \"n\": 2.5, expected a whole number that int32 holds");
    refused(&r, "[{\"n\": 2147483648, \"size\": 3, \"color\": 3, \"when\": \"1970-01-02\"}]",
            MICA_VALUE, "column \"n\": 2.14748e+09, expected a whole number");
    ASSERT_OK(read(&r, &x,
                   "[{\"n\": -2147483648, \"size\": 3, \"color\": 3, \"when\": \"1970-01-02\"}]",
                   &err));
    in[0].dtype = MICA_FLOAT32;
    inference_free(&x);
    row_model_close(&r);
}

TEST(inputs_are_columns_where_there_is_no_table) {
    static const char config[] =
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"f\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"name\": \"a\", \"config\": {\"name\": \"a\", "
        "\"batch_shape\": [null, 1], \"dtype\": \"float32\"}, \"inbound_nodes\": []},"
        "{\"class_name\": \"InputLayer\", \"name\": \"b\", \"config\": {\"name\": \"b\", "
        "\"batch_shape\": [null, 1], \"dtype\": \"float32\"}, \"inbound_nodes\": []},"
        "{\"class_name\": \"Add\", \"name\": \"add\", \"config\": {\"name\": \"add\"}, "
        "\"inbound_nodes\": [[[\"a\", 0, 0, {}], [\"b\", 0, 0, {}]]]}], "
        "\"input_layers\": [[\"a\", 0, 0], [\"b\", 0, 0]], \"output_layers\": [[\"add\", 0, 0]]}}";
    row_model r;
    inference x = {0};
    mica_error err = {0};
    row_model_open(&r, config, NULL);
    assert_int_equal(read(&r, &x, "[{\"b\": 2, \"a\": 1.5}, {\"a\": 0, \"b\": -1}]", &err),
                     MICA_OK);
    assert_memory_equal(x.in[0], ((float[]){1.5F, 0}), 8);
    assert_memory_equal(x.in[1], ((float[]){2, -1}), 8);
    inference_free(&x);
    refused(&r, "[{\"a\": 1}]", MICA_NAME,
            "row 1: column \"b\" is left out; null is what a missing cell is");
    refused(&r, "[{\"a\": 1, \"b\": null}]", MICA_VALUE,
            "column b: the cell in data row 1 is missing");
    row_model_close(&r);
    row_model_open(&r, ROW_MODEL_VECTOR, NULL);
    assert_null(r.preparation);
    refused(&r, "[{\"a\": 1}]", MICA_VALUE, "takes no rows");
    row_model_close(&r);
}

TEST(a_broken_table_of_the_card_is_refused) {
    static const char *const tables[] = {"{}", "{\"columns\": [{\"type\": \"number\"}]}",
                                         "{\"columns\": [{\"name\": \"x\", \"type\": \"y\"}]}"};
    row_model r;
    row_model_open(&r, ROW_MODEL_VECTOR, NULL);
    for (size_t i = 0; i < LENGTH(tables); i++) {
        mica_error err = {0};
        struct preparation *p = NULL;
        assert_int_equal(card_set(r.m, "table", json_loads(tables[i], 0, NULL), &err), MICA_OK);
        assert_int_equal(preparation_new(r.m, &p, &err), MICA_FORMAT);
        assert_null(p);
    }
    row_model_close(&r);
}

RUN_TESTS(UNIT(cells_of_every_form), UNIT(what_is_wrong_is_named),
          UNIT(whole_numbers_are_asked_where_the_input_has_them),
          UNIT(inputs_are_columns_where_there_is_no_table),
          UNIT(a_broken_table_of_the_card_is_refused))
