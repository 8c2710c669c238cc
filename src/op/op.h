/* What an operation means, described once. To add an op foo:
 *
 *   1. write src/op/foo.c: a comment with formula, shapes and source; the op below; the public
 *      function mica_foo (declared in include/mica/math.h, array.h, nn.h or linalg.h), which calls
 *      emit();
 *   2. add OP(foo) to src/op/ops.def. An elementwise op is fast once src/backend/cpu/blocks.def and
 *      simd_blocks.c know it; others once a backend's kernels.def does.
 *
 * A family of ops that differ in a formula only may share a file (src/op/trigonometry.c), whose
 * name then stands in src/op/meson.build.
 *
 * Then eager calls, tapes, graphs, plans and the battery of tests (finite differences, every
 * backend against the reference) have it. An op is either primitive: `scalar` or `reference`
 * computes it; or composite: `compose` says it in other ops, and a backend may still run it whole.
 */
#ifndef OP_OP_H
#define OP_OP_H

#include "base/fields.h"
#include "op/emit.h"
#include "tensor/tensor.h"

#define MAX_INPUTS 64 /* of one node; concatenate takes as many */
#define MAX_OUTPUTS 64
#define MAX_BODIES 2
#define VARIADIC (-1)

/* What a node knows of one operand before it runs. */
typedef struct operand {
    mica_dtype dtype;
    shape shape;
    const mica_tensor *value; /* where it is known (constants), else NULL */
} operand;

/* From operands to the outputs' dtypes and shapes. */
typedef struct shape_frame {
    const struct op *op;
    const void *attrs;
    int inputs, outputs; /* outputs: as the op says, a VARIADIC one sets it */
    const operand *in;
    operand *out;
    mica_error *err;
    const operand *body_out[MAX_BODIES]; /* what each body gives for the inputs it has here */
    int body_inputs[MAX_BODIES], body_outputs[MAX_BODIES];
} shape_frame;

/* Adds the gradient: din[i], where need[i], from dout (an entry is NULL where nobody used that
 * output). What stays NULL has no gradient. Handles are eager or traced alike. */
typedef struct gradient_frame {
    const struct op *op;
    const void *attrs;
    int inputs, outputs;
    mica_tensor **in, **out, **dout, **din;
    const bool *need;
    struct graph *const *bodies;
    /* Puts the body's nodes into the trace that is open: out from in. Failures give poison. */
    void (*replay)(const struct graph *body, mica_tensor *const *in, mica_tensor **out);
    /* In the trace that is open: gradients[i] = d sum(targets seeds) / d sources[i]; NULL where
     * nothing depends on it. False: the error is in the context. */
    bool (*gradients)(mica_context *ctx, int targets, mica_tensor *const *target,
                      mica_tensor *const *seed, int sources, mica_tensor *const *source,
                      mica_tensor **gradient);
} gradient_frame;

/* A composite in other ops: fills out. */
typedef struct compose_frame {
    const void *attrs;
    int inputs, outputs;
    mica_tensor **in, **out;
} compose_frame;

/* The pointers of one call of a kernel. All operands are row-major and contiguous unless the
 * kernel's prepare chose another layout. */
typedef struct kernel_call {
    const struct op *op;
    const void *attrs;
    int inputs, outputs;
    const operand *in_info, *out_info; /* concrete shapes */
    const void *const *in;
    void *const *out;
    const void *state; /* what prepare made */
    void *run_state;   /* what bind made; this run's alone */
    void *scratch;     /* scratch bytes that prepare asked for, 64-aligned */
    team *team;
} kernel_call;

/* A view: out 0 shares in 0's buffer. Fills shape, strides and offset (elements) of the output from
 * the input's; false where it needs a copy. */
typedef struct view_frame {
    const void *attrs;
    const shape *in_shape, *out_shape;
    const int64_t *in_strides;
    int64_t *out_strides;
    int64_t *offset; /* in elements */
} view_frame;

typedef enum op_traits {
    PURE = 1,          /* may be merged, folded, dropped */
    RANDOM = 2,        /* depends on key and counter attributes */
    COLLECTIVE = 4,    /* meets other processes */
    ELEMENTWISE = 8,   /* out[i] from in[…][i] (broadcast): fused into loops, may run in place */
    ZERO_AT_ZERO = 16, /* f(0) = 0: padding lanes stay zero */
    ONCE = 32,         /* can be differentiated once only */
    TEXTS = 128,       /* takes operands that are strings; no other op does */
    SAVES = 64,        /* the outputs after the first (`results`) are for its gradient alone */
} op_traits;

/* Random inputs for the battery: fills attrs and operands (shape, dtype, low, high) of case number
 * `number`; false after the last case. Ops without `samples` get generic ones. */
typedef struct sample {
    void *attrs;
    int inputs;
    struct sample_input {
        shape shape;
        double low, high; /* values are uniform in between */
        bool integers;    /* whole numbers (indices) */
        mica_dtype dtype; /* used where integers */
        bool distinct;    /* all values differ by at least 1e-2 (max, sort) */
        bool constant;    /* no gradient asked */
    } in[8];
} sample;

typedef struct op {
    const char *name;
    int inputs, outputs; /* at most so many inputs; VARIADIC: as given */
    unsigned traits;
    int results; /* with SAVES: how many outputs come before the opaque ones; 0: one */
    uint64_t
        shape_inputs;    /* bit i: only the shape of input i matters (`like`); it gets no pointer */
    const field *fields; /* of attrs, for printing and reading; NULL: none */
    size_t attrs_size;   /* attrs hold no pointers: they are compared as bytes */
    int bodies;          /* subgraphs that a node owns: it runs them (plan/control.c) */
    /* The inputs of body number `body`, from those of the node. Before `shape`. */
    mica_status (*body_operands)(shape_frame *f, int body, operand *in);
    mica_status (*shape)(shape_frame *f);
    /* NULL: the gradient is zero everywhere or undefined; of a composite: that of its parts */
    void (*gradient)(gradient_frame *g);
    double (*scalar)(const double *x, const void *attrs);    /* elementwise primitive */
    int64_t (*integer)(const int64_t *x, const void *attrs); /* the same, exact, where it differs */
    void (*reference)(const kernel_call *c);                 /* primitive */
    /* After a run: fails where its values are such that there is no result; NULL: never. */
    mica_status (*refuse)(const kernel_call *c, mica_error *err);
    void (*compose)(compose_frame *c); /* composite */
    bool (*view)(view_frame *v);
    bool (*samples)(int number, sample *s);
    double tolerance; /* of other backends against the reference, relative; 0: exact */
} op;

/* dtype and shape of a tensor. */
operand tensor_operand(const mica_tensor *t);

/* Shape rules that many ops share. */
mica_status shape_of_input(shape_frame *f);      /* out = in[0] */
mica_status shape_of_broadcast(shape_frame *f);  /* same dtypes, NumPy's broadcast */
mica_status shape_of_comparison(shape_frame *f); /* the same, out bool */
/* fail(err, SHAPE, "conv: …") with the op's name in front. */
mica_status shape_fail(shape_frame *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
mica_status require_rank_between(shape_frame *f, int input, int low, int high);
mica_status require_float(shape_frame *f, int input);

/* Every built-in op, ending in NULL, and by name (NULL: none). */
extern const op *const all_ops[];
const op *op_by_name(const char *name);
/* By a rule, or by the parts it is composed of. */
static inline bool op_has_gradient(const op *o) { return o->gradient || o->compose; }

#define OP(name) extern const op op_##name;
#include "op/ops.def"
#undef OP

#endif
