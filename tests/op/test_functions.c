/* Activations and functions of numbers, through the public calls: values and gradients against
 * NumPy, SciPy, Keras and PyTorch; infinities, NaN and kinks of every elementwise op on every
 * backend. */
#include "recorded.h"

typedef mica_tensor *unary_call(mica_tensor *);
typedef mica_tensor *binary_call(mica_tensor *, mica_tensor *);
typedef mica_tensor *by_call(mica_tensor *, double);
typedef mica_tensor *along_call(mica_tensor *, int64_t);
typedef mica_tensor *reduce_call(mica_tensor *, mica_axes, bool);

static const struct {
    const char *name;
    unary_call *unary;
    binary_call *binary;
    by_call *by;
    along_call *along;
    reduce_call *reduce;
} calls[] = {
#define KIND(kind, name)                                                                           \
    { #name, .kind = mica_##name }
    KIND(unary, hard_silu),
    KIND(unary, hard_tanh),
    KIND(unary, tanh_shrink),
    KIND(unary, log_sigmoid),
    KIND(unary, sparse_plus),
    KIND(unary, sparse_sigmoid),
    KIND(unary, tan),
    KIND(unary, asin),
    KIND(unary, acos),
    KIND(unary, atan),
    KIND(unary, sinh),
    KIND(unary, cosh),
    KIND(unary, asinh),
    KIND(unary, acosh),
    KIND(unary, atanh),
    KIND(unary, erf),
    KIND(unary, erfc),
    KIND(unary, erfinv),
    KIND(unary, log2),
    KIND(unary, log10),
    KIND(unary, exp2),
    KIND(unary, cbrt),
    KIND(unary, lgamma),
    KIND(unary, digamma),
    KIND(unary, trunc),
    KIND(unary, deg2rad),
    KIND(unary, rad2deg),
    KIND(unary, is_nan),
    KIND(unary, is_inf),
    KIND(unary, is_finite),
    KIND(unary, bitwise_not),
    KIND(unary, relu),
    KIND(unary, relu6),
    KIND(unary, sigmoid),
    KIND(unary, softplus),
    KIND(unary, softsign),
    KIND(unary, silu),
    KIND(unary, selu),
    KIND(unary, tanh),
    KIND(unary, negative),
    KIND(unary, abs),
    KIND(unary, sign),
    KIND(unary, square),
    KIND(unary, sqrt),
    KIND(unary, reciprocal),
    KIND(unary, exp),
    KIND(unary, expm1),
    KIND(unary, log),
    KIND(unary, log1p),
    KIND(unary, sin),
    KIND(unary, cos),
    KIND(unary, floor),
    KIND(unary, ceil),
    KIND(unary, round),
    KIND(binary, atan2),
    KIND(binary, hypot),
    KIND(binary, log_add_exp),
    KIND(binary, remainder),
    KIND(binary, floor_divide),
    KIND(binary, bitwise_and),
    KIND(binary, bitwise_or),
    KIND(binary, bitwise_xor),
    KIND(binary, left_shift),
    KIND(binary, right_shift),
    KIND(binary, logical_xor),
    KIND(binary, maximum),
    KIND(binary, minimum),
    KIND(binary, add),
    KIND(binary, subtract),
    KIND(binary, multiply),
    KIND(binary, divide),
    KIND(binary, equal),
    KIND(binary, less),
    KIND(binary, greater_equal),
    KIND(by, celu),
    KIND(by, squareplus),
    KIND(by, hard_shrink),
    KIND(by, soft_shrink),
    KIND(by, leaky_relu),
    KIND(by, elu),
    KIND(along, glu),
    KIND(along, sparsemax),
    KIND(reduce, max),
    KIND(reduce, min),
    KIND(reduce, sum),
    KIND(reduce, mean)};

static mica_tensor *answer(const char *op, const json_t *a, mica_tensor *const *in) {
    for (size_t i = 0; i < LENGTH(calls); i++) {
        if (strcmp(calls[i].name, op)) continue;
        if (calls[i].unary) return calls[i].unary(in[0]);
        if (calls[i].binary) return calls[i].binary(in[0], in[1]);
        if (calls[i].by) return calls[i].by(in[0], real_argument(a, "by"));
        if (calls[i].reduce) return calls[i].reduce(in[0], axes_argument(a), false);
        return calls[i].along(in[0], integer(a, "axis"));
    }
    if (!strcmp(op, "clip"))
        return mica_clip(in[0], real_argument(a, "min"), real_argument(a, "max"));
    if (!strcmp(op, "hard_sigmoid")) return mica_hard_sigmoid(in[0], 1.0 / 6, 0.5);
    if (!strcmp(op, "polygamma")) return mica_polygamma(integer(a, "n"), in[0]);
    if (!strcmp(op, "threshold"))
        return mica_threshold(in[0], real_argument(a, "threshold"), real_argument(a, "value"));
    if (!strcmp(op, "prelu"))
        return mica_prelu(in[0], mica_reshape(in[1], MICA_SHAPE(-1, 1))); /* (B, C, N), slope (C) */
    if (!strcmp(op, "is_close"))
        return mica_is_close(in[0], in[1], real_argument(a, "rtol"), real_argument(a, "atol"));
    if (!strcmp(op, "nan_to_num"))
        return mica_nan_to_num(in[0], real_argument(a, "nan"), real_argument(a, "positive"),
                               real_argument(a, "negative"));
    fail_msg("no call for %s", op);
    return NULL;
}

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    out[0] = answer(op, a, in);
}

TEST(activations_agree_with_keras_and_pytorch) { run_recorded_ops("activation", call); }
TEST(functions_agree_with_numpy_and_pytorch) { run_recorded_ops("function", call); }

TEST(edges_agree_with_tensorflow_and_numpy_on_every_backend) {
    static const char *const names[] = {"reference", "cpu", NULL};
    mica_context *kept = ctx;
    for (int i = 0; i < 3; i++) {
        ctx = mica_open(MICA_OPTIONS(context, .backend = names[i], .threads = 1));
        assert_non_null(ctx);
        run_recorded_of("tests/recorded/ops.json", "edges", call, 2e-5);
        mica_close(&ctx);
    }
    ctx = kept;
}

TEST(shifts_by_the_width_leave_nothing) {
    const int32_t x[] = {1, -1, 5}, by[] = {32, 40, -1};
    mica_tensor *a = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(3), x);
    mica_tensor *b = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(3), by);
    const int32_t *left = mica_tensor_data(mica_left_shift(a, b));
    const int32_t *right = mica_tensor_data(mica_right_shift(a, b));
    for (int i = 0; i < 3; i++) assert_int_equal(left[i], 0);
    assert_int_equal(right[0], 0), assert_int_equal(right[1], -1), assert_int_equal(right[2], 0);
}

TEST(functions_name_what_they_do_not_take) {
    mica_tensor *f = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tensor *i = mica_full(ctx, MICA_INT32, MICA_SHAPE(2, 3), 1);
    ASSERT_POISON(mica_bitwise_and(f, f), MICA_TYPE,
                  "bitwise_and: input 0 has dtype float32, expected an integer type");
    ASSERT_POISON(mica_left_shift(mica_cast(i, MICA_BOOL), mica_cast(i, MICA_BOOL)), MICA_TYPE,
                  "left_shift: input 0 has dtype bool");
    ASSERT_POISON(mica_tan(i), MICA_TYPE, "tan: input 0 has dtype int32, expected a floating");
    ASSERT_POISON(mica_celu(i, 1), MICA_TYPE, "celu: input 0 has dtype int32, expected a floating");
    ASSERT_POISON(mica_glu(f, -1), MICA_SHAPE, "glu: axis 1 has extent 3, expected an even one");
    ASSERT_POISON(mica_polygamma(-1, f), MICA_VALUE, "polygamma: n -1, expected 0 to 100");
}

/* Numbers that no type of the language keeps in their range. */
TEST(numbers_out_of_range_are_named) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tensor *counter = mica_scalar(ctx, MICA_INT64, 0);
    mica_axes rows = MICA_AXES(1), many = {.count = 40}, negative = {.count = -3};
    mica_axes twice = {.count = 8, .axes = {0, 1, 0, 1, 0, 1, 0, 1}};
    ASSERT_POISON(mica_clip(x, NAN, 1), MICA_VALUE, "clip: min nan, max 1, expected numbers");
    ASSERT_POISON(mica_dropout(x, counter, 1, 7), MICA_VALUE, "rate 1, expected 0 <= rate < 1");
    ASSERT_POISON(mica_dropout(x, counter, -0.5, 7), MICA_VALUE, "rate -0.5, expected 0");
    ASSERT_POISON(mica_quantile(x, 1.5, 1, false), MICA_VALUE, "quantile: q 1.5");
    ASSERT_POISON(mica_quantile(x, NAN, 1, false), MICA_VALUE, "quantile: q nan");
    ASSERT_POISON(mica_top_k(x, 4, 1, NULL), MICA_SHAPE, "k 4 of 3 elements, expected 0 to as");
    ASSERT_POISON(mica_top_k(x, -1, 1, NULL), MICA_SHAPE, "k -1 of 3 elements");
    ASSERT_POISON(mica_normalize(x, rows, -1), MICA_VALUE, "normalize: epsilon -1, expected 0 or");
    ASSERT_POISON(mica_layer_norm(x, NULL, NULL, rows, -1), MICA_VALUE, "epsilon -1, expected 0");
    ASSERT_POISON(mica_rms_norm(x, NULL, rows, NAN), MICA_VALUE, "epsilon nan, expected 0 or");
    ASSERT_POISON(mica_group_norm(x, NULL, NULL, 1, 1, -1), MICA_VALUE, "epsilon -1, expected 0");
    ASSERT_POISON(mica_group_norm(x, NULL, NULL, 0, 1, 1), MICA_SHAPE, "0 groups of the 3");
    ASSERT_POISON(mica_flip(x, many), MICA_SHAPE, "flip: 40 axes, expected 0 to 8");
    ASSERT_POISON(mica_flip(x, negative), MICA_SHAPE, "flip: -3 axes, expected 0 to 8");
    ASSERT_POISON(mica_layer_norm(x, NULL, NULL, many, 1), MICA_SHAPE, "expected different ones");
    ASSERT_POISON(mica_layer_norm(x, NULL, NULL, twice, 1), MICA_SHAPE, "expected different ones");
    ASSERT_POISON(mica_one_hot(counter, -1, MICA_FLOAT32), MICA_SHAPE, "depth -1, expected 0 or");
    ASSERT_POISON(mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(2), 0, -1), MICA_VALUE,
                  "standard deviation -1, expected 0 or more");
    ASSERT_POISON(mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(2), 2, 1), MICA_VALUE,
                  "2 to 1, expected low <= high");
}

RUN_WITH_CONTEXT(UNIT(activations_agree_with_keras_and_pytorch),
                 UNIT(functions_agree_with_numpy_and_pytorch),
                 UNIT(edges_agree_with_tensorflow_and_numpy_on_every_backend),
                 UNIT(shifts_by_the_width_leave_nothing),
                 UNIT(functions_name_what_they_do_not_take), UNIT(numbers_out_of_range_are_named))
