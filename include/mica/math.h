/* Operations on numbers: arithmetic, comparisons, activations, reductions, matmul, the kernels of
 * losses. Each takes and returns handles (tensor.h): a failed call returns poison, and mica_check
 * tells the first error. Binary ops broadcast as NumPy and cast both operands to their common
 * dtype. Shapes: B batch, K classes; x and y have the same shape where nothing else is said. */
#ifndef MICA_MATH_H
#define MICA_MATH_H

#include "mica/tensor.h"

MICA_API_BEGIN

/* ---- arithmetic: any numbers; integers wrap, bools are 0 and 1 ---- */
mica_tensor *mica_add(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_subtract(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_multiply(mica_tensor *a, mica_tensor *b);
/* a / b. Integers are cut towards zero (ONNX Div); by zero gives 0. */
mica_tensor *mica_divide(mica_tensor *a, mica_tensor *b);
/* a to the power b; of integers exact, and with a negative b cut towards zero. */
mica_tensor *mica_power(mica_tensor *a, mica_tensor *b);
/* The greater, the lesser one; NaN where either is. Where they are equal a gets the gradient. */
mica_tensor *mica_maximum(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_minimum(mica_tensor *a, mica_tensor *b);
/* a - b floor(a / b), of b's sign, as Python's %. Integers modulo zero give 0. */
mica_tensor *mica_floor_mod(mica_tensor *a, mica_tensor *b);
/* floor(a / b). Integers by zero give 0. Its gradient is zero. */
mica_tensor *mica_floor_divide(mica_tensor *a, mica_tensor *b);
/* a - b trunc(a / b), of a's sign, as C's % and fmod. Integers modulo zero give 0. */
mica_tensor *mica_remainder(mica_tensor *a, mica_tensor *b);

mica_tensor *mica_negative(mica_tensor *x);
mica_tensor *mica_abs(mica_tensor *x);
/* -1, 0 or 1. Its gradient is zero. */
mica_tensor *mica_sign(mica_tensor *x);
mica_tensor *mica_square(mica_tensor *x);
/* x limited to min … max; max where min is above it. The gradient is 1 at both, 0 outside. Source:
 * numpy.clip. */
mica_tensor *mica_clip(mica_tensor *x, double min, double max);

/* ---- functions of floating-point numbers (others are an error, TYPE) ---- */
mica_tensor *mica_sqrt(mica_tensor *x);
mica_tensor *mica_rsqrt(mica_tensor *x);      /* 1 / sqrt(x) */
mica_tensor *mica_reciprocal(mica_tensor *x); /* 1 / x */
mica_tensor *mica_exp(mica_tensor *x);
mica_tensor *mica_expm1(mica_tensor *x); /* e^x - 1 */
mica_tensor *mica_log(mica_tensor *x);
mica_tensor *mica_log1p(mica_tensor *x); /* log(1 + x) */
mica_tensor *mica_sin(mica_tensor *x);
mica_tensor *mica_cos(mica_tensor *x);
mica_tensor *mica_tan(mica_tensor *x);
mica_tensor *mica_asin(mica_tensor *x);
mica_tensor *mica_acos(mica_tensor *x);
mica_tensor *mica_atan(mica_tensor *x);
mica_tensor *mica_sinh(mica_tensor *x);
mica_tensor *mica_cosh(mica_tensor *x);
mica_tensor *mica_tanh(mica_tensor *x);
mica_tensor *mica_asinh(mica_tensor *x);
mica_tensor *mica_acosh(mica_tensor *x);
mica_tensor *mica_atanh(mica_tensor *x);
mica_tensor *mica_log2(mica_tensor *x);
mica_tensor *mica_log10(mica_tensor *x);
mica_tensor *mica_exp2(mica_tensor *x); /* 2^x */
mica_tensor *mica_cbrt(mica_tensor *x);
mica_tensor *mica_deg2rad(mica_tensor *x);
mica_tensor *mica_rad2deg(mica_tensor *x);
mica_tensor *mica_erf(mica_tensor *x);
mica_tensor *mica_erfc(mica_tensor *x);   /* 1 - erf(x) */
mica_tensor *mica_erfinv(mica_tensor *x); /* y with erf(y) = x */
mica_tensor *mica_lgamma(mica_tensor *x); /* log |Gamma(x)| */
mica_tensor *mica_digamma(mica_tensor *x);
/* The derivative number n (at most 100) of digamma; x > -10000 where n > 0. */
mica_tensor *mica_polygamma(int64_t n, mica_tensor *x);
/* The angle of the point (x, y), in -pi … pi. */
mica_tensor *mica_atan2(mica_tensor *y, mica_tensor *x);
mica_tensor *mica_hypot(mica_tensor *a, mica_tensor *b);       /* sqrt(a^2 + b^2) */
mica_tensor *mica_log_add_exp(mica_tensor *a, mica_tensor *b); /* log(e^a + e^b) */
/* Their gradient is zero. round: halves to even (NumPy's rint). trunc: towards zero. */
mica_tensor *mica_floor(mica_tensor *x);
mica_tensor *mica_ceil(mica_tensor *x);
mica_tensor *mica_round(mica_tensor *x);
mica_tensor *mica_trunc(mica_tensor *x);

/* ---- comparisons and logic: bool results; logic casts its operands to bool ---- */
mica_tensor *mica_equal(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_not_equal(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_less(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_less_equal(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_greater(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_greater_equal(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_logical_and(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_logical_or(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_logical_xor(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_logical_not(mica_tensor *x);
/* Neither NaN nor infinite; NaN; plus or minus infinity. */
mica_tensor *mica_is_finite(mica_tensor *x);
mica_tensor *mica_is_nan(mica_tensor *x);
mica_tensor *mica_is_inf(mica_tensor *x);
/* |a - b| <= atol + rtol |b|, or both the same infinity. Source: numpy.isclose. */
mica_tensor *mica_is_close(mica_tensor *a, mica_tensor *b, double rtol, double atol);
/* x with NaN, infinity and -infinity replaced. */
mica_tensor *mica_nan_to_num(mica_tensor *x, double nan, double positive, double negative);
/* a where condition, else b; all three broadcast. */
mica_tensor *mica_where(mica_tensor *condition, mica_tensor *a, mica_tensor *b);

/* Bits of integers; of bools the same as logic. A shift by less than 0 or by the width or more
 * gives 0, of a negative number to the right -1. */
mica_tensor *mica_bitwise_and(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_bitwise_or(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_bitwise_xor(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_bitwise_not(mica_tensor *x);
mica_tensor *mica_left_shift(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_right_shift(mica_tensor *a, mica_tensor *b);

/* x as another dtype: floats to integers cut towards zero and saturate (NaN gives 0), integers to
 * integers wrap, bool is x != 0. The same dtype returns x. */
mica_tensor *mica_cast(mica_tensor *x, mica_dtype dtype);
mica_tensor *mica_identity(mica_tensor *x);
/* x, but no gradient passes. */
mica_tensor *mica_stop_gradient(mica_tensor *x);

/* ---- activations, as keras.activations (exponential is mica_exp) ---- */
mica_tensor *mica_relu(mica_tensor *x);                     /* max(x, 0); gradient 0 at 0 */
mica_tensor *mica_relu6(mica_tensor *x);                    /* min(max(x, 0), 6) */
mica_tensor *mica_leaky_relu(mica_tensor *x, double slope); /* x > 0 ? x : slope x */
mica_tensor *mica_elu(mica_tensor *x, double alpha);        /* x > 0 ? x : alpha (e^x - 1) */
mica_tensor *mica_selu(mica_tensor *x);                     /* 1.0507 elu(x, 1.6733) */
mica_tensor *mica_sigmoid(mica_tensor *x);                  /* 1 / (1 + e^-x) */
mica_tensor *mica_softplus(mica_tensor *x);                 /* log(1 + e^x) */
mica_tensor *mica_softsign(mica_tensor *x);                 /* x / (1 + |x|) */
mica_tensor *mica_silu(mica_tensor *x);                     /* x sigmoid(x) */
/* x Phi(x), Phi the normal distribution; approximate: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715
 * x^3))). */
mica_tensor *mica_gelu(mica_tensor *x, bool approximate);
mica_tensor *mica_mish(mica_tensor *x); /* x tanh(softplus(x)) */
/* min(max(slope x + offset, 0), 1). Keras 3: 1/6 and 0.5; Keras 2 and ONNX: 0.2 and 0.5. */
mica_tensor *mica_hard_sigmoid(mica_tensor *x, double slope, double offset);
mica_tensor *mica_celu(mica_tensor *x,
                       double alpha); /* max(x, 0) + alpha (e^(min(x, 0) / alpha) - 1) */
mica_tensor *mica_prelu(mica_tensor *x,
                        mica_tensor *slope);            /* x > 0 ? x : slope x; they broadcast */
mica_tensor *mica_squareplus(mica_tensor *x, double b); /* (x + sqrt(x^2 + b)) / 2 */
mica_tensor *mica_hard_silu(mica_tensor *x);            /* x min(max(x / 6 + 1/2, 0), 1) */
mica_tensor *mica_hard_tanh(mica_tensor *x);            /* min(max(x, -1), 1) */
mica_tensor *mica_hard_shrink(mica_tensor *x, double threshold); /* |x| > threshold ? x : 0 */
/* x - threshold above it, x + threshold below -threshold, else 0. */
mica_tensor *mica_soft_shrink(mica_tensor *x, double threshold);
mica_tensor *mica_tanh_shrink(mica_tensor *x); /* x - tanh(x) */
mica_tensor *mica_threshold(mica_tensor *x, double threshold,
                            double value);     /* x > threshold ? x : value */
mica_tensor *mica_log_sigmoid(mica_tensor *x); /* -log(1 + e^-x) */
/* 0 where x <= -1, x where x >= 1, else (x + 1)^2 / 4; and its derivative min(max((x + 1) / 2, 0),
 * 1). */
mica_tensor *mica_sparse_plus(mica_tensor *x);
mica_tensor *mica_sparse_sigmoid(mica_tensor *x);
/* a sigmoid(b), a and b the halves of x along the axis. */
mica_tensor *mica_glu(mica_tensor *x, int64_t axis);
/* The point of the simplex nearest to x along the axis: max(x - t, 0), which sums to 1. Source:
 * Martins and Astudillo (2016). */
mica_tensor *mica_sparsemax(mica_tensor *x, int64_t axis);
/* e^x over its sum along the axis; and the logarithm of that. */
mica_tensor *mica_softmax(mica_tensor *x, int64_t axis);
mica_tensor *mica_log_softmax(mica_tensor *x, int64_t axis);

/* ---- reductions ---- */
/* The axes that a reduction removes (keepdims leaves them with extent 1); negative ones count from
 * the end. mica_sum(x, MICA_AXES(0, -1), false), mica_mean(x, MICA_ALL_AXES, false). */
typedef struct mica_axes {
    int count; /* 0: all axes */
    int64_t axes[MICA_MAX_RANK];
} mica_axes;
#define MICA_AXES(...)                                                                             \
    ((mica_axes){MICA_COUNT_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0), {__VA_ARGS__}})
#define MICA_ALL_AXES ((mica_axes){0, {0}})

mica_tensor *mica_sum(mica_tensor *x, mica_axes axes, bool keepdims);
mica_tensor *mica_mean(mica_tensor *x, mica_axes axes, bool keepdims); /* floats only */
/* Equal greatest (least) elements share the gradient. Of no elements: the dtype's least (greatest).
 */
mica_tensor *mica_max(mica_tensor *x, mica_axes axes, bool keepdims);
mica_tensor *mica_min(mica_tensor *x, mica_axes axes, bool keepdims);
mica_tensor *mica_prod(mica_tensor *x, mica_axes axes, bool keepdims);
/* bool: whether any, whether all elements are not zero. */
mica_tensor *mica_any(mica_tensor *x, mica_axes axes, bool keepdims);
mica_tensor *mica_all(mica_tensor *x, mica_axes axes, bool keepdims);
/* log(sum(e^x)), without overflow. */
mica_tensor *mica_log_sum_exp(mica_tensor *x, mica_axes axes, bool keepdims);
/* The number of elements along the axes, a scalar of x's dtype. */
mica_tensor *mica_size(mica_tensor *x, mica_axes axes);
/* int64: where the greatest (least) element is along the axis; the first of equals, NaN before all.
 */
mica_tensor *mica_argmax(mica_tensor *x, int64_t axis, bool keepdims);
mica_tensor *mica_argmin(mica_tensor *x, int64_t axis, bool keepdims);

/* The mean square of the distance from the mean (of the population), and its root; floats. */
mica_tensor *mica_variance(mica_tensor *x, mica_axes axes, bool keepdims);
mica_tensor *mica_std(mica_tensor *x, mica_axes axes, bool keepdims);
/* (sum of |x|^order)^(1/order) over the axes; order INFINITY: the greatest |x|, -INFINITY: the
 * least, 0: how many are not 0. Source: numpy.linalg.norm of vectors. */
mica_tensor *mica_norm(mica_tensor *x, double order, mica_axes axes, bool keepdims);
/* int64: how many are not 0. */
mica_tensor *mica_count_nonzero(mica_tensor *x, mica_axes axes, bool keepdims);
/* The value below which the share q (0 … 1) lies, between neighbours in a straight line; NaN where
 * there is one. The extent of the axis must be known; floats. median: q is 0.5. */
mica_tensor *mica_quantile(mica_tensor *x, double q, int64_t axis, bool keepdims);
mica_tensor *mica_median(mica_tensor *x, int64_t axis, bool keepdims);

/* ---- scans and order, along an axis ---- */
/* The sum, the product of all up to each element; exclusive: without it; reverse: from the end. The
 * gradient of cumprod is NaN where x is 0 (as TensorFlow). */
mica_tensor *mica_cumsum(mica_tensor *x, int64_t axis, bool exclusive, bool reverse);
mica_tensor *mica_cumprod(mica_tensor *x, int64_t axis, bool exclusive, bool reverse);
/* The greatest up to each element; where: NULL, or int64 where it is (the last of equals). */
mica_tensor *mica_cummax(mica_tensor *x, int64_t axis, mica_tensor **where);
/* In ascending or descending order, equals in the order they had, NaN as the greatest; and int64
 * where each was. */
mica_tensor *mica_sort(mica_tensor *x, int64_t axis, bool descending);
mica_tensor *mica_argsort(mica_tensor *x, int64_t axis, bool descending);
/* The k greatest (0: none), in descending order; where: NULL, or int64 where they are. */
mica_tensor *mica_top_k(mica_tensor *x, int64_t k, int64_t axis, mica_tensor **where);
/* int64: how many of the numbers sorted (N), in ascending order, are less than x (right: at most
 * x); NaN is after all. Source: numpy.searchsorted. */
mica_tensor *mica_searchsorted(mica_tensor *sorted, mica_tensor *x, bool right);
/* How often each of 0 … size - 1 stands in x (integers), int64; or the sum of the weights (like x)
 * there. Others are left out. */
mica_tensor *mica_bincount(mica_tensor *x, mica_tensor *weights, int64_t size);
/* int64: how many of x lie in each of so many equal bins; low <= x < high, the last one to high.
 * Source: numpy.histogram. */
mica_tensor *mica_histogram(mica_tensor *x, int64_t bins, double low, double high);

/* ---- matrices ---- */
/* a (…, M, K) by b (…, K, N): y (…, M, N); the dims in front broadcast. A rank 1 operand is a row
 * (a) or a column (b), and y loses that dim, as numpy.matmul. */
mica_tensor *mica_matmul(mica_tensor *a, mica_tensor *b);
/* The same with the last two dims of a, of b exchanged first. Rank at least 2. */
mica_tensor *mica_matmul_t(mica_tensor *a, mica_tensor *b, bool transpose_a, bool transpose_b);

/* ---- kernels of losses: one value for every row; reduce them with mica_mean ---- */
/* -sum over K of t log(softmax(z)).  z logits (…, K), t target probabilities (…, K): y (…).
 * Source: tf.nn.softmax_cross_entropy_with_logits. */
mica_tensor *mica_softmax_cross_entropy(mica_tensor *logits, mica_tensor *targets);
/* -log(softmax(z)[label]).  z (…, K), labels (…) of any number type: y (…). A label outside
 * 0 … K-1 makes its row NaN. Source: tf.nn.sparse_softmax_cross_entropy_with_logits. */
mica_tensor *mica_sparse_softmax_cross_entropy(mica_tensor *logits, mica_tensor *labels);
/* -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)), elementwise and without overflow.
 * Source: tf.nn.sigmoid_cross_entropy_with_logits. */
mica_tensor *mica_sigmoid_cross_entropy(mica_tensor *logits, mica_tensor *targets);
/* -log of the probability that the logits spell the labels, by connectionist temporal
 * classification.  labels (B, L) class numbers, logits (B, T, K), label_lengths (B): how many
 * labels of each row count; logit_lengths (B): how many steps (NULL: all T); blank: the class of
 * the separator: y (B). Labels that do not fit into the steps: inf, without a gradient. It can be
 * differentiated once. Source: keras.ops.ctc_loss; Graves et al. (2006). */
mica_tensor *mica_ctc_loss(mica_tensor *labels, mica_tensor *logits, mica_tensor *label_lengths,
                           mica_tensor *logit_lengths, int64_t blank);

MICA_API_END

#endif
