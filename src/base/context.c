/* The context: see mica/context.h. */
#include "base/context.h"

#include "base/index.h"
#include "base/lock.h"
#include "base/threads.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept_texts {
    const char **list;
    size_t count, room;
    hash_index index;
};

mica_context_options mica_context_defaults(void) {
    return (mica_context_options){.size = sizeof(mica_context_options)};
}

/* Too many are refused, not made fewer: the number is a slip, and each has a stack of its own. */
static void check_threads(mica_context *ctx) {
    const char *wanted = getenv("MICA_NUM_THREADS");
    if (ctx->threads < 0 || ctx->threads > MICA_MAX_THREADS)
        context_fail(ctx, MICA_VALUE, "threads is %d, expected 0 to %d", ctx->threads,
                     MICA_MAX_THREADS);
    else if (!ctx->threads && wanted && *wanted && !threads_number(wanted))
        context_fail(ctx, MICA_VALUE,
                     "MICA_NUM_THREADS is '%s', expected a whole number from 1 to %d", wanted,
                     MICA_MAX_THREADS);
    else if (ctx->options.workers < 0 || ctx->options.workers > MICA_MAX_THREADS)
        context_fail(ctx, MICA_VALUE, "workers is %d, expected 0 to %d", ctx->options.workers,
                     MICA_MAX_THREADS);
    else return;
    ctx->options.workers = 0;
    ctx->threads = 1;
}

mica_context *context_new(const mica_context_options *options) {
    mica_context *ctx = allocate(1, sizeof *ctx);
    if (!ctx) return NULL;
    mica_error err = {0};
    if (options_take(&ctx->options, sizeof ctx->options, options, "context", &err) != MICA_OK)
        context_fail_with(ctx, &err);
    if (ctx->options.backend) {
        snprintf(ctx->backend, sizeof ctx->backend, "%s", ctx->options.backend);
        ctx->options.backend = ctx->backend;
    }
    ctx->threads = ctx->options.threads;
    ctx->threads_reason = "as asked";
    check_threads(ctx);
    if (ctx->threads < 1) ctx->threads = threads_available(&ctx->threads_reason);
    ctx->team = team_open(ctx->threads);
    if (!ctx->team) {
        free(ctx);
        return NULL;
    }
    return ctx;
}

void mica_close(mica_context **ctx) {
    mica_context *c = ctx ? *ctx : NULL;
    if (!c) return;
    for (int i = 0; i < SLOT_COUNT; i++)
        if (c->slots[i].destroy) c->slots[i].destroy(c->slots[i].data);
    lock_give_all(c);
    team_close(c->team);
    arena_free(&c->texts);
    if (c->kept) index_free(&c->kept->index), free(c->kept->list);
    free(c->kept);
    free(c);
    *ctx = NULL;
}

mica_status mica_check(mica_context *ctx, mica_error *err) {
    if (!ctx) return fail(err, MICA_VALUE, "context is NULL: it could not be opened, or is closed");
    mica_status code = ctx->error.code;
    if (code == MICA_OK) return MICA_OK;
    if (err) *err = ctx->error;
    ctx->error = (mica_error){0};
    return code;
}

int mica_threads(const mica_context *ctx) { return ctx ? ctx->threads : 0; }
int context_workers(const mica_context *ctx) {
    return ctx->options.workers ? ctx->options.workers : ctx->threads;
}
const char *mica_threads_reason(const mica_context *ctx) { return ctx ? ctx->threads_reason : ""; }
uint64_t mica_seed(const mica_context *ctx) { return ctx ? ctx->options.seed : 0; }

void context_fail(mica_context *ctx, mica_status code, const char *format, ...) {
    if (!ctx || ctx->error.code != MICA_OK) return;
    va_list args;
    va_start(args, format);
    ctx->error.code = code;
    vsnprintf(ctx->error.message, sizeof ctx->error.message, format, args);
    va_end(args);
}

bool context_lacks(mica_context *ctx, const char *function, const char *name) {
    context_fail(ctx, MICA_VALUE, "%s: %s is NULL", function + (sizeof "mica_" - 1), name);
    return true;
}

void context_fail_with(mica_context *ctx, const mica_error *err) {
    if (ctx && ctx->error.code == MICA_OK) ctx->error = *err;
}

const char *context_text(mica_context *ctx, const char *text) {
    uint64_t hash = hash_bytes(HASH_BEGIN, text, strlen(text));
    size_t at = 0;
    if (!ctx->kept && !(ctx->kept = allocate(1, sizeof *ctx->kept))) return NULL;
    struct kept_texts *k = ctx->kept;
    for (int n; (n = index_next(&k->index, hash, &at)) >= 0;)
        if (!strcmp(k->list[n], text)) return k->list[n];
    const char *own = grow(&k->list, &k->room, k->count + 1, sizeof *k->list)
                          ? arena_text(&ctx->texts, text)
                          : NULL;
    if (!own || !index_add(&k->index, hash, (int)k->count)) return NULL;
    return k->list[k->count++] = own;
}

void context_log(mica_context *ctx, mica_log_level level, const char *format, ...) {
    if (!ctx->options.log) return;
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    ctx->options.log(ctx->options.log_user, level, line);
}
