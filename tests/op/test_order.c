/* Scans, order, statistics, placing and moving of elements: against NumPy, TensorFlow and PyTorch;
 * errors. */
#include "recorded.h"

static void scan(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    int64_t axis = integer(a, "axis");
    bool exclusive = flag_argument(a, "exclusive"), reverse = flag_argument(a, "reverse");
    bool descending = flag_argument(a, "descending"), keepdims = flag_argument(a, "keepdims");
    mica_axes axes = axes_argument(a);
    if (!strcmp(op, "cumsum")) out[0] = mica_cumsum(in[0], axis, exclusive, reverse);
    else if (!strcmp(op, "cumprod")) out[0] = mica_cumprod(in[0], axis, exclusive, reverse);
    else if (!strcmp(op, "cummax")) out[0] = mica_cummax(in[0], axis, &out[1]);
    else if (!strcmp(op, "sort") || !strcmp(op, "sort_values")) {
        out[0] = mica_sort(in[0], axis, descending);
        out[1] = mica_argsort(in[0], axis, descending);
    } else if (!strcmp(op, "top_k")) {
        out[0] = mica_top_k(in[0], integer(a, "k"), axis, &out[1]);
        out[1] = mica_cast(out[1], MICA_INT64);
    } else if (!strcmp(op, "variance")) out[0] = mica_variance(in[0], axes, keepdims);
    else if (!strcmp(op, "std")) out[0] = mica_std(in[0], axes, keepdims);
    else if (!strcmp(op, "norm"))
        out[0] = mica_norm(in[0], recorded_value(json_object_get(a, "order")), axes, keepdims);
    else if (!strcmp(op, "count_nonzero")) out[0] = mica_count_nonzero(in[0], axes, keepdims);
    else if (!strcmp(op, "quantile"))
        out[0] = mica_quantile(in[0], real_argument(a, "q"), axis, keepdims);
    else if (!strcmp(op, "median")) out[0] = mica_median(in[0], axis, keepdims);
    else if (!strcmp(op, "searchsorted"))
        out[0] = mica_searchsorted(in[0], in[1], flag_argument(a, "right"));
    else if (!strcmp(op, "bincount"))
        out[0] = mica_bincount(in[0], inputs > 1 ? in[1] : NULL, integer(a, "size"));
    else if (!strcmp(op, "histogram"))
        out[0] = mica_histogram(in[0], integer(a, "bins"), real_argument(a, "low"),
                                real_argument(a, "high"));
    else fail_msg("no call for %s", op);
}

static void placing(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                    mica_tensor **out) {
    int64_t axis = integer(a, "axis"), count = integer(a, "count");
    mica_scatter_action action = (mica_scatter_action)integer(a, "action");
    if (!strcmp(op, "gather_elements")) out[0] = mica_gather_elements(in[0], in[1], axis);
    else if (!strcmp(op, "scatter_elements"))
        out[0] = mica_scatter_elements(in[0], in[1], in[2], axis, action);
    else if (!strcmp(op, "gather_nd")) out[0] = mica_gather_nd(in[0], in[1]);
    else if (!strcmp(op, "scatter_nd")) out[0] = mica_scatter_nd(in[0], in[1], in[2], action);
    else if (!strcmp(op, "segment_sum")) out[0] = mica_segment_sum(in[0], in[1], count);
    else if (!strcmp(op, "segment_max")) out[0] = mica_segment_max(in[0], in[1], count);
    else fail_msg("no call for %s", op);
}

static void moving(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                   mica_tensor **out) {
    int64_t axis = integer(a, "axis"), k = integer(a, "k");
    int64_t from = integer(a, "source"), to = integer(a, "target");
    double start = real_argument(a, "start"), stop = real_argument(a, "stop");
    if (!strcmp(op, "flip")) out[0] = mica_flip(in[0], axes_argument(a));
    else if (!strcmp(op, "roll")) out[0] = mica_roll(in[0], integer(a, "shift"), axis);
    else if (!strcmp(op, "repeat")) out[0] = mica_repeat(in[0], integer(a, "repeats"), axis);
    else if (!strcmp(op, "moveaxis")) out[0] = mica_moveaxis(in[0], from, to);
    else if (!strcmp(op, "swapaxes")) out[0] = mica_swapaxes(in[0], from, to);
    else if (!strcmp(op, "unstack")) mica_unstack(in[0], axis, (int)integer(a, "count"), out);
    else if (!strcmp(op, "tril")) out[0] = mica_tril(in[0], k);
    else if (!strcmp(op, "triu")) out[0] = mica_triu(in[0], k);
    else if (!strcmp(op, "diagonal")) out[0] = mica_diagonal(in[0], k);
    else if (!strcmp(op, "trace")) out[0] = mica_trace(in[0], k);
    else if (!strcmp(op, "diag")) out[0] = mica_diag(in[0], k);
    else if (!strcmp(op, "eye"))
        out[0] = mica_eye(ctx, MICA_FLOAT64, integer(a, "rows"), integer(a, "columns"), k);
    else if (!strcmp(op, "arange"))
        out[0] = mica_arange(ctx, MICA_FLOAT64, start, stop, real_argument(a, "step"));
    else if (!strcmp(op, "linspace"))
        out[0] = mica_linspace(ctx, MICA_FLOAT64, start, stop, integer(a, "n"));
    else if (!strcmp(op, "meshgrid")) mica_meshgrid(in, inputs, flag_argument(a, "ij"), out);
    else fail_msg("no call for %s", op);
}

TEST(scans_and_order_agree_with_the_peers) { run_recorded_ops("scan", scan); }
TEST(placing_agrees_with_the_peers) { run_recorded_ops("placing", placing); }
TEST(moving_agrees_with_numpy) { run_recorded_ops("moving", moving); }

TEST(they_name_what_does_not_fit) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tensor *whole = mica_full(ctx, MICA_INT32, MICA_SHAPE(2), 1);
    ASSERT_POISON(mica_cumsum(x, 2, false, false), MICA_SHAPE, "cumsum: axis 2, expected one of");
    ASSERT_POISON(mica_sort(x, -3, false), MICA_SHAPE, "sort: axis -3");
    ASSERT_POISON(mica_top_k(x, 4, 1, NULL), MICA_SHAPE, "top_k: k 4 of 3 elements");
    ASSERT_POISON(mica_quantile(x, 1.5, 1, false), MICA_VALUE, "quantile: q 1.5 of 3 elements");
    ASSERT_POISON(mica_gather_elements(x, whole, 0), MICA_SHAPE, "gather_elements: input 1 has");
    ASSERT_POISON(mica_gather_elements(x, x, 0), MICA_TYPE, "indices are float32");
    ASSERT_POISON(mica_gather_nd(x, x), MICA_TYPE, "gather_nd: indices are float32");
    ASSERT_POISON(mica_scatter_nd(x, mica_reshape(whole, MICA_SHAPE(2, 1)), x, 7), MICA_VALUE,
                  "scatter_nd: action 7");
    ASSERT_POISON(mica_segment_sum(x, whole, -1), MICA_SHAPE, "segment_sum: -1 segments");
    ASSERT_POISON(mica_roll(x, 1, 5), MICA_SHAPE, "roll: axis 5 of rank 2");
    ASSERT_POISON(mica_arange(ctx, MICA_FLOAT32, 0, 1, 0), MICA_VALUE, "arange");
    ASSERT_POISON(mica_histogram(x, 0, 0, 1), MICA_VALUE, "histogram: 0 bins from 0 to 1");
}

RUN_WITH_CONTEXT(UNIT(scans_and_order_agree_with_the_peers), UNIT(placing_agrees_with_the_peers),
                 UNIT(moving_agrees_with_numpy), UNIT(they_name_what_does_not_fit))
