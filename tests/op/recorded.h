/* Cases of tests/recorded/nn.json and ops.json (made by tools/record_nn.py and record_ops.py):
 * outputs, and by a tape gradients. */
#ifndef OP_RECORDED_H
#define OP_RECORDED_H

#include "base/config.h"
#include "mica/mica.h"
#include "op/op.h"
#include "support/testing.h"

#define MAX_VALUES 4096

static mica_context *ctx;

static int open_context(void **state) {
    (void)state;
    ctx = mica_open(MICA_OPTIONS(context, .backend = "reference", .threads = 1, .seed = 5));
    return ctx ? 0 : -1;
}

static int close_context(void **state) {
    (void)state;
    mica_close(&ctx);
    return 0;
}

#define RUN_WITH_CONTEXT(...)                                                                      \
    int main(void) {                                                                               \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests(tests, open_context, close_context);                         \
    }

/* The sticky error has this code and holds the text; then it is forgotten. */
#define ASSERT_POISON(t, expected, text)                                                           \
    do {                                                                                           \
        mica_error err = {0};                                                                      \
        (void)(t);                                                                                 \
        ASSERT_FAILS(mica_check(ctx, &err), expected, text);                                       \
    } while (0)

/* ---- arguments of a case ---- */

static inline int64_t integer(const json_t *a, const char *name) {
    return json_integer_value(json_object_get(a, name));
}

/* Fills values (8) from a list; how many. */
static inline int integers(const json_t *a, const char *name, int64_t *values) {
    const json_t *list = json_object_get(a, name);
    int n = (int)json_array_size(list);
    for (int i = 0; i < n; i++) values[i] = json_integer_value(json_array_get(list, (size_t)i));
    return n;
}

static inline mica_window_options window_options(const json_t *a) {
    mica_window_options o = mica_window_defaults();
    const char *padding = json_string_value(json_object_get(a, "padding"));
    integers(a, "pool", o.pool);
    integers(a, "strides", o.strides);
    integers(a, "dilations", o.dilations);
    integers(a, "pads", o.pads);
    for (int i = 0, n = integers(a, "output_padding", o.output_padding); i < n; i++)
        if (o.output_padding[i] == 0) o.output_padding[i] = MICA_ZERO;
    o.groups = integer(a, "groups");
    o.layout = (mica_layout)integer(a, "layout");
    o.count_padding = integer(a, "count_padding") != 0;
    if (padding && !strcmp(padding, "same")) o.padding = MICA_PADDING_SAME;
    if (padding && !strcmp(padding, "explicit")) o.padding = MICA_PADDING_EXPLICIT;
    return o;
}

/* ---- running ---- */

/* A number, a bool, or "nan", "inf", "-inf". */
static inline double recorded_value(const json_t *v) {
    if (json_is_boolean(v)) return json_is_true(v);
    return json_is_string(v) ? strtod(json_string_value(v), NULL) : json_number_value(v);
}

static inline mica_tensor *recorded_tensor(const json_t *array, double *values) {
    const json_t *list = json_object_get(array, "data");
    mica_shape shape = {0};
    mica_dtype dtype;
    shape.rank = integers(array, "shape", shape.dims);
    size_t n = json_array_size(list);
    assert_true(n <= MAX_VALUES);
    for (size_t i = 0; i < n; i++) values[i] = recorded_value(json_array_get(list, i));
    assert_true(mica_dtype_of_name(json_string_value(json_object_get(array, "dtype")), &dtype));
    return mica_cast(mica_tensor_new(ctx, MICA_FLOAT64, shape, values), dtype);
}

static inline void compare_recorded(const char *what, int number, mica_tensor *actual,
                                    const json_t *array, double tolerance) {
    static double expected[MAX_VALUES], found[MAX_VALUES];
    mica_error err = {0};
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s, case %d: %s", what, number, err.message);
    mica_tensor *want = recorded_tensor(array, expected);
    int64_t n = mica_tensor_size(want);
    char a[128], b[128];
    shape_format(&actual->shape, a), shape_format(&want->shape, b);
    if (strcmp(a, b)) fail_msg("%s, case %d: shape %s, expected %s", what, number, a, b);
    ASSERT_OK(mica_tensor_read(actual, MICA_FLOAT64, found, (size_t)n * 8, &err));
    for (int64_t i = 0; i < n; i++) {
        if (found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i]))) continue;
        if (!(fabs(found[i] - expected[i]) <= tolerance * fmax(1, fabs(expected[i]))))
            fail_msg("%s, case %d: element %lld is %.9g, expected %.9g", what, number, (long long)i,
                     found[i], expected[i]);
    }
}

typedef void recorded_call(const char *op, const json_t *arguments, mica_tensor *const *in,
                           int inputs, mica_tensor **out);

static inline void run_case(const json_t *c, int number, recorded_call *call, double tolerance) {
    static double values[MAX_VALUES];
    const char *op = json_string_value(json_object_get(c, "op"));
    const json_t *inputs = json_object_get(c, "inputs"), *outputs = json_object_get(c, "outputs");
    const json_t *weights = json_object_get(c, "weights"), *grads = json_object_get(c, "gradients");
    mica_tensor *in[8], *out[8], *gradients[8];
    int count = (int)json_array_size(inputs), sources = (int)json_array_size(grads);
    mica_tape *tape = mica_tape_open(ctx, NULL);
    for (int i = 0; i < count; i++)
        in[i] = recorded_tensor(json_array_get(inputs, (size_t)i), values);
    for (int i = 0; i < sources; i++) mica_tape_watch(tape, in[i]);
    call(op, json_object_get(c, "arguments"), in, count, out);
    for (size_t i = 0; i < json_array_size(outputs); i++)
        compare_recorded(op, number, out[i], json_array_get(outputs, i), tolerance);
    if (weights) {
        mica_tensor *r = recorded_tensor(weights, values);
        mica_tape_gradient(tape, mica_sum(mica_multiply(out[0], r), MICA_ALL_AXES, false), in,
                           sources, gradients);
        for (int i = 0; i < sources; i++)
            compare_recorded("gradient", number, gradients[i], json_array_get(grads, (size_t)i),
                             tolerance);
    }
    mica_tape_close(&tape);
}

/* Every case of a group of a file in tests/recorded. */
static inline void run_recorded_of(const char *path, const char *group, recorded_call *call,
                                   double tolerance) {
    mica_error err = {0};
    json_t *file;
    ASSERT_OK(config_load(path, &file, &err));
    const json_t *cases = json_object_get(file, "cases");
    int ran = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        if (strcmp(json_string_value(json_object_get(c, "group")), group)) continue;
        run_case(c, (int)i, call, tolerance);
        ran++;
    }
    json_decref(file);
    assert_true(ran > 0);
}

/* nn.json, with TensorFlow's float32 tolerance where that made it. */
static inline void run_recorded(const char *group, recorded_call *call, double tolerance) {
    run_recorded_of("tests/recorded/nn.json", group, call, tolerance);
}
static inline void run_recorded_ops(const char *group, recorded_call *call) {
    run_recorded_of("tests/recorded/ops.json", group, call, 1e-8);
}

static inline double real_argument(const json_t *a, const char *name) {
    return json_number_value(json_object_get(a, name));
}
static inline bool flag_argument(const json_t *a, const char *name) {
    return json_is_true(json_object_get(a, name));
}
static inline mica_axes axes_argument(const json_t *a) {
    mica_axes axes = {0};
    axes.count = integers(a, "axes", axes.axes);
    return axes;
}

#endif
