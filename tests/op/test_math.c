/* Values of the ops on numbers, through the public calls: against what NumPy, SciPy and PyTorch
 * recorded (tools/record_math.py), and the edge cases and errors that are mica's own. */
#include "base/config.h"
#include "grad/gradient.h"
#include "mica/mica.h"
#include "op/op.h"
#include "support/testing.h"

static mica_context *ctx;

static int open_context(void **state) {
    (void)state;
    ctx = mica_open(MICA_OPTIONS(context, .backend = "reference", .threads = 1));
    return ctx ? 0 : -1;
}

static int close_context(void **state) {
    (void)state;
    mica_close(&ctx);
    return 0;
}

/* ---- recorded cases ---- */

static double argument(const json_t *arguments, const char *name) {
    const json_t *value = json_object_get(arguments, name);
    return json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
}

static mica_axes axes_argument(const json_t *arguments) {
    const json_t *list = json_object_get(arguments, "axes");
    mica_axes axes = {.count = (int)json_array_size(list)};
    for (int i = 0; i < axes.count; i++)
        axes.axes[i] = json_integer_value(json_array_get(list, (size_t)i));
    return axes;
}

typedef mica_tensor *unary_call(mica_tensor *);
typedef mica_tensor *binary_call(mica_tensor *, mica_tensor *);
typedef mica_tensor *reduce_call(mica_tensor *, mica_axes, bool);
typedef mica_tensor *along_call(mica_tensor *, int64_t);
typedef mica_tensor *argument_call(mica_tensor *, int64_t, bool);

/* The public calls by the names of their ops; those with arguments of their own are in call(). */
static const struct {
    const char *name;
    unary_call *unary;
    binary_call *binary;
    reduce_call *reduce;
    along_call *along;
    argument_call *argument;
} calls[] = {
#define UNARY(x)                                                                                   \
    { #x, .unary = mica_##x }
#define BINARY(x)                                                                                  \
    { #x, .binary = mica_##x }
#define REDUCE(x)                                                                                  \
    { #x, .reduce = mica_##x }
    BINARY(add),
    BINARY(subtract),
    BINARY(multiply),
    BINARY(divide),
    BINARY(power),
    BINARY(maximum),
    BINARY(minimum),
    BINARY(floor_mod),
    BINARY(equal),
    BINARY(not_equal),
    BINARY(less),
    BINARY(less_equal),
    BINARY(greater),
    BINARY(greater_equal),
    BINARY(logical_and),
    BINARY(logical_or),
    BINARY(matmul),
    BINARY(softmax_cross_entropy),
    BINARY(sparse_softmax_cross_entropy),
    BINARY(sigmoid_cross_entropy),
    UNARY(negative),
    UNARY(abs),
    UNARY(sign),
    UNARY(square),
    UNARY(sqrt),
    UNARY(rsqrt),
    UNARY(reciprocal),
    UNARY(exp),
    UNARY(expm1),
    UNARY(log),
    UNARY(log1p),
    UNARY(sin),
    UNARY(cos),
    UNARY(tanh),
    UNARY(erf),
    UNARY(floor),
    UNARY(ceil),
    UNARY(round),
    UNARY(logical_not),
    UNARY(is_finite),
    UNARY(identity),
    UNARY(stop_gradient),
    UNARY(relu),
    UNARY(relu6),
    UNARY(sigmoid),
    UNARY(softplus),
    UNARY(softsign),
    UNARY(silu),
    UNARY(mish),
    UNARY(selu),
    REDUCE(sum),
    REDUCE(mean),
    REDUCE(max),
    REDUCE(min),
    REDUCE(prod),
    REDUCE(any),
    REDUCE(all),
    REDUCE(log_sum_exp),
    {"softmax", .along = mica_softmax},
    {"log_softmax", .along = mica_log_softmax},
    {"argmax", .argument = mica_argmax},
    {"argmin", .argument = mica_argmin}};

static mica_tensor *call(const char *name, const json_t *a, mica_tensor *const *in) {
    mica_dtype dtype;
    for (size_t i = 0; i < LENGTH(calls); i++) {
        if (strcmp(calls[i].name, name)) continue;
        bool keepdims = argument(a, "keepdims") != 0;
        int64_t axis = (int64_t)argument(a, "axis");
        if (calls[i].unary) return calls[i].unary(in[0]);
        if (calls[i].binary) return calls[i].binary(in[0], in[1]);
        if (calls[i].reduce) return calls[i].reduce(in[0], axes_argument(a), keepdims);
        if (calls[i].along) return calls[i].along(in[0], axis);
        return calls[i].argument(in[0], axis, keepdims);
    }
    if (!strcmp(name, "where")) return mica_where(in[0], in[1], in[2]);
    if (!strcmp(name, "clip")) return mica_clip(in[0], argument(a, "min"), argument(a, "max"));
    if (!strcmp(name, "elu")) return mica_elu(in[0], argument(a, "alpha"));
    if (!strcmp(name, "leaky_relu")) return mica_leaky_relu(in[0], argument(a, "slope"));
    if (!strcmp(name, "gelu")) return mica_gelu(in[0], argument(a, "approximate") != 0);
    if (!strcmp(name, "hard_sigmoid"))
        return mica_hard_sigmoid(in[0], argument(a, "slope"), argument(a, "offset"));
    if (!strcmp(name, "cast") &&
        mica_dtype_of_name(json_string_value(json_object_get(a, "dtype")), &dtype))
        return mica_cast(in[0], dtype);
    fail_msg("no call for %s", name);
    return NULL;
}

static double real_of(const json_t *value) {
    return json_is_string(value) ? strtod(json_string_value(value), NULL)
                                 : json_number_value(value);
}

static int64_t integer_of(const json_t *value) {
    return json_is_string(value) ? (int64_t)strtoull(json_string_value(value), NULL, 10)
                                 : json_integer_value(value);
}

static mica_tensor *tensor_of(const json_t *array) {
    const json_t *dims = json_object_get(array, "shape"), *data = json_object_get(array, "data");
    mica_dtype dtype;
    shape s = {.rank = (int)json_array_size(dims)};
    assert_true(mica_dtype_of_name(json_string_value(json_object_get(array, "dtype")), &dtype));
    for (int i = 0; i < s.rank; i++)
        s.dims[i] = json_integer_value(json_array_get(dims, (size_t)i));
    size_t n = json_array_size(data), size = mica_dtype_size(dtype);
    char *bytes = malloc((n + 1) * size);
    assert_int_equal(n, shape_size(&s));
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(data, i);
        if (dtype_is_float(dtype)) dtype_store(dtype, bytes + i * size, real_of(value));
        else dtype_store_int(dtype, bytes + i * size, integer_of(value));
    }
    mica_tensor *t = mica_tensor_new(ctx, dtype, s, bytes);
    free(bytes);
    return t;
}

/* Whether y is what was recorded: integers exactly, floats to 1e-12 (1e-7 for a narrow dtype). */
static bool agrees(const char *what, mica_tensor *y, mica_tensor *expected) {
    char found[128], wanted[128];
    mica_dtype dtype = expected->dtype;
    if (y->dtype != dtype || !shape_equal(&y->shape, &expected->shape)) {
        shape_format(&y->shape, found), shape_format(&expected->shape, wanted);
        print_error("%s: %s of %s, expected %s of %s\n", what, found, mica_dtype_name(y->dtype),
                    wanted, mica_dtype_name(dtype));
        return false;
    }
    const char *a = tensor_bytes(y), *b = tensor_bytes(expected);
    size_t size = mica_dtype_size(dtype);
    for (int64_t i = 0, n = shape_size(&y->shape); i < n; i++, a += size, b += size) {
        double va = dtype_load(dtype, a), vb = dtype_load(dtype, b);
        double tolerance = dtype == MICA_FLOAT64 ? 1e-12 : 1e-7;
        if (!memcmp(a, b, size) || (isnan(va) && isnan(vb))) continue;
        if (dtype_is_float(dtype) && (va == vb || fabs(va - vb) <= tolerance * fmax(1, fabs(vb))))
            continue;
        print_error("%s: element %lld is %.17g, expected %.17g\n", what, (long long)i, va, vb);
        return false;
    }
    return true;
}

static bool run_case(size_t number, const json_t *c) {
    const char *name = json_string_value(json_object_get(c, "op"));
    const json_t *inputs = json_object_get(c, "inputs");
    char what[96];
    mica_error err = {0};
    mica_tensor *in[4];
    for (size_t i = 0; i < json_array_size(inputs) && i < 4; i++)
        in[i] = tensor_of(json_array_get(inputs, i));
    mica_tensor *y = call(name, json_object_get(c, "arguments"), in);
    snprintf(what, sizeof what, "case %zu, %s", number, name);
    if (mica_check(ctx, &err) == MICA_OK)
        return agrees(what, y, tensor_of(json_object_get(c, "output")));
    print_error("%s: %s\n", what, err.message);
    return false;
}

TEST(values_agree_with_numpy_and_pytorch) {
    const char *root = getenv("MICA_SOURCE");
    char path[4096];
    mica_error err = {0};
    json_t *tree = NULL;
    int failures = 0;
    snprintf(path, sizeof path, "%s/tests/recorded/math.json", root ? root : ".");
    ASSERT_OK(config_load(path, &tree, &err));
    const json_t *cases = json_object_get(tree, "cases");
    assert_true(json_array_size(cases) > 300);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        mica_scope *scope = mica_scope_open(ctx);
        failures += !run_case(i, json_array_get(cases, i));
        mica_scope_close(&scope);
    }
    json_decref(tree);
    assert_int_equal(failures, 0);
}

/* ---- mica's own edges ---- */

#define REALS(...)                                                                                 \
    mica_tensor_new(ctx, MICA_FLOAT64,                                                             \
                    MICA_SHAPE(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),                  \
                    (double[]){__VA_ARGS__})
#define ASSERT_REALS(y, tolerance, ...)                                                            \
    do {                                                                                           \
        const double want_[] = {__VA_ARGS__};                                                      \
        double y_[LENGTH(want_)];                                                                  \
        mica_error err = {0};                                                                      \
        ASSERT_OK(mica_tensor_read(y, MICA_FLOAT64, y_, sizeof y_, &err));                         \
        ASSERT_CLOSE(y_, want_, LENGTH(want_), tolerance);                                         \
    } while (0)

TEST(integer_division_by_zero_is_zero) {
    mica_tensor *a = mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(3), (int64_t[]){7, INT64_MIN, -7});
    mica_tensor *b = mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(3), (int64_t[]){0, -1, 0});
    const int64_t *y = mica_tensor_data(mica_divide(a, b)),
                  *m = mica_tensor_data(mica_floor_mod(a, b));
    assert_int_equal(y[0], 0), assert_int_equal(y[1], INT64_MIN), assert_int_equal(y[2], 0);
    for (int i = 0; i < 3; i++) assert_int_equal(m[i], 0);
}

TEST(integer_power_with_negative_exponent_is_cut_towards_zero) {
    mica_tensor *a = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(5), (int32_t[]){2, 1, -1, -1, 0});
    mica_tensor *b = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(5),
                                     (int32_t[]){-1, -3, -3, -4, -1});
    ASSERT_REALS(mica_power(a, b), 0, 0, 1, -1, 1, 0);
}

TEST(cast_to_integers_saturates) {
    mica_tensor *x = REALS(-1e30, -129, 127.9, 200, INFINITY, NAN);
    ASSERT_REALS(mica_cast(x, MICA_INT8), 0, -128, -128, 127, 127, 127, 0);
    ASSERT_REALS(mica_cast(x, MICA_UINT8), 0, 0, 0, 127, 200, 255, 0);
}

TEST(clip_keeps_integers_exact_and_bounds_inside) {
    const int64_t large = INT64_MAX - 1;
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(3), (int64_t[]){large, -large, 2});
    const int64_t *y = mica_tensor_data(mica_clip(x, -3.5, INFINITY));
    assert_int_equal(y[0], large), assert_int_equal(y[1], -3), assert_int_equal(y[2], 2);
    mica_tensor *u = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(2), (uint8_t[]){0, 255});
    ASSERT_REALS(mica_clip(u, -2, 99.5), 0, 0, 99);
    ASSERT_REALS(mica_clip(u, -9, -2), 0, 0, 0);
}

TEST(clip_with_bounds_that_cross_gives_the_greatest) { /* numpy.clip([0, 2, 9], 3, 1) is 1, 1, 1 */
    for (int slow = 0; slow < 2; slow++) {
        mica_context *own = mica_open(MICA_OPTIONS(context, .backend = slow ? "reference" : NULL));
        for (mica_dtype dtype = MICA_FLOAT32; dtype <= MICA_FLOAT64; dtype++) {
            double x[] = {0, 2, 9}, got[3];
            mica_tensor *t = mica_cast(mica_tensor_new(own, MICA_FLOAT64, MICA_SHAPE(3), x), dtype);
            mica_error err = {0};
            ASSERT_OK(mica_tensor_read(mica_clip(t, 3, 1), MICA_FLOAT64, got, sizeof got, &err));
            for (int i = 0; i < 3; i++) assert_true(got[i] == 1);
        }
        mica_close(&own);
    }
}

TEST(cast_to_the_same_dtype_is_the_tensor_itself) {
    mica_tensor *x = REALS(1, 2);
    assert_ptr_equal(mica_cast(x, MICA_FLOAT64), x);
}

TEST(float16_and_bfloat16_are_computed_wide_and_rounded_once) {
    mica_tensor *x = mica_cast(REALS(2049, 1, 0.1), MICA_FLOAT16);
    ASSERT_REALS(mica_add(x, x), 0, 4096, 2, 0.199951171875);
    mica_tensor *b = mica_cast(REALS(257, 1, 0.1), MICA_BFLOAT16);
    ASSERT_REALS(mica_multiply(b, b), 0, 65536, 1, 0.010009765625);
    mica_tensor *many = mica_full(ctx, MICA_FLOAT16, MICA_SHAPE(4096),
                                  1); /* 2048 + 1 is 2048 there */
    ASSERT_REALS(mica_sum(many, MICA_ALL_AXES, false), 0, 4096);
}

TEST(mixed_dtypes_meet_in_the_common_one) {
    mica_tensor *i = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2), (int32_t[]){1, 2});
    mica_tensor *f = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), (float[]){0.5f, 0.25f});
    assert_int_equal(mica_tensor_dtype(mica_add(i, f)), MICA_FLOAT32);
    assert_int_equal(mica_tensor_dtype(mica_less(i, f)), MICA_BOOL);
    ASSERT_REALS(mica_add(i, f), 0, 1.5, 2.25);
}

TEST(max_of_no_elements_is_the_least_value) {
    mica_tensor *none = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(2, 0), NULL);
    mica_tensor *bytes = mica_tensor_new(ctx, MICA_INT8, MICA_SHAPE(0), NULL);
    ASSERT_REALS(mica_max(none, MICA_AXES(1), false), 0, -INFINITY, -INFINITY);
    ASSERT_REALS(mica_min(none, MICA_AXES(1), false), 0, INFINITY, INFINITY);
    ASSERT_REALS(mica_max(bytes, MICA_ALL_AXES, false), 0, -128);
    ASSERT_REALS(mica_min(bytes, MICA_ALL_AXES, false), 0, 127);
    ASSERT_REALS(mica_mean(none, MICA_AXES(1), false), 0, NAN, NAN);
}

TEST(size_counts_along_the_axes) {
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3, 4), NULL);
    assert_true(mica_tensor_item(mica_size(x, MICA_ALL_AXES)) == 24);
    assert_true(mica_tensor_item(mica_size(x, MICA_AXES(0, -1))) == 8);
    assert_int_equal(mica_tensor_dtype(mica_size(x, MICA_ALL_AXES)), MICA_FLOAT32);
}

TEST(a_label_out_of_range_makes_its_row_nan) {
    mica_tensor *z = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(4, 2),
                                     (double[]){0, 0, 0, 0, 0, 0, 0, 0});
    double half = log(2);
    mica_tensor *labels = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4), (int32_t[]){0, 2, -1, 1});
    ASSERT_REALS(mica_sparse_softmax_cross_entropy(z, labels), 1e-15, half, NAN, NAN, half);
    labels = REALS(0, 0.5, NAN, 1);
    ASSERT_REALS(mica_sparse_softmax_cross_entropy(z, labels), 1e-15, half, NAN, NAN, half);
}

TEST(a_class_that_cannot_be_adds_nothing_to_the_loss) {
    mica_tensor *z = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(1, 3),
                                     (double[]){-INFINITY, 1, 1});
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(1, 3), (double[]){0, 0.5, 0.5});
    ASSERT_REALS(mica_softmax_cross_entropy(z, t), 1e-15, log(2));
}

/* ---- gradients at the kinks, as TensorFlow has them ---- */

static mica_tensor *gradient_at(mica_tensor *(*f)(mica_tensor *), mica_tensor *x) {
    mica_tensor *dx;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tape_watch(tape, x);
    mica_tape_gradient(tape, f(x), &x, 1, &dx);
    mica_keep(dx);
    mica_tape_close(&tape);
    return dx;
}

static mica_tensor *max_of(mica_tensor *x) { return mica_max(x, MICA_ALL_AXES, false); }
static mica_tensor *prod_of(mica_tensor *x) { return mica_prod(x, MICA_ALL_AXES, false); }
static mica_tensor *clip_of(mica_tensor *x) { return mica_clip(x, -1, 1); }
static mica_tensor *power_zero(mica_tensor *x) { return mica_power(x, scalar_like(x, 0)); }

TEST(gradients_at_kinks) {
    ASSERT_REALS(gradient_at(mica_relu, REALS(-1, 0, 2)), 0, 0, 0, 1);
    ASSERT_REALS(gradient_at(mica_abs, REALS(-1, 0, 2)), 0, -1, 0, 1);
    ASSERT_REALS(gradient_at(clip_of, REALS(-2, -1, 0, 1, 2)), 0, 0, 1, 1, 1, 0);
    ASSERT_REALS(gradient_at(max_of, REALS(3, 1, 3, 2)), 0, 0.5, 0, 0.5, 0);
    ASSERT_REALS(gradient_at(prod_of, REALS(0, 2, 3)), 0, 6, 0, 0);
    ASSERT_REALS(gradient_at(prod_of, REALS(0, 2, 0)), 0, 0, 0, 0);
    ASSERT_REALS(gradient_at(power_zero, REALS(0, 2)), 0, 0, 0);
    ASSERT_REALS(gradient_at(mica_stop_gradient, REALS(1, 2)), 0, 0, 0);
}

TEST(gradients_of_empty_tensors_are_empty) {
    mica_tensor *none = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(0, 3), NULL);
    assert_int_equal(mica_tensor_size(gradient_at(mica_sigmoid, none)), 0);
    assert_int_equal(mica_tensor_size(gradient_at(prod_of, none)), 0);
}

/* ---- shapes that are not known yet ---- */

/* mean of the losses of a dense layer on (batch, time, 3): its value and gradients keep the
 * symbols. */
TEST(an_unknown_batch_passes_through_values_and_gradients) {
    mica_error err = {0};
    graph *g = graph_new(ctx);
    mica_tensor *w = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 5), 0.5), "w");
    mica_tensor *b = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(5), 0.5), "b");
    tracer *t = tracer_open(g);
    mica_tensor *x = graph_symbol(g, graph_input(g, MICA_FLOAT32, &MICA_SHAPE(-1, -1, 3)));
    mica_tensor *labels = graph_symbol(g, graph_input(g, MICA_INT32, &MICA_SHAPE(-1, -1)));
    mica_tensor *z = mica_relu(mica_add(mica_matmul(x, w), b)), *d[3];
    mica_tensor *loss = mica_mean(mica_sparse_softmax_cross_entropy(z, labels), MICA_ALL_AXES,
                                  false);
    ASSERT_OK(graph_gradients(g, loss, (mica_tensor *[]){w, b, x}, 3, d, &err));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_size(loss), 1);
    for (int i = 0; i < 3; i++) {
        mica_shape found = mica_tensor_shape(d[i]);
        mica_shape expected[] = {MICA_SHAPE(3, 5), MICA_SHAPE(5), MICA_SHAPE(-1, -1, 3)};
        assert_true(shape_equal(&found, &expected[i]));
    }
    tracer_close(&t);
    graph_free(g);
}

/* ---- errors ---- */

#define ASSERT_REFUSED(call, code, text)                                                           \
    do {                                                                                           \
        mica_error err = {0};                                                                      \
        (void)(call);                                                                              \
        ASSERT_FAILS(mica_check(ctx, &err), code, text);                                           \
    } while (0)

TEST(errors_name_op_found_and_expected) {
    mica_tensor *a = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), NULL);
    mica_tensor *b = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), NULL);
    mica_tensor *i = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2, 3), NULL);
    mica_tensor *none = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 0), NULL);
    ASSERT_REFUSED(mica_add(a, b), MICA_SHAPE, "add: shapes (2, 3) and (4,) do not broadcast");
    ASSERT_REFUSED(mica_where(b, a, a), MICA_SHAPE, "where: condition (4,) and values (2, 3)");
    ASSERT_REFUSED(mica_sqrt(i), MICA_TYPE, "sqrt: input 0 has dtype int32, expected a floating");
    ASSERT_REFUSED(mica_mean(i, MICA_ALL_AXES, false), MICA_TYPE, "mean: input 0 has dtype int32");
    ASSERT_REFUSED(mica_sum(a, MICA_AXES(2), false), MICA_SHAPE,
                   "sum: axes 2 of shape (2, 3), expected different ones from -2 to 1");
    ASSERT_REFUSED(mica_sum(a, MICA_AXES(1, -1), false), MICA_SHAPE, "sum: axes 1, 1 of shape");
    ASSERT_REFUSED(mica_size(a, MICA_AXES(5)), MICA_SHAPE, "size: axes 5 of shape (2, 3)");
    ASSERT_REFUSED(mica_softmax(a, 2), MICA_SHAPE,
                   "softmax: axis 2 of shape (2, 3), expected -2 to 1");
    ASSERT_REFUSED(mica_argmax(none, 1, false), MICA_SHAPE,
                   "axis 1 of shape (2, 0) has no elements");
    ASSERT_REFUSED(mica_matmul(a, a), MICA_SHAPE, "matmul: a is (2, 3) and b (2, 3)");
    ASSERT_REFUSED(mica_matmul_t(a, b, false, false), MICA_SHAPE, "matmul: input 1 has shape (4,)");
    ASSERT_REFUSED(mica_sparse_softmax_cross_entropy(a, b), MICA_SHAPE,
                   "input 1 has shape (4,), expected (2,) as the rows of the logits");
    ASSERT_REFUSED(mica_softmax_cross_entropy(a, b), MICA_SHAPE, "expected (2, 3) as the logits");
    ASSERT_REFUSED(mica_cast(a, MICA_DTYPE_COUNT), MICA_TYPE, "cast: dtype number 14");
    ASSERT_REFUSED(mica_cast(a, MICA_STRING), MICA_TYPE, "cast: dtype number 13, expected 0 to 12");
}

TEST(every_op_is_found_by_its_name) {
    for (const op *const *o = all_ops; *o; o++) {
        assert_ptr_equal(op_by_name((*o)->name), *o);
        assert_non_null((*o)->shape);
        assert_true((*o)->scalar || (*o)->reference || (*o)->compose || (*o)->bodies);
    }
    assert_null(op_by_name("no such op"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(values_agree_with_numpy_and_pytorch),
        UNIT(integer_division_by_zero_is_zero),
        UNIT(integer_power_with_negative_exponent_is_cut_towards_zero),
        UNIT(cast_to_integers_saturates),
        UNIT(clip_keeps_integers_exact_and_bounds_inside),
        UNIT(clip_with_bounds_that_cross_gives_the_greatest),
        UNIT(cast_to_the_same_dtype_is_the_tensor_itself),
        UNIT(float16_and_bfloat16_are_computed_wide_and_rounded_once),
        UNIT(mixed_dtypes_meet_in_the_common_one),
        UNIT(max_of_no_elements_is_the_least_value),
        UNIT(size_counts_along_the_axes),
        UNIT(a_label_out_of_range_makes_its_row_nan),
        UNIT(a_class_that_cannot_be_adds_nothing_to_the_loss),
        UNIT(gradients_at_kinks),
        UNIT(gradients_of_empty_tensors_are_empty),
        UNIT(an_unknown_batch_passes_through_values_and_gradients),
        UNIT(errors_name_op_found_and_expected),
        UNIT(every_op_is_found_by_its_name)};
    return cmocka_run_group_tests(tests, open_context, close_context);
}
