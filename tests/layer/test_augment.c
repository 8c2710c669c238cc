/* Layers that change images at random: what is drawn, that images are independent, that draws
 * depend on seed and step alone, that inference leaves images as they are. What Keras computes with
 * given factors is in test_recorded.c. */
#include "layer/augment.h"
#include "support/in_context.h"

#define BATCH 4000

/* A batch whose pixel i of every image is i. */
static mica_tensor *ramps(int64_t batch, int64_t height, int64_t width, int64_t channels) {
    mica_tensor *like = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, height * width * channels), 0);
    mica_tensor *one = mica_iota(like, 1, MICA_FLOAT32);
    one = mica_broadcast_to(one, MICA_SHAPE(batch, height * width * channels));
    return mica_reshape(one, MICA_SHAPE(batch, height, width, channels));
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

static const float *trained(mica_layer *l, mica_tensor *x) {
    mica_tensor *y = mica_layer_call(l, x, true);
    ASSERT_OK(mica_check(ctx, &err));
    return mica_tensor_data(y);
}

/* n values are uniform in low … high: mean, ends, and the greatest distance of their distribution
 * (exceeded once in 1000 times). */
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void expect_uniform(double *x, int n, double low, double high) {
    double far = 0;
    qsort(x, (size_t)n, sizeof *x, by_value);
    for (int i = 0; i < n; i++) {
        double unit = (x[i] - low) / (high - low);
        if (unit < -1e-5 || unit > 1 + 1e-5) fail_msg("%g, expected %g to %g", x[i], low, high);
        far = fmax(far, fabs(unit - (i + 0.5) / n));
    }
    if (far > 1.95 / sqrt(n)) fail_msg("%g to %g: distance %g", low, high, far);
}

/* Neighbours in a batch do not follow each other. */
static void expect_independent(const double *x, int n) {
    double mean = 0, variance = 0, together = 0;
    for (int i = 0; i < n; i++) mean += x[i] / n;
    for (int i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = 0; i + 1 < n; i++) together += (x[i] - mean) * (x[i + 1] - mean) / n;
    assert_true(fabs(together / variance) < 4 / sqrt(n));
}

static double drawn[BATCH];

static void expect_draws(double low, double high) {
    expect_independent(drawn, BATCH);
    expect_uniform(drawn, BATCH, low, high);
}

/* ---- places ---- */

/* Which mirror image of a ramp of 2 x 3: 1 in columns, 2 in rows; -1: it is none. */
static int mirror_of(const float *y) {
    for (int kind = 0; kind < 4; kind++) {
        bool same = true;
        for (int i = 0; i < 6; i++) {
            int row = i / 3, column = i % 3;
            same &= (int)y[i] == (kind & 2 ? 1 - row : row) * 3 + (kind & 1 ? 2 - column : column);
        }
        if (same) return kind;
    }
    return -1;
}

TEST(half_of_the_images_are_flipped_whole) {
    static const struct {
        const char *mode;
        int kind;
    } modes[] = {{"horizontal", 1}, {"vertical", 2}, {"horizontal_and_vertical", 3}};
    mica_tensor *x = ramps(BATCH, 2, 3, 1);
    for (size_t m = 0; m < LENGTH(modes); m++) {
        const float *y = trained(
            mica_layer_random_flip(ctx, MICA_OPTIONS(random_flip, .mode = modes[m].mode)), x);
        for (int i = 0; i < BATCH; i++) {
            int kind = mirror_of(y + i * 6);
            assert_true(kind == 0 || kind == modes[m].kind);
            drawn[i] = kind != 0;
        }
        double share = 0;
        for (int i = 0; i < BATCH; i++) share += drawn[i] / BATCH;
        assert_true(fabs(share - 0.5) < 4 * 0.5 / sqrt(BATCH));
        expect_independent(drawn, BATCH);
    }
}

TEST(flips_of_channels_first_are_those_of_channels_last) {
    mica_tensor *x = ramps(8, 4, 5, 3), *first = mica_transpose(x, MICA_AXES(0, 3, 1, 2));
    mica_layer *last = mica_layer_from_config(ctx, "RandomFlip", "{\"seed\": 3}");
    mica_layer *other = mica_layer_from_config(
        ctx, "RandomFlip", "{\"seed\": 3, \"data_format\": \"channels_first\"}");
    mica_tensor *y = mica_transpose(at_step(other, first, 1), MICA_AXES(0, 2, 3, 1));
    assert_memory_equal(mica_tensor_data(y), mica_tensor_data(at_step(last, x, 1)), 8 * 60 * 4);
}

/* Pixel (0, 0) of a ramp after a shift by whole and broken pixels says the shift. */
TEST(translations_are_uniform_and_of_each_axis) {
    mica_tensor *x = ramps(BATCH, 1, 1001, 1);
    mica_layer *l = mica_layer_random_translation(
        ctx, MICA_OPTIONS(random_translation, .height_factor = MICA_REALS(0),
                          .width_factor = MICA_REALS(-0.3, -0.1)));
    const float *y = trained(l, x);
    for (int i = 0; i < BATCH; i++) drawn[i] = (double)y[i * 1001] / 1001;
    expect_draws(0.1, 0.3);
}

TEST(zooms_are_uniform) {
    mica_tensor *x = ramps(BATCH, 1, 1001, 1);
    mica_layer *l = mica_layer_random_zoom(
        ctx, MICA_OPTIONS(random_zoom, .height_factor = MICA_REALS(0.5),
                          .width_factor = MICA_REALS(-0.2, -0.6)));
    const float *y = trained(l, x); /* the step between two pixels */
    for (int i = 0; i < BATCH; i++)
        drawn[i] = (double)(y[i * 1001 + 600] - y[i * 1001 + 400]) / 200 - 1;
    expect_draws(-0.6, -0.2);
}

TEST(one_zoom_factor_keeps_the_ratio) {
    mica_tensor *x = ramps(50, 21, 21, 1);
    mica_layer *l = mica_layer_random_zoom(
        ctx, MICA_OPTIONS(random_zoom, .height_factor = MICA_REALS(-0.5, -0.1)));
    const float *y = trained(l, x);
    for (int i = 0; i < 50; i++) {
        const float *image = y + i * 441;
        double wide = image[10 * 21 + 12] - image[10 * 21 + 10];
        double high = image[12 * 21 + 10] - image[10 * 21 + 10];
        assert_true(fabs(high / 21 - wide) < 1e-3 && wide > 0.9 && wide < 1.9);
    }
}

/* In the middle of an image of x and y the angle is that of the gradient. */
TEST(rotations_are_uniform) {
    mica_tensor *x = ramps(BATCH, 9, 9, 1);
    mica_layer *l = mica_layer_random_rotation(
        ctx, MICA_OPTIONS(random_rotation, .factor = MICA_REALS(0.2, 0.05)));
    const float *y = trained(l, x);
    for (int i = 0; i < BATCH; i++) {
        const float *middle = y + i * 81 + 40;
        double right = (middle[1] - middle[-1]) / 2, down = (middle[9] - middle[-9]) / 2;
        /* right = cos + 9 sin, down = 9 cos - sin, of a ramp with slopes 1 and 9 */
        drawn[i] = (atan2(9, 1) - atan2(down, right)) / (2 * M_PI);
    }
    expect_draws(0.05, 0.2);
}

TEST(shears_have_both_signs) {
    mica_tensor *x = ramps(BATCH, 5, 5, 1);
    mica_layer *l = mica_layer_random_shear(
        ctx, MICA_OPTIONS(random_shear, .x_factor = MICA_REALS(0.2, 0.2),
                          .y_factor = MICA_REALS(0.1, 0.1), .fill_mode = "nearest"));
    const float *y = trained(l, x);
    int up = 0;
    for (int i = 0; i < BATCH; i++) { /* slopes 1 and 5: pixel (1, 1) is 6 + 0.2 s + 0.5 s */
        double moved = (double)y[i * 25 + 6] - 6;
        assert_true(fabs(fabs(moved) - 0.7) < 1e-4);
        up += moved > 0;
    }
    assert_true(fabs(up - BATCH / 2.0) < 2 * sqrt(BATCH));
}

/* ---- crops and boxes ---- */

TEST(crops_begin_anywhere_and_are_the_same_of_a_batch) {
    mica_tensor *x = ramps(2, 6, 8, 1);
    mica_layer *l = mica_layer_random_crop(ctx, MICA_OPTIONS(random_crop, .height = 4, .width = 3));
    int rows[3] = {0}, columns[6] = {0};
    for (int step = 0; step < 600; step++) {
        mica_scope *scope = mica_scope_open(ctx);
        const float *y = mica_tensor_data(at_step(l, x, step));
        int first = (int)y[0];
        for (int i = 0; i < 24; i++) assert_int_equal((int)y[i], first + i % 12 / 3 * 8 + i % 3);
        rows[first / 8]++, columns[first % 8]++;
        mica_scope_close(&scope);
    }
    for (int i = 0; i < 3; i++) assert_true(abs(rows[i] - 200) < 60);
    for (int i = 0; i < 6; i++) assert_true(abs(columns[i] - 100) < 45);
}

TEST(crops_have_their_size_in_inference) {
    mica_layer *l = mica_layer_random_crop(ctx, MICA_OPTIONS(random_crop, .height = 4, .width = 3));
    mica_tensor *y = mica_layer_call(l, ramps(2, 8, 6, 1), false); /* the whole, halved */
    assert_int_equal(y->shape.dims[1], 4);
    assert_int_equal(y->shape.dims[2], 3);
    assert_float_equal(((const float *)mica_tensor_data(y))[0], 3.5f, 1e-5f);
}

TEST(erased_boxes_have_the_size_and_place_that_is_asked) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, 20, 20, 2), 1);
    mica_layer *l = mica_layer_random_erasing(
        ctx, MICA_OPTIONS(random_erasing, .factor = MICA_REALS(0.5, 0.5),
                          .scale = MICA_REALS(0.25, 0.25), .fill_value = MICA_REALS(7)));
    const float *y = trained(l, x);
    int erased = 0, left[11] = {0};
    for (int b = 0; b < BATCH; b++) { /* a box of 10 x 10, or none */
        int count = 0, first = -1;
        for (int i = 0; i < 400; i++) {
            const float *pixel = y + (b * 400 + i) * 2;
            assert_true(pixel[0] == pixel[1] && (pixel[0] == 1 || pixel[0] == 7));
            if (pixel[0] == 7 && first < 0) first = i;
            count += pixel[0] == 7;
        }
        assert_true(count == 0 || (count >= 81 && count <= 121));
        if (!count) continue;
        erased++, left[first % 20]++;
    }
    assert_true(fabs(erased - BATCH / 2.0) < 2 * sqrt(BATCH));
    for (int i = 1; i < 10; i++) assert_true(abs(left[i] - erased / 10) < 70);
}

TEST(erasing_fills_with_noise_within_the_range) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(40, 10, 10, 3), 0.25);
    mica_layer *l = mica_layer_random_erasing(
        ctx, MICA_OPTIONS(random_erasing, .scale = MICA_REALS(1, 1), .factor = MICA_REALS(1, 1),
                          .value_range = MICA_REALS(0, 1)));
    const float *y = trained(l, x);
    int zeros = 0, ones = 0;
    for (int i = 0; i < 12000; i++) {
        assert_true(y[i] >= 0 && y[i] <= 1);
        zeros += y[i] == 0, ones += y[i] == 1;
    }
    assert_true(abs(zeros - 6000) < 250 && abs(ones - 1904) < 200); /* a normal's tails */
}

/* ---- colours ---- */

TEST(brightness_and_contrast_are_uniform) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, 1, 2, 1), 100);
    const float *y = trained(
        mica_layer_random_brightness(
            ctx, MICA_OPTIONS(random_brightness, .factor = MICA_REALS(-0.2, 0.3))),
        x);
    for (int i = 0; i < BATCH; i++) drawn[i] = ((double)y[i * 2] - 100) / 255;
    expect_draws(-0.2, 0.3);
    x = mica_add(x, mica_iota(x, 2, MICA_FLOAT32));
    y = trained(mica_layer_random_contrast(
                    ctx, MICA_OPTIONS(random_contrast, .factor = MICA_REALS(0.3, 0.8))),
                x);
    for (int i = 0; i < BATCH; i++) drawn[i] = (double)(y[i * 2 + 1] - y[i * 2]);
    expect_draws(0.7, 1.8);
}

TEST(hues_turn_both_ways) {
    static const float red[] = {1, 0, 0};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 1, 1, 3), red);
    x = mica_broadcast_to(x, MICA_SHAPE(BATCH, 1, 1, 3));
    mica_layer *l = mica_layer_random_hue(
        ctx, MICA_OPTIONS(random_hue, .factor = MICA_REALS(0.1, 0.3), .value_range = {2, {0, 1}}));
    const float *y = trained(l, x);
    int up = 0;
    for (int i = 0; i < BATCH; i++) { /* from red green or blue rises: 6 h */
        const float *c = y + i * 3;
        assert_true(c[0] > 0.999f && (c[1] < 1e-4f || c[2] < 1e-4f));
        drawn[i] = (double)fmaxf(c[1], c[2]) / 6;
        up += c[1] > c[2];
    }
    assert_true(fabs(up - BATCH / 2.0) < 2 * sqrt(BATCH));
    expect_draws(0.05, 0.15);
}

TEST(grey_images_are_as_many_as_asked) {
    static const float red[] = {1, 0, 0};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 1, 1, 3), red);
    x = mica_broadcast_to(x, MICA_SHAPE(BATCH, 1, 1, 3));
    const float *y = trained(
        mica_layer_random_grayscale(ctx, MICA_OPTIONS(random_grayscale, .factor = 0.2)), x);
    int grey = 0;
    for (int i = 0; i < BATCH; i++) grey += y[i * 3] < 1;
    assert_true(fabs(grey - 0.2 * BATCH) < 4 * sqrt(0.16 * BATCH));
}

TEST(saturation_and_sharpness_change_each_image_by_itself) {
    mica_tensor *x = mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(1, 4, 4, 3), 0, 255);
    x = mica_broadcast_to(x, MICA_SHAPE(6, 4, 4, 3));
    static const char *const classes[] = {"RandomSaturation", "RandomSharpness"};
    for (size_t k = 0; k < LENGTH(classes); k++) {
        const float *y = trained(
            mica_layer_from_config(ctx, classes[k], "{\"factor\": [0.1, 0.9]}"), x);
        for (int i = 1; i < 6; i++) assert_memory_not_equal(y, y + i * 48, 48 * sizeof *y);
    }
}

/* ---- all of them ---- */

static const char *const all[][2] = {
    {"RandomFlip", "{\"seed\": 7}"},
    {"RandomRotation", "{\"factor\": 0.2, \"seed\": 7}"},
    {"RandomZoom", "{\"height_factor\": 0.3, \"width_factor\": 0.2, \"seed\": 7}"},
    {"RandomTranslation", "{\"height_factor\": 0.3, \"width_factor\": 0.2, \"seed\": 7}"},
    {"RandomShear", "{\"x_factor\": 0.3, \"y_factor\": 0.2, \"seed\": 7}"},
    {"RandomCrop", "{\"height\": 3, \"width\": 2, \"seed\": 7}"},
    {"RandomErasing", "{\"seed\": 7}"},
    {"RandomContrast", "{\"factor\": [0.3, 0.5], \"seed\": 7}"},
    {"RandomBrightness", "{\"factor\": 0.4, \"seed\": 7}"},
    {"RandomSaturation", "{\"factor\": [0.3, 0.7], \"seed\": 7}"},
    {"RandomHue", "{\"factor\": 0.5, \"seed\": 7}"},
    {"RandomGrayscale", "{\"factor\": 0.5, \"seed\": 7}"},
    {"RandomSharpness", "{\"factor\": 1.0, \"seed\": 7}"},
};

TEST(all_of_them_are_here) {
    for (const layer_kind *const *k = all_layers; *k; k++) {
        bool here = (*k)->prepares != PREPARES_PICTURES || strncmp((*k)->name, "Random", 6) != 0;
        for (size_t i = 0; i < LENGTH(all) && !here; i++) here = !strcmp(all[i][0], (*k)->name);
        if (!here) fail_msg("%s draws, and is not in the list `all` above", (*k)->name);
    }
}

TEST(augmentations_depend_on_seed_and_step) {
    mica_tensor *x = mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(16, 9, 9, 3), 0, 255);
    for (size_t i = 0; i < LENGTH(all); i++) {
        mica_layer *a = mica_layer_from_config(ctx, all[i][0], all[i][1]);
        mica_layer *b = mica_layer_from_config(ctx, all[i][0], all[i][1]);
        ASSERT_OK(mica_check(ctx, &err));
        mica_tensor *first = at_step(a, x, 3), *other = at_step(a, x, 4);
        size_t bytes = (size_t)mica_tensor_size(first) * sizeof(float);
        assert_memory_equal(mica_tensor_data(first), mica_tensor_data(at_step(b, x, 3)), bytes);
        assert_memory_not_equal(mica_tensor_data(first), mica_tensor_data(other), bytes);
        if (strcmp(all[i][0], "RandomCrop")) assert_ptr_equal(mica_layer_call(a, x, false), x);
    }
}

TEST(one_image_is_a_batch_of_one) {
    mica_tensor *x = mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(9, 9, 3), 0, 255);
    mica_tensor *batch = mica_expand_dims(x, 0);
    for (size_t i = 0; i < LENGTH(all); i++) {
        mica_layer *l = mica_layer_from_config(ctx, all[i][0], all[i][1]);
        mica_tensor *y = at_step(l, x, 5), *z = at_step(l, batch, 5);
        ASSERT_OK(mica_check(ctx, &err));
        assert_int_equal(y->shape.rank, 3);
        assert_memory_equal(mica_tensor_data(y), mica_tensor_data(z),
                            (size_t)mica_tensor_size(y) * sizeof(float));
    }
}

TEST(wrong_ranges_are_told) {
    static const struct {
        const char *class_name, *config, *text;
    } wrong[] = {
        {"RandomRotation", "{}", "RandomRotation: factor must be given"},
        {"RandomRotation", "{\"factor\": 1.5}", "factor is 1.5, expected -1 to 1"},
        {"RandomRotation", "{\"factor\": [1, 2, 3]}", "factor has 3 numbers, expected at most 2"},
        {"RandomRotation", "{\"factor\": [1.5, 2]}", "factor is 1.5 to 2, expected a range within"},
        {"RandomZoom", "{\"height_factor\": -1}", "height_factor is -1, expected above -1, to 1"},
        {"RandomTranslation", "{\"height_factor\": 0, \"width_factor\": 2}",
         "width_factor is 2, expected -1 to 1"},
        {"RandomRotation", "{\"factor\": 0.1, \"fill_mode\": \"reflct\"}",
         "did you mean 'reflect'"},
        {"RandomRotation", "{\"factor\": 0.1, \"interpolation\": \"bicubic\"}", "interpolation"},
        {"RandomShear", "{\"x_factor\": [0.5, -0.1]}", "x_factor is -0.1, expected 0 to 1"},
        {"RandomBrightness", "{\"factor\": 0.1, \"value_range\": [1, 0]}",
         "value_range is not two numbers, the lower first"},
        {"RandomErasing", "{\"fill_value\": [1, 2]}", "fill_value has 2 numbers, expected 1 or 3"},
        {"RandomErasing", "{\"scale\": 1.5}", "scale is 1.5, expected 0 to 1"},
        {"RandomGrayscale", "{\"factor\": 2}", "factor is 2, expected 0 to 1"},
        {"RandomHue", "{\"factor\": -0.5}", "factor is -0.5, expected 0 to 1"},
        {"RandomFlip", "{\"mode\": \"horizontl\"}", "did you mean 'horizontal'"},
    };
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        mica_layer_from_config(ctx, wrong[i].class_name, wrong[i].config);
        if (mica_check(ctx, &err) == MICA_OK || !strstr(err.message, wrong[i].text))
            fail_msg("%s %s: '%s'", wrong[i].class_name, wrong[i].config, err.message);
        err = (mica_error){0};
    }
    mica_layer_call(mica_layer_from_config(ctx, "RandomHue", "{\"factor\": 0.5}"),
                    mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3, 3, 4), 1), true);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "input (2, 3, 3, 4), expected 3 channels");
}

RUN_TESTS(IN_CONTEXT(half_of_the_images_are_flipped_whole),
          IN_CONTEXT(flips_of_channels_first_are_those_of_channels_last),
          IN_CONTEXT(translations_are_uniform_and_of_each_axis), IN_CONTEXT(zooms_are_uniform),
          IN_CONTEXT(one_zoom_factor_keeps_the_ratio), IN_CONTEXT(rotations_are_uniform),
          IN_CONTEXT(shears_have_both_signs),
          IN_CONTEXT(crops_begin_anywhere_and_are_the_same_of_a_batch),
          IN_CONTEXT(crops_have_their_size_in_inference),
          IN_CONTEXT(erased_boxes_have_the_size_and_place_that_is_asked),
          IN_CONTEXT(erasing_fills_with_noise_within_the_range),
          IN_CONTEXT(brightness_and_contrast_are_uniform), IN_CONTEXT(hues_turn_both_ways),
          IN_CONTEXT(grey_images_are_as_many_as_asked),
          IN_CONTEXT(saturation_and_sharpness_change_each_image_by_itself),
          UNIT(all_of_them_are_here), IN_CONTEXT(augmentations_depend_on_seed_and_step),
          IN_CONTEXT(one_image_is_a_batch_of_one), IN_CONTEXT(wrong_ranges_are_told))
