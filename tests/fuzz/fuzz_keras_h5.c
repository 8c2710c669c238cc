/* Keras .h5 models: loading whole models, with compile settings and optimizer state, from bytes
 * from anywhere. A byte in front: 0 the rest is a file; else a whole file is made around the rest,
 * which is its model_config, training_config (after a NUL) and card (after another). */
#include "format/keras_h5.h"

#include <stdlib.h>
#include <string.h>

static void load(const char *name, const void *bytes, size_t size) {
    mica_error err = {0};
    mica_model *m;
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1, .backend = "reference"));
    if (!ctx) return;
    mica_status status = keras_h5_load_bytes(ctx, name, bytes, size, &m, &err);
    if (status == MICA_OK && (!m || m->failed)) abort();
    if (status != MICA_OK && !err.message[0]) abort();
    mica_close(&ctx);
}

typedef struct blob {
    unsigned char *data;
    size_t size;
} blob;

static mica_status put(void *context, const void *bytes, size_t size, mica_error *err) {
    blob *b = context;
    unsigned char *more = realloc(b->data, b->size + size + 1);
    if (!more) return fail_memory(err, size, "fuzz");
    if (size) memcpy(more + b->size, bytes, size);
    *b = (blob){more, b->size + size};
    return MICA_OK;
}

static mica_status around(h5_writer *w, const char *config, const char *training, const char *card,
                          blob *out, mica_error *err) {
    static const float values[600] = {1};
    const char *layers[] = {"a", "b"}, *weights[] = {"kernel:0", "bias:0"};
    TRY(h5_write_text(w, "/", "model_config", config, err));
    if (*training) TRY(h5_write_text(w, "/", "training_config", training, err));
    if (*card) TRY(h5_write_text(w, "/", "mica_card", card, err));
    TRY(h5_write_group(w, "/model_weights/a", err));
    TRY(h5_write_group(w, "/model_weights/b", err));
    TRY(h5_write_texts(w, "/model_weights", "layer_names", layers, 2, err));
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "/model_weights/%s", layers[i]);
        TRY(h5_write_texts(w, path, "weight_names", weights, 2, err));
        snprintf(path, sizeof path, "/model_weights/%s/kernel:0", layers[i]);
        TRY(h5_write_dataset(w, path, MICA_FLOAT32, 2, (int64_t[]){3, 3}, values, err));
        snprintf(path, sizeof path, "/model_weights/%s/bias:0", layers[i]);
        TRY(h5_write_dataset(w, path, MICA_FLOAT32, 1, (int64_t[]){3}, values, err));
    }
    return h5_writer_finish(w, put, out, err);
}

static void load_around(const char *text, size_t size) {
    mica_error err;
    h5_writer *w;
    blob made = {0};
    char *copy = calloc(size + 3, 1);
    if (!copy) return;
    memcpy(copy, text, size);
    const char *training = copy + strlen(copy) + 1;
    if (training > copy + size) training = copy + size;
    const char *card = training + strlen(training) + (training < copy + size);
    if (card > copy + size) card = copy + size;
    if (h5_writer_open(&w, &err) == MICA_OK) {
        if (around(w, copy, training, card, &made, &err) == MICA_OK)
            load("fuzz", made.data, made.size);
        h5_writer_close(&w);
    }
    free(made.data);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size && data[0]) load_around((const char *)data + 1, size - 1);
    else if (size) load("fuzz", data + 1, size - 1);
    return 0;
}
