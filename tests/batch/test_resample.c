/* Resampling, SMOTE and class weights, against imbalanced-learn (tools/record_resample.py). */
#include "mica/prepare.h"

#include "base/context.h"
#include "data/dataset.h"
#include "support/in_context.h"
#include "support/recorded.h"
#include "transform/neighbors.h"

static int64_t whole(const json_t *list, size_t i) {
    return (int64_t)json_integer_value(json_array_get(list, i));
}

static double number(const json_t *list, size_t i) {
    return json_number_value(json_array_get(list, i));
}

/* Rows of class 0, then of class 1 …; x has two numbers a row. */
static mica_dataset *with_counts(const json_t *counts) {
    int64_t rows = 0, at = 0;
    for (size_t c = 0; c < json_array_size(counts); c++) rows += whole(counts, c);
    mica_tensor *x = mica_zeros(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 2)),
                *y = mica_zeros(ctx, MICA_INT32, MICA_SHAPE(rows));
    for (size_t c = 0; c < json_array_size(counts); c++)
        for (int64_t i = 0; i < whole(counts, c); i++, at++) {
            ((int32_t *)tensor_bytes(y))[at] = (int32_t)c;
            ((float *)tensor_bytes(x))[2 * at] = (float)at;
            ((float *)tensor_bytes(x))[2 * at + 1] = (float)(at * at % 17);
        }
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

static double *numbers_of(mica_dataset *d, bool targets, int64_t each) {
    size_t n = (size_t)(mica_dataset_size(d) * each);
    double *out = calloc(n + 1, sizeof *out);
    mica_tensor *t = targets ? mica_dataset_target(d, 0, NULL, mica_dataset_size(d))
                             : mica_dataset_input(d, 0, NULL, mica_dataset_size(d));
    ASSERT_OK(mica_tensor_read(t, MICA_FLOAT64, out, n * sizeof *out, &err));
    return out;
}

TEST(counts_are_those_of_imbalanced_learn) {
    json_t *tree = recorded_json("resample.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "counts"), i, one) {
        const json_t *wanted = json_object_get(one, "wanted"),
                     *result = json_object_get(one, "result");
        int64_t list[8] = {0};
        for (size_t c = 0; c < json_array_size(wanted); c++) list[c] = whole(wanted, c);
        const char *method = json_string_value(json_object_get(one, "method"));
        mica_dataset *d = with_counts(json_object_get(one, "counts")), *out;
        ASSERT_OK(mica_dataset_resample(
            d,
            MICA_OPTIONS(resample, .method = method,
                         .ratio = json_number_value(json_object_get(one, "ratio")), .counts = list,
                         .count_count = (int)json_array_size(wanted)),
            &out, &err));
        double *y = numbers_of(out, true, 1), *x = numbers_of(out, false, 2);
        int64_t found[8] = {0}, n = mica_dataset_size(out);
        for (int64_t r = 0; r < n; r++) found[(int)y[r]]++;
        for (size_t c = 0; c < json_array_size(result); c++)
            if (found[c] != whole(result, c))
                fail_msg("case %zu, class %zu: %lld rows, expected %lld", i, c, (long long)found[c],
                         (long long)whole(result, c));
        bool under = !strcmp(method, "under");
        for (int64_t r = 1; r < n && under; r++) assert_true(x[2 * r] > x[2 * r - 2]);
        for (int64_t r = 0; r < mica_dataset_size(d) && !under; r++)
            assert_int_equal(x[2 * r], r); /* what there was comes first */
        free(x);
        free(y);
    }
    json_decref(tree);
}

TEST(drawn_rows_are_spread_evenly_and_by_the_seed) {
    json_t *counts = json_pack("[i, i]", 10, 4010);
    mica_dataset *out, *again;
    char one[65], two[65];
    ASSERT_OK(mica_dataset_resample(with_counts(counts), NULL, &out, &err));
    ASSERT_OK(mica_dataset_resample(with_counts(counts), NULL, &again, &err));
    ASSERT_OK(mica_dataset_fingerprint(out, one, &err));
    ASSERT_OK(mica_dataset_fingerprint(again, two, &err));
    assert_string_equal(one, two);
    double *x = numbers_of(out, false, 2);
    int times[10] = {0};
    for (int r = 0; r < mica_dataset_size(out); r++)
        if (x[2 * r] < 10) times[(int)x[2 * r]]++;
    for (int i = 0; i < 10; i++) assert_in_range(times[i], 340, 460); /* 401 expected, sd 19 */
    free(x);
    ASSERT_OK(mica_dataset_resample(with_counts(counts),
                                    MICA_OPTIONS(resample, .method = "under",
                                                 .counts = (int64_t[]){30, 0}, .count_count = 2,
                                                 .replacement = true),
                                    &out, &err));
    assert_int_equal(mica_dataset_size(out), 4040);
    json_decref(counts);
}

/* ---- smote ---- */

static mica_dataset *recorded_rows(const json_t *smote) {
    const json_t *rows = json_object_get(smote, "rows");
    int64_t n = (int64_t)json_array_size(rows),
            of = json_integer_value(json_object_get(smote, "of_class"));
    mica_tensor *x = mica_zeros(ctx, MICA_FLOAT64, MICA_SHAPE(n, 3)),
                *y = mica_zeros(ctx, MICA_INT32, MICA_SHAPE(n));
    for (int64_t i = 0; i < n; i++) {
        for (size_t f = 0; f < 3; f++)
            ((double *)tensor_bytes(x))[i * 3 + (int64_t)f] = number(
                json_array_get(rows, (size_t)i), f);
        ((int32_t *)tensor_bytes(y))[i] = i < of;
    }
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

/* Whether p is a + u (b - a) with u in [0, 1]. */
static bool between(const double *p, const double *a, const double *b) {
    double u = 0, length = 0;
    for (int f = 0; f < 3; f++)
        u += (p[f] - a[f]) * (b[f] - a[f]), length += (b[f] - a[f]) * (b[f] - a[f]);
    u /= length;
    if (!(u >= -1e-9 && u <= 1)) return false;
    for (int f = 0; f < 3; f++)
        if (fabs(a[f] + u * (b[f] - a[f]) - p[f]) > 1e-8) return false;
    return true;
}

static bool on_a_segment(const double *p, const double *rows, const json_t *nearest) {
    for (size_t a = 0; a < json_array_size(nearest); a++)
        for (size_t k = 0; k < 5; k++)
            if (between(p, rows + 3 * a, rows + 3 * whole(json_array_get(nearest, a), k)))
                return true;
    return false;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

TEST(smote_makes_rows_on_segments_to_the_recorded_neighbors_with_their_distribution) {
    json_t *tree = recorded_json("resample.json");
    const json_t *smote = json_object_get(tree, "smote"),
                 *nearest = json_object_get(smote, "nearest");
    mica_dataset *out;
    enum { MADE = 40000 };
    ASSERT_OK(
        mica_dataset_resample(recorded_rows(smote),
                              MICA_OPTIONS(resample, .method = "smote",
                                           .counts = (int64_t[]){0, MADE + 40}, .count_count = 2),
                              &out, &err));
    double *x = numbers_of(out, false, 3), *y = numbers_of(out, true, 1), *made = x + 300;
    assert_int_equal(mica_dataset_size(out), MADE + 100);
    for (int i = 0; i < MADE; i++) assert_int_equal(y[100 + i], 1);
    for (int i = 0; i < 500; i++)
        if (!on_a_segment(made + 3 * i, x, nearest)) fail_msg("row %d is on no segment", i);
    for (size_t f = 0; f < 3; f++) {
        double sum = 0, squares = 0, std = number(json_object_get(smote, "std"), f);
        double *column = malloc(MADE * sizeof *column);
        for (int i = 0; i < MADE; i++) sum += column[i] = made[3 * i + (int)f];
        for (int i = 0; i < MADE; i++) squares += pow(column[i] - sum / MADE, 2);
        qsort(column, MADE, sizeof *column, by_value);
        /* two samples of 40,000: means differ by 0.7 % of the deviation once in three times */
        assert_true(fabs(sum / MADE - number(json_object_get(smote, "mean"), f)) < 0.03 * std);
        assert_true(fabs(sqrt(squares / MADE) / std - 1) < 0.03);
        for (size_t q = 0; q < 3; q++) {
            double expected = number(json_array_get(json_object_get(smote, "quartiles"), q), f);
            if (!(fabs(column[MADE / 4 * (q + 1)] - expected) < 0.05 * std))
                fail_msg("quartile %zu of feature %zu: %.9g, expected %.9g", q, f,
                         column[MADE / 4 * (q + 1)], expected);
        }
        free(column);
    }
    free(x);
    free(y);
    json_decref(tree);
}

TEST(nearest_rows_are_those_of_scikit_learn) {
    json_t *tree = recorded_json("resample.json");
    const json_t *smote = json_object_get(tree, "smote"),
                 *nearest = json_object_get(smote, "nearest"),
                 *rows = json_object_get(smote, "rows");
    float columns[120];
    uint32_t which[40], out[200];
    for (size_t i = 0; i < 40; i++) {
        const double middle[3] = {5e4, 5e3, 15e4};
        which[i] = (uint32_t)i;
        for (size_t f = 0; f < 3; f++)
            columns[f * 40 + i] = (float)(number(json_array_get(rows, i), f) - middle[f]);
    }
    ASSERT_OK(nearest_rows(columns, 3, 40, which, 40, 5, out, ctx->team, &err));
    for (size_t i = 0; i < 40; i++)
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(out[5 * i + k], whole(json_array_get(nearest, i), k));
    json_decref(tree);
}

TEST(smote_tells_near_rows_apart_that_are_far_from_zero) {
    double xs[12] = {0, 1, 10, 11, 20, 21, 30, 40, 50, 60, 70, 80}, values[30];
    int32_t ys[12] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
    for (int i = 0; i < 12; i++) xs[i] += 1.6e9; /* seconds since 1970: floats are 128 apart */
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(12), xs),
                *y = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(12), ys);
    mica_dataset *out;
    ASSERT_OK(mica_dataset_resample(mica_dataset_new(ctx, &x, 1, &y, 1, NULL),
                                    MICA_OPTIONS(resample, .method = "smote", .neighbors = 1,
                                                 .counts = (int64_t[]){36}, .count_count = 1),
                                    &out, &err));
    uint32_t made[30];
    for (uint32_t i = 0; i < 30; i++) made[i] = 12 + i;
    ASSERT_OK(out->gather(out, 0, made, 30, MICA_FLOAT64, values, &err));
    for (int i = 0; i < 30; i++) assert_true(fmod(values[i] - 1.6e9, 10) <= 1);
}

TEST(smote_rounds_whole_numbers_and_keeps_weights) {
    uint8_t xs[8] = {0, 10, 20, 30, 200, 210, 220, 230};
    float ys[8] = {1, 1, 0, 0, 0, 0, 0, 0}, ws[8] = {7, 7, 1, 1, 1, 1, 1, 1};
    mica_tensor *x = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(8, 1), xs),
                *y = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(8, 1), ys),
                *w = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(8), ws);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, &y, 1, w), *out;
    ASSERT_OK(mica_dataset_resample(d, MICA_OPTIONS(resample, .method = "smote", .neighbors = 1),
                                    &out, &err));
    assert_int_equal(mica_dataset_size(out), 12);
    uint32_t made[5] = {8, 1, 9, 10, 11};
    float values[5], weights[5];
    ASSERT_OK(out->gather(out, 0, made, 5, MICA_FLOAT32, values, &err));
    ASSERT_OK(out->gather(out, 2, made, 5, MICA_FLOAT32, weights, &err));
    ASSERT_CLOSE(weights, ((float[]){7, 7, 7, 7, 7}), 5, 0);
    assert_int_equal(values[1], 10);
    bool inside = false;
    for (int i = 0; i < 5; i++) {
        assert_true(values[i] >= 0 && values[i] <= 10 && values[i] == floorf(values[i]));
        inside |= values[i] > 0 && values[i] < 10;
    }
    assert_true(inside);
}

/* ---- class weights ---- */

TEST(class_weights_are_those_of_scikit_learn) {
    json_t *tree = recorded_json("resample.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "weights"), i, one) {
        const json_t *labels = json_object_get(one, "labels"),
                     *classes = json_object_get(one, "classes");
        int64_t n = (int64_t)json_array_size(labels);
        mica_tensor *y = mica_zeros(ctx, MICA_INT64, MICA_SHAPE(n));
        for (int64_t r = 0; r < n; r++) ((int64_t *)tensor_bytes(y))[r] = whole(labels, (size_t)r);
        double weights[4], expected[4] = {1, 1, 1, 1};
        for (size_t c = 0; c < json_array_size(classes); c++)
            expected[whole(classes, c)] = number(json_object_get(one, "weights"), c);
        mica_dataset *d = mica_dataset_new(ctx, &y, 1, &y, 1, NULL);
        ASSERT_OK(mica_dataset_class_weights(d, weights, 4, &err));
        ASSERT_CLOSE(weights, expected, 4, 1e-15);
    }
    json_decref(tree);
}

TEST(resampling_tells_what_cannot_be) {
    json_t *two = json_pack("[i, i]", 4, 10), *three = json_pack("[i, i, i]", 4, 10, 7);
    mica_dataset *d = with_counts(two), *e = with_counts(three), *out;
#define RESAMPLE_FAILS(data, text, ...)                                                            \
    ASSERT_FAILS(mica_dataset_resample(data, MICA_OPTIONS(resample, __VA_ARGS__), &out, &err),     \
                 MICA_VALUE, text)
    ASSERT_FAILS(mica_dataset_resample(d, MICA_OPTIONS(resample, .method = "ove"), &out, &err),
                 MICA_NAME, "unknown method 'ove' (did you mean 'over'?)");
    RESAMPLE_FAILS(e, "ratio with 3 classes, expected 2", .ratio = 0.5);
    RESAMPLE_FAILS(d, "ratio is 2", .ratio = 2);
    RESAMPLE_FAILS(d, "3 rows of class 0 wanted of 4; 'over' makes them more", .ratio = 0.3);
    RESAMPLE_FAILS(d, "40 rows of class 1 wanted of 10; 'under' makes them fewer", .ratio = 0.1,
                   .method = "under");
    RESAMPLE_FAILS(d, "9 rows of class 2 wanted, but none is there", .counts = (int64_t[]){0, 0, 9},
                   .count_count = 3);
    RESAMPLE_FAILS(d, "-1 rows of class 0 wanted, expected at least 0", .counts = (int64_t[]){-1},
                   .count_count = 1);
    RESAMPLE_FAILS(d, "class 0 has 4 rows, expected more than the 5 neighbors", .method = "smote");
    RESAMPLE_FAILS(d, "counts is NULL", .count_count = 1);
    double weights[1];
    ASSERT_FAILS(mica_dataset_class_weights(d, weights, 1, &err), MICA_VALUE,
                 "a class is 1, expected whole numbers from 0 to 0");
    json_decref(two);
    json_decref(three);
}

RUN_TESTS(
    IN_CONTEXT(counts_are_those_of_imbalanced_learn),
    IN_CONTEXT(drawn_rows_are_spread_evenly_and_by_the_seed),
    IN_CONTEXT(smote_makes_rows_on_segments_to_the_recorded_neighbors_with_their_distribution),
    IN_CONTEXT(nearest_rows_are_those_of_scikit_learn),
    IN_CONTEXT(smote_tells_near_rows_apart_that_are_far_from_zero),
    IN_CONTEXT(smote_rounds_whole_numbers_and_keeps_weights),
    IN_CONTEXT(class_weights_are_those_of_scikit_learn),
    IN_CONTEXT(resampling_tells_what_cannot_be))
