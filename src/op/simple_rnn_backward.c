/* simple_rnn_backward: with dh the gradient of h_t from y_t and from later steps,
 *   dz_t = dh f'(h_t),  dh of the step before = dz_t u^T.
 * Operands: rnn.h.  Gradient: that of its parts (rnn_compose.c).  Source: backpropagation through
 * time. */
#include "op/rnn.h"

static void simple_rnn_backward_step(const rnn_step *s) {
    for (int64_t j = 0; j < s->units; j++)
        rnn_put_dz(s, 0, j, rnn_dh(s, j) * rnn_slope(s->attrs->activation, rnn_gate(s, 0, j)));
    for (int64_t k = 0; k < s->units; k++) rnn_set_dh(s, k, rnn_back(s, 0, k));
}

static void simple_rnn_backward_reference(const kernel_call *c) {
    rnn_backward_run(c, simple_rnn_backward_step);
}
static void simple_rnn_backward_compose(compose_frame *c) {
    rnn_compose_backward(&op_simple_rnn_backward, c->attrs, c->in, NULL, c->out);
}
static bool simple_rnn_backward_samples(int number, sample *s) {
    return rnn_backward_samples(&op_simple_rnn_backward, number, s);
}

const op op_simple_rnn_backward = {.name = "simple_rnn_backward",
                                   .inputs = VARIADIC,
                                   .outputs = VARIADIC,
                                   .traits = PURE,
                                   .fields = rnn_fields,
                                   .attrs_size = sizeof(rnn_attrs),
                                   .shape = rnn_backward_shape,
                                   .compose = simple_rnn_backward_compose,
                                   .reference = simple_rnn_backward_reference,
                                   .samples = simple_rnn_backward_samples,
                                   .tolerance = 1e-4};
