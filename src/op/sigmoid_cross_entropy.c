/* sigmoid_cross_entropy: y = -t log(s) - (1 - t) log(1 - s), s = sigmoid(z), computed as
 * max(z, 0) - z t + log1p(e^-|z|), which does not overflow.  z, t, y shapes that broadcast, any
 * float type. Gradient: dz = dy (s - t), dt = -dy z.  Source:
 * tf.nn.sigmoid_cross_entropy_with_logits. */
#include "op/elementwise.h"

static void sigmoid_cross_entropy_gradient(gradient_frame *g) {
    mica_tensor *z = g->in[0], *t = g->in[1], *dy = g->dout[0];
    if (g->need[0]) give(g, 0, mica_multiply(dy, mica_subtract(mica_sigmoid(z), t)));
    if (g->need[1]) give(g, 1, mica_negative(mica_multiply(dy, z)));
}

static double sigmoid_cross_entropy_scalar(const double *x, const void *attrs) {
    double z = x[0], t = x[1];
    return (z <= 0 ? 0 : z) - z * t + log1p(exp(-fabs(z)));
}

static bool sigmoid_cross_entropy_samples(int number, sample *s) {
    return samples_binary(number, s, -3, 3, 0, 1);
}

const op op_sigmoid_cross_entropy = {.name = "sigmoid_cross_entropy",
                                     .inputs = 2,
                                     .outputs = 1,
                                     .traits = PURE | ELEMENTWISE,
                                     .shape = shape_of_float_broadcast,
                                     .gradient = sigmoid_cross_entropy_gradient,
                                     .scalar = sigmoid_cross_entropy_scalar,
                                     .samples = sigmoid_cross_entropy_samples,
                                     .tolerance = ROUNDED};

mica_tensor *mica_sigmoid_cross_entropy(mica_tensor *logits, mica_tensor *targets) {
    NEEDS(logits, targets);
    return EMIT(&op_sigmoid_cross_entropy, NULL, logits, mica_cast(targets, logits->dtype));
}
