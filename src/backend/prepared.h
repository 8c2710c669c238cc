/* Kernels that were prepared for a call on row-major operands, kept for the next one of its kind.
 * Eager calls and constant folding run through here. */
#ifndef BACKEND_PREPARED_H
#define BACKEND_PREPARED_H

#include "backend/kernel.h"

/* A prepared kernel for one op, attributes, dtypes and shapes. */
typedef struct prepared {
    struct prepared *next; /* in its bucket */
    uint64_t hash;
    const kernel *kernel; /* NULL: the op is composed of others */
    bool widen;           /* better computed in float32 between casts than by this kernel */
    const op *op;
    void *key; /* the bytes that the hash is of */
    size_t key_bytes;
    kernel_plan plan;
    void *run_state;
} prepared;

#define CACHE_BUCKETS 256
#define CACHE_LIMIT 1024

typedef struct kernel_cache {
    prepared *bucket[CACHE_BUCKETS];
    size_t count;
    void *scratch;
    size_t scratch_bytes;
} kernel_cache;

/* The prepared kernel for a node, made where it is not there yet. NULL: the error is in err. */
prepared *cache_find(kernel_cache *c, const backend *const *from, const kernel_spec *s,
                     mica_error *err);
/* Runs it on row-major operands. */
mica_status prepared_run(kernel_cache *c, const prepared *p, const kernel_spec *s,
                         const void *const *in, void *const *out, team *t, mica_error *err);
/* Scratch memory of at least that size, 64-aligned; NULL without memory. */
void *cache_scratch(kernel_cache *c, size_t bytes);
void cache_free(kernel_cache *c);

#endif
