/* csv_logger: see mica/train.h. Source: keras.callbacks.CSVLogger. */
#include "base/strbuf.h"
#include "train/callback.h"

#include <stdio.h>

typedef struct logger {
    const char *path;
    bool append;
    FILE *file;
} logger;

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    logger *l = user;
    l->file = fopen(l->path, l->append || state->epoch ? "a" : "w");
    return l->file ? MICA_OK : fail_errno(err, l->path, "open");
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    logger *l = user;
    char number[32];
    if (ftell(l->file) == 0) {
        fprintf(l->file, "epoch");
        for (int i = 0; i < state->logs->count; i++) fprintf(l->file, ",%s", state->logs->name[i]);
        fprintf(l->file, "\n");
    }
    fprintf(l->file, "%d", state->epoch);
    for (int i = 0; i < state->logs->count; i++) {
        format_real(number, state->logs->value[i]);
        fprintf(l->file, ",%s", number);
    }
    fprintf(l->file, "\n");
    return fflush(l->file) ? fail_errno(err, l->path, "write") : MICA_OK;
}

static void destroy(void *user) {
    logger *l = user;
    if (l->file) fclose(l->file);
    l->file = NULL;
}

const mica_callback *mica_csv_logger(mica_context *ctx, const char *path, bool append) {
    logger *l;
    mica_callback *c = callback_new(ctx, sizeof *l, (void **)&l);
    if (!c) return NULL;
    l->path = arena_text(&ctx->texts, path);
    l->append = append;
    c->on_train_begin = on_train_begin;
    c->on_epoch_end = on_epoch_end;
    c->destroy = destroy;
    return c;
}
