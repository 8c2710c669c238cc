/* gru: with the gates z, r, g in this order in the input z and in u, s the recurrent activation, a
 * the other, h = h_{t-1}: z, r = s(z_t + h u + bias), g = a(z_t + r (h u + bias)) with reset_after,
 * else a(z_t + (r h) u), h_t = z h + (1 - z) g,  y_t = h_t. Operands, shapes and masks: rnn.h.
 * Gradient: gru_backward. Source: keras.layers.GRU; Cho et al. (2014), versions 1 and 3 of the
 * paper. */
#include "op/rnn.h"

/* The candidate's recurrent part when the reset comes first: (r h) u, r h being extra. */
static double of_reset(const rnn_step *s, int64_t j) {
    double sum = 0;
    for (int64_t k = 0; k < s->units; k++) sum += rnn_extra(s, k) * rnn_kernel(s, 2, k, j);
    return sum;
}

static void gru_step(const rnn_step *s) {
    const rnn_attrs *a = s->attrs;
    for (int64_t j = 0; j < s->units; j++) {
        for (int g = 0; g < 2; g++)
            rnn_put_gate(
                s, g, j,
                rnn_activate(a->recurrent_activation, rnn_input(s, g, j) + rnn_recurrent(s, g, j)));
        rnn_put_extra(s, j,
                      a->reset_after ? rnn_recurrent(s, 2, j)
                                     : rnn_gate(s, 1, j) * rnn_dropped(s, 2, j));
    }
    for (int64_t j = 0; j < s->units; j++) {
        double z = rnn_gate(s, 0, j), r = rnn_gate(s, 1, j);
        double x = a->reset_after ? r * rnn_extra(s, j) : of_reset(s, j);
        double g = rnn_activate(a->activation, rnn_input(s, 2, j) + x);
        rnn_put_gate(s, 2, j, g);
        rnn_put_h(s, j, z * rnn_before(s, j) + (1 - z) * g);
    }
}

static void gru_gradient(gradient_frame *g) { rnn_gradient(g, &op_gru_backward); }
static void gru_reference(const kernel_call *c) { rnn_forward_run(c, gru_step); }
static bool gru_samples(int number, sample *s) { return rnn_forward_samples(&op_gru, number, s); }

const op op_gru = {.name = "gru",
                   .inputs = VARIADIC,
                   .outputs = VARIADIC,
                   .traits = PURE | SAVES,
                   .results = 2,
                   .fields = rnn_fields,
                   .attrs_size = sizeof(rnn_attrs),
                   .shape = rnn_forward_shape,
                   .gradient = gru_gradient,
                   .reference = gru_reference,
                   .samples = gru_samples,
                   .tolerance = 1e-4};

mica_tensor *mica_gru(mica_tensor *z, mica_tensor *u, const mica_recurrent_options *options,
                      mica_tensor **h) {
    NEEDS(z, u);
    return rnn_emit(&op_gru, z, u, options, h, NULL);
}
