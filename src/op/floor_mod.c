/* floor_mod: y = a - b floor(a / b), of b's sign; any shapes that broadcast, any dtype. Integers
 * modulo zero give 0, floats NaN. Gradient: da = dy, db = -dy floor(a / b).  Source:
 * numpy.remainder; tf.math.floormod; ONNX Mod. */
#include "op/elementwise.h"

static void floor_mod_gradient(gradient_frame *g) {
    mica_tensor *dy = g->dout[0];
    if (g->need[0]) give(g, 0, dy);
    if (g->need[1]) {
        mica_tensor *times = mica_floor(mica_divide(g->in[0], g->in[1]));
        give(g, 1, mica_negative(mica_multiply(dy, times)));
    }
}

static double floor_mod_scalar(const double *x, const void *attrs) {
    double y = fmod(x[0], x[1]);
    if (y == 0) return copysign(0, x[1]);
    return (y < 0) != (x[1] < 0) ? y + x[1] : y;
}

static int64_t floor_mod_integer(const int64_t *x, const void *attrs) {
    if (x[1] == 0 || x[1] == -1) return 0; /* the least one modulo -1 would trap */
    int64_t y = x[0] % x[1];
    return y != 0 && (y < 0) != (x[1] < 0) ? y + x[1] : y;
}

/* quotients between 0 and 1, and between -1 and 0: no jump nearby */
static bool floor_mod_samples(int number, sample *s) {
    return number % 2 ? samples_binary(number / 2, s, -1, -0.2, 2, 3)
                      : samples_binary(number / 2, s, 0.2, 1, 2, 3);
}

BINARY_OP(floor_mod, .traits = PURE | ELEMENTWISE, .shape = shape_of_broadcast,
          .gradient = floor_mod_gradient, .integer = floor_mod_integer,
          .samples = floor_mod_samples, .tolerance = ROUNDED)
