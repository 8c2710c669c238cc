/* The public calls of the recurrent ops: see mica/recurrent.h. */
#include "op/rnn.h"

mica_recurrent_options mica_recurrent_defaults(void) {
    return (mica_recurrent_options){.size = sizeof(mica_recurrent_options)};
}

static rnn_activation activation_of(mica_recurrent_activation given, rnn_activation otherwise) {
    switch (given) {
    case MICA_RECURRENT_TANH: return RNN_TANH;
    case MICA_RECURRENT_SIGMOID: return RNN_SIGMOID;
    case MICA_RECURRENT_RELU: return RNN_RELU;
    case MICA_RECURRENT_HARD_SIGMOID: return RNN_HARD_SIGMOID;
    case MICA_RECURRENT_LINEAR: return RNN_LINEAR;
    default: return otherwise;
    }
}

/* Zeros (B, U), from the shapes of z and u alone. */
static mica_tensor *first_state(mica_tensor *z, mica_tensor *u) {
    int64_t end[] = {MICA_END, 1, u->shape.rank ? u->shape.dims[0] : 1};
    if (z->shape.rank != 3) return mica_zeros_like(z); /* the op tells what is wrong */
    return mica_zeros_like(mica_squeeze(mica_slice(z, 3, NULL, end, NULL), MICA_AXES(1)));
}

mica_tensor *rnn_emit(const op *forward, mica_tensor *z, mica_tensor *u,
                      const mica_recurrent_options *options, mica_tensor **h, mica_tensor **c) {
    mica_recurrent_options o = mica_recurrent_defaults();
    mica_error err = {0};
    if (options_take(&o, sizeof o, options, forward->name, &err) != MICA_OK)
        context_fail_with(z->ctx, &err);
    const rnn_cell *cell = rnn_cell_of(forward);
    rnn_attrs a;
    memset(&a, 0, sizeof a); /* compared as bytes */
    a.activation = activation_of(o.activation, RNN_TANH);
    a.recurrent_activation = cell->gates > 1 ? activation_of(o.recurrent_activation, RNN_SIGMOID)
                                             : RNN_LINEAR;
    a.go_backwards = o.go_backwards;
    a.zero_output = o.mask && o.zero_output;
    a.reset_after = cell->resets && o.bias;
    a.dropped = o.drop;
    a.masked = o.mask;
    const rnn_places p = rnn_forward_places(cell, &a);
    mica_tensor *in[8], *out[MAX_OUTPUTS], *zero = NULL;
    if (!o.h || (cell->carries && !o.c)) zero = first_state(z, u);
    in[p.in.z] = z, in[p.in.u] = u, in[p.in.h] = o.h ? o.h : zero;
    if (p.in.bias >= 0) in[p.in.bias] = o.bias;
    if (p.in.c >= 0) in[p.in.c] = o.c ? o.c : zero;
    if (p.in.drop >= 0) in[p.in.drop] = o.drop;
    if (p.in.mask >= 0) in[p.in.mask] = o.mask;
    emit_many(context_of(z), forward, &a, p.in.count, in, p.out.count, out);
    if (h) *h = out[p.out.h];
    if (c) *c = out[p.out.c];
    return out[p.out.y];
}
