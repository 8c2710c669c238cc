/* What tests/interop/test_keras_h5.py holds against Keras 3 and tf_keras:
 *
 *   model_tool resave IN OUT                     load, save
 *   model_tool predict MODEL OUTPUT INPUT …      arrays in mica's order, as raw float32 files
 *   model_tool train MODEL OUT STEPS X Y         full-batch steps, no shuffle; raw float32 files
 *   model_tool functional OUT                    a model that mica made, with branches and a shared
 *                                                layer, compiled
 * Raw files hold rows * elements of one sample, nothing else. */
#include "base/file.h"
#include "format/format.h"
#include "mica/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DO(call)                                                                                   \
    do {                                                                                           \
        if ((call) != MICA_OK) {                                                                   \
            fprintf(stderr, "%s\n", err.message);                                                  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static mica_error err;

static void tell(void *user, mica_log_level level, const char *text) {
    fprintf(stderr, "%s\n", text);
}

/* A raw file as a tensor of shape (rows, rest of `wanted`). */
static mica_tensor *raw(mica_context *ctx, const char *path, const shape *wanted) {
    file_bytes bytes;
    shape s = *wanted;
    int64_t sample = 1;
    DO(file_read(path, &bytes, &err));
    for (int i = 1; i < s.rank; i++) sample *= s.dims[i];
    s.dims[0] = (int64_t)(bytes.size / sizeof(float)) / sample;
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, s, bytes.data);
    free(bytes.data);
    return t;
}

static void predict(mica_model *m, const char *output, char **inputs) {
    mica_tensor *x[MAX_MODEL_INPUTS], *y[MAX_MODEL_OUTPUTS];
    char path[512];
    for (int i = 0; i < m->input_count; i++) x[i] = raw(m->ctx, inputs[i], model_input_shape(m, i));
    DO(mica_model_predict(m, x, m->input_count, 32, y, &err));
    for (int i = 0; i < m->output_count; i++) {
        snprintf(path, sizeof path, "%s.%d", output, i);
        size_t n = (size_t)mica_tensor_size(y[i]);
        float *values = malloc((n + 1) * sizeof *values);
        DO(mica_tensor_read(y[i], MICA_FLOAT32, values, n * sizeof *values, &err));
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(values, sizeof *values, n, f) != n || fclose(f)) exit(1);
        free(values);
    }
}

static void train(mica_model *m, int steps, const char *x_path, const char *y_path) {
    const shape *out = model_output_shape(m, 0);
    shape labels = {1, {-1}};
    bool sparse = m->compiled.loss[0] && m->compiled.loss[0]->kind->sparse_labels;
    mica_tensor *x = raw(m->ctx, x_path, model_input_shape(m, 0));
    mica_tensor *y = raw(m->ctx, y_path, sparse ? &labels : out);
    mica_dataset *d = mica_dataset_new(m->ctx, &x, 1, &y, 1, NULL);
    DO(mica_model_fit(
        m, d,
        MICA_OPTIONS(fit, .epochs = steps, .batch_size = x->shape.dims[0], .no_shuffle = true),
        NULL, &err));
}

static mica_model *functional(mica_context *ctx) {
    mica_tensor *in[2] = {mica_input(ctx, MICA_SHAPE(6), "left"),
                          mica_input(ctx, MICA_SHAPE(4), "right")};
    mica_layer *shared = mica_layer_dense(
        ctx, MICA_OPTIONS(dense, .units = 6, .name = "shared", .activation = "tanh"));
    mica_tensor *a = mica_apply(shared, mica_apply(shared, in[0]));
    mica_tensor *b = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 6)), in[1]);
    b = mica_apply(mica_layer_batch_normalization(ctx, NULL), b);
    mica_tensor *c = mica_apply_many(mica_layer_add(ctx, NULL), (mica_tensor *[]){a, b}, 2);
    mica_tensor *d = mica_apply_many(mica_layer_concatenate(ctx, NULL),
                                     (mica_tensor *[]){c, in[1], b}, 3);
    mica_tensor *out[2] = {
        mica_apply(
            mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .name = "late", .frozen = true)),
            d),
        mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = "early",
                                                      .activation = "softmax")),
                   c)};
    mica_model *m = mica_model_new(ctx, in, 2, out, 2, "branches");
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .losses = {"mse", "categorical_crossentropy"},
                                       .loss_weights = {1, 0.5}, .metrics = {"accuracy"}));
    return m;
}

int main(int argc, char **argv) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .log = tell));
    mica_model *m = NULL;
    const char *command = argc > 2 ? argv[1] : "";
    if (!ctx) return 1;
    if (!strcmp(command, "functional")) m = functional(ctx);
    else if (argc > 3) DO(mica_model_load(ctx, argv[2], &m, &err));
    DO(mica_check(ctx, &err));
    if (!m) return 2;
    if (!strcmp(command, "predict")) predict(m, argv[3], argv + 4);
    if (!strcmp(command, "train") && argc == 7) train(m, atoi(argv[4]), argv[5], argv[6]);
    if (!strcmp(command, "functional")) DO(mica_model_save(m, argv[2], &err));
    if (!strcmp(command, "train") || !strcmp(command, "resave"))
        DO(mica_model_save(m, argv[3], &err));
    mica_close(&ctx);
    return 0;
}
