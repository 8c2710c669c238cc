/* Elementwise primitives: the shared reference loop, short forms for their gradient rules, samples
 * for the battery, and macros for the ops that differ only in their scalar function. */
#ifndef OP_ELEMENTWISE_H
#define OP_ELEMENTWISE_H

#include "mica/math.h"
#include "op/op.h"

#include <math.h>

/* Attributes of clip; leaky_relu (slope); elu (alpha); hard_sigmoid; gelu; cast. No padding bytes.
 */
typedef struct clip_attrs {
    double min, max;
} clip_attrs;
typedef struct leaky_relu_attrs {
    double slope;
} leaky_relu_attrs;
typedef struct elu_attrs {
    double alpha;
} elu_attrs;
typedef struct hard_sigmoid_attrs {
    double slope, offset;
} hard_sigmoid_attrs;
typedef struct gelu_attrs {
    bool approximate;
} gelu_attrs;
typedef struct cast_attrs {
    int64_t dtype; /* a mica_dtype */
} cast_attrs;

#define ROUNDED 1e-5 /* tolerance of transcendental functions in float32 */

/* out[i] = scalar(in[0][i], …), broadcast by strides, each operand of its own dtype; integers and
 * bools exactly, where the op has `integer`. For the reference backend, and ops without
 * `reference`. */
void elementwise_reference(const kernel_call *c);

mica_status shape_of_float(shape_frame *f);           /* out = in 0, a floating type */
mica_status shape_of_float_broadcast(shape_frame *f); /* shape_of_broadcast, floating types */

/* Short forms for gradient rules. */
static inline mica_tensor *zero_of(mica_tensor *t) { return scalar_like(t, 0); }
static inline mica_tensor *scaled(mica_tensor *x, double factor) {
    return mica_multiply(x, scalar_like(x, factor));
}
static inline mica_tensor *shifted(mica_tensor *x, double term) {
    return mica_add(x, scalar_like(x, term));
}
static inline mica_tensor *one_minus(mica_tensor *x) { return mica_subtract(scalar_like(x, 1), x); }
/* Makes the gradient of input i, of the output's shape, that of the input. */
static inline void give(gradient_frame *g, int i, mica_tensor *d) {
    g->din[i] = sum_to_like(d, g->in[i]);
}

/* Samples: an op of one input between low and high; between them and mirrored at 0, so that no
 * value comes near a kink at 0; two inputs of broadcasting shapes. */
bool samples_unary(int number, sample *s, double low, double high);
bool samples_mirrored(int number, sample *s, double low, double high);
bool samples_binary(int number, sample *s, double low_a, double high_a, double low_b,
                    double high_b);

/* The rule of an op of one input, from x, y and dy. */
#define UNARY_GRADIENT(name_, ...)                                                                 \
    static void name_##_gradient(gradient_frame *g) {                                              \
        mica_tensor *x = g->in[0], *y = g->out[0], *dy = g->dout[0];                               \
        (void)x, (void)y, (void)dy;                                                                \
        g->din[0] = (__VA_ARGS__);                                                                 \
    }

#define UNARY_OP(name_, ...)                                                                       \
    const op op_##name_ = {                                                                        \
        .name = #name_, .inputs = 1, .outputs = 1, .scalar = name_##_scalar, __VA_ARGS__};         \
    mica_tensor *mica_##name_(mica_tensor *x) { return EMIT(&op_##name_, NULL, x); }

#define BINARY_OP(name_, ...)                                                                      \
    const op op_##name_ = {                                                                        \
        .name = #name_, .inputs = 2, .outputs = 1, .scalar = name_##_scalar, __VA_ARGS__};         \
    mica_tensor *mica_##name_(mica_tensor *a, mica_tensor *b) {                                    \
        return emit_binary(&op_##name_, a, b);                                                     \
    }

/* A composite of one float input x, said as an expression in other ops; and one with an attribute,
 * a number `by`. */
#define COMPOSITE_OP(name_, low, high, ...)                                                        \
    static void name_##_compose(compose_frame *c) {                                                \
        mica_tensor *x = c->in[0];                                                                 \
        c->out[0] = (__VA_ARGS__);                                                                 \
    }                                                                                              \
    static bool name_##_samples(int number, sample *s) {                                           \
        return samples_mirrored(number, s, low, high);                                             \
    }                                                                                              \
    const op op_##name_ = {.name = #name_,                                                         \
                           .inputs = 1,                                                            \
                           .outputs = 1,                                                           \
                           .traits = PURE,                                                         \
                           .shape = shape_of_float,                                                \
                           .compose = name_##_compose,                                             \
                           .samples = name_##_samples,                                             \
                           .tolerance = ROUNDED};                                                  \
    mica_tensor *mica_##name_(mica_tensor *x) { return EMIT(&op_##name_, NULL, x); }

typedef struct one_real_attrs {
    double by;
} one_real_attrs;

#define COMPOSITE_BY_OP(name_, given, help_, low, high, ...)                                       \
    static void name_##_compose(compose_frame *c) {                                                \
        mica_tensor *x = c->in[0];                                                                 \
        double by = ((const one_real_attrs *)c->attrs)->by;                                        \
        c->out[0] = (__VA_ARGS__);                                                                 \
    }                                                                                              \
    static bool name_##_samples(int number, sample *s) {                                           \
        ((one_real_attrs *)s->attrs)->by = given;                                                  \
        return samples_mirrored(number, s, low, high);                                             \
    }                                                                                              \
    static const field name_##_fields[] = {REAL(one_real_attrs, by, .help = help_),                \
                                           END_OF_FIELDS};                                         \
    const op op_##name_ = {.name = #name_,                                                         \
                           .inputs = 1,                                                            \
                           .outputs = 1,                                                           \
                           .traits = PURE,                                                         \
                           .fields = name_##_fields,                                               \
                           .attrs_size = sizeof(one_real_attrs),                                   \
                           .shape = shape_of_float,                                                \
                           .compose = name_##_compose,                                             \
                           .samples = name_##_samples,                                             \
                           .tolerance = ROUNDED};                                                  \
    mica_tensor *mica_##name_(mica_tensor *x, double by) {                                         \
        return EMIT(&op_##name_, &(one_real_attrs){by}, x);                                        \
    }

#endif
