/* Tables row by row: what columns become of the values that come. */
#include "table/builder.h"

#include "support/testing.h"

static mica_error err;
static table_builder b;

static void begin(int columns) {
    char name[2] = "a";
    ASSERT_OK(builder_begin(&b, columns, "query", &err));
    for (int i = 0; i < columns; i++, name[0]++) ASSERT_OK(builder_name(&b, i, name, &err));
}

static mica_table *end(void) {
    mica_table *t = NULL;
    ASSERT_OK(builder_end(&b, &t, &err));
    builder_free(&b);
    return t;
}

static void put(int column, const char *text) {
    ASSERT_OK(builder_text(&b, column, text, strlen(text), &err));
}

static void expect(const mica_table *t, int column, int64_t row, const char *text) {
    char found[64];
    mica_table_text(t, column, row, found, sizeof found);
    assert_string_equal(found, text);
}

TEST(builder_widens_whole_numbers_to_numbers_and_those_to_texts) {
    begin(2);
    for (int i = 0; i < 100; i++) {
        if (i == 3) ASSERT_OK(builder_missing(&b, 0, &err));
        else ASSERT_OK(builder_integer(&b, 0, i, &err));
        if (i == 98) ASSERT_OK(builder_number(&b, 1, 0.25, &err));
        else if (i == 99) put(1, "last");
        else ASSERT_OK(builder_integer(&b, 1, i, &err));
    }
    mica_table *t = end();
    assert_int_equal(mica_table_rows(t), 100);
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_INTEGER);
    assert_int_equal(mica_table_type(t, 1), MICA_COLUMN_TEXT);
    assert_true(mica_table_is_missing(t, 0, 3));
    expect(t, 0, 99, "99");
    expect(t, 1, 5, "5.0");
    expect(t, 1, 98, "0.25");
    expect(t, 1, 99, "last");
    mica_table_destroy(&t);
}

TEST(builder_finds_what_texts_are) {
    static const char *const rows[][5] = {{"1", "0.5", "2024-03-05", "True", "x"},
                                          {"NA", "", "null", "False", "x"},
                                          {"-7", "1e3", "2024年3月6日", "True", "x"},
                                          {"9", "2", "2024-03-05T10:00:00Z", "", "NaN"}};
    static const mica_column_type types[] = {MICA_COLUMN_INTEGER, MICA_COLUMN_NUMBER,
                                             MICA_COLUMN_CATEGORY, MICA_COLUMN_BOOLEAN,
                                             MICA_COLUMN_CATEGORY};
    begin(5);
    for (int row = 0; row < 4; row++)
        for (int i = 0; i < 5; i++) put(i, rows[row][i]);
    mica_table *t = end();
    for (int i = 0; i < 5; i++) {
        int64_t missing = 0;
        for (int64_t row = 0; row < 4; row++) missing += mica_table_is_missing(t, i, row);
        if (i != 2) assert_int_equal(mica_table_type(t, i), types[i]);
        assert_int_equal(missing, 1);
    }
    assert_int_equal((int)mica_table_number(t, 0, 2), -7);
    assert_int_equal((int)mica_table_number(t, 1, 2), 1000);
    expect(t, 2, 3, "2024-03-05T10:00:00Z"); /* with a zone and without: texts */
    mica_table_destroy(&t);
}

TEST(builder_keeps_declared_texts_as_they_are) {
    begin(1);
    builder_declare_text(&b, 0);
    put(0, "007");
    put(0, "NA");
    put(0, "");
    ASSERT_OK(builder_missing(&b, 0, &err));
    mica_table *t = end();
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_TEXT);
    expect(t, 0, 0, "007");
    expect(t, 0, 1, "NA");
    assert_false(mica_table_is_missing(t, 0, 2));
    assert_true(mica_table_is_missing(t, 0, 3));
    mica_table_destroy(&t);
}

TEST(builder_refuses_what_is_not_utf8) {
    begin(2);
    put(0, "good");
    put(1, "蓝");
    put(0, "good");
    ASSERT_FAILS(builder_text(&b, 1, "a\xff", 2, &err), MICA_FORMAT, "row 2, column 'b'");
    builder_free(&b);
}

TEST(builder_of_no_rows_and_of_missing_cells_has_columns) {
    begin(2);
    mica_table *t = end();
    assert_int_equal(mica_table_rows(t), 0);
    assert_int_equal(mica_table_columns(t), 2);
    mica_table_destroy(&t);
    begin(1);
    ASSERT_OK(builder_missing(&b, 0, &err));
    ASSERT_OK(builder_number(&b, 0, NAN, &err));
    t = end();
    assert_int_equal(mica_table_rows(t), 2);
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_MISSING);
    mica_table_destroy(&t);
}

TEST(builder_makes_text_of_the_number_that_means_missing) {
    begin(1);
    ASSERT_OK(builder_integer(&b, 0, 5, &err));
    ASSERT_OK(builder_integer(&b, 0, INT64_MIN, &err));
    mica_table *t = end();
    expect(t, 0, 1, "-9223372036854775808");
    assert_false(mica_table_is_missing(t, 0, 1));
    mica_table_destroy(&t);
}

RUN_TESTS(UNIT(builder_widens_whole_numbers_to_numbers_and_those_to_texts),
          UNIT(builder_finds_what_texts_are), UNIT(builder_keeps_declared_texts_as_they_are),
          UNIT(builder_refuses_what_is_not_utf8),
          UNIT(builder_of_no_rows_and_of_missing_cells_has_columns),
          UNIT(builder_makes_text_of_the_number_that_means_missing))
