/* A convolutional autoencoder: 784 pixels of a digit through a code of 49 numbers and back. The
 * digits are their own targets. Run it in the project's folder:
 * build/examples/autoencoder [EPOCHS [DIGITS [PICTURE]]] */
#include <mica/mica.h>

#include <stdlib.h>

#define SIDE 28
#define COLUMNS 12 /* of the picture */

static void add_conv(mica_context *ctx, mica_model *m, int filters, int strides,
                     const char *activation) {
    mica_model_add(
        m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = filters, .kernel_size = {3},
                                               .strides = {strides}, .padding = "same",
                                               .activation = activation)));
}

static mica_model *make_model(mica_context *ctx) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(SIDE, SIDE, 1));
    add_conv(ctx, m, 16, 2, "relu");
    add_conv(ctx, m, 1, 2, "relu"); /* the code: (7, 7, 1) */
    add_conv(ctx, m, 32, 1, "relu");
    mica_model_add(m, mica_layer_up_sampling2d(ctx, NULL));
    add_conv(ctx, m, 16, 1, "relu");
    mica_model_add(m, mica_layer_up_sampling2d(ctx, NULL));
    add_conv(ctx, m, 1, 1, "sigmoid");
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer = mica_adam(ctx, NULL), .loss = "binary_crossentropy"));
    return m;
}

/* The first `count` digits, 0 … 1. */
static mica_tensor *digits(mica_context *ctx, mica_part part, int64_t count) {
    mica_tensor *x = mica_dataset_input(mica_load_mnist(ctx, "data/mnist", part), 0, NULL, count);
    x = mica_reshape(mica_cast(x, MICA_FLOAT32), MICA_SHAPE(-1, SIDE, SIDE, 1));
    return mica_multiply(x, mica_scalar(ctx, MICA_FLOAT32, 1.0 / 255));
}

/* Two rows of digits, x above y: (COLUMNS, SIDE, SIDE, 1) each to (2 SIDE, COLUMNS SIDE). */
static mica_tensor *picture(mica_context *ctx, mica_tensor *x, mica_tensor *y) {
    mica_tensor *rows = mica_stack((mica_tensor *[]){x, y}, 2, 0);
    rows = mica_reshape(rows, MICA_SHAPE(2, COLUMNS, SIDE, SIDE));
    rows = mica_transpose(rows, MICA_AXES(0, 2, 1, 3));
    rows = mica_reshape(rows, MICA_SHAPE(2 * SIDE, COLUMNS * SIDE));
    return mica_multiply(rows, mica_scalar(ctx, MICA_FLOAT32, 255));
}

static mica_status run(mica_context *ctx, int epochs, int64_t count, const char *path,
                       mica_error *err) {
    mica_tensor *x = digits(ctx, MICA_TRAIN, count), *test = digits(ctx, MICA_TEST, COLUMNS), *y;
    mica_dataset *data = mica_dataset_new(ctx, &x, 1, &x, 1, NULL);
    mica_model *model = make_model(ctx);
    MICA_TRY(mica_model_summary(model, stdout, err));
    MICA_TRY(mica_model_fit(
        model, data, MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 64, .validation_split = 0.1),
        NULL, err));
    MICA_TRY(mica_model_predict(model, &test, 1, COLUMNS, &y, err));
    MICA_TRY(mica_image_save(picture(ctx, test, y), path, err));
    printf("%s: digits that the network has not seen, and below what is left of them\n", path);
    return MICA_OK;
}

int main(int argc, char **argv) {
    int epochs = argc > 1 ? atoi(argv[1]) : 10, count = argc > 2 ? atoi(argv[2]) : 60000;
    mica_error err = {0};
    if (epochs < 1 || count < 64 || count > 60000) {
        fprintf(stderr, "usage: autoencoder [EPOCHS [DIGITS (64 to 60000) [PICTURE]]]\n");
        return 2;
    }
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 5));
    mica_status status = run(ctx, epochs, count, argc > 3 ? argv[3] : "autoencoder.png", &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_close(&ctx); /* frees what the context still owns */
    return status != MICA_OK;
}
