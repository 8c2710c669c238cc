/* One call of an op with random operands, run by any kernel: for the tests of the backends. */
#ifndef BACKEND_NODES_H
#define BACKEND_NODES_H

#include "support/testing.h"

#include "backend/kernel.h"
#include "base/philox.h"
#include "mica/mica.h"

#include <stdio.h>

typedef struct test_node {
    const op *op;
    int inputs, outputs;
    operand in[16], out[MAX_OUTPUTS];
    void *data[16]; /* of the inputs */
    char what[160]; /* for messages */
    _Alignas(16) unsigned char attrs[2048];
} test_node;

static inline size_t operand_bytes(const operand *o) {
    return (size_t)shape_size(&o->shape) * mica_dtype_size(o->dtype);
}

/* n values as the sample says, the same in every run; distinct ones are a shuffled ladder. */
static inline void *random_values(const struct sample_input *s, mica_dtype dtype, uint64_t key) {
    int64_t n = shape_size(&s->shape);
    char *data = allocate_aligned((size_t)n * mica_dtype_size(dtype) + 64);
    uint32_t *order = malloc((size_t)(n + 1) * sizeof *order);
    assert_true(data && order);
    if (s->distinct) philox_shuffle(key, 1, order, (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        double unit = philox(key, 0, (uint64_t)i).v[0] * 0x1p-32, x;
        if (s->distinct) x = s->low + (s->high - s->low) * (order[i] + 0.5) / (double)n;
        else if (s->integers) x = s->low + floor(unit * (s->high - s->low + 1));
        else x = s->low + unit * (s->high - s->low);
        dtype_store(dtype, data + (size_t)i * mica_dtype_size(dtype), x);
    }
    free(order);
    return data;
}

/* Fills a node from a sample (floats as dtype); false where the op does not take these operands. */
static inline bool node_open(test_node *n, const op *o, const sample *s, mica_dtype dtype,
                             uint64_t key) {
    *n = (test_node){.op = o, .inputs = s->inputs, .outputs = o->outputs};
    memcpy(n->attrs, s->attrs, o->attrs_size);
    for (int i = 0; i < s->inputs; i++)
        n->in[i] = (operand){.dtype = s->in[i].integers ? s->in[i].dtype : dtype,
                             .shape = s->in[i].shape};
    mica_error err = {0};
    shape_frame f = {.op = o,
                     .attrs = n->attrs,
                     .inputs = s->inputs,
                     .outputs = o->outputs,
                     .in = n->in,
                     .out = n->out,
                     .err = &err};
    if (o->shape(&f) != MICA_OK) return false;
    n->outputs = f.outputs;
    for (int i = 0; i < s->inputs; i++)
        n->data[i] = random_values(&s->in[i], n->in[i].dtype, key + (uint64_t)i);
    int used = snprintf(n->what, sizeof n->what, "%s %s", o->name, mica_dtype_name(dtype));
    for (int i = 0; i < s->inputs && used < 120; i++) {
        char text[128];
        shape_format(&n->in[i].shape, text);
        used += snprintf(n->what + used, sizeof n->what - (size_t)used, " %.30s", text);
    }
    return true;
}

static inline void node_close(test_node *n) {
    for (int i = 0; i < n->inputs; i++) release_aligned(n->data[i]);
}

static inline kernel_spec node_spec(const test_node *n, int threads) {
    static const bool no[16] = {false};
    return (kernel_spec){.op = n->op,
                         .attrs = n->attrs,
                         .inputs = n->inputs,
                         .outputs = n->outputs,
                         .in = n->in,
                         .out = n->out,
                         .in_constant = no,
                         .in_variable = no,
                         .threads = threads,
                         .plain = true};
}

/* Fresh memory for the outputs, filled with a byte that would show. */
static inline void outputs_open(const test_node *n, void **out, int byte) {
    for (int i = 0; i < n->outputs; i++) {
        out[i] = allocate_aligned(operand_bytes(&n->out[i]) + 64);
        assert_non_null(out[i]);
        memset(out[i], byte, operand_bytes(&n->out[i]) + 64);
    }
}

static inline void outputs_close(const test_node *n, void **out) {
    for (int i = 0; i < n->outputs; i++) release_aligned(out[i]);
}

/* Prepares and runs a kernel; false where prepare refuses. Checks that nothing is written beyond.
 */
static inline bool node_run(const test_node *n, const kernel *k, int threads, void **out) {
    mica_error err = {0};
    kernel_spec s = node_spec(n, threads);
    kernel_plan p = {.kernel = k};
    layout *layouts = allocate(MAX_INPUTS + MAX_OUTPUTS, sizeof *layouts);
    p.in_layout = layouts, p.out_layout = layouts + MAX_INPUTS;
    bool ok = !k->prepare || k->prepare(&s, &p, &err) == MICA_OK;
    free(layouts);
    if (ok) {
        void *state = k->bind ? k->bind(&p, threads) : NULL;
        void *scratch = p.scratch_bytes ? allocate_aligned(p.scratch_bytes) : NULL;
        if (scratch) memset(scratch, 0xcd, p.scratch_bytes);
        const void *in[16];
        for (int i = 0; i < n->inputs; i++)
            in[i] = n->op->shape_inputs >> i & 1 ? NULL : n->data[i];
        team *t = team_open(threads);
        kernel_call c = {.op = n->op,
                         .attrs = n->attrs,
                         .inputs = n->inputs,
                         .outputs = n->outputs,
                         .in_info = n->in,
                         .out_info = n->out,
                         .in = in,
                         .out = out,
                         .state = p.state,
                         .run_state = state,
                         .scratch = scratch,
                         .team = t};
        k->run(&c);
        team_close(t);
        release_aligned(scratch);
        if (k->unbind && state) k->unbind(state);
        for (int i = 0; i < n->outputs; i++) {
            const unsigned char *end = (unsigned char *)out[i] + operand_bytes(&n->out[i]);
            for (int j = 1; j < 64; j++)
                if (end[j] != end[0])
                    fail_msg("%s: %s writes beyond output %d", n->what, k->name, i);
        }
    }
    if (k->release && p.state) k->release(p.state);
    return ok;
}

/* |a - b| <= tolerance * max(1, |b|) for every element of every output. */
static inline void outputs_close_enough(const test_node *n, const char *who, void *const *got,
                                        void *const *want, double tolerance) {
    for (int k = 0; k < n->outputs; k++) {
        mica_dtype dtype = n->out[k].dtype;
        size_t size = mica_dtype_size(dtype);
        for (int64_t i = 0; i < shape_size(&n->out[k].shape); i++) {
            double a = dtype_load(dtype, (char *)got[k] + (size_t)i * size);
            double b = dtype_load(dtype, (char *)want[k] + (size_t)i * size);
            if (a == b || (isnan(a) && isnan(b))) continue;
            if (!(fabs(a - b) <= tolerance * fmax(1, fabs(b))))
                fail_msg("%s: %s gives output %d[%lld] = %.9g, expected %.9g (tolerance %g)",
                         n->what, who, k, (long long)i, a, b, tolerance);
        }
    }
}

static inline void outputs_equal(const test_node *n, const char *who, void *const *a,
                                 void *const *b) {
    for (int k = 0; k < n->outputs; k++)
        if (memcmp(a[k], b[k], operand_bytes(&n->out[k])))
            fail_msg("%s: %s gives other bits with another number of threads", n->what, who);
}

/* What the reference backend gives for a composite, by its parts. */
static inline void composed_outputs(const test_node *n, void **out) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .backend = "reference", .threads = 1));
    mica_tensor *in[16], *made[MAX_OUTPUTS];
    mica_error err = {0};
    assert_non_null(ctx);
    for (int i = 0; i < n->inputs; i++)
        in[i] = mica_tensor_new(ctx, n->in[i].dtype, n->in[i].shape, n->data[i]);
    emit_many(ctx, n->op, n->attrs, n->inputs, in, n->outputs, made);
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < n->outputs; i++) tensor_copy_out(made[i], n->out[i].dtype, out[i]);
    mica_close(&ctx);
}

/* Runs a node on every kernel of every backend that supports it (from the reference's view: all
 * but the last), and compares with the reference; equal bits for 1, 2 and 4 threads where
 * `same_bits` says so of the backend. Returns how many kernels ran. */
static inline int check_node(const test_node *n, double tolerance) {
    const backend *const *b = backends();
    const kernel *reference = NULL;
    for (int i = 0; b[i]; i++)
        if (!strcmp(b[i]->name, "reference")) reference = b[i]->kernels[0];
    kernel_spec s = node_spec(n, 2);
    bool composed = !reference->supports(&s);
    if (composed && !n->op->compose) return 0;
    void *want[MAX_OUTPUTS], *got[MAX_OUTPUTS], *again[MAX_OUTPUTS];
    int ran = 0;
    outputs_open(n, want, 0x5a);
    if (composed) composed_outputs(n, want);
    else node_run(n, reference, 1, want);
    for (; *b; b++)
        for (const kernel *const *k = (*b)->kernels; *k; k++) {
            if (*k == reference || ((*k)->op && (*k)->op != n->op) ||
                ((*k)->supports && !(*k)->supports(&s)))
                continue;
            outputs_open(n, got, 0xa5);
            if (node_run(n, *k, 2, got)) {
                outputs_close_enough(n, (*k)->name, got, want, tolerance);
                for (int threads = 1; threads <= 4 && !strcmp((*b)->name, "cpu"); threads += 3) {
                    outputs_open(n, again, 0x3c);
                    node_run(n, *k, threads, again);
                    outputs_equal(n, (*k)->name, got, again);
                    outputs_close(n, again);
                }
                ran++;
            }
            outputs_close(n, got);
        }
    outputs_close(n, want);
    return ran;
}

#endif
