/* Initializers: fans, ranges and moments as Keras defines them; the same for the same key. */
#include "mica/initializers.h"
#include "part/initializer.h"
#include "support/in_context.h"

typedef struct moments {
    double mean, variance, least, most;
} moments;

static moments moments_of(const char *config, shape s) {
    mica_tensor *t;
    ASSERT_OK(initialize(ctx, config, 17, MICA_FLOAT32, &s, &t, &err));
    int64_t n = mica_tensor_size(t);
    const float *x = mica_tensor_data(t);
    moments m = {0, 0, x[0], x[0]};
    for (int64_t i = 0; i < n; i++) {
        m.mean += (double)x[i] / (double)n;
        m.least = fmin(m.least, (double)x[i]);
        m.most = fmax(m.most, (double)x[i]);
    }
    for (int64_t i = 0; i < n; i++)
        m.variance += ((double)x[i] - m.mean) * ((double)x[i] - m.mean) / (double)n;
    return m;
}

/* 20,000 draws: the mean within 5 of its standard errors, the variance within 5 %. */
static void expect(const char *config, shape s, double variance, double bound) {
    moments m = moments_of(config, s);
    double error = 5 * sqrt(variance / (double)shape_size(&s));
    if (fabs(m.mean) > error) fail_msg("%s: mean %g", config, m.mean);
    if (fabs(m.variance / variance - 1) > 0.05)
        fail_msg("%s: variance %g, expected %g", config, m.variance, variance);
    if (m.least < -bound || m.most > bound || m.most < 0.9 * bound)
        fail_msg("%s: values from %g to %g, expected %g", config, m.least, m.most, bound);
}

#define TRUNCATED 0.87962566103423978 /* stddev of a normal cut at 2 */

TEST(variances_follow_the_fans) {
    shape s = MICA_SHAPE(100, 200), kernel = MICA_SHAPE(5, 4, 10, 100);
    double in = 100, mean = 150, kernel_mean = 20 * 55;
    expect("glorot_uniform", s, 1 / mean, sqrt(3 / mean));
    expect("GlorotUniform", kernel, 1 / kernel_mean, sqrt(3 / kernel_mean));
    expect("glorot_normal", s, 1 / mean, 2 * sqrt(1 / mean) / TRUNCATED);
    expect("he_uniform", s, 2 / in, sqrt(6 / in));
    expect("he_normal", s, 2 / in, 2 * sqrt(2 / in) / TRUNCATED);
    expect("lecun_uniform", s, 1 / in, sqrt(3 / in));
    expect("lecun_normal", s, 1 / in, 2 * sqrt(1 / in) / TRUNCATED);
    expect(
        "{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 3.0, \"mode\": \"fan_out\", "
        "\"distribution\": \"uniform\"}}",
        s, 3.0 / 200, sqrt(9.0 / 200));
    expect("truncated_normal", s, 0.0025 * TRUNCATED * TRUNCATED, 0.1);
    expect("random_uniform", s, 0.1 * 0.1 / 12, 0.05);
}

TEST(normal_values_have_mean_and_stddev) {
    moments m = moments_of(mica_initializer_random_normal(ctx, 3, 0.5), MICA_SHAPE(20000));
    assert_true(fabs(m.mean - 3) < 0.02 && fabs(m.variance - 0.25) < 0.0125);
    assert_true(m.most > 4.5); /* not cut at 2 stddev */
}

TEST(constants_are_constant) {
    shape s = MICA_SHAPE(1500);
    moments zero = moments_of("zeros", s), one = moments_of("Ones", s);
    moments c = moments_of(mica_initializer_constant(ctx, -0.25), s);
    assert_true(zero.least == 0 && zero.most == 0);
    assert_true(one.least == 1 && one.most == 1);
    assert_true(c.least == -0.25 && c.most == -0.25);
}

TEST(fans_are_those_of_keras) {
    static const struct {
        shape s;
        double in, out;
    } cases[] = {
        {{0, {0}}, 1, 1}, {{1, {7}}, 7, 7}, {{2, {3, 5}}, 3, 5}, {{4, {3, 3, 8, 16}}, 72, 144}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        double in, out;
        fans_of(&cases[i].s, &in, &out);
        assert_true(in == cases[i].in && out == cases[i].out);
    }
}

/* The largest difference between the products of the columns (or rows) of m (n, k) and gain^2 I. */
static double far_from_orthonormal(const float *m, int64_t n, int64_t k, bool rows, double gain) {
    double worst = 0;
    int64_t count = rows ? n : k, length = rows ? k : n;
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++) {
            double sum = 0;
            for (int64_t t = 0; t < length; t++)
                sum += (double)m[rows ? i * k + t : t * k + i] *
                       (double)m[rows ? j * k + t : t * k + j];
            worst = fmax(worst, fabs(sum - (i == j ? gain * gain : 0)));
        }
    return worst;
}

static double far_in_shape(const char *config, shape s, double gain) {
    mica_tensor *t;
    ASSERT_OK(initialize(ctx, config, 3, MICA_FLOAT32, &s, &t, &err));
    int64_t k = s.dims[s.rank - 1], n = shape_size(&s) / k;
    return far_from_orthonormal(mica_tensor_data(t), n, k, n < k, gain);
}

TEST(orthogonal_weights_have_orthonormal_columns_or_rows) {
    const char *twice = mica_initializer_orthogonal(ctx, 2);
    assert_true(far_in_shape("orthogonal", MICA_SHAPE(20, 7), 1) < 1e-6);
    assert_true(far_in_shape("Orthogonal", MICA_SHAPE(7, 20), 1) < 1e-6);
    assert_true(far_in_shape("orthogonal", MICA_SHAPE(16, 16), 1) < 1e-6);
    assert_true(far_in_shape("orthogonal", MICA_SHAPE(1, 5), 1) < 1e-6);
    assert_true(far_in_shape(twice, MICA_SHAPE(3, 3, 2, 8), 2) < 1e-5);
}

/* R's diagonal is positive, or the first column would not be uniform on the sphere: over many keys
 * each sign is as frequent as the other, and the squares have mean 1 / n. */
TEST(orthogonal_weights_are_uniform) {
    shape s = MICA_SHAPE(3, 3);
    double mean[9] = {0}, square[9] = {0};
    for (uint64_t key = 0; key < 2000; key++) {
        mica_tensor *t;
        mica_scope *scope = mica_scope_open(ctx);
        ASSERT_OK(initialize(ctx, "orthogonal", key, MICA_FLOAT64, &s, &t, &err));
        const double *q = mica_tensor_data(t);
        for (int i = 0; i < 9; i++) mean[i] += q[i] / 2000, square[i] += q[i] * q[i] / 2000;
        mica_scope_close(&scope);
    }
    for (int i = 0; i < 9; i++) {
        assert_true(fabs(mean[i]) < 0.06);
        assert_true(fabs(square[i] - 1.0 / 3) < 0.04);
    }
}

TEST(identity_is_a_matrix_only) {
    shape s = MICA_SHAPE(2, 3), kernel = MICA_SHAPE(3, 3, 2, 2), row = MICA_SHAPE(4);
    mica_tensor *t;
    ASSERT_OK(initialize(ctx, mica_initializer_identity(ctx, 3), 1, MICA_FLOAT32, &s, &t, &err));
    ASSERT_CLOSE((const float *)mica_tensor_data(t), ((float[]){3, 0, 0, 0, 3, 0}), 6, 0);
    ASSERT_FAILS(initialize(ctx, "identity", 1, MICA_FLOAT32, &kernel, &t, &err), MICA_SHAPE,
                 "initializer identity: a weight of rank 4, expected 2");
    ASSERT_FAILS(initialize(ctx, "orthogonal", 1, MICA_FLOAT32, &row, &t, &err), MICA_SHAPE,
                 "initializer orthogonal: a weight of rank 1, expected 2");
}

TEST(equal_keys_give_equal_values_of_any_length_and_type) {
    mica_tensor *a, *b, *c;
    shape large = MICA_SHAPE(1000, 7), small = MICA_SHAPE(13, 1);
    for (const initializer_kind *const *k = all_initializers; *k; k++) {
        ASSERT_OK(initialize(ctx, (*k)->name, 5, MICA_FLOAT64, &large, &a, &err));
        ASSERT_OK(initialize(ctx, (*k)->name, 5, MICA_FLOAT64, &large, &b, &err));
        assert_memory_equal(mica_tensor_data(a), mica_tensor_data(b), 7000 * sizeof(double));
        ASSERT_OK(initialize(ctx, (*k)->name, 5, MICA_BFLOAT16, &small, &c, &err));
        assert_int_equal(mica_tensor_dtype(c), MICA_BFLOAT16);
    }
    ASSERT_OK(initialize(ctx, "random_normal", 5, MICA_FLOAT32, &small, &a, &err));
    ASSERT_OK(initialize(ctx, "random_normal", 6, MICA_FLOAT32, &small, &b, &err));
    assert_memory_not_equal(mica_tensor_data(a), mica_tensor_data(b), 13 * sizeof(float));
}

TEST(a_seed_in_the_config_comes_before_the_key) {
    const char *config = "{\"class_name\": \"RandomNormal\", \"config\": {\"seed\": 0}}";
    mica_tensor *a, *b;
    shape s = MICA_SHAPE(8);
    ASSERT_OK(initialize(ctx, config, 1, MICA_FLOAT32, &s, &a, &err));
    ASSERT_OK(initialize(ctx, config, 2, MICA_FLOAT32, &s, &b, &err));
    assert_memory_equal(mica_tensor_data(a), mica_tensor_data(b), 8 * sizeof(float));
}

TEST(keras_3_configs_are_read_and_wrong_ones_told) {
    ASSERT_OK(check_initializer(
        "{\"module\": \"keras.initializers\", \"class_name\": \"HeNormal\", \"config\": "
        "{\"seed\": null, \"input_axes\": null}, \"registered_name\": null}",
        "layer d", "kernel_initializer", &err));
    ASSERT_FAILS(
        check_initializer("glorot_unifrm", "layer d", "kernel_initializer", &err), MICA_NAME,
        "layer d: unknown kernel_initializer 'glorot_unifrm' (did you mean 'glorot_uniform'?)");
    ASSERT_FAILS(
        check_initializer("{\"class_name\": \"RandomNormal\", \"config\": {\"stdev\": 1.0}}",
                          "layer d", "kernel_initializer", &err),
        MICA_NAME, "did you mean 'stddev'?");
    ASSERT_FAILS(
        check_initializer("{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 0}}",
                          "layer d", "kernel_initializer", &err),
        MICA_VALUE, "scale is 0, expected above 0");
    ASSERT_FAILS(check_initializer("{\"class_name\": ", "layer d", "kernel_initializer", &err),
                 MICA_FORMAT, "layer d");
}

RUN_TESTS(IN_CONTEXT(orthogonal_weights_have_orthonormal_columns_or_rows),
          IN_CONTEXT(orthogonal_weights_are_uniform), IN_CONTEXT(identity_is_a_matrix_only),
          IN_CONTEXT(variances_follow_the_fans), IN_CONTEXT(normal_values_have_mean_and_stddev),
          IN_CONTEXT(constants_are_constant), IN_CONTEXT(fans_are_those_of_keras),
          IN_CONTEXT(equal_keys_give_equal_values_of_any_length_and_type),
          IN_CONTEXT(a_seed_in_the_config_comes_before_the_key),
          IN_CONTEXT(keras_3_configs_are_read_and_wrong_ones_told))
