/* A generative adversarial network: a generator draws digits out of noise, a discriminator tells
 * drawn ones from MNIST's; each learns from the other, with an optimizer of its own.
 * Run it in the project's folder: build/examples/gan [EPOCHS [STEPS [FOLDER]]]
 * After every epoch FOLDER/epoch_NN.png shows what the generator draws of the same 64 noises.
 * Source: Goodfellow et al. (2014); Radford et al. (2015), DCGAN. */
#include <mica/mica.h>

#include <stdlib.h>
#include <time.h>

enum { BATCH = 64, NOISE = 100, GRID = 8, SIDE = 28, MOST_WEIGHTS = 32 };

typedef struct player {
    mica_model *model;
    mica_optimizer *optimizer;
    mica_tensor *weights[MOST_WEIGHTS];
    int count;
} player;

static void finish(mica_context *ctx, player *p) {
    p->optimizer = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = 2e-4, .beta_1 = 0.5));
    p->count = mica_model_trainable(p->model, p->weights, MOST_WEIGHTS);
}

/* (B, 100) noise to (B, 28, 28, 1) pictures from -1 (black) to 1 (white). */
static player make_generator(mica_context *ctx) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(NOISE));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 7 * 7 * 128, .no_bias = true)));
    mica_model_add(m, mica_layer_batch_normalization(ctx, NULL));
    mica_model_add(m, mica_layer_leaky_relu(ctx, MICA_OPTIONS(leaky_relu, .negative_slope = 0.2)));
    mica_model_add(
        m, mica_layer_reshape(ctx, MICA_OPTIONS(reshape, .target_shape = MICA_SHAPE(7, 7, 128))));
    mica_model_add(m,
                   mica_layer_conv2d_transpose(
                       ctx, MICA_OPTIONS(conv2d_transpose, .filters = 64, .kernel_size = {5, 5},
                                         .strides = {2, 2}, .padding = "same", .no_bias = true)));
    mica_model_add(m, mica_layer_batch_normalization(ctx, NULL));
    mica_model_add(m, mica_layer_leaky_relu(ctx, MICA_OPTIONS(leaky_relu, .negative_slope = 0.2)));
    mica_model_add(
        m, mica_layer_conv2d_transpose(ctx, MICA_OPTIONS(conv2d_transpose, .filters = 1,
                                                         .kernel_size = {5, 5}, .strides = {2, 2},
                                                         .padding = "same", .activation = "tanh")));
    player p = {.model = m};
    finish(ctx, &p);
    return p;
}

/* (B, 28, 28, 1) pictures to (B, 1): above 0 means that it looks like MNIST's. */
static player make_discriminator(mica_context *ctx) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(SIDE, SIDE, 1));
    mica_model_add(m,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 32, .kernel_size = {5, 5},
                                                       .strides = {2, 2}, .padding = "same")));
    mica_model_add(m, mica_layer_leaky_relu(ctx, MICA_OPTIONS(leaky_relu, .negative_slope = 0.2)));
    mica_model_add(m, mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.3)));
    mica_model_add(m,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 64, .kernel_size = {5, 5},
                                                       .strides = {2, 2}, .padding = "same")));
    mica_model_add(m, mica_layer_leaky_relu(ctx, MICA_OPTIONS(leaky_relu, .negative_slope = 0.2)));
    mica_model_add(m, mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.3)));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    player p = {.model = m};
    finish(ctx, &p);
    return p;
}

static mica_tensor *noise(mica_context *ctx, int64_t rows) {
    return mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(rows, NOISE), 0, 1);
}

/* A batch of MNIST's digits as the generator draws them: -1 to 1. */
static mica_tensor *real_digits(mica_context *ctx, mica_dataset *digits) {
    int64_t rows[BATCH];
    for (int i = 0; i < BATCH; i++) rows[i] = rand() % mica_dataset_size(digits);
    mica_tensor *x = mica_cast(mica_dataset_input(digits, 0, rows, BATCH), MICA_FLOAT32);
    x = mica_subtract(mica_multiply(x, mica_scalar(ctx, MICA_FLOAT32, 2.0 / 255)),
                      mica_scalar(ctx, MICA_FLOAT32, 1));
    return mica_reshape(x, MICA_SHAPE(BATCH, SIDE, SIDE, 1));
}

static void learn(mica_tape *tape, player *p, mica_tensor *loss) {
    mica_tensor *gradients[MOST_WEIGHTS];
    mica_tape_gradient(tape, loss, p->weights, p->count, gradients);
    mica_optimizer_apply(p->optimizer, p->weights, gradients, p->count);
}

/* One step of both. losses: of the discriminator, of the generator. */
static void train_step(mica_context *ctx, player *generator, player *discriminator,
                       mica_tensor *real, double losses[2]) {
    mica_tape *tape = mica_tape_open(ctx, MICA_OPTIONS(tape, .persistent = true));
    mica_tensor *drawn = mica_model_call(generator->model, noise(ctx, BATCH), true);
    mica_tensor *on_real = mica_model_call(discriminator->model, real, true);
    mica_tensor *on_drawn = mica_model_call(discriminator->model, drawn, true);
    mica_tensor *ones = mica_ones_like(on_real), *zeros = mica_zeros_like(on_real);
    mica_tensor *loss = mica_add(mica_binary_crossentropy(ones, on_real, true),
                                 mica_binary_crossentropy(zeros, on_drawn, true));
    mica_tensor *fooled = mica_binary_crossentropy(ones, on_drawn, true);
    learn(tape, generator, fooled);
    learn(tape, discriminator, loss);
    losses[0] += mica_tensor_item(loss);
    losses[1] += mica_tensor_item(fooled);
    mica_tape_close(&tape);
}

/* 64 pictures as one of 8 by 8: (8, 8, 28, 28) to (8 * 28, 8 * 28). */
static mica_status save_samples(mica_context *ctx, player *generator, mica_tensor *noises,
                                const char *folder, int epoch, mica_error *err) {
    char path[512];
    snprintf(path, sizeof path, "%s/epoch_%02d.png", folder, epoch);
    mica_scope *scope = mica_scope_open(ctx);
    mica_tensor *x = mica_model_call(generator->model, noises, false);
    x = mica_transpose(mica_reshape(x, MICA_SHAPE(GRID, GRID, SIDE, SIDE)), MICA_AXES(0, 2, 1, 3));
    x = mica_multiply(mica_add(mica_reshape(x, MICA_SHAPE(GRID * SIDE, GRID * SIDE)),
                               mica_scalar(ctx, MICA_FLOAT32, 1)),
                      mica_scalar(ctx, MICA_FLOAT32, 127.5));
    mica_status status = mica_check(ctx, err);
    if (status == MICA_OK) status = mica_image_save(x, path, err);
    mica_scope_close(&scope);
    return status;
}

static double seconds(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static mica_status run(mica_context *ctx, int epochs, int steps, const char *folder,
                       mica_error *err) {
    mica_dataset *digits = mica_load_mnist(ctx, "data/mnist", MICA_TRAIN);
    player generator = make_generator(ctx), discriminator = make_discriminator(ctx);
    mica_tensor *noises = noise(ctx, GRID * GRID);
    MICA_TRY(mica_check(ctx, err)); /* the first error of all those calls, if any */
    for (int epoch = 1; epoch <= epochs; epoch++) {
        double losses[2] = {0}, begin = seconds();
        for (int step = 0; step < steps; step++) {
            mica_scope *scope = mica_scope_open(ctx); /* owns the step's tensors */
            train_step(ctx, &generator, &discriminator, real_digits(ctx, digits), losses);
            mica_scope_close(&scope);
            MICA_TRY(mica_check(ctx, err));
        }
        MICA_TRY(save_samples(ctx, &generator, noises, folder, epoch, err));
        printf("epoch %d/%d  discriminator %.3f  generator %.3f  %.1f s\n", epoch, epochs,
               losses[0] / steps, losses[1] / steps, seconds() - begin);
        fflush(stdout);
    }
    return MICA_OK;
}

int main(int argc, char **argv) {
    int epochs = argc > 1 ? atoi(argv[1]) : 10, steps = argc > 2 ? atoi(argv[2]) : 60000 / BATCH;
    mica_error err = {0};
    if (epochs < 1 || steps < 1) {
        fprintf(stderr, "usage: gan [EPOCHS [STEPS [FOLDER]]]\n");
        return 2;
    }
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 7));
    mica_status status = run(ctx, epochs, steps, argc > 3 ? argv[3] : ".", &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_close(&ctx); /* frees what the context still owns */
    return status != MICA_OK;
}
