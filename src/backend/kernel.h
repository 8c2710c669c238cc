/* What a backend offers: kernels, each for one op. To add a fast kernel: write
 * src/backend/<name>/foo.c with `const kernel kernel_<name>_foo`, and add KERNEL(foo) to that
 * backend's kernels.def: the file's order is the rank, best first. The first that supports a node
 * wins; backends are asked best first, and the reference (which computes everything) is last. */
#ifndef BACKEND_KERNEL_H
#define BACKEND_KERNEL_H

#include "op/op.h"

/* A layout other than row-major. Backends make them; opaque to the rest. Same id: same layout. */
typedef struct layout {
    char name[24];           /* "aBcd16b" for people */
    size_t bytes;            /* with padding; 0: the row-major layout */
    unsigned char blob[512]; /* the backend's own description, compared as bytes */
} layout;

typedef struct kernel_spec {
    const op *op;
    const void *attrs;
    int inputs, outputs;
    const operand *in, *out; /* concrete shapes */
    const bool *in_constant; /* never changes between runs (weights in inference) */
    const bool *in_variable; /* a variable: its home layout may be chosen */
    int threads;
    bool inference; /* weights may be packed once */
    bool plain;     /* every operand stays row-major (eager calls) */
} kernel_spec;

/* What prepare decides. Zeroed before; layouts with bytes 0 are row-major. */
typedef struct kernel_plan {
    const struct kernel *kernel;
    void *state; /* freed by release */
    size_t scratch_bytes;
    layout *in_layout, *out_layout; /* MAX_INPUTS, MAX_OUTPUTS entries, zeroed, to be filled */
    const char *detail;             /* for `mica plan`: "jit:avx2"; static or in state */
} kernel_plan;

typedef struct kernel {
    const char *name; /* "onednn conv" */
    const op *op;     /* NULL: asks supports for every op */
    bool (*supports)(const kernel_spec *s);
    mica_status (*prepare)(const kernel_spec *s, kernel_plan *p,
                           mica_error *err); /* NULL: nothing */
    /* What the runs of one caller need besides (handles that are not shared): made once per run
     * object for the threads of its team, which may be more than the kernel was prepared for, and
     * passed as run_state. NULL: nothing. bind returns NULL without memory. */
    void *(*bind)(const kernel_plan *p, int threads);
    void (*unbind)(void *run_state);
    void (*run)(const kernel_call *c);
    void (*release)(void *state);
    unsigned in_place; /* bit i: output 0 may be written over input i (same bytes) */
    /* The same for other outputs: whether `output` may be written over `input`; may be NULL. */
    bool (*over)(const op *o, int input, int output);
    bool in_place_any; /* any output over any input of its shape: blocks are read before written */
} kernel;

typedef struct backend {
    const char *name;
    const char *what;             /* one line for `mica list backends` */
    const kernel *const *kernels; /* ranked, ending in NULL */
    bool (*available)(void);
    /* Copies between this backend's layouts (either may be row-major: NULL). */
    mica_status (*reorder)(const operand *what, const layout *from, const void *in,
                           const layout *to, void *out, team *team, mica_error *err);
} backend;

/* Best first, those that this build and machine have; the reference last. Ends in NULL. */
const backend *const *backends(void);

#endif
