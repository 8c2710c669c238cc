/* gru_backward: with dh the gradient of h_t from y_t and later steps, h = h_{t-1} and e = extra:
 *   dg = dh (1 - z) a',  dz = dh (h - g) s',
 *   reset_after:   dr = dg e s',  and the gradients of h u + bias are (dz, dr, dg r),
 *   reset before:  q = dg u^T,  dr = q h s',  and q r reaches h,
 *   dh of the step before = dh z + what reaches h through u.
 * Operands: rnn.h.  Gradient: that of its parts (rnn_compose.c).  Source: backpropagation through
 * time. */
#include "op/rnn.h"

/* dz, dg and, with reset_after, all the rest that no sum over units needs; leaves dh z in dh. */
static void through_gates(const rnn_step *s) {
    const rnn_attrs *a = s->attrs;
    for (int64_t j = 0; j < s->units; j++) {
        double z = rnn_gate(s, 0, j), r = rnn_gate(s, 1, j), g = rnn_gate(s, 2, j);
        double dh = rnn_dh(s, j), dg = dh * (1 - z) * rnn_slope(a->activation, g);
        double dz = dh * (rnn_before(s, j) - g) * rnn_slope(a->recurrent_activation, z);
        rnn_put_dz(s, 0, j, dz);
        rnn_put_dz(s, 2, j, dg);
        rnn_set_dh(s, j, dh * z);
        if (!a->reset_after) continue;
        double dr = dg * rnn_extra(s, j) * rnn_slope(a->recurrent_activation, r);
        rnn_put_dz(s, 1, j, dr);
        rnn_put_dr(s, 0, j, dz);
        rnn_put_dr(s, 1, j, dr);
        rnn_put_dr(s, 2, j, dg * r);
    }
}

static void gru_backward_step(const rnn_step *s) {
    const rnn_attrs *a = s->attrs;
    through_gates(s);
    for (int64_t k = 0; k < s->units; k++) {
        double q = rnn_back(s, 2, k), r = rnn_gate(s, 1, k);
        rnn_add_dh(s, k, a->reset_after ? q : q * r);
        if (a->reset_after) continue;
        rnn_put_dz(s, 1, k, q * rnn_before(s, k) * rnn_slope(a->recurrent_activation, r));
    }
    for (int64_t k = 0; k < s->units; k++) rnn_add_dh(s, k, rnn_back(s, 0, k) + rnn_back(s, 1, k));
}

static void gru_backward_reference(const kernel_call *c) { rnn_backward_run(c, gru_backward_step); }
static void gru_backward_compose(compose_frame *c) {
    rnn_compose_backward(&op_gru_backward, c->attrs, c->in, NULL, c->out);
}
static bool gru_backward_samples(int number, sample *s) {
    return rnn_backward_samples(&op_gru_backward, number, s);
}

const op op_gru_backward = {.name = "gru_backward",
                            .inputs = VARIADIC,
                            .outputs = VARIADIC,
                            .traits = PURE,
                            .fields = rnn_fields,
                            .attrs_size = sizeof(rnn_attrs),
                            .shape = rnn_backward_shape,
                            .compose = gru_backward_compose,
                            .reference = gru_backward_reference,
                            .samples = gru_backward_samples,
                            .tolerance = 1e-4};
