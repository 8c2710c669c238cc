/* The context as the rooms above see it: the sticky error and slots for what they keep in it. */
#ifndef BASE_CONTEXT_H
#define BASE_CONTEXT_H

#include "base/memory.h"
#include "base/parallel.h"
#include "mica/context.h"

/* One slot a room that keeps something in the context; destroyed in this order at mica_close. */
typedef enum context_slot {
    SLOT_DATASETS, /* data/; those that models map hold them */
    SLOT_MODELS,   /* model/ */
    SLOT_LAYERS,   /* layer/, loss/, optim/, metric/: those that no model owns */
    SLOT_LOSSES,
    SLOT_OPTIMIZERS,
    SLOT_METRICS,
    SLOT_REGISTRY,  /* layers and ops that the user registered */
    SLOT_FUNCTIONS, /* eager/: compiled functions */
    SLOT_EAGER,     /* eager/: kernel cache */
    SLOT_EMITTER,   /* op/: the emitters that are open */
    SLOT_TENSORS,   /* tensor/: the outermost scope, the poison tensor */
    SLOT_COUNT
} context_slot;

typedef struct context_entry {
    void *data;
    void (*destroy)(void *data);
} context_entry;

struct mica_context {
    mica_context_options options;
    char backend[16];
    int threads;
    const char *threads_reason;
    team *team;
    mica_error error;         /* the first of the sticky ones; code MICA_OK where none */
    uint64_t tensors;         /* how many handles were made: each has a number of its own */
    arena texts;              /* what lives as long as the context */
    struct kept_texts *kept;  /* strings among it, each once: context_text */
    const char *dtype_policy; /* NULL: float32 */
    context_entry slots[SLOT_COUNT];
    struct held_lock *locks; /* files that no other process may write now: lock.h */
    uint64_t random_counter; /* of eager random ops */
    int64_t *weight_room;    /* while a model is loaded: how many more elements the file has for new
                                weights, which then begin at zero; NULL: weights are initialized */
    int weight_copies;       /* how many numbers a training will keep for one of a trainable weight:
                                itself, its gradient, the optimizer's slots; 0: none is planned */
    double weight_promised;  /* bytes of those copies that are still to come for the weights made */
};

/* A context without an emitter: mica_open (eager/open.c) adds the eager one. */
mica_context *context_new(const mica_context_options *options);

/* Threads that work on samples. */
int context_workers(const mica_context *ctx);
/* Keeps the first error: code and printf text. */
void context_fail(mica_context *ctx, mica_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/* For public functions that return a handle or nothing: false where the pointer is there; else the
 * error "function: name is NULL" is in the context, which may be NULL. */
#define LACKS(ctx, pointer, name) (!(pointer) && context_lacks(ctx, __func__, name))
bool context_lacks(mica_context *ctx, const char *function, const char *name);
void context_fail_with(mica_context *ctx, const mica_error *err);
/* The same text, as long as the context lives; equal texts are one. NULL without memory. */
const char *context_text(mica_context *ctx, const char *text);
void context_log(mica_context *ctx, mica_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
