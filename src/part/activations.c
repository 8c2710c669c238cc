/* The activations of keras.activations with their arguments. The formulas stand in mica/math.h. */
#include "mica/math.h"
#include "part/activation.h"

#include <string.h>

#define SIMPLE(id, class, call_, ...)                                                              \
    static mica_tensor *call_##id(const void *options, mica_tensor *x) { return call_(x); }        \
    const activation_kind activation_##id = {                                                      \
        .name = #id, .class_name = class, .call = call_##id, .aliases = {__VA_ARGS__}};

SIMPLE(linear, "Linear", , NULL)
SIMPLE(relu6, "ReLU6", mica_relu6, NULL)
SIMPLE(selu, "SELU", mica_selu, NULL)
SIMPLE(sigmoid, "Sigmoid", mica_sigmoid, NULL)
SIMPLE(tanh, "Tanh", mica_tanh, NULL)
SIMPLE(softplus, "Softplus", mica_softplus, NULL)
SIMPLE(softsign, "Softsign", mica_softsign, NULL)
SIMPLE(silu, "SiLU", mica_silu, "swish")
SIMPLE(mish, "Mish", mica_mish, NULL)
SIMPLE(exponential, "Exponential", mica_exp, NULL)
SIMPLE(hard_silu, "HardSilu", mica_hard_silu, "hard_swish")
SIMPLE(hard_tanh, "HardTanh", mica_hard_tanh, NULL)
SIMPLE(log_sigmoid, "LogSigmoid", mica_log_sigmoid, NULL)
SIMPLE(sparse_plus, "SparsePlus", mica_sparse_plus, NULL)
SIMPLE(sparse_sigmoid, "SparseSigmoid", mica_sparse_sigmoid, NULL)
SIMPLE(tanh_shrink, "TanhShrink", mica_tanh_shrink, NULL)

static const char *const ignored[] = {"name", "dtype", "trainable", NULL};

typedef struct slope_options {
    double slope;
} slope_options;

static const renamed_key leaky_relu_renamed[] = {{"alpha", "negative_slope"}, {NULL, NULL}};

static const field leaky_relu_fields[] = {{.name = "negative_slope",
                                           .type = FIELD_REAL,
                                           .offset = offsetof(slope_options, slope),
                                           .count = 1,
                                           .initial = 0.2,
                                           .help = "below 0"},
                                          END_OF_FIELDS};

static mica_tensor *leaky_relu(const void *options, mica_tensor *x) {
    return mica_leaky_relu(x, ((const slope_options *)options)->slope);
}

const activation_kind activation_leaky_relu = {.name = "leaky_relu",
                                               .class_name = "LeakyReLU",
                                               .fields = leaky_relu_fields,
                                               .options_size = sizeof(slope_options),
                                               .ignored = ignored,
                                               .renamed = leaky_relu_renamed,
                                               .call = leaky_relu};

/* With one number as their only option. */
#define BY_NUMBER(id, class, option, default_, help_)                                              \
    static mica_tensor *call_##id(const void *options, mica_tensor *x) {                           \
        return mica_##id(x, ((const slope_options *)options)->slope);                              \
    }                                                                                              \
    static const field id##_fields[] = {{.name = option,                                           \
                                         .type = FIELD_REAL,                                       \
                                         .offset = offsetof(slope_options, slope),                 \
                                         .count = 1,                                               \
                                         .initial = default_,                                      \
                                         .help = help_},                                           \
                                        END_OF_FIELDS};                                            \
    const activation_kind activation_##id = {.name = #id,                                          \
                                             .class_name = class,                                  \
                                             .fields = id##_fields,                                \
                                             .options_size = sizeof(slope_options),                \
                                             .ignored = ignored,                                   \
                                             .call = call_##id};

BY_NUMBER(celu, "Celu", "alpha", 1, "minus the limit of y")
BY_NUMBER(squareplus, "Squareplus", "b", 4, "four times the square of y at 0")
BY_NUMBER(hard_shrink, "HardShrink", "threshold", 0.5, "0 up to that size")
BY_NUMBER(soft_shrink, "SoftShrink", "threshold", 0.5, "0 up to that size, less by it beyond")

static const field elu_fields[] = {{.name = "alpha",
                                    .type = FIELD_REAL,
                                    .offset = offsetof(slope_options, slope),
                                    .count = 1,
                                    .initial = 1,
                                    .help = "of the exponential part"},
                                   END_OF_FIELDS};

static mica_tensor *elu(const void *options, mica_tensor *x) {
    return mica_elu(x, ((const slope_options *)options)->slope);
}

const activation_kind activation_elu = {.name = "elu",
                                        .class_name = "ELU",
                                        .fields = elu_fields,
                                        .options_size = sizeof(slope_options),
                                        .ignored = ignored,
                                        .call = elu};

typedef struct axis_options {
    int64_t axis;
} axis_options;

static const field axis_fields[] = {
    INTEGER(axis_options, axis, DEFAULT(-1), .help = "that sums to 1"), END_OF_FIELDS};

static mica_tensor *softmax(const void *options, mica_tensor *x) {
    return mica_softmax(x, ((const axis_options *)options)->axis);
}

const activation_kind activation_softmax = {.name = "softmax",
                                            .class_name = "Softmax",
                                            .fields = axis_fields,
                                            .options_size = sizeof(axis_options),
                                            .ignored = ignored,
                                            .call = softmax};

static mica_tensor *log_softmax(const void *options, mica_tensor *x) {
    return mica_log_softmax(x, ((const axis_options *)options)->axis);
}

const activation_kind activation_log_softmax = {.name = "log_softmax",
                                                .class_name = "LogSoftmax",
                                                .fields = axis_fields,
                                                .options_size = sizeof(axis_options),
                                                .ignored = ignored,
                                                .call = log_softmax};

static mica_tensor *glu(const void *options, mica_tensor *x) {
    return mica_glu(x, ((const axis_options *)options)->axis);
}

static const field glu_fields[] = {
    INTEGER(axis_options, axis, DEFAULT(-1), .help = "that is halved"), END_OF_FIELDS};

const activation_kind activation_glu = {.name = "glu",
                                        .class_name = "Glu",
                                        .fields = glu_fields,
                                        .options_size = sizeof(axis_options),
                                        .ignored = ignored,
                                        .call = glu};

static mica_tensor *sparsemax(const void *options, mica_tensor *x) {
    return mica_sparsemax(x, ((const axis_options *)options)->axis);
}

const activation_kind activation_sparsemax = {.name = "sparsemax",
                                              .class_name = "Sparsemax",
                                              .fields = axis_fields,
                                              .options_size = sizeof(axis_options),
                                              .ignored = ignored,
                                              .call = sparsemax};

typedef struct threshold_options {
    double threshold, default_value;
} threshold_options;

static const field threshold_fields[] = {
    REAL(threshold_options, threshold, DEFAULT(0), .help = "x is kept above"),
    REAL(threshold_options, default_value, DEFAULT(0), .help = "elsewhere"), END_OF_FIELDS};

static mica_tensor *threshold(const void *options, mica_tensor *x) {
    const threshold_options *o = options;
    return mica_threshold(x, o->threshold, o->default_value);
}

const activation_kind activation_threshold = {.name = "threshold",
                                              .class_name = "Threshold",
                                              .fields = threshold_fields,
                                              .options_size = sizeof(threshold_options),
                                              .ignored = ignored,
                                              .call = threshold};

typedef struct gelu_options {
    bool approximate;
} gelu_options;

static const field gelu_fields[] = {BOOLEAN(gelu_options, approximate, .help = "by tanh"),
                                    END_OF_FIELDS};

static mica_tensor *gelu(const void *options, mica_tensor *x) {
    return mica_gelu(x, ((const gelu_options *)options)->approximate);
}

const activation_kind activation_gelu = {.name = "gelu",
                                         .class_name = "GELU",
                                         .fields = gelu_fields,
                                         .options_size = sizeof(gelu_options),
                                         .ignored = ignored,
                                         .call = gelu};

/* Keras 3: x/6 + 1/2. (Keras 2 had 0.2 x + 1/2; its files do not say which they mean.) */
static mica_tensor *hard_sigmoid(const void *options, mica_tensor *x) {
    return mica_hard_sigmoid(x, 1.0 / 6, 0.5);
}

const activation_kind activation_hard_sigmoid = {
    .name = "hard_sigmoid", .class_name = "HardSigmoid", .call = hard_sigmoid};

typedef struct relu_options {
    double negative_slope, max_value, threshold;
} relu_options;

static const field relu_fields[] = {
    REAL(relu_options, negative_slope, DEFAULT(0), .help = "below the threshold"),
    REAL(relu_options, max_value, DEFAULT(NAN), NULLABLE, .help = "null: none"),
    REAL(relu_options, threshold, DEFAULT(0), .help = "where it begins"), END_OF_FIELDS};

static mica_tensor *relu(const void *options, mica_tensor *x) {
    const relu_options *o = options;
    return general_relu(x, o->negative_slope, o->max_value, o->threshold);
}

const activation_kind activation_relu = {.name = "relu",
                                         .class_name = "ReLU",
                                         .fields = relu_fields,
                                         .options_size = sizeof(relu_options),
                                         .ignored = ignored,
                                         .call = relu};
