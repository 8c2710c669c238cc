/* One call of an op: random operands, its reference, and a backend's kernel beside it.
 *
 *     kernel_case t;
 *     case_open(&t, &op_conv, &attrs, 3, shapes, 1);
 *     ASSERT_OK(case_prepare(&t, &kernel_onednn_conv, 2, &err));
 *     case_run(&t);
 *     case_close(&t);
 *
 * case_run leaves the kernel's result in `actual`, the reference's in `expected`.
 *
 * After case_narrow the kernel's operands are bfloat16. The reference computes on the same values,
 * but in float32, and `actual` is what the kernel's bfloat16 result says. */
#ifndef SUPPORT_KERNEL_CASE_H
#define SUPPORT_KERNEL_CASE_H

#include "support/testing.h"

#include "backend/kernel.h"
#include "base/memory.h"
#include "tensor/dtype.h"

typedef struct kernel_case {
    const op *op;
    const void *attrs;
    int inputs;
    operand in[4], out[1];
    float *data[4], *expected, *actual;
    uint16_t *half[4], *half_out; /* NULL: the kernel's operands are float32, data and actual */
    bool constant[4], variable[4];
    kernel_spec spec;
    kernel_plan plan;
    layout in_layout[MAX_INPUTS], out_layout[MAX_OUTPUTS];
    void *run_state, *scratch;
    team *team;
} kernel_case;

/* Small whole numbers and halves: sums of them are exact, so that only the order of real sums
 * could differ; a generator of its own keeps cases the same everywhere. */
static inline float case_number(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return (float)((int)(*seed >> 16) % 2001 - 1000) / 1000.0f;
}

static inline size_t case_size(const operand *o) { return (size_t)shape_size(&o->shape); }

static inline void case_open(kernel_case *t, const op *o, const void *attrs, int inputs,
                             const shape *shapes, uint32_t seed) {
    memset(t, 0, sizeof *t);
    t->op = o, t->attrs = attrs, t->inputs = inputs;
    for (int i = 0; i < inputs; i++) {
        t->in[i] = (operand){.dtype = MICA_FLOAT32, .shape = shapes[i]};
        t->data[i] = allocate_aligned(case_size(&t->in[i]) * sizeof(float));
        assert_non_null(t->data[i]);
        for (size_t k = 0; k < case_size(&t->in[i]); k++) t->data[i][k] = case_number(&seed);
    }
    mica_error err = {0};
    shape_frame f = {.op = o,
                     .attrs = attrs,
                     .inputs = inputs,
                     .outputs = 1,
                     .in = t->in,
                     .out = t->out,
                     .err = &err};
    ASSERT_OK(o->shape(&f));
    size_t bytes = case_size(&t->out[0]) * sizeof(float);
    t->expected = allocate_aligned(bytes);
    t->actual = allocate_aligned(bytes);
    assert_true(t->expected && t->actual);
    memset(t->actual, 0xff, bytes); /* NaN */
}

/* Rounds the operands to bfloat16, which the kernel gets from now on. */
static inline void case_narrow(kernel_case *t) {
    for (int i = 0; i < t->inputs; i++) {
        size_t n = case_size(&t->in[i]);
        t->half[i] = allocate_aligned(n * sizeof(uint16_t));
        assert_non_null(t->half[i]);
        for (size_t k = 0; k < n; k++) {
            t->half[i][k] = bfloat16_of(t->data[i][k]);
            t->data[i][k] = bfloat16_to(t->half[i][k]);
        }
        t->in[i].dtype = MICA_BFLOAT16;
    }
    t->out[0].dtype = MICA_BFLOAT16;
    t->half_out = allocate_aligned(case_size(&t->out[0]) * sizeof(uint16_t));
    assert_non_null(t->half_out);
}

static inline kernel_call case_call(kernel_case *t, void *out) {
    static const void *in[4];
    static void *to[1];
    for (int i = 0; i < t->inputs; i++) in[i] = t->half[i] ? (void *)t->half[i] : t->data[i];
    to[0] = out;
    return (kernel_call){.op = t->op,
                         .attrs = t->attrs,
                         .inputs = t->inputs,
                         .outputs = 1,
                         .in_info = t->in,
                         .out_info = t->out,
                         .in = in,
                         .out = to,
                         .state = t->plan.state,
                         .run_state = t->run_state,
                         .scratch = t->scratch,
                         .team = t->team};
}

static inline mica_status case_prepare(kernel_case *t, const kernel *k, int threads,
                                       mica_error *err) {
    t->spec = (kernel_spec){.op = t->op,
                            .attrs = t->attrs,
                            .inputs = t->inputs,
                            .outputs = 1,
                            .in = t->in,
                            .out = t->out,
                            .in_constant = t->constant,
                            .in_variable = t->variable,
                            .threads = threads,
                            .inference = t->spec.inference,
                            .plain = t->spec.plain};
    t->plan = (kernel_plan){.kernel = k, .in_layout = t->in_layout, .out_layout = t->out_layout};
    if (!k->supports(&t->spec)) return fail(err, MICA_UNSUPPORTED, "%s: refused", k->name);
    TRY(k->prepare(&t->spec, &t->plan, err));
    if (t->plan.scratch_bytes) {
        t->scratch = allocate_aligned(t->plan.scratch_bytes);
        assert_non_null(t->scratch);
        memset(t->scratch, 0xff, t->plan.scratch_bytes); /* nothing may lean on zeros */
    }
    if (k->bind) assert_non_null(t->run_state = k->bind(&t->plan, threads));
    assert_non_null(t->team = team_open(threads));
    return MICA_OK;
}

/* In float32, whatever the kernel's operands are. */
static inline void case_expect(kernel_case *t) {
    kernel_case wide = *t;
    for (int i = 0; i < t->inputs; i++) wide.half[i] = NULL, wide.in[i].dtype = MICA_FLOAT32;
    wide.out[0].dtype = MICA_FLOAT32;
    kernel_call c = case_call(&wide, t->expected);
    t->op->reference(&c);
}

static inline void case_run(kernel_case *t) {
    size_t n = case_size(&t->out[0]);
    if (t->half_out) memset(t->half_out, 0xff, n * sizeof(uint16_t)); /* NaN */
    kernel_call c = case_call(t, t->half_out ? (void *)t->half_out : t->actual);
    t->plan.kernel->run(&c);
    for (size_t k = 0; t->half_out && k < n; k++) t->actual[k] = bfloat16_to(t->half_out[k]);
}

static inline void case_unprepare(kernel_case *t) {
    if (t->run_state) t->plan.kernel->unbind(t->run_state);
    if (t->plan.state) t->plan.kernel->release(t->plan.state);
    release_aligned(t->scratch);
    team_close(t->team);
    t->run_state = t->plan.state = t->scratch = NULL;
    t->team = NULL;
    memset(t->in_layout, 0, sizeof t->in_layout);
}

static inline void case_close(kernel_case *t) {
    case_unprepare(t);
    for (int i = 0; i < t->inputs; i++) release_aligned(t->data[i]), release_aligned(t->half[i]);
    release_aligned(t->half_out);
    release_aligned(t->expected);
    release_aligned(t->actual);
}

#endif
