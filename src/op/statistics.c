/* Statistics as short composites of reductions and of sort: variance, std, norm, count_nonzero,
 * median, quantile. Sources: numpy of the same names; norm: numpy.linalg.norm of vectors. */
#include "op/array.h"
#include "op/elementwise.h"

mica_tensor *mica_variance(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    mica_tensor *centred = mica_subtract(x, mica_mean(x, axes, true));
    return mica_mean(mica_square(centred), axes, keepdims);
}

mica_tensor *mica_std(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return mica_sqrt(mica_variance(x, axes, keepdims));
}

mica_tensor *mica_norm(mica_tensor *x, double order, mica_axes axes, bool keepdims) {
    NEEDS(x);
    mica_tensor *size = mica_abs(x);
    if (order == INFINITY) return mica_max(size, axes, keepdims);
    if (order == -INFINITY) return mica_min(size, axes, keepdims);
    if (order == 1) return mica_sum(size, axes, keepdims);
    if (order == 2) return mica_sqrt(mica_sum(mica_square(x), axes, keepdims));
    if (order == 0)
        return mica_sum(mica_cast(mica_not_equal(x, zero_of(x)), x->dtype), axes, keepdims);
    mica_tensor *sum = mica_sum(mica_power(size, scalar_like(x, order)), axes, keepdims);
    return mica_power(sum, scalar_like(x, 1 / order));
}

mica_tensor *mica_count_nonzero(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return mica_sum(mica_cast(mica_not_equal(x, zero_of(x)), MICA_INT64), axes, keepdims);
}

/* Between the sorted elements at floor(p) and the next one, p = q (n - 1). */
mica_tensor *mica_quantile(mica_tensor *x, double q, int64_t axis, bool keepdims) {
    NEEDS(x);
    mica_tensor *sorted = mica_sort(x, axis, false);
    int at = 0;
    if (sorted->kind == TENSOR_POISON) return sorted;
    axis_resolve(axis, x->shape.rank, &at);
    int64_t n = x->shape.dims[at];
    if (!dtype_is_float(x->dtype) || n < 1 || !(q >= 0 && q <= 1)) {
        context_fail(x->ctx, MICA_VALUE,
                     "quantile: q %g of %lld elements of %s, expected 0 to 1, a known extent of at "
                     "least 1, a floating type",
                     q, (long long)n, mica_dtype_name(x->dtype));
        return tensor_poison(x->ctx);
    }
    double place = q * (double)(n - 1);
    int64_t low = (int64_t)place, high = low + 1 < n ? low + 1 : low;
    mica_tensor *below = slice_axis(sorted, at, low, low + 1);
    mica_tensor *above = slice_axis(sorted, at, high, high + 1);
    mica_tensor *y = mica_add(below, scaled(mica_subtract(above, below), place - (double)low));
    mica_tensor *nan = mica_any(mica_is_nan(x), MICA_AXES(at), true);
    y = mica_where(nan, scalar_like(x, NAN), y);
    return keepdims ? y : mica_squeeze(y, MICA_AXES(at));
}

mica_tensor *mica_median(mica_tensor *x, int64_t axis, bool keepdims) {
    NEEDS(x);
    return mica_quantile(x, 0.5, axis, keepdims);
}
