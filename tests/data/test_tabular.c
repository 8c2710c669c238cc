/* Tables as samples: columns, categories, imputed values, splits. */
#include "data/tabular.h"
#include "mica/clean.h"

#include "support/folder.h"
#include "support/in_context.h"
#include "support/options_header.h"

#define RECORDED "tests/recorded/tabular/"

static mica_dataset *load(const char *path, mica_part part, const char *json) {
    memset(&err, 0, sizeof err);
    mica_dataset *d = mica_load_with(ctx, path, part, json);
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s", err.message);
    return d;
}

static void refuses(const char *csv, const char *json, mica_status code, const char *text) {
    put_file(in_folder("t.csv"), csv, strlen(csv));
    mica_load_with(ctx, in_folder("t.csv"), MICA_TRAIN, json);
    ASSERT_FAILS(mica_check(ctx, &err), code, text);
}

static void all_rows(const mica_dataset *d, int column, float *out) {
    uint32_t rows[256];
    for (uint32_t i = 0; i < 256; i++) rows[i] = i;
    ASSERT_OK(d->gather(d, column, rows, d->rows, MICA_FLOAT32, out, &err));
}

/* Each number of nested lists, one after another. */
static size_t flatten(const json_t *list, float *out) {
    size_t i, n = 0;
    json_t *v;
    if (json_is_number(list)) return *out = (float)json_number_value(list), 1;
    json_array_foreach((json_t *)list, i, v) n += flatten(v, out + n);
    return n;
}

/* Fitted on the training file alone: as scikit-learn (tools/record_tabular.py). */
TEST(tables_are_prepared_as_scikit_learn_prepares_them) {
    static const char *const strategies[] = {"mean", "median", "most_frequent", "constant"};
    json_t *said = NULL;
    ASSERT_OK(config_load(RECORDED "prepared.json", &said, &err));
    for (int s = 0; s < 4; s++) {
        char options[4096];
        float got[1024], want[1024];
        mica_dataset *train = NULL;
        for (int part = 0; part < 2; part++) {
            const json_t *of = json_object_get(said, part ? "test" : "train");
            snprintf(options, sizeof options,
                     "{\"target\": \"left\", \"ignore\": [\"id\"], \"impute\": \"%s\", "
                     "\"fill_value\": -1.5, \"fitted\": %s}",
                     strategies[s], part ? mica_dataset_preparation(train) : "null");
            mica_dataset *d = load(part ? RECORDED "test.csv" : RECORDED "train.csv",
                                   part ? MICA_TEST : MICA_TRAIN, options);
            size_t n = flatten(json_object_get(of, strategies[s]), want);
            assert_int_equal(n, d->rows * 4);
            assert_int_equal(d->column[0].shape.dims[0], 4);
            all_rows(d, 0, got);
            ASSERT_CLOSE(got, want, n, 1e-6);
            flatten(json_object_get(of, "y"), want);
            all_rows(d, 1, got);
            ASSERT_CLOSE(got, want, d->rows, 0);
            if (!part) train = d;
        }
        assert_int_equal(mica_dataset_classes(train), 3);
        for (int i = 0; i < 3; i++)
            assert_string_equal(
                mica_dataset_class_name(train, i),
                json_string_value(json_array_get(json_object_get(said, "classes"), (size_t)i)));
    }
    json_decref(said);
}

/* As many of each class as train_test_split(stratify=y); the parts are the whole table. */
TEST(test_split_is_stratified_and_by_the_seed) {
    json_t *said = NULL;
    float y[256], x[256], other[256];
    ASSERT_OK(config_load(RECORDED "prepared.json", &said, &err));
    const char *options = "{\"target\": \"left\", \"features\": [\"inc*\"], \"impute\": \"mean\", "
                          "\"test_split\": 0.2, \"seed\": %d}";
    char text[256];
    int counts[3] = {0};
    snprintf(text, sizeof text, options, 1);
    mica_dataset *train = load(RECORDED "train.csv", MICA_TRAIN, text),
                 *test = load(RECORDED "train.csv", MICA_TEST, text),
                 *again = load(RECORDED "train.csv", MICA_TEST, text);
    assert_int_equal(train->rows, 80);
    assert_int_equal(test->rows, 21);
    all_rows(test, 1, y);
    for (int i = 0; i < 21; i++) counts[(int)y[i]]++;
    for (int i = 0; i < 3; i++)
        assert_int_equal(counts[i], json_integer_value(
                                        json_array_get(json_object_get(said, "held"), (size_t)i)));
    all_rows(test, 0, x);
    all_rows(again, 0, other);
    assert_memory_equal(x, other, sizeof(float) * 21);
    snprintf(text, sizeof text, options, 2);
    all_rows(load(RECORDED "train.csv", MICA_TEST, text), 0, other);
    assert_memory_not_equal(x, other, sizeof(float) * 21);
    assert_string_equal(mica_dataset_preparation(train), mica_dataset_preparation(test));
    json_decref(said);
}

TEST(columns_become_numbers_by_their_type) {
    const char *csv =
        "n,d,b,c,w,y\n1.5,1970-01-03,True,x,1,10\n-2,1970-01-01T12:00:00,False,y,0.5,-20\n"
        "0,1969-12-31,True,x,2,30\n7,1970-01-01,False,y,0,5\n";
    static const float x[] = {1.5, 2, 1, 0, -2, 0.5, 0, 1, 0, -1, 1, 0, 7, 0, 0, 1},
                       w[] = {1, 0.5, 2, 0}, y[] = {10, -20, 30, 5};
    float got[64];
    put_file(in_folder("t.csv"), csv, strlen(csv));
    mica_dataset *d = load(in_folder("t.csv"), MICA_TRAIN,
                           "{\"target\": \"y\", \"sample_weight\": \"w\"}");
    assert_int_equal(d->columns, 3);
    all_rows(d, 0, got);
    ASSERT_CLOSE(got, x, 16, 0);
    all_rows(d, 1, got);
    ASSERT_CLOSE(got, y, 4, 0);
    assert_int_equal(d->column[1].dtype, MICA_INT32);
    all_rows(d, 2, got);
    ASSERT_CLOSE(got, w, 4, 0);
    d = load(in_folder("t.csv"), MICA_TRAIN, "{\"target\": \"y\", \"target_type\": \"class\"}");
    assert_int_equal(mica_dataset_classes(d), 4);
    assert_string_equal(mica_dataset_class_name(d, 0), "-20");
    d = load(in_folder("t.csv"), MICA_TRAIN, "{\"features\": [\"n\"], \"categorical\": [\"n\"]}");
    static const float numbered[] = {2, 0, 1, 3};
    all_rows(d, 0, got);
    ASSERT_CLOSE(got, numbered, 4, 0);
}

TEST(errors_name_the_column) {
    refuses("a,y\n1,0\n,1\n", "{\"target\": \"y\"}", MICA_VALUE,
            "column a: the cell in data row 2 is missing; the option impute");
    refuses("a,y\n1,0\n2,\n", "{\"target\": \"y\"}", MICA_VALUE,
            "target y: the cell in data row 2");
    refuses("price,y\n1,0\n", "{\"target\": \"z\"}", MICA_NAME, "unknown column 'z'");
    refuses("price,y\n1,0\n", "{\"target\": \"y\", \"ignore\": [\"prise\"]}", MICA_NAME,
            "did you mean 'price'?");
    refuses("a,y\nu,0\nv,1\nw,1\n", "{\"target\": \"y\"}", MICA_VALUE, "column a is text");
    refuses("y\n1\n", "{\"target\": \"y\"}", MICA_VALUE, "no column is left");
    refuses("a,b,y\n,1,0\nNA,2,1\n", "{\"target\": \"y\", \"impute\": \"mean\"}", MICA_VALUE,
            "column a: every cell of the training part is missing");
    refuses("a,w\n1,-1\n", "{\"sample_weight\": \"w\"}", MICA_VALUE,
            "sample_weight w: -1 in data row 1");
}

/* One text among numbers makes a column one of texts: which one it is is said. */
TEST(the_cell_that_is_no_number_or_date_is_named) {
    char long_cell[200] = "a,y\n1,0\n2,1\n3,1\n";
    refuses("a,y\n1,0\nu,1\nNA,0\nv,1\n", "{\"target\": \"y\", \"numeric\": [\"a\"]}", MICA_TYPE,
            "column a: 'u' in data row 2 is no number (2 of 3 cells are none), expected numbers");
    refuses("a,y\n1,0\n2,1\n", "{\"target\": \"y\", \"numeric\": [\"b\"]}", MICA_NAME,
            "unknown column 'b'");
    refuses("a,y\n1,0\n2,1\nfoo,0\n4,1\n", "{\"target\": \"y\"}", MICA_TYPE,
            "column a: 'foo' in data row 3 is no number, expected numbers as most of its cells");
    strcat(long_cell, "\xe6\x9c\x88"); /* what is cut is cut between letters */
    for (int i = 0; i < 40; i++) strcat(long_cell, "\xe6\x9c\x88");
    strcat(long_cell, ",1\n");
    refuses(long_cell, "{\"target\": \"y\"}", MICA_TYPE,
            "\xe6\x9c\x88…' in data row 4 is no number");
    refuses("a,y\n1,3\n2,x\n3,4\n", "{\"target\": \"y\", \"target_type\": \"number\"}", MICA_TYPE,
            "target y: 'x' in data row 2 is no number");
    static const struct {
        const char *train, *other, *says;
    } pairs[] = {
        {"a,y\n1,0\n2,1\n", "a,y\n1,0\n2024-03-05,1\n", "a: '2024-03-05' in data row 2 is no "},
        {"a,y\n1,0\n2,1\n", "a,y\n2024-03-05,1\n", "a: '2024-03-05' in data row 1 is no nu"},
        {"a,y\n2024-03-05,0\n2024-03-06,1\n", "a,y\n,0\n3.2.24,1\n",
         "a: '3.2.24' in data row 2 is no date, expected dates as in the training part"}};
    for (size_t i = 0; i < LENGTH(pairs); i++) {
        put_file(in_folder("a.csv"), pairs[i].train, strlen(pairs[i].train));
        put_file(in_folder("b.csv"), pairs[i].other, strlen(pairs[i].other));
        mica_dataset *a = load(in_folder("a.csv"), MICA_TRAIN, "{\"target\": \"y\"}");
        mica_load_table(ctx, in_folder("b.csv"), MICA_TEST,
                        MICA_OPTIONS(tabular, .fitted = mica_dataset_preparation(a)));
        ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, pairs[i].says);
    }
}

TEST(what_the_training_part_lacks_is_an_error_or_minus_one) {
    float got[8];
    static const float want[] = {0, -1};
    put_file(in_folder("a.csv"), "c,y\nu,0\nu,1\nv,0\nv,1\n", 20);
    put_file(in_folder("b.csv"), "c,y\nu,0\nz,1\n", 12);
    mica_dataset *a = load(in_folder("a.csv"), MICA_TRAIN, "{\"target\": \"y\"}");
    mica_load_table(ctx, in_folder("b.csv"), MICA_TEST,
                    MICA_OPTIONS(tabular, .fitted = mica_dataset_preparation(a)));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "column c: 'z' in data row 2 is not among");
    mica_dataset *b = mica_load_table(
        ctx, in_folder("b.csv"), MICA_TEST,
        MICA_OPTIONS(tabular, .fitted = mica_dataset_preparation(a), .unknown = "minus_one"));
    ASSERT_OK(mica_check(ctx, &err));
    all_rows(b, 0, got);
    ASSERT_CLOSE(got, want, 2, 0);
}

/* The card keeps which columns are texts: another file is read alike, target or not. */
TEST(columns_of_texts_are_read_as_such_again) {
    float got[8];
    static const char a[] = "zip,y\n01234,1\n1234,0\n01234,1\n1234,0\n", b[] = "zip\n01234\n1234\n";
    static const float want[] = {0, 1};
    put_file(in_folder("a.csv"), a, sizeof a - 1);
    put_file(in_folder("b.csv"), b, sizeof b - 1);
    mica_dataset *d = load(in_folder("a.csv"), MICA_TRAIN,
                           "{\"target\": \"y\", \"text_columns\": [\"zip\", \"y\"]}");
    json_t *fitted = json_loads(mica_dataset_preparation(d), 0, NULL);
    json_object_del(json_object_get(fitted, "table"), "target");
    char *text = json_dumps(fitted, 0);
    mica_dataset *again = mica_load_table(ctx, in_folder("b.csv"), MICA_TEST,
                                          MICA_OPTIONS(tabular, .fitted = text));
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s", err.message);
    all_rows(again, 0, got);
    ASSERT_CLOSE(got, want, 2, 0);
    free(text);
    json_decref(fitted);
    refuses("zip,y\n1,2\n", "{\"text_columns\": [\"zap\"]}", MICA_NAME,
            "text_columns: unknown column 'zap'");
}

/* Each column an input of its own; parts of dates; texts as they are. */
TEST(columns_are_inputs_of_their_own) {
    static const char csv[] = "n,d,t,y\n9007199254740993,2024-02-29T13:00:00,x y,1\n"
                              "2,2023-12-31,,0\n,,x y,1\n";
    double numbers[3];
    mica_string texts[3];
    uint32_t rows[] = {0, 1, 2};
    put_file(in_folder("t.csv"), csv, sizeof csv - 1);
    mica_dataset *d = load(in_folder("t.csv"), MICA_TRAIN,
                           "{\"target\": \"y\", \"inputs\": \"columns\", \"impute\": "
                           "\"constant\", \"fill_value\": 7, \"fill_category\": \"none\", "
                           "\"features\": [\"t\", \"n\", \"d.weekday\", \"d.day_of_year\"]}");
    static const char *const names[] = {"n", "t", "d.weekday", "d.day_of_year", "y"};
    for (int i = 0; i < 5; i++) assert_string_equal(d->column[i].name, names[i]);
    static const double want[][3] = {{9007199254740992.0, 2, 7}, {0}, {3, 6, 7}, {60, 365, 7}};
    for (int i = 0; i < 4; i++) {
        if (i == 1) continue;
        assert_int_equal(d->column[i].shape.rank, 0);
        ASSERT_OK(d->gather(d, i, rows, 3, MICA_FLOAT64, numbers, &err));
        for (int k = 0; k < 3; k++) assert_true(numbers[k] == want[i][k]);
    }
    ASSERT_OK(d->gather(d, 1, rows, 3, MICA_STRING, texts, &err));
    static const char *const said[] = {"x y", "none", "x y"};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(texts[k].size, strlen(said[k]));
        assert_memory_equal(texts[k].bytes, said[k], texts[k].size);
    }
    refuses("a,y\n1,0\n", "{\"target\": \"y\", \"features\": [\"a.weekday\"]}", MICA_NAME,
            "unknown column 'a.weekday'");
}

/* As pandas.get_dummies with a column before each column's for what is unknown. */
TEST(columns_of_one_kind_are_one_input) {
    static const char csv[] = "a,k,d,b,l,same,y\n1,x,2024-01-01,True,p,5,1\n"
                              "2,y,2024-01-02,False,q,5,0\n,x,2024-01-09,True,p,5,1\n";
    static const char groups[] =
        "{\"target\": \"y\", \"inputs\": \"grouped\", \"impute\": \"mean\", \"groups\": {"
        "\"plain\": {\"type\": \"number\", \"columns\": [\"a\", \"d\", \"same\", \"[b]*\"]}, "
        "\"words\": {\"type\": \"category\", \"columns\": [\"k\", \"d.weekday\", \"l\"]}}%s}";
    char options[4096];
    float got[16];
    put_file(in_folder("t.csv"), csv, sizeof csv - 1);
    snprintf(options, sizeof options, groups, "");
    mica_dataset *d = load(in_folder("t.csv"), MICA_TRAIN, options);
    assert_int_equal(d->columns, 3);
    assert_string_equal(d->column[0].name, "plain");
    assert_string_equal(d->column[1].name, "words");
    assert_int_equal(d->column[0].shape.dims[0], 3);
    all_rows(d, 0, got);
    ASSERT_CLOSE(got, ((float[]){1, 19723, 1, 2, 19724, 0, 1.5, 19731, 1}), 9, 0);
    all_rows(d, 1, got); /* k: 0 to 2, l: 3 to 5, weekdays: 6 to 8 */
    ASSERT_CLOSE(got, ((float[]){1, 4, 7, 2, 5, 8, 1, 4, 8}), 9, 0);
    json_t *how = json_loads(mica_dataset_preparation(d), 0, NULL),
           *table = json_object_get(how, "table");
    assert_string_equal(json_string_value(json_array_get(json_object_get(table, "left_out"), 0)),
                        "same");
    assert_int_equal(tabular_inputs(table), 2);
    assert_string_equal(tabular_input_name(table, 1), "words");
    assert_int_equal(tabular_place(table, 1, 0), 3);
    assert_int_equal(tabular_place(table, 0, 3), -1);
    json_decref(how);

    static const char more[] = "a,k,d,b,l\n4,z,2024-01-03,False,q\n";
    char *fitted = strdup(mica_dataset_preparation(d)), text[4096];
    snprintf(text, sizeof text, ", \"fitted\": %s", fitted);
    snprintf(options, sizeof options, groups, text);
    free(fitted);
    put_file(in_folder("t.csv"), more, sizeof more - 1);
    d = load(in_folder("t.csv"), MICA_TRAIN, options);
    all_rows(d, 1, got);
    ASSERT_CLOSE(got, ((float[]){0, 5, 6}), 3, 0); /* z and a Wednesday were not there */

    put_file(in_folder("t.csv"), csv, sizeof csv - 1);
    d = load(in_folder("t.csv"), MICA_TRAIN,
             "{\"target\": \"y\", \"inputs\": \"grouped\", \"ignore\": [\"a\"], "
             "\"categorical\": [\"k\", \"l\"]}");
    assert_string_equal(d->column[0].name, "numbers"); /* d, b */
    assert_string_equal(d->column[1].name, "categories");
    assert_int_equal(d->column[0].shape.dims[0] + 10 * d->column[1].shape.dims[0], 22);
}

TEST(groups_of_columns_that_cannot_be_are_refused) {
#define GROUPED "{\"target\": \"y\", \"inputs\": \"grouped\", \"groups\": "
    static const char csv[] = "a,k,y\n1,x,1\n2,y,0\n3,x,1\n";
    refuses(csv, GROUPED "{\"n\": {\"type\": \"number\", \"columns\": [\"k\"]}}}", MICA_VALUE,
            "column k is text");
    refuses(csv, GROUPED "{\"n\": {\"type\": \"number\", \"columns\": [\"aa\"]}}}", MICA_NAME,
            "did you mean 'a'?");
    refuses(csv, GROUPED "{\"n\": {\"type\": \"word\", \"columns\": [\"a\"]}}}", MICA_FORMAT,
            "groups.n: expected");
    refuses(csv,
            GROUPED "{\"n\": {\"type\": \"number\", \"columns\": [\"a\"]}, \"m\": {\"type\": "
                    "\"category\", \"columns\": [\"a\"]}}}",
            MICA_VALUE, "column a is in two of them");
    refuses("a,y\n1,1\n,0\n3,1\n", GROUPED "null}", MICA_VALUE,
            "column a: the cell in data row 2 is missing; the option impute");
    refuses("a,y\n1,1\n1,0\n", GROUPED "null}", MICA_VALUE, "no column is left");
}

/* Test, validation and training parts: each row in one; of each class its share. */
TEST(parts_of_a_table_share_no_row) {
    char text[8192] = "id,y\n";
    size_t n = strlen(text);
    float ids[256], y[256];
    int seen[250] = {0}, yes[3] = {0};
    for (int i = 0; i < 250; i++) n += (size_t)sprintf(text + n, "%d,%s\n", i, i % 5 ? "n" : "y");
    put_file(in_folder("t.csv"), text, n);
    static const char *const options[] = {
        "{\"target\": \"y\", \"test_split\": 0.2, \"validation_split\": 0.25}",
        "{\"target\": \"y\", \"test_split\": 0.2, \"validation_split\": 0.25, \"subset\": "
        "\"validation\"}"};
    static const int64_t sizes[] = {150, 50, 50};
    for (int k = 0; k < 3; k++) {
        mica_dataset *d = load(in_folder("t.csv"), k == 2 ? MICA_TEST : MICA_TRAIN,
                               options[k == 1]);
        assert_int_equal(d->rows, sizes[k]);
        all_rows(d, 0, ids);
        all_rows(d, 1, y);
        for (int64_t i = 0; i < d->rows; i++) seen[(int)ids[i]]++, yes[k] += y[i] == 1;
    }
    for (int i = 0; i < 250; i++) assert_int_equal(seen[i], 1);
    assert_int_equal(yes[0], 30);
    assert_int_equal(yes[1], 10);
    assert_int_equal(yes[2], 10);
    mica_dataset *last = load(in_folder("t.csv"), MICA_TEST,
                              "{\"target\": \"y\", \"validation_split\": 0.1, \"shuffle\": false}");
    assert_int_equal(last->rows, 25);
    all_rows(last, 0, ids);
    assert_true(ids[0] == 225 && ids[24] == 249);
    refuses("a,y\n1,0\n", "{\"target\": \"y\", \"subset\": \"training\"}", MICA_VALUE,
            "needs a validation_split");
    refuses("a,y\n1,0\n", "{\"target\": \"y\", \"test_split\": 0.9}", MICA_VALUE,
            "leaves none to train on");
}

/* Parts by groups, by groups and classes, and by time are those of mica_table_split. */
static void expect_parts(mica_context *of_seed, const char *ways,
                         const mica_table_split_options *split) {
    mica_table *t, *parts[3];
    float ids[256];
    char options[256];
    ASSERT_OK(mica_table_read(of_seed, in_folder("t.csv"), NULL, &t, &err));
    ASSERT_OK(mica_table_split(of_seed, t, split, &parts[0], &parts[1], &parts[2], &err));
    for (int k = 0; k < 2; k++) {
        snprintf(options, sizeof options,
                 "{\"target\": \"y\", \"features\": [\"id\"], \"validation_split\": 0.2, "
                 "\"subset\": \"%s\", \"seed\": 3, %s}",
                 k ? "validation" : "training", ways);
        mica_dataset *d = load(in_folder("t.csv"), MICA_TRAIN, options);
        all_rows(d, 0, ids);
        const mica_table *want = parts[2 * k];
        double sum[2] = {0}; /* of time the command's rows are in another order */
        assert_int_equal(d->rows, mica_table_rows(want));
        for (int64_t i = 0; i < d->rows; i++) {
            sum[0] += (double)ids[i] * (double)ids[i];
            sum[1] += mica_table_number(want, 0, i) * mica_table_number(want, 0, i);
            if (!split->time) assert_true((double)ids[i] == mica_table_number(want, 0, i));
        }
        assert_true(sum[0] == sum[1]);
    }
    for (int i = 0; i < 3; i++) mica_table_destroy(&parts[i]);
    mica_table_destroy(&t);
}

TEST(parts_by_groups_and_time_are_those_of_table_splits) {
    char text[8192] = "id,y,g,day\n";
    size_t n = strlen(text);
    for (int i = 0; i < 200; i++)
        n += (size_t)sprintf(text + n, "%d,%s,g%d,2024-%02d-%02d\n", i, i % 5 % 3 ? "n" : "y",
                             i / 7, 1 + i * 7 % 12, 1 + i % 28);
    put_file(in_folder("t.csv"), text, n);
    mica_context *third = mica_open(MICA_OPTIONS(context, .seed = 3));
    expect_parts(third, "\"split_groups\": \"g\", \"no_stratify\": true",
                 MICA_OPTIONS(table_split, .test_fraction = 0.2, .groups = "g"));
    expect_parts(third, "\"split_groups\": \"g\"",
                 MICA_OPTIONS(table_split, .test_fraction = 0.2, .groups = "g", .stratify = "y"));
    expect_parts(third, "\"split_time\": \"day\"",
                 MICA_OPTIONS(table_split, .test_fraction = 0.2, .time = "day"));
    mica_close(&third);
    refuses("a,y\n1,0\n2,1\n",
            "{\"validation_split\": 0.5, \"split_groups\": \"a\", \"split_time\": \"a\"}",
            MICA_VALUE, "expected one of them");
    refuses("a,y\n1,0\n2,1\n",
            "{\"validation_split\": 0.5, \"split_groups\": \"a\", \"shuffle\": false}", MICA_VALUE,
            "split_groups and the last rows");
    refuses("a,y\n1,u\n2,v\n", "{\"validation_split\": 0.5, \"split_time\": \"y\"}", MICA_TYPE,
            "expected dates or numbers");
    refuses("a,y\n1,u\n,v\n3,u\n", "{\"validation_split\": 0.5, \"split_time\": \"a\"}", MICA_VALUE,
            "split_time: column a: data row 2 has none");
    refuses("a,y\n1,u\n", "{\"validation_split\": 0.5, \"split_groups\": \"b\"}", MICA_NAME,
            "unknown column 'b'");
}

/* Whatever is asked of the validation, the test has the same rows, and no row is on both sides. */
TEST(the_test_part_regards_nothing_of_the_validation) {
    static const char *const ways[] = {
        "\"validation_order\": \"last\"",
        "\"validation_order\": \"shuffled\", \"validation_seed\": 7",
        "\"validation_order\": \"stratified\", \"validation_seed\": 9"};
    char text[8192] = "id,y\n", options[256];
    size_t n = strlen(text);
    float test[256], ids[256];
    for (int i = 0; i < 200; i++) n += (size_t)sprintf(text + n, "%d,%s\n", i, i % 5 ? "n" : "y");
    put_file(in_folder("t.csv"), text, n);
    mica_dataset *d = load(in_folder("t.csv"), MICA_TEST,
                           "{\"target\": \"y\", \"test_split\": 0.2}");
    all_rows(d, 0, test);
    for (size_t k = 0; k < LENGTH(ways); k++) {
        bool seen[200] = {false};
        for (int i = 0; i < 40; i++) seen[(int)test[i]] = true;
        for (int part = 0; part < 2; part++) {
            snprintf(options, sizeof options,
                     "{\"target\": \"y\", \"test_split\": 0.2, \"validation_split\": 0.25, "
                     "\"subset\": \"%s\", %s}",
                     part ? "validation" : "training", ways[k]);
            d = load(in_folder("t.csv"), MICA_TRAIN, options);
            assert_int_equal(d->rows, part ? 40 : 120);
            all_rows(d, 0, ids);
            for (int64_t i = 0; i < d->rows; i++) {
                assert_false(seen[(int)ids[i]]);
                seen[(int)ids[i]] = true;
            }
        }
    }
}

TEST(header_of_tabular_options_matches_its_fields) {
    assert_header_matches("include/mica/table.h", "tabular", tabular_fields, 0);
}

RUN_TESTS(IN_CONTEXT(tables_are_prepared_as_scikit_learn_prepares_them),
          IN_CONTEXT(test_split_is_stratified_and_by_the_seed),
          IN_CONTEXT(columns_become_numbers_by_their_type), IN_CONTEXT(errors_name_the_column),
          IN_CONTEXT(the_cell_that_is_no_number_or_date_is_named),
          IN_CONTEXT(what_the_training_part_lacks_is_an_error_or_minus_one),
          IN_CONTEXT(columns_of_texts_are_read_as_such_again),
          IN_CONTEXT(columns_are_inputs_of_their_own),
          IN_CONTEXT(columns_of_one_kind_are_one_input),
          IN_CONTEXT(groups_of_columns_that_cannot_be_are_refused),
          IN_CONTEXT(parts_of_a_table_share_no_row),
          IN_CONTEXT(parts_by_groups_and_time_are_those_of_table_splits),
          IN_CONTEXT(the_test_part_regards_nothing_of_the_validation),
          IN_CONTEXT(header_of_tabular_options_matches_its_fields))
