/* Recurrence over time: see sequence.h. Source: keras.src.backend.rnn. */
#include "layer/sequence.h"

#include "mica/control.h"
#include "mica/layers_recurrent.h"

#include <string.h>

/* What a stateful layer keeps from call to call: no weights, and not saved, as in Keras. */
static mica_status add_states(mica_layer *l, const sequence *s, int64_t sequences,
                              mica_error *err) {
    if (sequences < 0)
        return fail(err, MICA_SHAPE,
                    "stateful needs a known batch size, expected an input with one");
    if (l->state_count && l->state[0]->shape.dims[0] != sequences)
        return fail(err, MICA_SHAPE, "batch of %lld sequences, expected the %lld of its states",
                    (long long)sequences, (long long)l->state[0]->shape.dims[0]);
    while (l->state_count < s->states) {
        mica_tensor *zero = mica_full(l->ctx, l->compute_dtype,
                                      MICA_SHAPE(sequences, s->width[l->state_count]), 0);
        mica_tensor *v = mica_variable(zero, "rnn_state");
        mica_tensor_destroy(&zero);
        if (v->kind == TENSOR_POISON) return mica_check(l->ctx, err);
        v->variable->frozen = true;
        l->state[l->state_count++] = v;
    }
    return MICA_OK;
}

mica_status sequence_build(mica_layer *l, const sequence *s, const shape *in, int inputs,
                           mica_error *err) {
    char found[128], expected[128];
    if (inputs != 1 && inputs != 1 + s->states)
        return fail(err, MICA_VALUE, "%d inputs, expected 1, or %d with the first states", inputs,
                    1 + s->states);
    for (int i = 1; i < inputs; i++) {
        const shape state = {2, {in[0].dims[0], s->width[i - 1]}};
        if (shape_fits(&state, &in[i])) continue;
        shape_format(&in[i], found), shape_format(&state, expected);
        return fail(err, MICA_SHAPE, "first state %s, expected %s", found, expected);
    }
    return s->stateful ? add_states(l, s, in[0].dims[0], err) : MICA_OK;
}

mica_tensor *const *sequence_first(const mica_layer *l, const sequence *s, const layer_frame *f) {
    if (f->inputs > 1) return f->in + 1;
    return s->stateful ? l->state : NULL;
}

static mica_tensor *last_step(mica_tensor *y) {
    int64_t begin[] = {0, -1};
    return mica_squeeze(mica_slice(y, 2, begin, NULL, NULL), MICA_AXES(1));
}

void sequence_finish(mica_layer *l, const sequence *s, layer_frame *f, mica_tensor *y,
                     mica_tensor *const *state) {
    f->outputs = 0;
    layer_set_mask(f, f->outputs, s->return_sequences ? layer_mask(f, 0) : NULL);
    f->out[f->outputs++] = s->return_sequences ? y : y->shape.rank == 2 ? y : last_step(y);
    for (int i = 0; i < s->states; i++) {
        if (s->stateful) layer_update(f, l->state[i], state[i]);
        if (!s->return_state) continue;
        layer_set_mask(f, f->outputs, NULL);
        f->out[f->outputs++] = state[i];
    }
}

/* ---- by scan ---- */

typedef struct walk {
    const sequence *s;
    layer_frame *f;
    bool masked;
} walk;

/* m (B) true: a, else b; both (B, ...). */
static mica_tensor *chosen(mica_tensor *m, mica_tensor *a, mica_tensor *b) {
    for (int i = 1; i < a->shape.rank; i++) m = mica_expand_dims(m, -1);
    return mica_where(m, a, b);
}

/* Carries: the states, then the output of the step before. in: carries, x (B, ...), [mask (B)]. */
static void step(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    const walk *w = user;
    const sequence *s = w->s;
    int n = s->states;
    mica_tensor *cell_in[MAX_STATES + 1] = {in[n + 1]}, *cell_out[MAX_STATES + 1];
    (void)ctx;
    memcpy(cell_in + 1, in, (size_t)n * sizeof *in);
    s->step(s->user, w->f, cell_in, cell_out);
    mica_tensor *y = cell_out[0], *mask = w->masked ? in[n + 2] : NULL;
    for (int i = 0; i < n; i++)
        out[i] = mask ? chosen(mask, cell_out[i + 1], in[i]) : cell_out[i + 1];
    if (mask) y = chosen(mask, y, s->zero_output_for_mask ? mica_zeros_like(y) : in[n]);
    out[n] = out[n + 1] = y;
}

/* Zeros (B, width), B that of x. */
static mica_tensor *zeros_of(mica_tensor *x, int64_t width) {
    const shape wide = {2, {-1, width}};
    int64_t end[MAX_RANK] = {MICA_END};
    for (int i = 1; i < x->shape.rank; i++) end[i] = 1;
    mica_tensor *first = mica_zeros_like(mica_slice(x, x->shape.rank, NULL, end, NULL));
    return mica_broadcast_to(mica_reshape(first, MICA_SHAPE(-1, 1)), wide);
}

static mica_tensor *swapped(mica_tensor *x) {
    mica_axes perm = MICA_ALL_AXES;
    perm.count = x->shape.rank;
    for (int i = 0; i < perm.count; i++) perm.axes[i] = i < 2 ? 1 - i : i;
    return mica_transpose(x, perm);
}

void sequence_call(mica_layer *l, const sequence *s, layer_frame *f) {
    mica_tensor *mask = layer_mask(f, 0), *x = f->in[0];
    mica_tensor *in[MAX_STATES + 3], *out[MAX_STATES + 2];
    mica_tensor *const *first = sequence_first(l, s, f);
    walk w = {s, f, mask != NULL};
    for (int i = 0; i <= s->states; i++)
        in[i] = first && i < s->states ? mica_cast(first[i], x->dtype) : zeros_of(x, s->width[i]);
    in[s->states + 1] = swapped(x);
    if (mask) in[s->states + 2] = swapped(mask);
    mica_scan(step, &w,
              MICA_OPTIONS(scan, .carries = s->states + 1, .sequences = mask ? 2 : 1, .outputs = 1,
                           .reverse = s->go_backwards),
              in, out);
    mica_tensor *y = out[s->states]; /* the last one */
    if (s->return_sequences) y = swapped(out[s->states + 1]);
    if (s->return_sequences && s->go_backwards)
        y = mica_slice(y, 2, (int64_t[]){0, -1}, NULL, (int64_t[]){1, -1});
    sequence_finish(l, s, f, y, out);
}

void mica_layer_reset_states(mica_layer *l) {
    for (int i = 0; l && i < l->state_count; i++) {
        mica_tensor *v = l->state[i], *zero = mica_full(l->ctx, v->dtype, v->shape, 0);
        mica_error err = {0};
        if (mica_assign(v, zero, &err) != MICA_OK) context_fail_with(l->ctx, &err);
        mica_tensor_destroy(&zero);
    }
}
