/* Model configs: the JSON of Keras 1, 2 and 3, the recipe's short form, and after a NUL compile
 * settings. What is read is written in a form that is read again, and summarised. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As a loader of files: weights are not filled, and no more of them than this. */
#define WEIGHTS 100000

static mica_context *open_context(int64_t *room) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1, .backend = "reference"));
    *room = WEIGHTS;
    if (ctx) ctx->weight_room = room;
    return ctx;
}

static void require_message(mica_status status, const mica_error *err) {
    if (status != MICA_OK && (!err->message[0] || status == MICA_INTERNAL)) {
        fprintf(stderr, "status %d: %s\n", (int)status, err->message);
        abort();
    }
}

/* A model from that config again. */
static void read_again(const json_t *config) {
    int64_t room;
    mica_error err = {0};
    mica_model *m = NULL;
    mica_context *ctx = open_context(&room);
    if (!ctx) return;
    if (model_from_config(ctx, config, "again", &m, &err) != MICA_OK && err.code != MICA_MEMORY) {
        fprintf(stderr, "what was written is not read: %s\n", err.message);
        abort();
    }
    mica_close(&ctx);
}

static void write_out(mica_model *m) {
    mica_error err = {0};
    json_t *config = NULL;
    FILE *none = fopen("/dev/null", "w");
    if (none) require_message(mica_model_summary(m, none, &err), &err);
    if (none) fclose(none);
    mica_status status = model_config(m, &config, &err);
    require_message(status, &err);
    if (status == MICA_OK) read_again(config);
    json_decref(config);
}

static void compile(mica_model *m, const char *text, size_t size) {
    mica_error err = {0};
    json_t *config, *written = NULL;
    if (config_parse(text, size, "compile", &config, &err) != MICA_OK) return;
    if (json_is_object(config)) {
        mica_status status = compile_from_config(m, config, &err);
        require_message(status, &err);
        if (status == MICA_OK) require_message(compile_config(m, &written, &err), &err);
    }
    json_decref(written);
    json_decref(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    size_t length = strnlen(text, size);
    int64_t room;
    mica_error err = {0};
    json_t *config = NULL;
    mica_model *m = NULL;
    if (config_parse(text, length, "fuzz", &config, &err) != MICA_OK) return 0;
    mica_context *ctx = open_context(&room);
    mica_status status = ctx ? model_from_config(ctx, config, "fuzz", &m, &err) : MICA_MEMORY;
    if (ctx) require_message(status, &err);
    if (status == MICA_OK) write_out(m);
    if (status == MICA_OK && length < size) compile(m, text + length + 1, size - length - 1);
    json_decref(config);
    mica_close(&ctx);
    return 0;
}
