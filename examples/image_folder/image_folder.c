/* A network that tells ten kinds of pictures apart, from a folder with a folder for each class.
 * Run it in the project's folder: build/examples/image_folder [FOLDER [EPOCHS]] */
#include <mica/mica.h>

#include <stdlib.h>

static mica_model *make_model(mica_context *ctx, int classes) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(224, 224, 3));
    mica_model_add(m, mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 1.0 / 255)));
    mica_model_add(m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 32, .kernel_size = {3},
                                                          .activation = "relu")));
    mica_model_add(m, mica_layer_max_pooling2d(ctx, MICA_OPTIONS(max_pooling2d, .pool_size = {4})));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 128, .activation = "relu")));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = classes, .activation = "softmax")));
    mica_optimizer *sgd = mica_sgd(ctx, MICA_OPTIONS(sgd, .learning_rate = 0.01, .momentum = 0.9));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer = sgd,
                                       .loss = "sparse_categorical_crossentropy",
                                       .metrics = {"accuracy"}));
    return m;
}

static mica_status run(mica_context *ctx, const char *folder, int epochs, mica_error *err) {
    mica_dataset *pictures = mica_load_image_folder(
        ctx, folder, MICA_TRAIN, MICA_OPTIONS(image_folder, .image_size = {224, 224}));
    MICA_TRY(mica_check(ctx, err));
    mica_model *model = make_model(ctx, mica_dataset_classes(pictures));
    MICA_TRY(mica_model_fit(
        model, pictures,
        MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 8, .validation_split = 0.2), NULL, err));
    mica_results results;
    MICA_TRY(mica_model_evaluate(model, pictures, NULL, &results, err));
    printf("accuracy over all pictures %.3f\n", mica_result(&results, "accuracy"));
    return MICA_OK;
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : "examples/image_folder/pictures";
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 3));
    mica_status status = run(ctx, folder, argc > 2 ? atoi(argv[2]) : 6, &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_close(&ctx); /* frees what the context still owns */
    return status != MICA_OK;
}
