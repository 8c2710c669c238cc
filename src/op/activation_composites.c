/* Activations that are short expressions in other ops: each line below is the whole op, composed,
 * and fused into one loop by the planner. x, y any shape, any float type; NaN stays NaN. Sources:
 * keras.activations of the same names; celu: Barron (2017); squareplus: Barron (2021); hard_silu:
 * Howard et al., MobileNetV3 (2019). */
#include "op/elementwise.h"

/* The kinks at 0, ±1/2, ±1 and ±3 lie outside the samples. */

/* hard_silu: y = x min(max(x / 6 + 1/2, 0), 1). */
COMPOSITE_OP(hard_silu, 0.2, 2.8, mica_multiply(x, mica_hard_sigmoid(x, 1.0 / 6, 0.5)))

/* hard_tanh: y = min(max(x, -1), 1). */
COMPOSITE_OP(hard_tanh, 0.1, 0.9, mica_clip(x, -1, 1))

/* tanh_shrink: y = x - tanh(x). */
COMPOSITE_OP(tanh_shrink, 0.1, 2, mica_subtract(x, mica_tanh(x)))

/* log_sigmoid: y = log(1 / (1 + e^-x)) = -log(1 + e^-x). */
COMPOSITE_OP(log_sigmoid, 0.1, 2, mica_negative(mica_softplus(mica_negative(x))))

/* sparse_plus: y = 0 where x <= -1, x where x >= 1, else (x + 1)^2 / 4. */
COMPOSITE_OP(sparse_plus, 0.1, 0.9,
             mica_where(mica_greater_equal(x, scalar_like(x, 1)), x,
                        scaled(mica_square(mica_relu(shifted(x, 1))), 0.25)))

/* sparse_sigmoid: y = min(max((x + 1) / 2, 0), 1). */
COMPOSITE_OP(sparse_sigmoid, 0.1, 0.9, mica_hard_sigmoid(x, 0.5, 0.5))

/* celu: y = max(x, 0) + alpha (e^(min(x, 0) / alpha) - 1). */
COMPOSITE_BY_OP(celu, 1.3, "alpha, minus the limit of y", 0.2, 2,
                mica_add(mica_relu(x),
                         scaled(mica_expm1(scaled(mica_minimum(x, zero_of(x)), 1 / by)), by)))

/* squareplus: y = (x + sqrt(x^2 + b)) / 2. */
COMPOSITE_BY_OP(squareplus, 4, "b, four times the square of y at 0", 0.1, 2,
                scaled(mica_add(x, mica_sqrt(shifted(mica_square(x), by))), 0.5))

/* hard_shrink: y = x where |x| > threshold, else 0. */
COMPOSITE_BY_OP(hard_shrink, 0.5, "threshold", 0.6, 2,
                mica_where(mica_less_equal(mica_abs(x), scalar_like(x, by)), zero_of(x), x))

/* soft_shrink: y = x - threshold above it, x + threshold below -threshold, else 0. */
COMPOSITE_BY_OP(soft_shrink, 0.5, "threshold", 0.6, 2, mica_subtract(x, mica_clip(x, -by, by)))
