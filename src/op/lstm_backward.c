/* lstm_backward: with dh the gradient of h_t from y_t and later steps, e = a(c_t), and
 * dc = (what later steps give) + dh o a'(c_t):
 *   di = dc g s',  df = dc c_{t-1} s',  dg = dc i a',  do = dh e s',
 *   dc of the step before = dc f,  its dh = (di, df, dg, do) u^T.
 * Operands: rnn.h.  Gradient: that of its parts (rnn_compose.c).  Source: backpropagation through
 * time. */
#include "op/rnn.h"

static void lstm_backward_step(const rnn_step *s) {
    const rnn_attrs *a = s->attrs;
    for (int64_t j = 0; j < s->units; j++) {
        double i = rnn_gate(s, 0, j), f = rnn_gate(s, 1, j), g = rnn_gate(s, 2, j);
        double o = rnn_gate(s, 3, j), before = rnn_extra(s, j);
        double e = rnn_activate(a->activation, f * before + i * g), dh = rnn_dh(s, j);
        double dc = rnn_dc(s, j) + dh * o * rnn_slope(a->activation, e);
        rnn_put_dz(s, 0, j, dc * g * rnn_slope(a->recurrent_activation, i));
        rnn_put_dz(s, 1, j, dc * before * rnn_slope(a->recurrent_activation, f));
        rnn_put_dz(s, 2, j, dc * i * rnn_slope(a->activation, g));
        rnn_put_dz(s, 3, j, dh * e * rnn_slope(a->recurrent_activation, o));
        rnn_set_dc(s, j, dc * f);
    }
    for (int64_t k = 0; k < s->units; k++)
        rnn_set_dh(s, k,
                   rnn_back(s, 0, k) + rnn_back(s, 1, k) + rnn_back(s, 2, k) + rnn_back(s, 3, k));
}

static void lstm_backward_reference(const kernel_call *c) {
    rnn_backward_run(c, lstm_backward_step);
}
static void lstm_backward_compose(compose_frame *c) {
    rnn_compose_backward(&op_lstm_backward, c->attrs, c->in, NULL, c->out);
}
static bool lstm_backward_samples(int number, sample *s) {
    return rnn_backward_samples(&op_lstm_backward, number, s);
}

const op op_lstm_backward = {.name = "lstm_backward",
                             .inputs = VARIADIC,
                             .outputs = VARIADIC,
                             .traits = PURE,
                             .fields = rnn_fields,
                             .attrs_size = sizeof(rnn_attrs),
                             .shape = rnn_backward_shape,
                             .compose = lstm_backward_compose,
                             .reference = lstm_backward_reference,
                             .samples = lstm_backward_samples,
                             .tolerance = 1e-4};
