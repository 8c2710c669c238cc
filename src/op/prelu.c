/* prelu: y = x where x > 0, else slope x: max(x, 0) + slope min(x, 0). x and slope broadcast,
 * floats of one dtype. A composite.  Source: keras.layers.PReLU; ONNX PRelu. */
#include "op/elementwise.h"

static void prelu_compose(compose_frame *c) {
    mica_tensor *x = c->in[0], *below = mica_minimum(x, zero_of(x));
    c->out[0] = mica_add(mica_relu(x), mica_multiply(c->in[1], below));
}

static bool prelu_samples(int number, sample *s) {
    return number % 2 ? samples_binary(number / 2, s, 0.2, 2, -1, 1)
                      : samples_binary(number / 2, s, -2, -0.2, -1, 1);
}

const op op_prelu = {.name = "prelu",
                     .inputs = 2,
                     .outputs = 1,
                     .traits = PURE,
                     .shape = shape_of_float_broadcast,
                     .compose = prelu_compose,
                     .samples = prelu_samples,
                     .tolerance = ROUNDED};

mica_tensor *mica_prelu(mica_tensor *x, mica_tensor *slope) {
    return emit_binary(&op_prelu, x, slope);
}
