/* Prepared primitives of one kernel, and running them.
 *
 * oneDNN never makes threads here: primitives are created for one thread, and a kernel cuts its
 * work into pieces that parallel_for hands out. The pieces depend on shapes alone, so the number of
 * threads never changes a bit (sums over the batch included: fixed slices, added in order); there
 * is no barrier of OpenMP to wait at, and a busy core takes fewer pieces.
 *
 * They are immutable after prepare and shared by every thread. Memory objects, whose pointers
 * change at every call, are in `hands`: bind makes them, one set for each thread of the team. */
#ifndef BACKEND_ONEDNN_PRIMITIVES_H
#define BACKEND_ONEDNN_PRIMITIVES_H

#include "backend/kernel.h"
#include "backend/onednn/dnnl_api.h"

#define MAX_STEPS 12
#define MAX_ARGUMENTS 5

typedef struct primitive_step {
    dnnl_primitive_t primitive;
    int count;
    int argument[MAX_ARGUMENTS]; /* DNNL_ARG_SRC … */
    desc desc[MAX_ARGUMENTS];
    desc scratch; /* NULL: needs none */
    size_t bytes; /* of the last argument, the one that it writes */
} primitive_step;

typedef struct primitives {
    dnnl_engine_t engine;
    dnnl_primitive_attr_t attr;       /* user scratchpad; an epilogue may be added */
    dnnl_primitive_attr_t plain_attr; /* user scratchpad alone, for reorders */
    int count;
    primitive_step steps[MAX_STEPS];
    char detail[64]; /* "jit:avx2" */
} primitives;

/* oneDNN sees one thread between alone_begin and alone_end. */
int alone_begin(void);
void alone_end(int threads);

mica_status primitives_open(primitives *p, mica_error *err);
void primitives_close(primitives *p);
/* Forgets the steps. */
void primitives_clear(primitives *p);
/* Makes the primitive of pd (which it destroys), called with these arguments, the one that it
 * writes last; its number. */
mica_status primitives_add(primitives *p, dnnl_primitive_desc_t pd, const int *arguments, int count,
                           int *number, mica_error *err);
/* Bytes of scratch that one call of the step needs, in whole cache lines. */
size_t primitives_scratch(const primitives *p, int number);

/* kernel.bind and unbind, for a state that begins with its primitives. */
void *primitives_bind(const kernel_plan *plan, int threads);
void primitives_unbind(void *run_state);

/* Runs a step on pointers in the order of its arguments. From any thread of the team. Where oneDNN
 * refuses (which only a fault of this room can cause: all was checked by prepare), the output is
 * filled with NaN, for whoever watches the numbers to see. */
void primitives_run(const primitives *p, void *run_state, int number, const void *const *pointers,
                    void *scratch);

/* What to say of a refusal. */
mica_status fail_dnnl(mica_error *err, dnnl_status_t status, const char *what);
/* The implementation's name; false where it is oneDNN's slow reference ("ref:any"). */
bool implementation_is_fast(const_dnnl_primitive_desc_t pd, const char **name);

static inline size_t whole_lines(size_t bytes) {
    return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

#endif
