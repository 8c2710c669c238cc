/* Random layers: statistics of what they draw, and that the draws depend on seed and step alone. */
#include "layer/layer.h"
#include "support/in_context.h"

#define COUNT 40000

static const shape flat = MICA_SHAPE(200, 200);

static mica_tensor *ones(shape s) { return mica_full(ctx, MICA_FLOAT32, s, 1); }

typedef struct moments {
    double mean, variance;
} moments;

static moments moments_of(const mica_tensor *t) {
    moments m = {0, 0};
    const float *x = mica_tensor_data(t);
    int64_t n = mica_tensor_size(t);
    for (int64_t i = 0; i < n; i++) m.mean += (double)x[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        m.variance += ((double)x[i] - m.mean) * ((double)x[i] - m.mean) / (double)n;
    return m;
}

static void expect_moments(mica_layer *l, mica_tensor *x, double mean, double variance) {
    moments m = moments_of(mica_layer_call(l, x, true));
    ASSERT_OK(mica_check(ctx, &err));
    double error = 5 * sqrt(variance / COUNT);
    if (!(fabs(m.mean - mean) < error)) fail_msg("%s: mean %g, not %g", l->name, m.mean, mean);
    if (!(fabs(m.variance / variance - 1) < 0.05))
        fail_msg("%s: variance %g, not %g", l->name, m.variance, variance);
}

TEST(noise_has_mean_and_variance) {
    mica_tensor *x = ones(flat);
    expect_moments(mica_layer_gaussian_noise(ctx, MICA_OPTIONS(gaussian_noise, .stddev = 0.4)), x,
                   1, 0.16);
    expect_moments(mica_layer_gaussian_dropout(ctx, MICA_OPTIONS(gaussian_dropout, .rate = 0.2)), x,
                   1, 0.25);
}

TEST(alpha_dropout_keeps_mean_and_variance) {
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, flat, 0, 1);
    expect_moments(mica_layer_alpha_dropout(ctx, MICA_OPTIONS(alpha_dropout, .rate = 0.3)), x, 0,
                   1);
}

TEST(alpha_dropout_sets_what_it_drops_to_one_value) {
    mica_tensor *x = ones(flat);
    mica_tensor *y = mica_layer_call(
        mica_layer_alpha_dropout(ctx, MICA_OPTIONS(alpha_dropout, .rate = 0.25)), x, true);
    const float *v = mica_tensor_data(y);
    float low = v[0], high = v[0];
    int lows = 0;
    for (int i = 0; i < COUNT; i++) low = fminf(low, v[i]), high = fmaxf(high, v[i]);
    for (int i = 0; i < COUNT; i++) {
        assert_true(v[i] == low || v[i] == high);
        lows += v[i] == low;
    }
    assert_true(fabs(lows / (double)COUNT - 0.25) < 0.02);
}

/* Whether a whole channel is kept or dropped, for x (B, …, C) of ones. */
static void expect_whole_channels(mica_layer *l, shape s, bool channels_first) {
    mica_tensor *y = mica_layer_call(l, ones(s), true);
    ASSERT_OK(mica_check(ctx, &err));
    int64_t batch = s.dims[0], channels = s.dims[channels_first ? 1 : s.rank - 1];
    int64_t places = shape_size(&s) / batch / channels, dropped = 0;
    const float *v = mica_tensor_data(y);
    for (int64_t b = 0; b < batch; b++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t p = 0; p < places; p++) {
                int64_t at = b * places * channels;
                float first = v[at + (channels_first ? c * places : c)];
                assert_true(v[at + (channels_first ? c * places + p : p * channels + c)] == first);
                dropped += p == 0 && first == 0;
            }
    assert_true(dropped > batch * channels / 4 && dropped < batch * channels * 3 / 4);
}

TEST(spatial_dropout_drops_whole_channels) {
    expect_whole_channels(
        mica_layer_spatial_dropout1d(ctx, MICA_OPTIONS(spatial_dropout1d, .rate = 0.5)),
        MICA_SHAPE(20, 3, 10), false);
    expect_whole_channels(
        mica_layer_spatial_dropout2d(
            ctx, MICA_OPTIONS(spatial_dropout2d, .rate = 0.5, .data_format = "channels_first")),
        MICA_SHAPE(20, 10, 2, 3), true);
    expect_whole_channels(
        mica_layer_spatial_dropout3d(ctx, MICA_OPTIONS(spatial_dropout3d, .rate = 0.5)),
        MICA_SHAPE(20, 2, 3, 2, 10), false);
}

/* One call with a given counter of steps. */
static mica_tensor *at_step(mica_layer *l, mica_tensor *x, int step) {
    mica_tensor *y, *in = x;
    layer_frame f = {.inputs = 1,
                     .outputs = 1,
                     .in = &in,
                     .out = &y,
                     .training = true,
                     .counter = mica_scalar(ctx, MICA_INT64, step)};
    layer_call(l, &f);
    return y;
}

TEST(draws_depend_on_seed_and_step) {
    static const char *const classes[] = {"SpatialDropout1D", "AlphaDropout", "GaussianDropout",
                                          "GaussianNoise"};
    mica_tensor *x = ones(MICA_SHAPE(8, 3, 16));
    size_t bytes = 8 * 3 * 16 * sizeof(float);
    for (size_t i = 0; i < LENGTH(classes); i++) {
        const char *rate = strstr(classes[i], "Noise") ? "stddev" : "rate";
        char config[96];
        snprintf(config, sizeof config, "{\"%s\": 0.5, \"seed\": 7}", rate);
        mica_layer *a = mica_layer_from_config(ctx, classes[i], config);
        mica_layer *b = mica_layer_from_config(ctx, classes[i], config);
        ASSERT_OK(mica_check(ctx, &err));
        const void *first = mica_tensor_data(at_step(a, x, 3));
        assert_memory_equal(first, mica_tensor_data(at_step(b, x, 3)), bytes);
        assert_memory_not_equal(first, mica_tensor_data(at_step(a, x, 4)), bytes);
        assert_ptr_equal(mica_layer_call(a, x, false), x);
    }
}

RUN_TESTS(IN_CONTEXT(noise_has_mean_and_variance),
          IN_CONTEXT(alpha_dropout_keeps_mean_and_variance),
          IN_CONTEXT(alpha_dropout_sets_what_it_drops_to_one_value),
          IN_CONTEXT(spatial_dropout_drops_whole_channels),
          IN_CONTEXT(draws_depend_on_seed_and_step))
