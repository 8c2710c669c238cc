/* Transforms of images and their colours: against Keras; the gradients of colours by differences;
 * errors. */
#include "op/affine.h"
#include "recorded.h"

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    mica_layout layout = (mica_layout)integer(a, "layout");
    if (!strcmp(op, "affine_transform"))
        out[0] = mica_affine_transform(in[0], in[1], (mica_resize_method)integer(a, "method"),
                                       (mica_fill_mode)integer(a, "mode"), 0.5, MICA_CHANNELS_LAST);
    else if (!strcmp(op, "rgb_to_hsv")) out[0] = mica_rgb_to_hsv(in[0], layout);
    else if (!strcmp(op, "hsv_to_rgb")) out[0] = mica_hsv_to_rgb(in[0], layout);
    else out[0] = mica_rgb_to_grayscale(in[0], layout);
}

/* Keras turns places and its grey weights into float32. */
TEST(images_and_colours_agree_with_keras) {
    run_recorded_of("tests/recorded/ops.json", "colours", call, 1e-5);
}

typedef mica_tensor *colour_change(mica_tensor *x, mica_layout layout);

static double total(colour_change *change, const double *x, mica_tensor *weights) {
    double sum;
    mica_error err = {0};
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(4, 2, 3), x);
    t = mica_sum(mica_multiply(change(t, MICA_CHANNELS_LAST), weights), MICA_ALL_AXES, false);
    ASSERT_OK(mica_tensor_read(t, MICA_FLOAT64, &sum, sizeof sum, &err));
    return sum;
}

TEST(gradients_flow_through_colours) {
    static colour_change *const changes[] = {mica_rgb_to_hsv, mica_hsv_to_rgb,
                                             mica_rgb_to_grayscale};
    double x[24], found[24];
    mica_error err = {0};
    for (size_t k = 0; k < LENGTH(changes); k++) {
        mica_tensor *start = mica_random_uniform(ctx, MICA_FLOAT64, MICA_SHAPE(4, 2, 3), 0.1, 0.9);
        ASSERT_OK(mica_tensor_read(start, MICA_FLOAT64, x, sizeof x, &err));
        mica_shape weighed = MICA_SHAPE(4, 2, k == 2 ? 1 : 3);
        mica_tensor *weights = mica_random_uniform(ctx, MICA_FLOAT64, weighed, -1, 1), *gradient;
        mica_tape *tape = mica_tape_open(ctx, NULL);
        mica_tape_watch(tape, start);
        mica_tensor *y = mica_multiply(changes[k](start, MICA_CHANNELS_LAST), weights);
        mica_tape_gradient(tape, mica_sum(y, MICA_ALL_AXES, false), &start, 1, &gradient);
        ASSERT_OK(mica_tensor_read(gradient, MICA_FLOAT64, found, sizeof found, &err));
        for (int i = 0; i < 24; i++) {
            double kept = x[i], step = 1e-6;
            x[i] = kept + step;
            double high = total(changes[k], x, weights);
            x[i] = kept - step;
            double low = total(changes[k], x, weights);
            x[i] = kept;
            if (fabs((high - low) / (2 * step) - found[i]) > 1e-6)
                fail_msg("change %zu, element %d: %g, by differences %g", k, i, found[i],
                         (high - low) / (2 * step));
        }
        mica_tape_close(&tape);
    }
}

TEST(grey_and_black_have_gradients_without_nan) {
    double found[6];
    mica_error err = {0};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(1, 2, 3),
                                     (double[]){0, 0, 0, 0.5, 0.5, 0.5}),
                *gradient;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tape_watch(tape, x);
    mica_tensor *y = mica_sum(mica_rgb_to_hsv(x, MICA_CHANNELS_LAST), MICA_ALL_AXES, false);
    mica_tape_gradient(tape, y, &x, 1, &gradient);
    ASSERT_OK(mica_tensor_read(gradient, MICA_FLOAT64, found, sizeof found, &err));
    for (int i = 0; i < 6; i++) assert_true(isfinite(found[i]));
    mica_tape_close(&tape);
}

TEST(transforms_of_wrong_shapes_are_told) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 4, 5, 1), 1);
    mica_tensor *t = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 8), 1);
    ASSERT_POISON(
        mica_affine_transform(x, t, MICA_RESIZE_NEAREST, MICA_FILL_WRAP, 0, 0), MICA_SHAPE,
        "transforms (2, 8) for images (3, 4, 5, 1), expected 8 numbers for each or for all");
    t = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(8), 1);
    ASSERT_POISON(mica_affine_transform(x, t, MICA_RESIZE_AREA, MICA_FILL_WRAP, 0, 0), MICA_VALUE,
                  "interpolation 3, expected 0 (nearest) or 1 (bilinear)");
    ASSERT_POISON(mica_affine_transform(x, t, MICA_RESIZE_NEAREST, (mica_fill_mode)7, 0, 0),
                  MICA_VALUE, "fill mode 7, expected 0 to 3");
    ASSERT_POISON(mica_affine_transform(mica_cast(x, MICA_UINT8), t, MICA_RESIZE_BILINEAR,
                                        MICA_FILL_WRAP, 0, 0),
                  MICA_TYPE, "affine_transform");
    ASSERT_POISON(mica_rgb_to_hsv(x, MICA_CHANNELS_LAST), MICA_SHAPE,
                  "rgb_to_hsv: images (3, 4, 5, 1) have 1 channels, expected 3");
    ASSERT_POISON(mica_hsv_to_rgb(t, MICA_CHANNELS_LAST), MICA_SHAPE,
                  "hsv_to_rgb: images are (8,), expected rank 3 or 4");
}

TEST(nearest_transforms_of_integers_are_exact) {
    const int32_t values[] = {1, 2147483647, -5};
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(1, 3, 1), values);
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(8),
                                     (float[]){-1, 0, 2, 0, 1, 0, 0, 0});
    const int32_t *y = mica_tensor_data(mica_affine_transform(
        x, t, MICA_RESIZE_NEAREST, MICA_FILL_CONSTANT, 0, MICA_CHANNELS_LAST));
    for (int i = 0; i < 3; i++) assert_int_equal(y[i], values[2 - i]);
}

RUN_WITH_CONTEXT(UNIT(images_and_colours_agree_with_keras), UNIT(gradients_flow_through_colours),
                 UNIT(grey_and_black_have_gradients_without_nan),
                 UNIT(transforms_of_wrong_shapes_are_told),
                 UNIT(nearest_transforms_of_integers_are_exact))
