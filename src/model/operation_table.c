/* What the operations of keras.ops compute: one row for each class, in mica's operations. Numbers
 * among tensors take their type, as in Keras; a real number makes integers float32.
 * Source: keras.ops (numpy.py, nn.py). */
#include "mica/array.h"
#include "mica/math.h"
#include "mica/nn.h"
#include "model/operation.h"
#include "op/emit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef mica_tensor *unary(mica_tensor *x);
typedef mica_tensor *binary(mica_tensor *a, mica_tensor *b);
typedef mica_tensor *reduction(mica_tensor *x, mica_axes axes, bool keepdims);
typedef mica_tensor *general(const operation_call *c);

typedef struct operation {
    const char *name;
    unary *one;
    binary *two;
    reduction *reduce;
    general *call;
    bool floats; /* integers become float32 first */
} operation;

/* ---- arguments ---- */

static mica_tensor *refuse(const operation_call *c, const char *what, const json_t *found,
                           const char *expected) {
    char *text = found ? config_text(found) : NULL;
    context_fail(c->ctx, MICA_UNSUPPORTED, "operation %s: %s is %.80s, expected %s", c->name, what,
                 text ? text : "missing", expected);
    free(text);
    return tensor_poison(c->ctx);
}

/* By place in the call, by name there, or an option of the operation; NULL: not given. */
static const json_t *argument(const operation_call *c, size_t place, const char *name) {
    const json_t *value = json_array_get(c->args, place);
    if (!value && name) value = json_object_get(c->kwargs, name);
    if (!value && name) value = json_object_get(c->config, name);
    return json_is_null(value) ? NULL : value;
}

static const json_t *option(const operation_call *c, const char *name) {
    const json_t *value = json_object_get(c->config, name);
    if (!value) value = json_object_get(c->kwargs, name);
    return json_is_null(value) ? NULL : value;
}

static mica_tensor *tensor_at(const operation_call *c, size_t place) {
    const json_t *value = argument(c, place, NULL);
    int number = operation_tensor(value);
    if (number >= 0 && number < c->inputs) return c->in[number];
    return refuse(c, "an argument", value, "a tensor");
}

static mica_tensor *as_float(mica_tensor *x) {
    return dtype_is_float(x->dtype) ? x : mica_cast(x, MICA_FLOAT32);
}

/* An integer that is an option; `otherwise` where it is not given. */
static int64_t integer(const operation_call *c, const char *name, int64_t otherwise) {
    const json_t *value = option(c, name);
    if (!value) return otherwise;
    if (json_is_integer(value)) return (int64_t)json_integer_value(value);
    refuse(c, name, value, "an integer");
    return otherwise;
}

static double real(const operation_call *c, const char *name, double otherwise) {
    const json_t *value = option(c, name);
    if (!value) return otherwise;
    if (json_is_number(value)) return json_number_value(value);
    refuse(c, name, value, "a number");
    return otherwise;
}

/* An integer or a list of them; none where it is not given. */
static mica_axes axes_of(const operation_call *c, const char *name) {
    const json_t *value = option(c, name);
    mica_axes axes = MICA_ALL_AXES;
    size_t n = json_is_array(value) ? json_array_size(value) : value != NULL;
    if (n > MICA_MAX_RANK) refuse(c, name, value, "at most 8 axes");
    for (size_t i = 0; i < n && i < MICA_MAX_RANK; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_integer(item) && !json_is_null(item)) refuse(c, name, value, "integers");
        axes.axes[axes.count++] = json_is_null(item) ? -1 : (int64_t)json_integer_value(item);
    }
    return axes;
}

/* ---- two tensors, or a tensor and a number ---- */

static mica_tensor *number_like(const operation_call *c, const json_t *value, mica_tensor *x) {
    if (!json_is_number(value) && !json_is_boolean(value))
        return refuse(c, "an argument", value, "a tensor or a number");
    return scalar_like(x, json_is_boolean(value) ? json_is_true(value) : json_number_value(value));
}

/* Fills both; a number takes the tensor's type. */
static void operands(const operation_call *c, size_t first, mica_tensor *out[2]) {
    const json_t *given[2] = {argument(c, first, NULL), argument(c, first + 1, NULL)};
    for (int i = 0; i < 2; i++) {
        int number = operation_tensor(given[i]);
        out[i] = number >= 0 && number < c->inputs ? c->in[number] : NULL;
    }
    for (int i = 0; i < 2; i++) {
        if (out[i] || !out[1 - i]) continue;
        if (json_is_real(given[i])) out[1 - i] = as_float(out[1 - i]);
        out[i] = number_like(c, given[i], out[1 - i]);
    }
    if (!out[0]) out[0] = out[1] = refuse(c, "an argument", given[0], "a tensor");
    for (int i = 0; i < 2; i++)
        if (dtype_is_float(out[1 - i]->dtype) && !dtype_is_float(out[i]->dtype))
            out[i] = mica_cast(out[i], out[1 - i]->dtype);
}

static mica_tensor *where(const operation_call *c) {
    mica_tensor *x[2];
    operands(c, 1, x);
    return mica_where(tensor_at(c, 0), x[0], x[1]);
}

/* ---- shapes ---- */

static mica_tensor *joined(const operation_call *c, bool stack) {
    const json_t *list = argument(c, 0, "xs");
    mica_tensor *x[MAX_LAYER_INPUTS];
    int n = 0;
    for (size_t i = 0; i < json_array_size(list) && n < MAX_LAYER_INPUTS; i++) {
        int number = operation_tensor(json_array_get(list, i));
        if (number < 0 || number >= c->inputs) return refuse(c, "an argument", list, "tensors");
        x[n++] = c->in[number];
    }
    if (!n) return refuse(c, "its first argument", list, "a list of tensors");
    int64_t axis = integer(c, "axis", stack ? 0 : -1);
    return stack ? mica_stack(x, n, axis) : mica_concatenate(x, n, axis);
}

static mica_tensor *concatenate(const operation_call *c) { return joined(c, false); }
static mica_tensor *stack(const operation_call *c) { return joined(c, true); }

static mica_tensor *reshape(const operation_call *c) {
    mica_axes dims = axes_of(c, "newshape");
    mica_shape s = {.rank = dims.count};
    for (int i = 0; i < dims.count; i++) s.dims[i] = dims.axes[i];
    return mica_reshape(tensor_at(c, 0), s);
}

static mica_tensor *transpose(const operation_call *c) {
    return mica_transpose(tensor_at(c, 0), axes_of(c, "axes"));
}

static mica_tensor *expand_dims(const operation_call *c) {
    mica_axes axes = axes_of(c, "axis");
    if (axes.count != 1) return refuse(c, "axis", option(c, "axis"), "one integer");
    return mica_expand_dims(tensor_at(c, 0), axes.axes[0]);
}

static mica_tensor *squeeze(const operation_call *c) {
    return mica_squeeze(tensor_at(c, 0), axes_of(c, "axis"));
}

/* ---- x[...] ---- */

static bool is_class(const json_t *item, const char *class_name) {
    const char *found = json_string_value(json_object_get(item, "class_name"));
    return found && !strcmp(found, class_name);
}

typedef struct cut {
    int64_t begin[MICA_MAX_RANK], end[MICA_MAX_RANK], step[MICA_MAX_RANK];
    int axis;          /* of x, that comes next */
    mica_axes dropped; /* of x: those with one index */
    mica_axes added;   /* of the result: new ones */
    int64_t place;     /* in the result */
} cut;

static int64_t part_of(const json_t *slice, const char *name, int64_t otherwise) {
    const json_t *value = json_object_get(json_object_get(slice, "config"), name);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

/* One entry of the key; false: it is of a sort that is not supported. */
static bool add_key(cut *k, const json_t *item) {
    if (json_is_null(item)) {
        if (k->added.count == MICA_MAX_RANK) return false;
        k->added.axes[k->added.count++] = k->place++;
        return true;
    }
    if (k->axis == MICA_MAX_RANK) return false;
    int a = k->axis++;
    if (json_is_integer(item)) {
        int64_t at = (int64_t)json_integer_value(item);
        k->begin[a] = at, k->end[a] = at == -1 ? MICA_END : at + 1, k->step[a] = 1;
        k->dropped.axes[k->dropped.count++] = a;
        return true;
    }
    if (!is_class(item, "__slice__")) return false;
    k->step[a] = part_of(item, "step", 1);
    k->begin[a] = part_of(item, "start", k->step[a] < 0 ? MICA_END : 0);
    k->end[a] = part_of(item, "stop", MICA_END);
    k->place++;
    return true;
}

/* Axes of x that an ellipsis stands for. */
static void skip_axes(cut *k, int count) {
    for (; count > 0 && k->axis < MICA_MAX_RANK; count--, k->axis++, k->place++)
        k->begin[k->axis] = 0, k->end[k->axis] = MICA_END, k->step[k->axis] = 1;
}

static mica_tensor *apply_cut(const cut *k, mica_tensor *x) {
    if (k->axis) x = mica_slice(x, k->axis, k->begin, k->end, k->step);
    if (k->dropped.count) x = mica_squeeze(x, k->dropped);
    for (int i = 0; i < k->added.count; i++) x = mica_expand_dims(x, k->added.axes[i]);
    return x;
}

static mica_tensor *get_item(const operation_call *c) {
    mica_tensor *x = tensor_at(c, 0);
    const json_t *key = json_array_get(c->args, 1);
    size_t n = json_is_array(key) ? json_array_size(key) : 1;
    cut k = {.axis = 0};
    int used = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_is_array(key) ? json_array_get(key, i) : key;
        used += !json_is_null(item) && !is_class(item, "__ellipsis__");
    }
    if (!key || used > x->shape.rank) return refuse(c, "the key", key, "one entry for an axis");
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_is_array(key) ? json_array_get(key, i) : key;
        if (is_class(item, "__ellipsis__")) skip_axes(&k, x->shape.rank - used);
        else if (!add_key(&k, item))
            return refuse(c, "the key", item, "integers, slices, ... and None");
    }
    return apply_cut(&k, x);
}

/* ---- with options ---- */

static mica_tensor *clip(const operation_call *c) {
    mica_tensor *x = tensor_at(c, 0);
    return mica_clip(x, real(c, "x_min", -INFINITY), real(c, "x_max", INFINITY));
}
static mica_tensor *softmax(const operation_call *c) {
    return mica_softmax(tensor_at(c, 0), integer(c, "axis", -1));
}
static mica_tensor *log_softmax(const operation_call *c) {
    return mica_log_softmax(tensor_at(c, 0), integer(c, "axis", -1));
}
static mica_tensor *gelu(const operation_call *c) {
    const json_t *approximate = option(c, "approximate");
    return mica_gelu(tensor_at(c, 0), !approximate || json_is_true(approximate));
}
static mica_tensor *elu(const operation_call *c) {
    return mica_elu(tensor_at(c, 0), real(c, "alpha", 1));
}
static mica_tensor *leaky_relu(const operation_call *c) {
    return mica_leaky_relu(tensor_at(c, 0), real(c, "negative_slope", 0.2));
}
static mica_tensor *cast(const operation_call *c) {
    mica_dtype dtype;
    const json_t *name = option(c, "dtype");
    if (!json_is_string(name) || !mica_dtype_of_name(json_string_value(name), &dtype))
        return refuse(c, "dtype", name, "a type");
    return mica_cast(tensor_at(c, 0), dtype);
}

#define ONE(name_, f)                                                                              \
    { .name = name_, .one = f, .floats = true }
#define SAME(name_, f)                                                                             \
    { .name = name_, .one = f }
#define TWO(name_, f)                                                                              \
    { .name = name_, .two = f }
#define REDUCE(name_, f)                                                                           \
    { .name = name_, .reduce = f }
#define CALL(name_, f)                                                                             \
    { .name = name_, .call = f }

static const operation operations[] = {
    SAME("Abs", mica_abs),
    SAME("Absolute", mica_abs),
    SAME("Negative", mica_negative),
    SAME("Square", mica_square),
    SAME("Sign", mica_sign),
    SAME("Relu", mica_relu),
    SAME("LogicalNot", mica_logical_not),
    ONE("Relu6", mica_relu6),
    ONE("Sigmoid", mica_sigmoid),
    ONE("Tanh", mica_tanh),
    ONE("Softplus", mica_softplus),
    ONE("Softsign", mica_softsign),
    ONE("Silu", mica_silu),
    ONE("Selu", mica_selu),
    ONE("LogSigmoid", mica_log_sigmoid),
    ONE("HardTanh", mica_hard_tanh),
    ONE("HardSilu", mica_hard_silu),
    ONE("TanhShrink", mica_tanh_shrink),
    ONE("Exp", mica_exp),
    ONE("Exp2", mica_exp2),
    ONE("Expm1", mica_expm1),
    ONE("Log", mica_log),
    ONE("Log1p", mica_log1p),
    ONE("Log2", mica_log2),
    ONE("Log10", mica_log10),
    ONE("Sqrt", mica_sqrt),
    ONE("Rsqrt", mica_rsqrt),
    ONE("Reciprocal", mica_reciprocal),
    ONE("Sin", mica_sin),
    ONE("Cos", mica_cos),
    ONE("Tan", mica_tan),
    ONE("Arcsin", mica_asin),
    ONE("Arccos", mica_acos),
    ONE("Arctan", mica_atan),
    ONE("Sinh", mica_sinh),
    ONE("Cosh", mica_cosh),
    ONE("Erf", mica_erf),
    ONE("Floor", mica_floor),
    ONE("Ceil", mica_ceil),
    TWO("Add", mica_add),
    TWO("Subtract", mica_subtract),
    TWO("Multiply", mica_multiply),
    {.name = "Divide", .two = mica_divide, .floats = true},
    {.name = "TrueDivide", .two = mica_divide, .floats = true},
    TWO("Power", mica_power),
    TWO("Maximum", mica_maximum),
    TWO("Minimum", mica_minimum),
    TWO("FloorDivide", mica_floor_divide),
    TWO("Mod", mica_floor_mod),
    TWO("Equal", mica_equal),
    TWO("NotEqual", mica_not_equal),
    TWO("Less", mica_less),
    TWO("LessEqual", mica_less_equal),
    TWO("Greater", mica_greater),
    TWO("GreaterEqual", mica_greater_equal),
    TWO("LogicalAnd", mica_logical_and),
    TWO("LogicalOr", mica_logical_or),
    TWO("Matmul", mica_matmul),
    REDUCE("Sum", mica_sum),
    REDUCE("Max", mica_max),
    REDUCE("Min", mica_min),
    REDUCE("Prod", mica_prod),
    REDUCE("Any", mica_any),
    REDUCE("All", mica_all),
    {.name = "Mean", .reduce = mica_mean, .floats = true},
    {.name = "Var", .reduce = mica_variance, .floats = true},
    {.name = "Std", .reduce = mica_std, .floats = true},
    {.name = "Logsumexp", .reduce = mica_log_sum_exp, .floats = true},
    CALL("Where", where),
    CALL("Concatenate", concatenate),
    CALL("Stack", stack),
    CALL("Reshape", reshape),
    CALL("Transpose", transpose),
    CALL("ExpandDims", expand_dims),
    CALL("Squeeze", squeeze),
    CALL("GetItem", get_item),
    CALL("Clip", clip),
    CALL("Softmax", softmax),
    CALL("LogSoftmax", log_softmax),
    CALL("Gelu", gelu),
    CALL("Elu", elu),
    CALL("LeakyRelu", leaky_relu),
    CALL("Cast", cast)};

static const operation *find(const char *name) {
    for (size_t i = 0; i < LENGTH(operations); i++)
        if (!strcmp(operations[i].name, name)) return &operations[i];
    return NULL;
}

bool operation_known(const char *class_name) { return find(class_name) != NULL; }

const char *operation_module(const char *class_name) {
    static const struct {
        const char *module, *classes[32];
    } others[] = {{"keras.src.ops.nn",
                   {"Relu", "Relu6", "Sigmoid", "Softplus", "Softsign", "Silu", "Selu",
                    "LogSigmoid", "HardTanh", "HardSilu", "TanhShrink", "Softmax", "LogSoftmax",
                    "Gelu", "Elu", "LeakyRelu"}},
                  {"keras.src.ops.math", {"Rsqrt", "Erf", "Logsumexp"}},
                  {"keras.src.ops.core", {"Cast"}}};
    for (size_t i = 0; i < LENGTH(others); i++)
        for (const char *const *name = others[i].classes; *name; name++)
            if (!strcmp(*name, class_name)) return others[i].module;
    return "keras.src.ops.numpy";
}

static mica_tensor *compute_two(const operation_call *c, const operation *o) {
    mica_tensor *x[2];
    operands(c, 0, x);
    if (o->floats) x[0] = as_float(x[0]), x[1] = as_float(x[1]);
    return o->two(x[0], x[1]);
}

mica_tensor *operation_compute(const operation_call *c) {
    const operation *o = find(c->name);
    if (o->call) return o->call(c);
    if (o->two) return compute_two(c, o);
    mica_tensor *x = tensor_at(c, 0);
    if (o->floats) x = as_float(x);
    if (o->one) return o->one(x);
    return o->reduce(x, axes_of(c, "axis"), json_is_true(option(c, "keepdims")));
}
