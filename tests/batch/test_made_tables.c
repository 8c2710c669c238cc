/* Tables made of tables, by the C interface: what is kept of the first, reports, wrong options.
 * What they hold is compared by tests/cli/made_tables.py, anonymize.py and tests/interop. */
#include "mica/clean.h"

#include "support/folder.h"
#include "support/in_context.h"
#include "table/edit.h"

#include <unistd.h>

static mica_table *table_of(const char *name, const char *text) {
    char path[512];
    mica_table *t = NULL;
    snprintf(path, sizeof path, "%s/%s", folder_open(), name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    ASSERT_OK(mica_table_read(ctx, path, NULL, &t, &err));
    return t;
}

static void expect_cell(const mica_table *t, const char *column, int64_t row, const char *wanted) {
    char text[128];
    int i = mica_table_find(t, column);
    if (i < 0) fail_msg("there is no column %s", column);
    mica_table_text(t, i, row, text, sizeof text);
    assert_string_equal(text, wanted);
}

TEST(picked_rows_keep_types_and_forget_texts_that_are_gone) {
    mica_table *t = table_of("a.csv",
                             "n,t,d,b\n1,x,2024-01-02,True\n2,y,,False\n3,x,2024-01-04,\n"),
               *made;
    ASSERT_OK(table_pick(t, NULL, 0, (int64_t[]){2, -1, 1, 1}, 4, &made, &err));
    assert_int_equal(mica_table_rows(made), 4);
    expect_cell(made, "n", 0, "3"), expect_cell(made, "t", 0, "x");
    expect_cell(made, "n", 1, ""), expect_cell(made, "t", 1, ""), expect_cell(made, "b", 1, "");
    expect_cell(made, "t", 3, "y"), expect_cell(made, "d", 0, "2024-01-04");
    assert_int_equal(made->column[0].missing, 1);
    assert_int_equal(made->column[2].missing, 3);
    mica_table_destroy(&made);
    ASSERT_OK(table_pick(t, (int[]){1}, 1, (int64_t[]){1}, 1, &made, &err));
    assert_int_equal(made->column[0].texts.count, 1);
    expect_cell(made, "t", 0, "y");
    mica_table_destroy(&made), mica_table_destroy(&t);
}

TEST(a_table_that_is_cleaned_stays_as_it_is) {
    mica_table *t = table_of("a.csv", "n,t\n1, x \n,y\n3, x \n"), *made;
    ASSERT_OK(mica_table_clean(ctx, t, MICA_OPTIONS(clean, .trim = true, .missing = "mean"), &made,
                               &err));
    expect_cell(made, "n", 1, "2"), expect_cell(made, "t", 0, "x");
    expect_cell(t, "n", 1, ""), expect_cell(t, "t", 0, " x ");
    assert_null(mica_table_report(t));
    assert_non_null(strstr(mica_table_report(made), "\"filled\": 1"));
    mica_table_destroy(&made);
    ASSERT_FAILS(mica_table_clean(ctx, t, MICA_OPTIONS(clean, .outliers = "iqrr"), &made, &err),
                 MICA_NAME, "did you mean 'iqr'?");
    ASSERT_OK(mica_table_clean(
        ctx, t, MICA_OPTIONS(clean, .missing = "constant", .fill_value = MICA_ZERO), &made, &err));
    expect_cell(made, "n", 1, "0");
    mica_table_destroy(&made), mica_table_destroy(&t);
}

TEST(tables_without_rows_are_cleaned_joined_and_deidentified) {
    mica_table *t = table_of("a.csv", "n,t\n"), *other = table_of("b.csv", "n,u\n1,x\n"), *made;
    ASSERT_OK(mica_table_clean(ctx, t,
                               MICA_OPTIONS(clean, .drop_duplicates = true, .missing = "median",
                                            .repair = true, .outliers = "iqr"),
                               &made, &err));
    mica_table_destroy(&made);
    ASSERT_OK(mica_table_join(
        ctx, t, other, MICA_OPTIONS(join, .on = MICA_TEXTS("n"), .how = "outer"), &made, &err));
    expect_cell(made, "n", 0, "1"), expect_cell(made, "u", 0, "x");
    mica_table_destroy(&made);
    ASSERT_OK(mica_table_anonymize(
        ctx, t, "{\"quasi_identifiers\": [\"n\"], \"sensitive\": [\"t\"]}", NULL, &made, &err));
    mica_table_destroy(&made), mica_table_destroy(&t), mica_table_destroy(&other);
}

TEST(a_split_leaves_nothing_where_it_fails) {
    mica_table *t = table_of("a.csv", "n,t\n1,a\n2,b\n3,a\n4,b\n"), *train, *validation, *test;
    ASSERT_OK(mica_table_split(ctx, t, MICA_OPTIONS(table_split, .test_fraction = 0.5), &train,
                               &validation, &test, &err));
    assert_null(validation);
    assert_int_equal(mica_table_rows(train) + mica_table_rows(test), 4);
    mica_table_destroy(&train), mica_table_destroy(&test);
    ASSERT_FAILS(mica_table_split(
                     ctx, t,
                     MICA_OPTIONS(table_split, .test_fraction = 0.5, .validation_fraction = 0.5),
                     &train, &validation, &test, &err),
                 MICA_VALUE, "at least 1 each");
    assert_true(!train && !validation && !test);
    ASSERT_FAILS(mica_table_fold(ctx, t, 5, NULL, &train, &test, &err), MICA_VALUE, "5 folds of 4");
    ASSERT_OK(mica_table_fold(ctx, t, 1, MICA_OPTIONS(table_folds, .folds = 2, .stratify = "t"),
                              &train, &test, &err));
    expect_cell(test, "n", 0, "3"), expect_cell(test, "n", 1, "4");
    mica_table_destroy(&train), mica_table_destroy(&test), mica_table_destroy(&t);
}

TEST(policies_and_finds_name_no_cell) {
    mica_table *t = table_of("a.csv", "mail,n\nann@example.org,1\nbob@example.org,2\n"), *made;
    const char *json;
    ASSERT_OK(mica_table_find_personal(ctx, t, 0, &json, &err));
    assert_non_null(strstr(json, "\"likely\": \"mail\""));
    assert_null(strstr(json, "ann"));
    ASSERT_FAILS(mica_table_find_personal(ctx, t, 2, &json, &err), MICA_VALUE, "expected 0 to 1");
    const char *policy = "{\"columns\": {\"mail\": \"redact\"}, \"k\": 2, \"quasi_identifiers\": "
                         "[\"n\"]}";
    ASSERT_FAILS(mica_table_anonymize(ctx, t, policy, NULL, &made, &err), MICA_VALUE,
                 "policy: k-anonymity is 1 before and 1 after");
    assert_null(made);
    ASSERT_OK(
        mica_table_anonymize(ctx, t, "{\"columns\": {\"mail\": \"redact\"}}", NULL, &made, &err));
    expect_cell(made, "mail", 0, "[mail]");
    mica_table_destroy(&made), mica_table_destroy(&t);
}

TEST(a_private_table_is_its_owners_from_the_first_byte) {
    mica_table *t = table_of("a.csv", "n\n1\n");
    char path[512], part[600];
    struct stat s;
    snprintf(path, sizeof path, "%s/private.csv", folder_open());
    snprintf(part, sizeof part, "%s.part", path);
    FILE *f = fopen(part, "w"); /* left behind, and open to all */
    assert_non_null(f);
    fclose(f);
    assert_int_equal(chmod(part, 0666), 0);
    ASSERT_OK(mica_table_write_private(t, path, &err));
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0640), 0);
    ASSERT_OK(mica_table_write_private(t, path, &err));
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0640);
    assert_int_equal(access(part, F_OK), -1);
    mica_table_destroy(&t);
}

TEST(joins_of_whole_numbers_stay_whole) {
    mica_table *a = table_of("a.csv", "k,v\n1,5\n9007199254740993,6\n"),
               *b = table_of("b.csv", "k,w\n9007199254740993,7\n9007199254740992,8\n"), *made;
    ASSERT_OK(mica_table_join(ctx, a, b, MICA_OPTIONS(join, .on = MICA_TEXTS("k"), .how = "outer"),
                              &made, &err));
    assert_int_equal(mica_table_rows(made), 3);
    expect_cell(made, "k", 1, "9007199254740992"), expect_cell(made, "k", 2, "9007199254740993");
    expect_cell(made, "w", 2, "7"), expect_cell(made, "v", 1, "");
    assert_int_equal(mica_table_type(made, mica_table_find(made, "v")), MICA_COLUMN_INTEGER);
    mica_table_destroy(&made), mica_table_destroy(&a), mica_table_destroy(&b);
}

RUN_TESTS(IN_CONTEXT(picked_rows_keep_types_and_forget_texts_that_are_gone),
          IN_CONTEXT(a_table_that_is_cleaned_stays_as_it_is),
          IN_CONTEXT(tables_without_rows_are_cleaned_joined_and_deidentified),
          IN_CONTEXT(a_split_leaves_nothing_where_it_fails),
          IN_CONTEXT(policies_and_finds_name_no_cell),
          IN_CONTEXT(a_private_table_is_its_owners_from_the_first_byte),
          IN_CONTEXT(joins_of_whole_numbers_stay_whole))
