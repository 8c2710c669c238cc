/* Checkpoints: fit goes on from any bytes or refuses them. A byte in front: 0 the rest is the file;
 * else the rest is a JSON object whose keys replace those of a true checkpoint, with a right
 * checksum, so that what the checksum would hide is reached. */
#include "base/config.h"
#include "codec/deflate.h"
#include "mica/mica.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_BYTES 20

static mica_status fit(const char *path, bool resume, int epochs, mica_error *err) {
    static const float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    mica_history history = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1, .backend = "reference"));
    if (!ctx) return MICA_MEMORY;
    mica_tensor *in = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(5, 2), x);
    mica_tensor *out = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(5, 1), x);
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse", .metrics = {"mae"}));
    mica_dataset *d = mica_dataset_new(ctx, &in, 1, &out, 1, NULL);
    mica_status status = mica_model_fit(
        m, d,
        MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 2, .checkpoint = path, .resume = resume,
                     .callbacks = {mica_early_stopping(
                         ctx, MICA_OPTIONS(early_stopping, .monitor = "loss", .patience = 100,
                                           .restore_best_weights = true))}),
        &history, err);
    mica_history_free(&history);
    mica_close(&ctx);
    return status;
}

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = calloc(1, 1 << 20);
    *size = file && bytes ? fread(bytes, 1, 1 << 20, file) : 0;
    if (file) fclose(file);
    return bytes;
}

static void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (!file) return;
    (void)!fwrite(bytes, 1, size, file);
    fclose(file);
}

/* The true checkpoint with other values. */
static void change(const unsigned char *true_file, size_t true_size, const json_t *changes,
                   const char *path) {
    uint64_t length;
    json_t *tree;
    memcpy(&length, true_file + 12, 8);
    if (config_parse((const char *)true_file + HEAD_BYTES, length, "true", &tree, NULL) != MICA_OK)
        abort();
    json_object_update(tree, (json_t *)changes);
    char *text = config_text(tree);
    json_decref(tree);
    if (!text) return;
    size_t rest = true_size - HEAD_BYTES - length - 4, at = strlen(text) + HEAD_BYTES;
    unsigned char *made = calloc(1, at + rest + 4);
    if (made) {
        uint64_t text_bytes = strlen(text);
        memcpy(made, true_file, 12);
        memcpy(made + 12, &text_bytes, 8);
        memcpy(made + HEAD_BYTES, text, text_bytes);
        memcpy(made + at, true_file + HEAD_BYTES + length, rest);
        uint32_t crc = crc32_of(0, made, at + rest);
        memcpy(made + at + rest, &crc, 4);
        write_file(path, made, at + rest + 4);
    }
    free(made);
    free(text);
}

static void resume(const char *path) {
    mica_error err = {0};
    mica_status status = fit(path, true, 3, &err);
    if (status != MICA_OK && (!err.message[0] || status == MICA_INTERNAL)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned char *true_file; /* made once */
    static size_t true_size;
    static char path[64];
    mica_error err = {0};
    json_t *changes = NULL;
    if (!true_file) {
        snprintf(path, sizeof path, "/dev/shm/mica_fuzz_checkpoint_%d", (int)getpid());
        if (fit(path, false, 2, &err) != MICA_OK) abort();
        true_file = read_file(path, &true_size);
        if (!true_file || true_size < HEAD_BYTES + 4) abort();
    }
    if (size && !data[0]) {
        write_file(path, data + 1, size - 1);
        resume(path);
    } else if (size &&
               config_parse((const char *)data + 1, size - 1, "fuzz", &changes, NULL) == MICA_OK) {
        if (json_is_object(changes)) {
            change(true_file, true_size, changes, path);
            resume(path);
        }
        json_decref(changes);
    }
    unlink(path);
    return 0;
}
