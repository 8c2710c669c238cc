/* fit with layers that augment and with MixUp and CutMix: the same bits after a resume, validation
 * as it was, errors. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/folder.h"

#include <unistd.h>

#define ROWS 48

static mica_dataset *images(mica_context *ctx, mica_dtype targets) {
    mica_tensor *x = mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 6, 6, 3), 0, 1);
    mica_tensor *y = mica_random_uniform(ctx, MICA_INT32, MICA_SHAPE(ROWS), 0, 3);
    if (targets == MICA_FLOAT32) y = mica_one_hot(y, 3, MICA_FLOAT32);
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

static mica_model *network(mica_context *ctx, const char *loss) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(6, 6, 3));
    mica_model_add(m, mica_layer_random_flip(ctx, NULL));
    mica_model_add(m, mica_layer_random_rotation(
                          ctx, MICA_OPTIONS(random_rotation, .factor = MICA_REALS(0.1))));
    mica_model_add(m, mica_layer_random_erasing(
                          ctx, MICA_OPTIONS(random_erasing, .value_range = {2, {0, 1}})));
    mica_model_add(m,
                   mica_layer_random_crop(ctx, MICA_OPTIONS(random_crop, .height = 4, .width = 5)));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam", .loss = loss));
    return m;
}

static size_t read_weights(mica_model *m, float *out) {
    mica_error err = {0};
    weight **w;
    size_t count, at = 0;
    ASSERT_OK(model_weights(m, false, &w, &count, &err));
    for (size_t i = 0; i < count; i++) {
        size_t n = (size_t)mica_tensor_size(w[i]->variable);
        ASSERT_OK(mica_tensor_read(w[i]->variable, MICA_FLOAT32, out + at, n * 4, &err));
        at += n;
    }
    free(w);
    return at;
}

static mica_status stop_after(mica_fit_state *s, void *user, mica_error *err) {
    s->stop = ++*(int *)user >= 5;
    return MICA_OK;
}

TEST(a_resumed_augmented_training_ends_in_the_same_bits) {
    char path[] = "/tmp/mica_augment_XXXXXX";
    close(mkstemp(path));
    unlink(path);
    mica_error err = {0};
    float want[512], got[512];
    size_t n = 0;
    for (int run = 0; run < 3; run++) { /* whole; stopped; resumed */
        mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 7));
        mica_dataset *data = images(ctx, MICA_FLOAT32);
        mica_model *m = network(ctx, "categorical_crossentropy");
        int steps = 0;
        mica_callback stop = {.user = &steps, .on_step = stop_after};
        ASSERT_OK(mica_model_fit(m, data,
                                 MICA_OPTIONS(fit, .epochs = 3, .batch_size = 16,
                                              .checkpoint = run ? path : NULL, .resume = run == 2,
                                              .callbacks = {run == 1 ? &stop : NULL},
                                              .augment = {"MixUp", "CutMix"}),
                                 NULL, &err));
        n = read_weights(m, run ? got : want);
        mica_close(&ctx);
    }
    assert_memory_equal(got, want, n * 4);
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 7));
    ASSERT_FAILS(mica_model_fit(network(ctx, "categorical_crossentropy"), images(ctx, MICA_FLOAT32),
                                MICA_OPTIONS(fit, .epochs = 3, .batch_size = 16, .checkpoint = path,
                                             .resume = true),
                                NULL, &err),
                 MICA_MISMATCH, "augment");
    mica_close(&ctx);
    unlink(path);
}

/* The loss of the validation is that of the rows as they are. */
TEST(validation_is_not_augmented) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 3));
    mica_dataset *data = images(ctx, MICA_FLOAT32);
    mica_model *m = network(ctx, "categorical_crossentropy");
    mica_history h;
    mica_results results;
    ASSERT_OK(mica_model_fit(
        m, data, MICA_OPTIONS(fit, .batch_size = 16, .validation = data, .augment = {"MixUp"}), &h,
        &err));
    ASSERT_OK(mica_model_evaluate(m, data, NULL, &results, &err));
    assert_float_equal(mica_result(&h.epoch[0], "val_loss"), mica_result(&results, "loss"), 1e-6);
    mica_history_free(&h);
    mica_close(&ctx);
}

TEST(numbers_of_classes_are_not_mixed) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    ASSERT_FAILS(mica_model_fit(network(ctx, "sparse_categorical_crossentropy"),
                                images(ctx, MICA_INT32), MICA_OPTIONS(fit, .augment = {"MixUp"}),
                                NULL, &err),
                 MICA_TYPE, "expected one-hot targets");
    ASSERT_FAILS(mica_model_fit(network(ctx, "categorical_crossentropy"), images(ctx, MICA_FLOAT32),
                                MICA_OPTIONS(fit, .augment = {"CutMux"}), NULL, &err),
                 MICA_NAME, "did you mean 'CutMix'?");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(a_resumed_augmented_training_ends_in_the_same_bits),
          UNIT(validation_is_not_augmented), UNIT(numbers_of_classes_are_not_mixed))
