/* The classic first program, in C: train a convolutional network on MNIST, evaluate it, save it.
 * Run it in the project's folder: build/examples/mnist */
#include <mica/mica.h>

static mica_status run(mica_context *ctx, mica_error *err) {
    mica_dataset *train = mica_load_mnist(ctx, "data/mnist", MICA_TRAIN);
    mica_dataset *test = mica_load_mnist(ctx, "data/mnist", MICA_TEST);

    mica_model *model = mica_sequential(ctx, MICA_SHAPE(28, 28, 1));
    mica_model_add(model, mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 1.0 / 255)));
    mica_model_add(model,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 32, .kernel_size = {3, 3},
                                                       .activation = "relu")));
    mica_model_add(model, mica_layer_max_pooling2d(ctx, NULL));
    mica_model_add(model,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 64, .kernel_size = {3, 3},
                                                       .activation = "relu")));
    mica_model_add(model, mica_layer_max_pooling2d(ctx, NULL));
    mica_model_add(model,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 64, .kernel_size = {3, 3},
                                                       .activation = "relu")));
    mica_model_add(model, mica_layer_flatten(ctx, NULL));
    mica_model_add(model,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 64, .activation = "relu")));
    mica_model_add(
        model, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 10, .activation = "softmax")));
    mica_model_compile(model, MICA_OPTIONS(compile, .optimizer = mica_adam(ctx, NULL),
                                           .loss = "sparse_categorical_crossentropy",
                                           .metrics = {"accuracy"}));

    MICA_TRY(
        mica_model_summary(model, stdout, err)); /* the first error of the chain above shows here */
    MICA_TRY(mica_model_fit(
        model, train, MICA_OPTIONS(fit, .epochs = 5, .batch_size = 64, .validation_split = 0.1),
        NULL, err));
    mica_results results;
    MICA_TRY(mica_model_evaluate(model, test, NULL, &results, err));
    printf("test accuracy %.4f\n", mica_result(&results, "accuracy"));
    return mica_model_save(model, "mnist_model.h5", err);
}

int main(void) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 42));
    mica_status status = run(ctx, &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_close(&ctx); /* frees what the context still owns */
    return status != MICA_OK;
}
