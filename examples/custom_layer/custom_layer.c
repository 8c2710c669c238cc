/* A layer, a loss, a metric and a model of one's own: a gated layer learns where a wave is high.
 * Run it anywhere: build/examples/custom_layer [EPOCHS]
 * Writes custom_layer.h5, which Keras opens too (README.md), and reads it again. */
#include <mica/mica.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the layer: y = (x W + b) sigmoid(sharpness (x V)) ---- */

typedef struct gated_options {
    MICA_LAYER_OPTIONS
    int64_t units;
    double sharpness;
} gated_options;

static const mica_option gated_table[] = {{.name = "units",
                                           .type = MICA_OPTION_INTEGER,
                                           .offset = offsetof(gated_options, units),
                                           .required = true,
                                           .min = 1},
                                          {.name = "sharpness",
                                           .type = MICA_OPTION_REAL,
                                           .offset = offsetof(gated_options, sharpness),
                                           .initial = 1},
                                          {.name = NULL}};

static mica_status gated_build(mica_layer *layer, const void *options, const mica_shape *in,
                               int inputs, mica_error *err) {
    const gated_options *o = options;
    mica_shape matrix = MICA_SHAPE(in->dims[in->rank - 1], o->units), row = MICA_SHAPE(o->units);
    MICA_TRY(mica_layer_add_weight(layer, "kernel", matrix, NULL, NULL, true, err));
    MICA_TRY(mica_layer_add_weight(layer, "bias", row, "zeros", NULL, true, err));
    return mica_layer_add_weight(layer, "gate", matrix, NULL, NULL, true, err);
}

static void gated_call(mica_call *c) {
    const gated_options *o = c->options;
    mica_tensor *x = c->in[0];
    mica_tensor *y = mica_add(mica_matmul(x, mica_layer_get_weight(c->layer, "kernel")),
                              mica_layer_get_weight(c->layer, "bias"));
    mica_tensor *gate = mica_matmul(x, mica_layer_get_weight(c->layer, "gate"));
    mica_tensor *sharp = mica_multiply(gate, mica_fill_like(gate, o->sharpness));
    c->out[0] = mica_multiply(y, mica_sigmoid(sharp));
}

/* ---- the loss: log(cosh(difference)) of every sample; the metric: how many are within 0.1 ---- */

static mica_tensor *distance(mica_tensor *y_true, mica_tensor *y_pred) {
    return mica_abs(mica_subtract(y_true, y_pred));
}

static mica_tensor *rounded_call(const void *options, mica_tensor *y_true, mica_tensor *y_pred) {
    mica_tensor *d = distance(y_true, y_pred), *one = mica_ones_like(d);
    return mica_mean(mica_subtract(mica_sqrt(mica_add(mica_square(d), one)), one), MICA_AXES(-1),
                     false);
}

static mica_tensor *within_call(const void *options, mica_tensor *y_true, mica_tensor *y_pred) {
    mica_tensor *d = distance(y_true, y_pred);
    mica_tensor *near = mica_less(d, mica_fill_like(d, 0.1));
    return mica_mean(mica_cast(near, MICA_FLOAT32), MICA_AXES(-1), false);
}

static mica_status register_all(mica_context *ctx, mica_error *err) {
    MICA_TRY(mica_register_layer(ctx,
                                 MICA_OPTIONS(layer_class, .name = "Gated", .options = gated_table,
                                              .options_size = sizeof(gated_options), .min_rank = 2,
                                              .build = gated_build, .call = gated_call),
                                 err));
    MICA_TRY(mica_register_loss(ctx,
                                MICA_OPTIONS(loss_class, .name = "rounded_error",
                                             .class_name = "RoundedError", .call = rounded_call),
                                err));
    return mica_register_metric(
        ctx,
        MICA_OPTIONS(metric_class, .name = "within", .class_name = "Within", .call = within_call),
        err);
}

/* ---- the model: a function over layers ---- */

static void wave_model(void *user, mica_tensor *const *x, mica_tensor **y) {
    mica_context *ctx = user;
    gated_options gated = {.size = sizeof gated, .units = 24, .sharpness = 2};
    mica_tensor *h = mica_apply(mica_layer_new(ctx, "Gated", &gated), x[0]);
    mica_tensor *skip = mica_apply(
        mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 24, .activation = "tanh")), x[0]);
    h = mica_apply_many(mica_layer_multiply(ctx, NULL), (mica_tensor *[]){h, skip}, 2);
    y[0] = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1, .name = "height")), h);
}

enum { ROWS = 512 };

/* Height of a wave at 512 places, with the place and its square as features. */
static mica_dataset *make_data(mica_context *ctx) {
    static float x[ROWS][2], y[ROWS][1];
    for (int i = 0; i < ROWS; i++) {
        double at = (double)(i * 37 % ROWS) / ROWS * 2 - 1;
        x[i][0] = (float)at, x[i][1] = (float)(at * at);
        y[i][0] = (float)sin(4 * at);
    }
    mica_tensor *in = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 2), x);
    mica_tensor *out = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 1), y);
    return mica_dataset_new(ctx, &in, 1, &out, 1, NULL);
}

static mica_status train(mica_context *ctx, int epochs, mica_error *err) {
    mica_results r;
    mica_shape input = MICA_SHAPE(2);
    MICA_TRY(register_all(ctx, err));
    mica_model *m = mica_model_custom(ctx, "wave", &input, 1, 1, wave_model, ctx);
    mica_model_compile(
        m, MICA_OPTIONS(compile,
                        .optimizer = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = 0.01)),
                        .loss = "rounded_error", .metrics = {"within"}));
    mica_dataset *data = make_data(ctx);
    MICA_TRY(
        mica_model_fit(m, data, MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 32), NULL, err));
    MICA_TRY(mica_model_evaluate(m, data, NULL, &r, err));
    printf("trained: loss %.5f, within 0.1: %.3f\n", r.value[0], r.value[1]);
    float heights[3], places[3][2] = {{-0.5f, 0.25f}, {0, 0}, {0.5f, 0.25f}};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), places), *y;
    MICA_TRY(mica_model_predict(m, &x, 1, 3, &y, err));
    MICA_TRY(mica_tensor_read(y, MICA_FLOAT32, heights, sizeof heights, err));
    printf("heights at -0.5, 0, 0.5: %.6f %.6f %.6f\n", heights[0], heights[1], heights[2]);
    return mica_model_save(m, "custom_layer.h5", err);
}

/* Another context knows nothing of the classes until they are registered. */
static mica_status read_again(mica_context *ctx, mica_error *err) {
    mica_model *m;
    mica_results r;
    mica_status status = mica_model_load(ctx, "custom_layer.h5", &m, err);
    printf("without register: %s\n", status == MICA_OK ? "?" : err->message);
    MICA_TRY(register_all(ctx, err));
    MICA_TRY(mica_model_load(ctx, "custom_layer.h5", &m, err));
    MICA_TRY(mica_model_evaluate(m, make_data(ctx), NULL, &r, err));
    printf("read again: loss %.5f, within 0.1: %.3f\n", r.value[0], r.value[1]);
    return MICA_OK;
}

int main(int argc, char **argv) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 1));
    mica_status status = train(ctx, argc > 1 ? atoi(argv[1]) : 60, &err);
    mica_close(&ctx);
    ctx = mica_open(NULL);
    if (status == MICA_OK) status = read_again(ctx, &err);
    mica_close(&ctx);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    return status != MICA_OK;
}
