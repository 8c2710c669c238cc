/* Resizing: against TensorFlow and PyTorch, types, errors. */
#include "op/resize.h"
#include "recorded.h"

/* Both axes of images, channels last or first. */
static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    int64_t size[8] = {0}, axis = integer(a, "layout") == MICA_CHANNELS_FIRST ? 2 : 1;
    mica_resize_method method = (mica_resize_method)integer(a, "method");
    assert_string_equal(op, "resize");
    assert_int_equal(inputs, 1);
    integers(a, "size", size);
    out[0] = in[0];
    for (int i = 0; i < 2; i++)
        out[0] = mica_resize(out[0], axis + i, size[i], method, integer(a, "antialias") != 0);
}

/* tf.image.resize computes in float32, and its weights with it: lanczos5 to 2.1e-6. */
TEST(resizing_agrees_with_tensorflow_and_pytorch) { run_recorded("resize", call, 4e-6); }

TEST(resize_names_what_does_not_fit) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 2, 2, 1), 1);
    ASSERT_POISON(mica_resize(x, 1, 0, MICA_RESIZE_NEAREST, false), MICA_SHAPE,
                  "resize: size 0, factor 0 along axis 1, expected 1 or more of one");
    ASSERT_POISON(mica_resize(x, 4, 2, MICA_RESIZE_NEAREST, false), MICA_SHAPE,
                  "resize: axis 4, expected one of the 4 axes (-4 to 3)");
    ASSERT_POISON(mica_resize(x, 1, 2, (mica_resize_method)9, false), MICA_SHAPE,
                  "resize: method 9, expected 0 to 8");
    ASSERT_POISON(mica_resize(mica_cast(x, MICA_UINT8), 1, 2, MICA_RESIZE_AREA, false), MICA_TYPE,
                  "resize");
}

TEST(resize_to_the_same_extent_changes_nothing) {
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(1, 3, 5, 2), 0, 1);
    const mica_resize_method exact[] = {MICA_RESIZE_NEAREST, MICA_RESIZE_BILINEAR,
                                        MICA_RESIZE_BICUBIC, MICA_RESIZE_AREA};
    for (size_t i = 0; i < LENGTH(exact); i++) {
        mica_tensor *y = mica_resize(x, 2, 5, exact[i], i % 2);
        assert_memory_equal(mica_tensor_data(y), mica_tensor_data(x), 30 * sizeof(float));
    }
}

TEST(nearest_copies_integers) {
    const int32_t values[] = {1, 2147483647, -5};
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(3), values);
    const int32_t *y = mica_tensor_data(mica_upsample(x, 0, 2, MICA_RESIZE_NEAREST));
    for (int i = 0; i < 6; i++) assert_int_equal(y[i], values[i / 2]);
}

RUN_WITH_CONTEXT(UNIT(resizing_agrees_with_tensorflow_and_pytorch),
                 UNIT(resize_names_what_does_not_fit),
                 UNIT(resize_to_the_same_extent_changes_nothing), UNIT(nearest_copies_integers))
