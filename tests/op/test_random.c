/* Random ops: distributions (fixed seeds), purity in key and counter, dropout and its gradient. */
#include "op/random.h"
#include "recorded.h"

#define N 40000
/* Kolmogorov and Smirnov: the greatest distance of N draws exceeds this once in 1000 times. */
#define FAR (1.95 / 200)

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean, standard deviation, and the greatest distance to a distribution function. */
static void check_draws(mica_tensor *t, double mean, double stddev, double (*cdf)(double)) {
    static double x[N];
    mica_error err = {0};
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_tensor_read(t, MICA_FLOAT64, x, sizeof x, &err));
    double sum = 0, squares = 0, far = 0;
    for (int i = 0; i < N; i++) sum += x[i], squares += x[i] * x[i];
    double found = sum / N, deviation = sqrt(squares / N - found * found);
    assert_true(fabs(found - mean) < 4 * stddev / sqrt(N));
    assert_true(fabs(deviation - stddev) < 0.02 * stddev);
    qsort(x, N, sizeof *x, by_value);
    for (int i = 0; i < N; i++) far = fmax(far, fabs(cdf(x[i]) - (i + 0.5) / N));
    if (far > FAR) fail_msg("distance %g, expected at most %g", far, FAR);
}

static double uniform_cdf(double x) { return (x + 1) / 4; }
static double normal_cdf(double x) { return 0.5 * erfc(-(x - 2) / 3 / sqrt(2)); }

TEST(random_uniform_is_uniform) {
    check_draws(mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(200, 200), -1, 3), 1,
                4 / sqrt(12), uniform_cdf);
    check_draws(mica_random_uniform(ctx, MICA_FLOAT64, MICA_SHAPE(N), -1, 3), 1, 4 / sqrt(12),
                uniform_cdf);
}

TEST(random_normal_is_normal) {
    check_draws(mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(N), 2, 3), 2, 3, normal_cdf);
}

TEST(random_uniform_stays_below_high_in_every_type) {
    static const mica_dtype types[] = {MICA_FLOAT16, MICA_BFLOAT16, MICA_FLOAT32};
    double x[4096];
    mica_error err = {0};
    for (size_t k = 0; k < LENGTH(types); k++) {
        mica_tensor *t = mica_random_uniform(ctx, types[k], MICA_SHAPE(4096), 0, 1);
        ASSERT_OK(mica_tensor_read(t, MICA_FLOAT64, x, sizeof x, &err));
        for (int i = 0; i < 4096; i++) assert_true(x[i] >= 0 && x[i] < 1);
    }
}

TEST(random_integers_reach_every_value_but_high) {
    int counts[7] = {0};
    int32_t x[7000];
    mica_error err = {0};
    mica_tensor *t = mica_random_uniform(ctx, MICA_INT32, MICA_SHAPE(7000), -3, 4);
    ASSERT_OK(mica_tensor_read(t, MICA_INT32, x, sizeof x, &err));
    for (int i = 0; i < 7000; i++) {
        assert_in_range(x[i] + 3, 0, 6);
        counts[x[i] + 3]++;
    }
    for (int i = 0; i < 7; i++) assert_true(abs(counts[i] - 1000) < 150);
}

TEST(random_calls_differ_and_a_context_of_the_same_seed_repeats_them) {
    mica_context *twins[2];
    float first[2][8], second[2][8];
    mica_error err = {0};
    for (int i = 0; i < 2; i++) {
        twins[i] = mica_open(
            MICA_OPTIONS(context, .backend = "reference", .threads = 1, .seed = 9));
        mica_tensor *a = mica_random_normal(twins[i], MICA_FLOAT32, MICA_SHAPE(8), 0, 1);
        mica_tensor *b = mica_random_normal(twins[i], MICA_FLOAT32, MICA_SHAPE(8), 0, 1);
        ASSERT_OK(mica_tensor_read(a, MICA_FLOAT32, first[i], sizeof first[i], &err));
        ASSERT_OK(mica_tensor_read(b, MICA_FLOAT32, second[i], sizeof second[i], &err));
        mica_close(&twins[i]);
    }
    assert_memory_equal(first[0], first[1], sizeof first[0]);
    assert_memory_equal(second[0], second[1], sizeof second[0]);
    assert_memory_not_equal(first[0], second[0], sizeof first[0]);
}

static mica_tensor *counter(double value) { return mica_scalar(ctx, MICA_INT64, value); }

TEST(dropout_keeps_the_mean_and_depends_on_key_and_counter) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(N), 1);
    const float *a = mica_tensor_data(mica_dropout(x, counter(3), 0.25, 1));
    const float *same = mica_tensor_data(mica_dropout(x, counter(3), 0.25, 1));
    const float *later = mica_tensor_data(mica_dropout(x, counter(4), 0.25, 1));
    const float *other = mica_tensor_data(mica_dropout(x, counter(3), 0.25, 2));
    int kept = 0, differs_later = 0, differs_other = 0;
    for (int i = 0; i < N; i++) {
        assert_true(a[i] == 0 || fabsf(a[i] - 1 / 0.75f) < 1e-6f);
        kept += a[i] != 0;
        differs_later += a[i] != later[i];
        differs_other += a[i] != other[i];
    }
    assert_true(abs(kept - 3 * N / 4) < 4 * 87); /* 87: the standard deviation */
    assert_memory_equal(a, same, N * sizeof *a);
    assert_true(abs(differs_later - 3 * N / 8) < 600);
    assert_true(abs(differs_other - 3 * N / 8) < 600);
}

TEST(dropout_gradient_has_the_same_mask) {
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(100), 1), *dx;
    mica_tape_watch(tape, x);
    mica_tensor *y = mica_dropout(x, counter(8), 0.5, 7);
    mica_tape_gradient(tape, y, &x, 1, &dx);
    assert_memory_equal(mica_tensor_data(dx), mica_tensor_data(y), 100 * sizeof(float));
    mica_tape_close(&tape);
}

TEST(random_ops_name_what_does_not_fit) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4), 1);
    ASSERT_POISON(mica_dropout(x, counter(0), 1, 0), MICA_VALUE,
                  "dropout: rate 1, expected 0 <= rate < 1");
    ASSERT_POISON(mica_dropout(x, x, 0.5, 0), MICA_TYPE,
                  "dropout: counter is float32 (4,), expected an int64 scalar");
    ASSERT_POISON(mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(2), 1, 0), MICA_VALUE,
                  "random_uniform: 1 to 0, expected low <= high");
    ASSERT_POISON(mica_random_normal(ctx, MICA_INT32, MICA_SHAPE(2), 0, 1), MICA_TYPE,
                  "random_normal: int32, expected a floating type");
    ASSERT_POISON(mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(-1), 0, 1), MICA_SHAPE,
                  "random_normal: axis 0 has extent -1");
}

RUN_WITH_CONTEXT(UNIT(random_uniform_is_uniform), UNIT(random_normal_is_normal),
                 UNIT(random_uniform_stays_below_high_in_every_type),
                 UNIT(random_integers_reach_every_value_but_high),
                 UNIT(random_calls_differ_and_a_context_of_the_same_seed_repeats_them),
                 UNIT(dropout_keeps_the_mean_and_depends_on_key_and_counter),
                 UNIT(dropout_gradient_has_the_same_mask), UNIT(random_ops_name_what_does_not_fit))
