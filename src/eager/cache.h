/* Kernels that were prepared for a call, kept for the next call of the same kind. */
#ifndef EAGER_CACHE_H
#define EAGER_CACHE_H

#include "backend/kernel.h"

/* A prepared kernel for one op, attributes, dtypes and shapes. */
typedef struct prepared {
    struct prepared *next; /* in its bucket */
    uint64_t hash;
    const kernel *kernel;  /* NULL: the op is composed of others */
    const op *op;
    void *key;             /* the bytes that the hash is of */
    size_t key_bytes;
    kernel_plan plan;
    void *run_state;
} prepared;

#define CACHE_BUCKETS 256
#define CACHE_LIMIT 1024

typedef struct eager_cache {
    prepared *bucket[CACHE_BUCKETS];
    size_t count;
    void *scratch;
    size_t scratch_bytes;
} eager_cache;

/* The prepared kernel for a node, made where it is not there yet. NULL: the error is in err. */
prepared *cache_find(eager_cache *c, const backend *const *from, const kernel_spec *s,
                     mica_error *err);
/* Scratch memory of at least that size, 64-aligned; NULL without memory. */
void *cache_scratch(eager_cache *c, size_t bytes);
void cache_free(eager_cache *c);

#endif
