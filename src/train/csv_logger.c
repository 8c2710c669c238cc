/* csv_logger: see mica/train.h. Source: keras.callbacks.CSVLogger. */
#include "base/file.h"
#include "base/strbuf.h"
#include "train/callback.h"

#include <stdio.h>

typedef struct csv_logger_options {
    size_t size;
    const char *filename;
    bool append;
} csv_logger_options;

static const field csv_logger_fields[] = {
    TEXT(csv_logger_options, filename, NULL, REQUIRED, .help = "the file"),
    BOOLEAN(csv_logger_options, append, .help = "to what is there"), END_OF_FIELDS};

typedef struct logger {
    const char *path;
    bool append, named; /* named: the line of names is there */
    FILE *file;
} logger;

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    const logger *l = user;
    mica_status status = file_check_writable(l->path, err);
    return status == MICA_OK ? status : fail_within(err, status, "csv_logger");
}

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    logger *l = user;
    if (l->file) fclose(l->file);
    l->file = fopen(l->path, l->append || state->epoch ? "a" : "w");
    if (!l->file) return fail_errno(err, l->path, "open");
    /* Where a file that is appended to begins, POSIX leaves open; a pipe has no places. */
    l->named = fseek(l->file, 0, SEEK_END) == 0 && ftell(l->file) > 0;
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    logger *l = user;
    char number[32];
    if (!l->named) {
        fprintf(l->file, "epoch");
        for (int i = 0; i < state->logs->count; i++) fprintf(l->file, ",%s", state->logs->name[i]);
        fprintf(l->file, "\n");
        l->named = true;
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

static const mica_callback *make(mica_context *ctx, const void *options) {
    const csv_logger_options *o = options;
    logger *l;
    mica_callback *c = callback_new(ctx, sizeof *l, (void **)&l);
    if (!c) return NULL;
    l->path = o->filename;
    l->append = o->append;
    c->check = check;
    c->on_train_begin = on_train_begin;
    c->on_epoch_end = on_epoch_end;
    c->destroy = destroy;
    return c;
}

const callback_kind callback_csv_logger = {
    .name = "csv_logger",
    .class_name = "CSVLogger",
    .fields = csv_logger_fields,
    .options_size = sizeof(csv_logger_options),
    .ignored = callback_ignored,
    .make = make,
};

const mica_callback *mica_csv_logger(mica_context *ctx, const char *path, bool append) {
    if (!ctx) return NULL;
    csv_logger_options o = {.size = sizeof o, .filename = path, .append = append};
    return callback_of(ctx, &callback_csv_logger, &o);
}
