/* simple_rnn: h_t = f(z_t + h_{t-1} u), y_t = h_t, f the activation. Operands, shapes and masks:
 * rnn.h. Gradient: simple_rnn_backward.  Source: keras.layers.SimpleRNN; Elman (1990). */
#include "op/rnn.h"

static void simple_rnn_step(const rnn_step *s) {
    for (int64_t j = 0; j < s->units; j++) {
        double x = rnn_input(s, 0, j) + rnn_recurrent(s, 0, j);
        double h = rnn_activate(s->attrs->activation, x);
        rnn_put_gate(s, 0, j, h);
        rnn_put_h(s, j, h);
    }
}

static void simple_rnn_gradient(gradient_frame *g) { rnn_gradient(g, &op_simple_rnn_backward); }
static void simple_rnn_reference(const kernel_call *c) { rnn_forward_run(c, simple_rnn_step); }
static bool simple_rnn_samples(int number, sample *s) {
    return rnn_forward_samples(&op_simple_rnn, number, s);
}

const op op_simple_rnn = {.name = "simple_rnn",
                          .inputs = VARIADIC,
                          .outputs = VARIADIC,
                          .traits = PURE | SAVES,
                          .results = 2,
                          .fields = rnn_fields,
                          .attrs_size = sizeof(rnn_attrs),
                          .shape = rnn_forward_shape,
                          .gradient = simple_rnn_gradient,
                          .reference = simple_rnn_reference,
                          .samples = simple_rnn_samples,
                          .tolerance = 1e-4};

mica_tensor *mica_simple_rnn(mica_tensor *z, mica_tensor *u, const mica_recurrent_options *options,
                             mica_tensor **h) {
    NEEDS(z, u);
    return rnn_emit(&op_simple_rnn, z, u, options, h, NULL);
}
