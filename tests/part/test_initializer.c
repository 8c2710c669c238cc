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

TEST(equal_keys_give_equal_values_of_any_length_and_type) {
    mica_tensor *a, *b, *c;
    shape large = MICA_SHAPE(1000, 7), small = MICA_SHAPE(13);
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

RUN_TESTS(IN_CONTEXT(variances_follow_the_fans), IN_CONTEXT(normal_values_have_mean_and_stddev),
          IN_CONTEXT(constants_are_constant), IN_CONTEXT(fans_are_those_of_keras),
          IN_CONTEXT(equal_keys_give_equal_values_of_any_length_and_type),
          IN_CONTEXT(a_seed_in_the_config_comes_before_the_key),
          IN_CONTEXT(keras_3_configs_are_read_and_wrong_ones_told))
