/* The context: threads, seed, backend, log, the sticky error. No state is global: two contexts do
 * not meet. One thread at a time uses a context to build and to run eagerly; compiled models run
 * on any number of threads. */
#ifndef MICA_CONTEXT_H
#define MICA_CONTEXT_H

#include "mica/api.h"
#include "mica/options.h"
#include "mica/status.h"

MICA_API_BEGIN

typedef struct mica_context mica_context;

#define MICA_MAX_THREADS 1024 /* of one context */

typedef enum mica_log_level { MICA_LOG_ERROR, MICA_LOG_WARNING, MICA_LOG_INFO } mica_log_level;

typedef struct mica_context_options {
    size_t size;
    uint64_t seed; /* of initial weights, shuffling, dropout (default 0) */
    int threads;   /* worker threads; 0: affinity, cgroup quota and cores decide; at most
                      MICA_MAX_THREADS (default 0) */
    int workers;   /* threads that decode pictures and sounds and map samples; 0: as many as
                      threads; at most MICA_MAX_THREADS (default 0) */
    const char
        *backend; /* "reference", "cpu", "onednn": the highest that may be used (default all) */
    void (*log)(void *user, mica_log_level level, const char *text); /* (default: silent) */
    void *log_user;
} mica_context_options;

mica_context_options mica_context_defaults(void);

/* A context, or NULL where memory is not enough. NULL options take the defaults. MICA_NUM_THREADS
 * in the environment goes before what the machine allows; it, `threads` and `workers` beyond
 * MICA_MAX_THREADS are a VALUE error that mica_check tells. */
mica_context *mica_open(const mica_context_options *options);
/* Frees the context and all that it still owns (tensors, layers, models); sets *ctx to NULL. */
void mica_close(mica_context **ctx);

/* The first error of the calls that return handles, since the last mica_check; then forgets it. */
mica_status mica_check(mica_context *ctx, mica_error *err);

/* The type of layers that are made from now on and say none: "float32", "float64",
 * "mixed_bfloat16", "mixed_float16" … (variables float32, computing in the lower one). Errors:
 * NAME. Source: keras.config.set_dtype_policy. */
mica_status mica_set_dtype_policy(mica_context *ctx, const char *policy, mica_error *err);
const char *mica_dtype_policy(const mica_context *ctx); /* (default "float32") */

int mica_threads(const mica_context *ctx);
/* Why that many threads, e.g. "cgroup quota of 2 CPUs". */
const char *mica_threads_reason(const mica_context *ctx);
uint64_t mica_seed(const mica_context *ctx);

MICA_API_END

#endif
