/* lstm: with the gates i, f, g, o in this order in z and u, s the recurrent activation, a the
 * other, i, f, o = s(z_t + h_{t-1} u),  g = a(z_t + h_{t-1} u), c_t = f c_{t-1} + i g,  h_t = o
 * a(c_t),  y_t = h_t. Operands, shapes and masks: rnn.h; extra is c_{t-1}.  Gradient:
 * lstm_backward. Source: keras.layers.LSTM; Hochreiter and Schmidhuber (1997), Gers et al. (2000).
 */
#include "op/rnn.h"

static void lstm_step(const rnn_step *s) {
    const rnn_attrs *a = s->attrs;
    for (int64_t j = 0; j < s->units; j++) {
        double v[4];
        for (int g = 0; g < 4; g++) {
            v[g] = rnn_activate(g == 2 ? a->activation : a->recurrent_activation,
                                rnn_input(s, g, j) + rnn_recurrent(s, g, j));
            rnn_put_gate(s, g, j, v[g]);
        }
        double c = v[1] * rnn_extra(s, j) + v[0] * v[2];
        rnn_put_c(s, j, c);
        rnn_put_h(s, j, v[3] * rnn_activate(a->activation, c));
    }
}

static void lstm_gradient(gradient_frame *g) { rnn_gradient(g, &op_lstm_backward); }
static void lstm_reference(const kernel_call *c) { rnn_forward_run(c, lstm_step); }
static bool lstm_samples(int number, sample *s) { return rnn_forward_samples(&op_lstm, number, s); }

const op op_lstm = {.name = "lstm",
                    .inputs = VARIADIC,
                    .outputs = VARIADIC,
                    .traits = PURE | SAVES,
                    .results = 3,
                    .fields = rnn_fields,
                    .attrs_size = sizeof(rnn_attrs),
                    .shape = rnn_forward_shape,
                    .gradient = lstm_gradient,
                    .reference = lstm_reference,
                    .samples = lstm_samples,
                    .tolerance = 1e-4};

mica_tensor *mica_lstm(mica_tensor *z, mica_tensor *u, const mica_recurrent_options *options,
                       mica_tensor **h, mica_tensor **c) {
    NEEDS(z, u);
    return rnn_emit(&op_lstm, z, u, options, h, c);
}
