/* The gradient of a scan: a scan the other way round. Its carries are the gradients of the carries,
 * its sequences the gradients of what was stacked, the carries that each step found, and the
 * sequences; its body makes the step again and differentiates it. Stacked come out the gradients of
 * slices, summed those of captured values. It is a scan of ordinary nodes, so it can be
 * differentiated again. */
#include "mica/array.h"
#include "mica/math.h"
#include "op/scan.h"

typedef struct backward {
    gradient_frame *g;
    int carries, sequences, stacked; /* of the forward scan */
    bool along[MAX_INPUTS];          /* by input: a gradient comes out for it */
} backward;

/* The gradient of the step's output i: carried, a slice, or the same at every step; NULL: none. */
static mica_tensor *step_seed(const backward *b, int i, mica_tensor *const **next) {
    mica_tensor *whole = b->g->dout[i];
    if (i < b->carries) return b->along[i] ? *(*next)++ : NULL;
    if (i < b->carries + b->stacked) return whole ? *(*next)++ : NULL;
    return whole;
}

/* in: carried gradients, slices of the others, then what the forward step had. */
static void step_back(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    const backward *b = user;
    const gradient_frame *g = b->g;
    mica_tensor *input[MAX_INPUTS], *made[MAX_OUTPUTS], *seed[MAX_OUTPUTS], *source[MAX_INPUTS];
    int targets = 0, sources = 0;
    for (int i = 0; i < g->outputs; i++) seed[i] = step_seed(b, i, &in);
    for (int i = 0; i < g->inputs; i++) { /* each a value of its own: none is counted twice */
        input[i] = mica_identity(i < b->carries + b->sequences ? *in++ : g->in[i]);
        if (b->along[i]) source[sources++] = input[i];
    }
    g->replay(g->bodies[0], input, made);
    for (int i = 0; i < g->outputs; i++) {
        if (!seed[i]) continue;
        made[targets] = made[i];
        seed[targets++] = seed[i];
    }
    if (any_poison(targets, made) ||
        !g->gradients(ctx, targets, made, seed, sources, source, out)) {
        all_poison(ctx, sources, out);
        return;
    }
    for (int i = 0; i < sources; i++)
        if (!out[i]) out[i] = mica_zeros_like(source[i]);
}

static int count_along(const backward *b, int from, int to) {
    int n = 0;
    for (int i = from; i < to; i++) n += b->along[i];
    return n;
}

void scan_gradient(gradient_frame *g) {
    const scan_attrs *a = g->attrs;
    backward b = {g, (int)a->carries, (int)a->sequences, (int)a->stacked, {false}};
    mica_tensor *in[2 * MAX_OUTPUTS + 2 * MAX_INPUTS], *out[MAX_OUTPUTS];
    mica_context *ctx = g->in[0]->ctx;
    int own = b.carries + b.sequences, saved = b.stacked, n = 0;
    for (int i = 0; i < g->inputs; i++)
        b.along[i] = dtype_is_float(g->in[i]->dtype) && (i < b.carries || g->need[i]);
    for (int i = 0; i < b.carries; i++)
        if (b.along[i]) in[n++] = g->dout[i] ? g->dout[i] : mica_zeros_like(g->out[i]);
    for (int i = b.carries; i < b.carries + b.stacked; i++)
        if (g->dout[i]) in[n++] = g->dout[i];
    for (int i = 0; i < b.carries; i++) in[n++] = g->out[saved + i];
    for (int i = b.carries; i < own; i++) in[n++] = g->in[i];
    scan_attrs back = {.carries = count_along(&b, 0, b.carries),
                       .stacked = count_along(&b, b.carries, own),
                       .summed = count_along(&b, own, g->inputs),
                       .length = a->length,
                       .reverse = !a->reverse};
    back.sequences = n - back.carries;
    if (n > MAX_INPUTS) {
        context_fail(ctx, MICA_UNSUPPORTED, "scan: its gradient has %d inputs, expected at most %d",
                     n, MAX_INPUTS);
        all_poison(ctx, g->inputs, g->din);
        return;
    }
    emit_scan(ctx, back, step_back, &b, in, out);
    for (int i = 0, next = 0; i < g->inputs; i++)
        if (b.along[i]) g->din[i] = out[next++];
}
