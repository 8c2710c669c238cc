/* Splits and folds of datasets, against scikit-learn (tools/record_splits.py). */
#include "mica/prepare.h"

#include "data/dataset.h"
#include "support/in_context.h"
#include "support/recorded.h"

/* x is the row, y the label. */
static mica_dataset *labelled(const double *labels, int64_t rows) {
    mica_tensor *x = mica_zeros(ctx, MICA_FLOAT64, MICA_SHAPE(rows)),
                *y = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(rows), labels);
    for (int64_t i = 0; i < rows; i++) ((double *)tensor_bytes(x))[i] = (double)i;
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

/* `counts` rows of each class, mixed. */
static mica_dataset *with_counts(const json_t *counts) {
    int64_t rows = 0, at = 0;
    for (size_t c = 0; c < json_array_size(counts); c++)
        rows += (int64_t)json_integer_value(json_array_get(counts, c));
    double *labels = calloc((size_t)rows, sizeof *labels);
    for (size_t c = 0; c < json_array_size(counts); c++)
        for (json_int_t i = 0; i < json_integer_value(json_array_get(counts, c)); i++)
            labels[at++] = (double)c * 2 - 1;
    mica_dataset *d = labelled(labels, rows), *mixed = NULL;
    free(labels);
    ASSERT_OK(dataset_shuffled(d, 5, &mixed, &err));
    return mixed;
}

static double *numbers_of(mica_dataset *d, bool targets) {
    int64_t n = mica_dataset_size(d);
    double *out = calloc((size_t)n + 1, sizeof *out);
    mica_tensor *t = targets ? mica_dataset_target(d, 0, NULL, n)
                             : mica_dataset_input(d, 0, NULL, n);
    ASSERT_OK(mica_tensor_read(t, MICA_FLOAT64, out, (size_t)n * sizeof *out, &err));
    return out;
}

static void expect_classes(mica_dataset *d, const json_t *counts) {
    double *labels = numbers_of(d, true);
    int64_t total = 0;
    for (size_t c = 0; c < json_array_size(counts); c++) {
        json_int_t found = 0, expected = json_integer_value(json_array_get(counts, c));
        for (int64_t i = 0; i < mica_dataset_size(d); i++) found += labels[i] == (double)c * 2 - 1;
        if (found != expected)
            fail_msg("class %zu: %lld rows, expected %lld", c, (long long)found,
                     (long long)expected);
        total += found;
    }
    assert_int_equal(total, mica_dataset_size(d));
    free(labels);
}

/* No row is in both, and none twice. */
static void expect_apart(mica_dataset *a, mica_dataset *b, int64_t rows) {
    char *seen = calloc((size_t)rows, 1);
    mica_dataset *parts[] = {a, b};
    for (int p = 0; p < 2; p++) {
        double *x = numbers_of(parts[p], false);
        for (int64_t i = 0; i < mica_dataset_size(parts[p]); i++)
            if (seen[(int64_t)x[i]]++) fail_msg("row %g comes twice", x[i]);
        free(x);
    }
    free(seen);
}

#define NUMBER(case_, key) json_number_value(json_object_get(case_, key))
#define WHOLE(case_, key) ((int64_t)json_integer_value(json_object_get(case_, key)))

TEST(stratified_split_has_the_counts_of_scikit_learn) {
    json_t *tree = recorded_json("splits.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "split"), i, one) {
        mica_dataset *d = with_counts(json_object_get(one, "counts")), *train, *test;
        ASSERT_OK(mica_dataset_split(d,
                                     MICA_OPTIONS(split, .test_fraction = NUMBER(one, "test"),
                                                  .train_fraction = NUMBER(one, "train"),
                                                  .stratify = true),
                                     &train, &test, &err));
        expect_classes(train, json_object_get(one, "in_train"));
        expect_classes(test, json_object_get(one, "in_test"));
        expect_apart(train, test, mica_dataset_size(d));
    }
    json_decref(tree);
}

TEST(plain_split_has_the_sizes_of_scikit_learn) {
    json_t *tree = recorded_json("splits.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "plain"), i, one) {
        double labels[128] = {0};
        mica_dataset *d = labelled(labels, WHOLE(one, "rows")), *train, *test;
        ASSERT_OK(mica_dataset_split(d,
                                     MICA_OPTIONS(split, .test_fraction = NUMBER(one, "test"),
                                                  .train_fraction = NUMBER(one, "train")),
                                     &train, &test, &err));
        assert_int_equal(mica_dataset_size(train), WHOLE(one, "in_train"));
        assert_int_equal(mica_dataset_size(test), WHOLE(one, "in_test"));
        expect_apart(train, test, mica_dataset_size(d));
    }
    json_decref(tree);
}

TEST(equal_remainders_go_by_lot_and_sum_up) {
    double labels[24];
    int64_t of_class[8] = {0}, with_one = 0;
    for (int i = 0; i < 24; i++) labels[i] = i % 8;
    mica_dataset *d = labelled(labels, 24), *train, *test;
    for (int64_t repeat = 0; repeat < 40; repeat++) { /* 10 of 8 classes of 3: one or two each */
        ASSERT_OK(mica_dataset_split(
            d, MICA_OPTIONS(split, .test_fraction = 0.4, .stratify = true, .repeat = repeat),
            &train, &test, &err));
        assert_int_equal(mica_dataset_size(test), 10);
        double *y = numbers_of(test, true);
        int in_class[8] = {0};
        for (int i = 0; i < 10; i++) in_class[(int)y[i]]++;
        for (int c = 0; c < 8; c++) {
            assert_in_range(in_class[c], 1, 2);
            of_class[c] += in_class[c], with_one += in_class[c] == 1;
        }
        free(y);
    }
    assert_int_equal(with_one, 40 * 6);
    for (int c = 0; c < 8; c++) assert_in_range(of_class[c], 42, 62); /* 50 are expected */
}

TEST(split_depends_on_the_seed_alone_and_shuffles) {
    double labels[200];
    for (int i = 0; i < 200; i++) labels[i] = i % 3;
    double first[50], *x;
    for (int run = 0; run < 4; run++) {
        mica_context *was = ctx;
        ctx = mica_open(MICA_OPTIONS(context, .seed = run < 2 ? 1 : 2));
        mica_dataset *train, *test;
        ASSERT_OK(mica_dataset_split(labelled(labels, 200), MICA_OPTIONS(split, .repeat = run == 3),
                                     &train, &test, &err));
        x = numbers_of(test, false);
        int equal = 0, rising = 0;
        for (int i = 0; i < 50; i++) equal += run && x[i] == first[i];
        for (int i = 1; i < 50; i++) rising += x[i] > x[i - 1];
        if (run == 1) assert_int_equal(equal, 50);
        if (run > 1) assert_in_range(equal, 0, 5);
        assert_in_range(rising, 10, 40);
        memcpy(first, x, sizeof first);
        free(x);
        mica_close(&ctx);
        ctx = was;
    }
}

TEST(split_without_shuffling_tests_with_the_last_rows) {
    double labels[10] = {0};
    mica_dataset *train, *test;
    ASSERT_OK(mica_dataset_split(labelled(labels, 10),
                                 MICA_OPTIONS(split, .test_fraction = 0.3, .no_shuffle = true),
                                 &train, &test, &err));
    double *a = numbers_of(train, false), *b = numbers_of(test, false);
    ASSERT_CLOSE(a, ((double[]){0, 1, 2, 3, 4, 5, 6}), 7, 0);
    ASSERT_CLOSE(b, ((double[]){7, 8, 9}), 3, 0);
    free(a);
    free(b);
}

TEST(groups_stay_together_in_a_split) {
    double labels[60] = {0};
    int64_t groups[60];
    for (int i = 0; i < 60; i++) groups[i] = (i * 7) % 12 - 1000000000000;
    mica_dataset *train, *test;
    ASSERT_OK(mica_dataset_split(labelled(labels, 60),
                                 MICA_OPTIONS(split, .test_fraction = 0.25, .groups = groups),
                                 &train, &test, &err));
    assert_int_equal(mica_dataset_size(test), 15); /* 3 of 12 groups of 5 */
    double *a = numbers_of(train, false), *b = numbers_of(test, false);
    for (int i = 0; i < 45; i++)
        for (int j = 0; j < 15; j++) assert_true(groups[(int)a[i]] != groups[(int)b[j]]);
    free(a);
    free(b);
}

TEST(folds_are_those_of_scikit_learn) {
    json_t *tree = recorded_json("splits.json"), *one, *expected;
    size_t i, f;
    json_array_foreach(json_object_get(tree, "folds"), i, one) {
        const char *kind = json_string_value(json_object_get(one, "kind"));
        const json_t *column = json_object_get(one, "column");
        double labels[128];
        int64_t groups[128], rows = (int64_t)json_array_size(column);
        for (int64_t r = 0; r < rows; r++)
            groups[r] = (int64_t)(labels[r] = json_number_value(json_array_get(column, (size_t)r)));
        mica_dataset *d = labelled(labels, rows), *train, *test;
        json_array_foreach(json_object_get(one, "tests"), f, expected) {
            ASSERT_OK(
                mica_dataset_fold(d, (int64_t)f,
                                  MICA_OPTIONS(folds, .folds = WHOLE(one, "folds"),
                                               .stratify = !strcmp(kind, "stratified"),
                                               .groups = strcmp(kind, "groups") ? NULL : groups),
                                  &train, &test, &err));
            expect_apart(train, test, rows);
            assert_int_equal(mica_dataset_size(train) + mica_dataset_size(test), rows);
            double *x = numbers_of(test, false);
            if (json_is_integer(expected)) {
                assert_int_equal(mica_dataset_size(test), json_integer_value(expected));
            } else {
                assert_int_equal(mica_dataset_size(test), json_array_size(expected));
                for (size_t k = 0; k < json_array_size(expected); k++)
                    assert_int_equal(x[k], json_integer_value(json_array_get(expected, k)));
            }
            free(x);
        }
    }
    json_decref(tree);
}

static void read_column(const json_t *column, double *reals, int64_t *integers) {
    for (size_t r = 0; r < json_array_size(column); r++)
        integers[r] = (int64_t)(reals[r] = json_number_value(json_array_get(column, r)));
}

TEST(folds_by_classes_and_groups_are_those_of_scikit_learn) {
    json_t *tree = recorded_json("splits.json"), *one, *expected;
    size_t i, f;
    json_array_foreach(json_object_get(tree, "both"), i, one) {
        double labels[128], unused[128];
        int64_t groups[128], classes[128],
            rows = (int64_t)json_array_size(json_object_get(one, "labels"));
        read_column(json_object_get(one, "labels"), labels, classes);
        read_column(json_object_get(one, "groups"), unused, groups);
        mica_dataset *d = labelled(labels, rows), *train, *test;
        json_array_foreach(json_object_get(one, "tests"), f, expected) {
            ASSERT_OK(mica_dataset_fold(d, (int64_t)f,
                                        MICA_OPTIONS(folds, .folds = WHOLE(one, "folds"),
                                                     .stratify = true, .groups = groups),
                                        &train, &test, &err));
            expect_apart(train, test, rows);
            assert_int_equal(mica_dataset_size(test), json_array_size(expected));
            double *x = numbers_of(test, false);
            for (size_t k = 0; k < json_array_size(expected); k++)
                assert_int_equal(x[k], json_integer_value(json_array_get(expected, k)));
            free(x);
        }
    }
    json_decref(tree);
}

static void expect_rows(const mica_dataset *d, const json_t *expected) {
    double *x = numbers_of((mica_dataset *)d, false);
    assert_int_equal(mica_dataset_size(d), json_array_size(expected));
    for (size_t k = 0; k < json_array_size(expected); k++)
        assert_int_equal(x[k], json_integer_value(json_array_get(expected, k)));
    free(x);
}

/* Halves are two folds; thirds to test and to train on the first two of three. */
TEST(even_splits_by_classes_and_groups_are_folds_of_scikit_learn) {
    json_t *tree = recorded_json("splits.json"), *one;
    size_t i;
    int seen = 0;
    json_array_foreach(json_object_get(tree, "both"), i, one) {
        double labels[128], unused[128];
        int64_t groups[128], classes[128],
            folds = WHOLE(one, "folds"),
            rows = (int64_t)json_array_size(json_object_get(one, "labels"));
        const json_t *tests = json_object_get(one, "tests");
        if (folds > 3) continue;
        read_column(json_object_get(one, "labels"), labels, classes);
        read_column(json_object_get(one, "groups"), unused, groups);
        mica_dataset *d = labelled(labels, rows), *train, *test;
        ASSERT_OK(
            mica_dataset_split(d,
                               MICA_OPTIONS(split, .test_fraction = 1.0 / (double)folds,
                                            .train_fraction = 1.0 / (double)folds, .stratify = true,
                                            .groups = groups, .no_shuffle = true),
                               &train, &test, &err));
        expect_rows(test, json_array_get(tests, 0));
        expect_rows(train, json_array_get(tests, 1));
        seen++;
    }
    assert_int_equal(seen, 2);
    json_decref(tree);
}

/* 40 groups of 10 rows, in half of them 1 of 10 is of class 1, in the others 5 of 10: 30 % in all.
 */
TEST(splits_by_classes_and_groups_reach_the_fractions) {
    static const double fractions[] = {0.1, 0.2, 0.25, 0.3, 0.45};
    double labels[400];
    int64_t groups[400];
    for (int i = 0; i < 400; i++) groups[i] = i / 10, labels[i] = i % 10 < (groups[i] % 2 ? 5 : 1);
    mica_dataset *d = labelled(labels, 400), *train, *test;
    for (size_t k = 0; k < LENGTH(fractions); k++) {
        ASSERT_OK(mica_dataset_split(
            d,
            MICA_OPTIONS(split, .test_fraction = fractions[k], .stratify = true, .groups = groups),
            &train, &test, &err));
        expect_apart(train, test, 400);
        double *y = numbers_of(test, true), *x = numbers_of(test, false), ones = 0;
        int64_t n = mica_dataset_size(test);
        for (int64_t i = 0; i < n; i++) ones += y[i];
        int in_test[40] = {0};
        for (int64_t i = 0; i < n; i++) in_test[groups[(int)x[i]]]++;
        for (int g = 0; g < 40; g++) assert_true(in_test[g] == 0 || in_test[g] == 10);
        assert_true(fabs((double)n / 400 - fractions[k]) <= 0.026);
        assert_true(fabs(ones / (double)n - 0.3) <= 0.05);
        free(x), free(y);
    }
}

TEST(shuffled_folds_keep_sizes_and_shares) {
    double labels[90];
    int64_t groups[90];
    for (int i = 0; i < 90; i++) labels[i] = i < 60 ? 3 : 8, groups[i] = i / 10;
    mica_dataset *d = labelled(labels, 90), *train, *test;
    for (int kind = 0; kind < 3; kind++) {
        int moved = 0, seen[90] = {0};
        for (int f = 0; f < 3; f++) {
            ASSERT_OK(mica_dataset_fold(d, f,
                                        MICA_OPTIONS(folds, .folds = 3, .shuffle = true,
                                                     .stratify = kind == 1,
                                                     .groups = kind == 2 ? groups : NULL),
                                        &train, &test, &err));
            assert_int_equal(mica_dataset_size(test), 30);
            double *x = numbers_of(test, false), *y = numbers_of(test, true);
            int threes = 0, together = 0;
            for (int i = 0; i < 30; i++) {
                seen[(int)x[i]]++, threes += y[i] == 3, moved += (int)x[i] / 30 != f;
                for (int k = 0; k < 30; k++) together += groups[(int)x[i]] == groups[(int)x[k]];
            }
            if (kind == 1) assert_int_equal(threes, 20);
            if (kind == 2) assert_int_equal(together, 300);
            free(x);
            free(y);
        }
        for (int i = 0; i < 90; i++) assert_int_equal(seen[i], 1);
        assert_in_range(moved, 20, 90);
    }
}

TEST(time_folds_are_those_of_scikit_learn) {
    json_t *tree = recorded_json("splits.json"), *one, *expected;
    size_t i, f;
    json_array_foreach(json_object_get(tree, "time"), i, one) {
        double labels[128] = {0};
        const json_t *o = json_object_get(one, "options");
        mica_dataset *d = labelled(labels, WHOLE(one, "rows")), *parts[2];
        json_array_foreach(json_object_get(one, "ranges"), f, expected) {
            ASSERT_OK(mica_dataset_time_fold(
                d, (int64_t)f,
                MICA_OPTIONS(time_folds, .folds = WHOLE(one, "folds"),
                             .test_rows = WHOLE(o, "test_size"), .gap = WHOLE(o, "gap"),
                             .max_train_rows = WHOLE(o, "max_train_size")),
                &parts[0], &parts[1], &err));
            for (size_t p = 0; p < 2; p++) {
                double *x = numbers_of(parts[p], false);
                assert_int_equal(x[0], json_integer_value(json_array_get(expected, 2 * p)));
                assert_int_equal(mica_dataset_size(parts[p]),
                                 json_integer_value(json_array_get(expected, 2 * p + 1)));
                free(x);
            }
        }
    }
    json_decref(tree);
}

TEST(one_hot_rows_and_views_of_views_stratify_too) {
    float y[80] = {0};
    mica_tensor *x = mica_zeros(ctx, MICA_FLOAT32, MICA_SHAPE(20));
    for (int i = 0; i < 20; i++)
        y[4 * i + (i % 5 == 0 ? 3 : 1)] = 1, ((float *)tensor_bytes(x))[i] = (float)i;
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(20, 4), y);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, &t, 1, NULL), *train, *test, *again, *half;
    ASSERT_OK(mica_dataset_split(d, MICA_OPTIONS(split, .test_fraction = 0.5, .stratify = true),
                                 &train, &test, &err));
    ASSERT_OK(mica_dataset_split(test, MICA_OPTIONS(split, .test_fraction = 0.5, .stratify = true),
                                 &half, &again, &err));
    double *a = numbers_of(again, false);
    int fifths = 0;
    assert_int_equal(mica_dataset_size(again), 5);
    for (int i = 0; i < 5; i++) fifths += (int)a[i] % 5 == 0;
    assert_int_equal(fifths, 1);
    free(a);
}

TEST(select_repeats_rows_and_has_a_fingerprint_of_its_own) {
    double labels[4] = {5, 6, 7, 8};
    char whole[65], one[65], other[65];
    mica_dataset *d = labelled(labels, 4), *a, *b;
    ASSERT_OK(mica_dataset_select(d, (int64_t[]){3, 0, 3, 3}, 4, &a, &err));
    ASSERT_OK(mica_dataset_select(d, (int64_t[]){0, 3, 3, 3}, 4, &b, &err));
    double *y = numbers_of(a, true);
    ASSERT_CLOSE(y, ((double[]){8, 5, 8, 8}), 4, 0);
    free(y);
    ASSERT_OK(mica_dataset_fingerprint(d, whole, &err));
    ASSERT_OK(mica_dataset_fingerprint(a, one, &err));
    ASSERT_OK(mica_dataset_fingerprint(b, other, &err));
    assert_string_not_equal(whole, one);
    assert_string_not_equal(one, other);
    ASSERT_FAILS(mica_dataset_select(d, (int64_t[]){0, 4}, 2, &a, &err), MICA_VALUE,
                 "row 4, expected 0 to 3");
    ASSERT_FAILS(mica_dataset_select(d, (int64_t[]){-1}, 1, &a, &err), MICA_VALUE, "row -1");
}

TEST(splits_tell_what_cannot_be) {
    double few[6] = {0, 0, 0, 1, 1, 2}, twos[6] = {0, 0, 1, 1, 2, 2}, odd[3] = {0, NAN, 1};
    mica_dataset *d = labelled(few, 6), *e = labelled(twos, 6), *train, *test;
    int64_t groups[6] = {1, 1, 1, 1, 1, 2};
#define SPLIT_FAILS(data, code, text, ...)                                                         \
    ASSERT_FAILS(mica_dataset_split(data, MICA_OPTIONS(split, __VA_ARGS__), &train, &test, &err),  \
                 code, text)
    SPLIT_FAILS(d, MICA_VALUE, "a class has 1 row only", .test_fraction = 0.5, .stratify = true);
    SPLIT_FAILS(e, MICA_VALUE, "2 to test with, expected at least one for each of 3 classes",
                .test_fraction = 0.25, .stratify = true);
    SPLIT_FAILS(e, MICA_VALUE, "must be shuffled", .stratify = true, .no_shuffle = true);
    int64_t same[6] = {7, 7, 7, 7, 7, 7};
    SPLIT_FAILS(e, MICA_VALUE, "1 groups give 0 rows to test", .stratify = true, .groups = same);
    SPLIT_FAILS(e, MICA_VALUE, "test_fraction is 1, expected", .test_fraction = 1);
    SPLIT_FAILS(e, MICA_VALUE, "6 rows give 1 to test and 0 to train on", .test_fraction = 0.01,
                .train_fraction = 0.01);
    SPLIT_FAILS(labelled(odd, 3), MICA_VALUE, "y in row 1 is nan, expected a class",
                .test_fraction = 0.5, .stratify = true);
#define FOLD_FAILS(fold, text, ...)                                                                \
    ASSERT_FAILS(                                                                                  \
        mica_dataset_fold(e, fold, MICA_OPTIONS(folds, __VA_ARGS__), &train, &test, &err),         \
        MICA_VALUE, text)
    FOLD_FAILS(0, "1 folds, expected at least 2", .folds = 1);
    FOLD_FAILS(0, "7 folds of 6 rows", .folds = 7);
    FOLD_FAILS(3, "fold 3, expected 0 to 2", .folds = 3);
    FOLD_FAILS(0, "3 folds of 2 groups", .folds = 3, .groups = groups);
    FOLD_FAILS(0, "no class has more than 2 rows", .folds = 3, .stratify = true);
    ASSERT_FAILS(mica_dataset_time_fold(e, 0, MICA_OPTIONS(time_folds, .folds = 3, .gap = 3),
                                        &train, &test, &err),
                 MICA_VALUE, "leave nothing of 6 rows to train on");
    ASSERT_FAILS(
        mica_dataset_time_fold(e, 0, MICA_OPTIONS(time_folds, .gap = -1), &train, &test, &err),
        MICA_VALUE, "gap is -1");
    mica_tensor *x = mica_zeros(ctx, MICA_FLOAT32, MICA_SHAPE(4));
    SPLIT_FAILS(mica_dataset_new(ctx, &x, 1, NULL, 0, NULL), MICA_VALUE, "has no targets",
                .stratify = true);
}

RUN_TESTS(IN_CONTEXT(stratified_split_has_the_counts_of_scikit_learn),
          IN_CONTEXT(plain_split_has_the_sizes_of_scikit_learn),
          IN_CONTEXT(equal_remainders_go_by_lot_and_sum_up),
          IN_CONTEXT(split_depends_on_the_seed_alone_and_shuffles),
          IN_CONTEXT(split_without_shuffling_tests_with_the_last_rows),
          IN_CONTEXT(groups_stay_together_in_a_split), IN_CONTEXT(folds_are_those_of_scikit_learn),
          IN_CONTEXT(folds_by_classes_and_groups_are_those_of_scikit_learn),
          IN_CONTEXT(even_splits_by_classes_and_groups_are_folds_of_scikit_learn),
          IN_CONTEXT(splits_by_classes_and_groups_reach_the_fractions),
          IN_CONTEXT(shuffled_folds_keep_sizes_and_shares),
          IN_CONTEXT(time_folds_are_those_of_scikit_learn),
          IN_CONTEXT(one_hot_rows_and_views_of_views_stratify_too),
          IN_CONTEXT(select_repeats_rows_and_has_a_fingerprint_of_its_own),
          IN_CONTEXT(splits_tell_what_cannot_be))
