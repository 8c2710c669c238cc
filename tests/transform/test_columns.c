/* Columns: scalers, filling, outliers, bins, duplicates, parts of dates, against scikit-learn and
 * pandas (tools/record_columns.py). */
#include "base/fields.h"
#include "data/clean_learn.h"
#include "support/in_context.h"
#include "support/recorded.h"
#include "table/edit.h"
#include "transform/clean.h"
#include "transform/encode.h"
#include "transform/scale.h"

#define MOST 4096

static double number(const json_t *list, size_t i) {
    const json_t *item = json_array_get(list, i);
    return json_is_null(item) ? NAN : json_number_value(item);
}

/* A list, or a list of lists; how many numbers. */
static size_t read_numbers(const json_t *list, double *out) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_array(json_array_get(list, i)))
            n += read_numbers(json_array_get(list, i), out + n);
        else out[n++] = number(list, i);
    assert_true(n <= MOST);
    return n;
}

static int place(const char *const *names, const char *name) {
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], name)) return i;
    fail_msg("no %s", name);
    return -1;
}

static const char *const scale_names[] = SCALE_METHODS,
                         *const fill_names[] = {"mean", "median", "most_frequent"},
                         *const bin_names[] = BIN_METHODS, *const keep_names[] = KEEP_NAMES,
                         *const part_names[] = DATE_PARTS,
                         *const outlier_names[] = {"z_score", "iqr"};

static scale_settings settings_of(const json_t *one) {
    const json_t *o = json_object_get(one, "options"), *value;
    scale_settings s = {.high = 1, .from = 0.25, .to = 0.75};
    s.method = place(scale_names, json_string_value(json_object_get(one, "method")));
    s.no_center = json_is_true(json_object_get(o, "no_center"));
    s.no_scale = json_is_true(json_object_get(o, "no_scale"));
    if ((value = json_object_get(o, "low"))) s.low = json_number_value(value);
    if ((value = json_object_get(o, "high"))) s.high = json_number_value(value);
    if ((value = json_object_get(o, "from"))) s.from = json_number_value(value);
    if ((value = json_object_get(o, "to"))) s.to = json_number_value(value);
    return s;
}

/* The recorded strided, row by row or column by column. */
static strided matrix_of(const json_t *tree, double *room, bool by_column) {
    const json_t *rows = json_object_get(tree, "matrix");
    int64_t n = (int64_t)json_array_size(rows),
            m = (int64_t)json_array_size(json_array_get(rows, 0));
    strided x = {room, n, m, by_column ? 1 : m, by_column ? n : 1};
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            room[i * x.row_stride + j * x.column_stride] = number(json_array_get(rows, (size_t)i),
                                                                  (size_t)j);
    return x;
}

TEST(scalers_are_those_of_scikit_learn_and_are_undone) {
    json_t *tree = recorded_json("columns.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "scalers"), i, one) {
        for (int by_column = 0; by_column < 2; by_column++) {
            double room[MOST], was[MOST], expected[MOST];
            scale_settings s = settings_of(one);
            strided x = matrix_of(tree, room, by_column);
            size_t n = read_numbers(json_object_get(one, "result"), expected);
            scaler of[8];
            memcpy(was, room, sizeof was);
            ASSERT_OK(scale_fit(&s, &x, of, &err));
            assert_memory_equal(room, was, n * sizeof *was);
            scale_apply(of, &x);
            for (int64_t r = 0; r < x.rows; r++)
                for (int64_t c = 0; c < x.columns; c++)
                    ASSERT_CLOSE(&room[r * x.row_stride + c * x.column_stride],
                                 &expected[r * x.columns + c], 1, 1e-9);
        }
    }
    json_decref(tree);
}

/* Rows of m in blocks. */
static void fit_in_blocks(const scale_settings *s, const strided *m, int64_t block, scaler *out) {
    column_sums sums[8] = {0};
    double room[4 * 8];
    for (int64_t first = 0; first < m->rows; first += block)
        sums_add(s->method, sums, m->at + first * m->columns,
                 m->rows - first < block ? m->rows - first : block, m->columns, room);
    ASSERT_OK(scale_of_sums(s, sums, m->columns, out, &err));
}

TEST(scalers_are_the_same_of_rows_in_blocks) {
    json_t *tree = recorded_json("columns.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "scalers"), i, one) {
        double room[MOST];
        scale_settings s = settings_of(one);
        strided x = matrix_of(tree, room, 0);
        if (s.method == SCALE_ROBUST) continue;
        for (int64_t block = 1; block <= x.rows; block += 3) {
            scaler of[8], blocks[8];
            ASSERT_OK(scale_fit(&s, &x, of, &err));
            fit_in_blocks(&s, &x, block, blocks);
            ASSERT_CLOSE(&blocks[0].center, &of[0].center, (size_t)(3 * x.columns), 1e-9);
        }
    }
    json_decref(tree);
    column_sums none = {0};
    scaler of;
    double nan = NAN, room4[4];
    sums_add(SCALE_STANDARD, &none, &nan, 1, 1, room4);
    ASSERT_FAILS(scale_of_sums(&(scale_settings){SCALE_STANDARD}, &none, 1, &of, &err), MICA_VALUE,
                 "column 0 has no number");
}

TEST(standard_scaler_takes_rounding_for_no_deviation_and_keeps_small_ones) {
    double x[2000];
    strided m = {x, 1000, 2, 2, 1};
    for (int i = 0; i < 1000; i++) x[2 * i] = 0.1, x[2 * i + 1] = 1e9 + (i % 2) * 1e-3;
    scaler of[2];
    ASSERT_OK(scale_fit(&(scale_settings){SCALE_STANDARD}, &m, of, &err));
    assert_true(of[0].scale == 1);
    assert_true(fabs(of[1].scale / 5e-4 - 1) < 1e-3);
    fit_in_blocks(&(scale_settings){SCALE_STANDARD}, &m, 300, of);
    assert_true(of[0].scale == 1);
    assert_true(fabs(of[1].scale / 5e-4 - 1) < 1e-3);
    for (int i = 0; i < 1000; i++) x[2 * i + 1] = 1e9 + (i % 2) * 1e-4; /* scikit-learn: 1 */
    ASSERT_OK(scale_fit(&(scale_settings){SCALE_STANDARD}, &m, of, &err));
    assert_true(of[1].scale == 1);
}

TEST(a_column_without_numbers_is_told) {
    double x[4] = {1, NAN, 2, NAN};
    scaler of[2];
    strided m = {x, 2, 2, 2, 1};
    for (int method = 0; method < 4; method++)
        ASSERT_FAILS(scale_fit(&(scale_settings){method, .high = 1}, &m, of, &err), MICA_VALUE,
                     "column 1 has no number");
    ASSERT_FAILS(bin_edges(BINS_UNIFORM, 2, x + 1, 2, 2, x, &m.rows, &err), MICA_VALUE,
                 "no number");
    ASSERT_FAILS(bin_edges(BINS_UNIFORM, 0, x, 2, 2, x, &m.rows, &err), MICA_VALUE, "at least 1");
}

/* Of three rows at a time, with at most two different values held. */
static learner learned(lesson what, const double *x, int64_t rows, int64_t stride) {
    learner l = {.what = what, .most = 2};
    while (!l.known) {
        for (int64_t at = 0; at < rows; at += 3) {
            mica_table *t = table_new(1);
            t->rows = rows - at < 3 ? rows - at : 3;
            double *cells = column_room(MICA_COLUMN_NUMBER, 3);
            for (int64_t i = 0; i < t->rows; i++) cells[i] = x[(at + i) * stride];
            assert_true(table_set_name(t, 0, "x", 1));
            column_set(t, 0, MICA_COLUMN_NUMBER, cells);
            ASSERT_OK(learner_look(&l, t, 0, &err));
            mica_table_destroy(&t);
        }
        ASSERT_OK(learner_turn(&l, false, &err));
    }
    return l;
}

static double fill_of(int method, const double *x, int64_t rows, int64_t stride) {
    static const lesson lessons[] = {LEARN_MOMENTS, LEARN_QUARTILES, LEARN_FREQUENT};
    learner l = learned(lessons[method], x, rows, stride);
    double value = method == 0 ? l.moments.mean : method == 1 ? l.quartile[1] : l.value;
    learner_free(&l);
    return value;
}

TEST(missing_numbers_are_filled_as_scikit_learn_does) {
    json_t *tree = recorded_json("columns.json");
    const json_t *fills = json_object_get(tree, "fills");
    double room[MOST], expected[MOST];
    strided x = matrix_of(tree, room, false);
    for (int method = 0; method < 3; method++) {
        read_numbers(json_object_get(fills, fill_names[method]), expected);
        for (int64_t c = 0; c < x.columns; c++) {
            double value = fill_of(method, room + c, x.rows, x.row_stride);
            ASSERT_CLOSE(&value, expected + c, 1, 1e-12);
        }
    }
    assert_true(isnan(room[0]));
    assert_true(fill_missing(room, x.rows, x.row_stride, -3) > 0);
    assert_int_equal(fill_missing(room, x.rows, x.row_stride, -3), 0);
    assert_true(room[0] == -3);
    json_decref(tree);
}

TEST(missing_codes_are_filled) {
    int32_t x[] = {-1, 2, -1, 1};
    assert_int_equal(fill_missing_codes(x, 4, 1, 7), 2);
    assert_memory_equal(x, ((int32_t[]){7, 2, 7, 1}), sizeof x);
}

TEST(outliers_lie_beyond_the_limits_of_pandas) {
    json_t *tree = recorded_json("columns.json");
    const json_t *limits = json_object_get(tree, "limits");
    double room[MOST];
    strided x = matrix_of(tree, room, false);
    for (int method = 0; method < 2; method++) {
        const json_t *expected = json_object_get(limits, outlier_names[method]);
        for (int64_t c = 0; c < x.columns; c++) {
            double found[2], wanted[2];
            bool outside[64];
            read_numbers(json_array_get(expected, (size_t)c), wanted);
            learner l = learned(method ? LEARN_QUARTILES : LEARN_MOMENTS, room + c, x.rows, 6);
            if (method == 0) outliers_by_deviation(&l.moments, 2, &found[0], &found[1]);
            else outliers_by_quartiles(l.quartile[0], l.quartile[2], 1.5, &found[0], &found[1]);
            learner_free(&l);
            ASSERT_CLOSE(found, wanted, 2, 1e-12);
            if (method == 0) continue;
            int64_t count = json_integer_value(
                json_array_get(json_object_get(limits, "outside"), (size_t)c));
            memset(outside, 0, sizeof outside);
            assert_int_equal(mark_outside(room + c, x.rows, 6, found[0], found[1], outside), count);
            int64_t marked = 0;
            for (int64_t i = 0; i < x.rows; i++) marked += outside[i];
            assert_int_equal(marked, count);
        }
    }
    double y[] = {NAN, -5, 0, 7};
    assert_int_equal(clip_to(y, 4, 1, -1, 2), 2);
    ASSERT_CLOSE(y, ((double[]){NAN, -1, 0, 2}), 4, 0);
    json_decref(tree);
}

TEST(bins_are_those_of_scikit_learn) {
    json_t *tree = recorded_json("columns.json"), *one;
    double x[MOST], edges[32], expected[MOST];
    int32_t codes[MOST];
    int64_t rows = (int64_t)read_numbers(json_object_get(tree, "binned"), x), count;
    size_t i;
    json_array_foreach(json_object_get(tree, "bins"), i, one) {
        int64_t bins = json_integer_value(json_object_get(one, "bins"));
        int method = place(bin_names, json_string_value(json_object_get(one, "method")));
        ASSERT_OK(bin_edges(method, bins, x, rows, 1, edges, &count, &err));
        size_t n = read_numbers(json_object_get(one, "edges"), expected);
        assert_int_equal(count + 1, n);
        ASSERT_CLOSE(edges, expected, n, 1e-12);
        bin_codes(edges, count, x, rows, 1, codes);
        read_numbers(json_object_get(one, "codes"), expected);
        ASSERT_CLOSE(codes, expected, rows, 0);
    }
    ASSERT_OK(bin_edges(BINS_QUANTILE, 3, (double[]){4, NAN, 4}, 3, 1, edges, &count, &err));
    bin_codes(edges, count, (double[]){4, NAN, 9, -9}, 4, 1, codes);
    assert_memory_equal(codes, ((int32_t[]){0, -1, 0, 0}), 16);
    json_decref(tree);
}

TEST(duplicates_are_those_of_pandas) {
    json_t *tree = recorded_json("columns.json");
    const json_t *recorded = json_object_get(tree, "duplicates");
    double values[3][64], expected[64];
    int32_t first[64];
    int64_t second[64], count, rows = 50;
    bool again[64];
    for (size_t c = 0; c < 3; c++)
        read_numbers(json_array_get(json_object_get(recorded, "columns"), c), values[c]);
    for (int i = 0; i < rows; i++)
        first[i] = (int32_t)values[0][i], second[i] = (int64_t)values[1][i];
    const cells columns[] = {{first, 4, 4, false}, {second, 8, 8, false}, {values[2], 8, 8, true}};
    for (int keep = 0; keep < 3; keep++) {
        read_numbers(json_object_get(json_object_get(recorded, "keep"), keep_names[keep]),
                     expected);
        ASSERT_OK(mark_duplicates(columns, 3, rows, keep, again, &count, &err));
        ASSERT_CLOSE(again, expected, rows, 0);
        int64_t marked = 0;
        for (int i = 0; i < rows; i++) marked += again[i];
        assert_int_equal(marked, count);
    }
    json_decref(tree);
}

TEST(parts_of_dates_are_those_of_pandas) {
    json_t *tree = recorded_json("columns.json");
    const json_t *recorded = json_object_get(tree, "dates"),
                 *stamps = json_object_get(recorded, "microseconds");
    int64_t x[MOST], rows = (int64_t)json_array_size(stamps);
    double out[2 * MOST], expected[MOST];
    for (int64_t i = 0; i < rows; i++)
        x[i] = (int64_t)json_integer_value(json_array_get(stamps, (size_t)i));
    for (int part = 0; part_names[part]; part++) {
        read_numbers(json_object_get(json_object_get(recorded, "parts"), part_names[part]),
                     expected);
        date_parts(part, x, rows, 1, out, 2);
        for (int64_t i = 0; i < rows; i++)
            if (out[2 * i] != expected[i])
                fail_msg("%s of %lld: %g, expected %g", part_names[part], (long long)x[i],
                         out[2 * i], expected[i]);
    }
    date_parts(DATE_YEAR, (int64_t[]){INT64_MIN}, 1, 1, out, 1);
    assert_true(isnan(out[0]));
    json_decref(tree);
}

TEST(codes_become_ones_among_zeros_and_numbers) {
    const int32_t codes[] = {1, -1, 0, 3};
    float hot[12];
    double numbers[4];
    one_hot(codes, 4, 1, 3, hot);
    ASSERT_CLOSE(hot, ((float[]){0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}), 12, 0);
    ordinal(codes, 4, 1, numbers, 1);
    ASSERT_CLOSE(numbers, ((double[]){1, NAN, 0, 3}), 4, 0);
}

TEST(quantiles_of_hard_orders_are_right) {
    double x[1001], q[5] = {0, 0.25, 0.5, 0.999, 1};
    for (int order = 0; order < 4; order++)
        for (int k = 0; k < 5; k++) {
            for (int i = 0; i < 1001; i++)
                x[i] = order == 0   ? i
                       : order == 1 ? 1000 - i
                       : order == 2 ? i % 2
                                    : (i * 379) % 1001;
            double expected = order == 2 ? q[k] > 0.5 : q[k] * 1000;
            double found = quantile_of(x, 1001, q[k]);
            if (fabs(found - expected) > 1e-9 && !(order == 2 && k == 2))
                fail_msg("order %d: %g-quantile is %g, expected %g", order, q[k], found, expected);
        }
    x[0] = INFINITY, x[1] = INFINITY;
    assert_true(quantile_of(x, 2, 0.5) == INFINITY);
}

/* An order in which the middle of three is always almost the least of what is left: the values are
 * chosen as they are compared. Source: McIlroy, A Killer Adversary for Quicksort (1999). */
typedef struct killer {
    double *value;
    double solid, gas; /* values that are decided; that of those that are not */
    int candidate;
} killer;

static bool less(killer *k, int a, int b) {
    if (a != b && k->value[a] == k->gas && k->value[b] == k->gas)
        k->value[a == k->candidate ? a : b] = k->solid++;
    if (k->value[a] == k->gas) k->candidate = a;
    else if (k->value[b] == k->gas) k->candidate = b;
    return k->value[a] < k->value[b];
}

static int middle(killer *k, int a, int b, int c) {
    int low = less(k, b, a) ? b : a, high = low == a ? b : a;
    int under = less(k, c, high) ? c : high;
    return less(k, under, low) ? low : under;
}

static void make_killer(double *value, int n) {
    killer k = {value, 0, n, 0};
    int *x = malloc(sizeof *x * (size_t)n), low = 0, high = n - 1;
    for (int i = 0; i < n; i++) value[i] = k.gas, x[i] = i;
    while (low < high) {
        int pivot = middle(&k, x[low], x[low + (high - low) / 2], x[high]), i = low, j = high;
        while (i <= j) {
            while (x[i] != pivot && less(&k, x[i], pivot)) i++;
            while (x[j] != pivot && less(&k, pivot, x[j])) j--;
            if (i > j) break;
            int swap = x[i];
            x[i++] = x[j];
            x[j--] = swap;
        }
        if (n - 1 <= j) high = j;
        else low = i;
    }
    free(x);
}

TEST(quantiles_of_an_order_made_against_them_are_right) {
    enum { MANY = 1 << 21, FEW = 20000 };
    double *x = malloc(sizeof *x * MANY), *sorted = malloc(sizeof *x * FEW),
           *hard = malloc(sizeof *x * FEW);
    make_killer(hard, FEW);
    memcpy(sorted, hard, sizeof *x * FEW);
    ASSERT_OK(sort_reals(sorted, FEW, &err));
    for (int k = 0; k <= 100; k++) {
        memcpy(x, hard, sizeof *x * FEW);
        double q = k / 100.0, wanted = quantile_of_sorted(sorted, FEW, q);
        double found = quantile_of(x, FEW, q);
        if (found != wanted) fail_msg("%g-quantile is %g, expected %g", q, found, wanted);
    }
    for (int i = 0; i < MANY; i++) x[i] = i < MANY / 2 ? i * 2 + 1 : (MANY - 1 - i) * 2;
    assert_true(quantile_of(x, MANY, 1) == MANY - 1);
    assert_true(quantile_of(x, MANY, 0.5) == (MANY - 1) / 2.0);
    free(x), free(sorted), free(hard);
}

RUN_TESTS(IN_CONTEXT(scalers_are_the_same_of_rows_in_blocks),
          IN_CONTEXT(scalers_are_those_of_scikit_learn_and_are_undone),
          IN_CONTEXT(standard_scaler_takes_rounding_for_no_deviation_and_keeps_small_ones),
          IN_CONTEXT(a_column_without_numbers_is_told),
          IN_CONTEXT(missing_numbers_are_filled_as_scikit_learn_does),
          IN_CONTEXT(missing_codes_are_filled),
          IN_CONTEXT(outliers_lie_beyond_the_limits_of_pandas),
          IN_CONTEXT(bins_are_those_of_scikit_learn), IN_CONTEXT(duplicates_are_those_of_pandas),
          IN_CONTEXT(parts_of_dates_are_those_of_pandas),
          IN_CONTEXT(codes_become_ones_among_zeros_and_numbers),
          IN_CONTEXT(quantiles_of_hard_orders_are_right),
          IN_CONTEXT(quantiles_of_an_order_made_against_them_are_right))
