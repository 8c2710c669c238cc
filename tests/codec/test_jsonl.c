/* JSON Lines into tables. */
#include "codec/jsonl.h"

#include "support/testing.h"

static mica_error err;

static mica_status read(const char *text, mica_table **out) {
    text_file file;
    mica_status status = text_file_of(text, strlen(text), "t.jsonl", NULL, &file, &err);
    if (status != MICA_OK) return status;
    status = jsonl_decode(&file, "t.jsonl", out, &err);
    text_file_free(&file);
    return status;
}

TEST(jsonl_keys_are_columns) {
    mica_table *t = NULL;
    char text[64];
    ASSERT_OK(read("{\"a\": 1, \"b\": \"x\"}\n\n{\"b\": \"x\", \"c\": 2.0, \"a\": null}\r\n"
                   "{\"d\": true, \"e\": [1, {\"k\": 2}], \"b\": \"2024-03-05\", \"c\": 1e30}",
                   &t));
    assert_int_equal(mica_table_rows(t), 3);
    assert_int_equal(mica_table_columns(t), 5);
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_INTEGER);
    assert_int_equal(mica_table_type(t, 1), MICA_COLUMN_TEXT);
    assert_int_equal(mica_table_type(t, 2), MICA_COLUMN_NUMBER);
    assert_int_equal(mica_table_type(t, 3), MICA_COLUMN_BOOLEAN);
    assert_true(mica_table_is_missing(t, 0, 1) && mica_table_is_missing(t, 3, 0));
    assert_true(mica_table_number(t, 2, 2) == 1e30);
    mica_table_text(t, 4, 2, text, sizeof text);
    assert_string_equal(text, "[1, {\"k\": 2}]");
    mica_table_destroy(&t);
}

TEST(jsonl_errors_name_file_and_line) {
    mica_table *t = NULL;
    ASSERT_FAILS(read("", &t), MICA_FORMAT, "t.jsonl: the file is empty");
    ASSERT_FAILS(read("{\"a\": 1}\n{\"a\": }\n", &t), MICA_FORMAT, "t.jsonl:2: column");
    ASSERT_FAILS(read("{\"a\": 1}\n\n[1]\n", &t), MICA_FORMAT, "t.jsonl:3: an array");
}

RUN_TESTS(UNIT(jsonl_keys_are_columns), UNIT(jsonl_errors_name_file_and_line))
