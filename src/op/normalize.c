/* normalize: y = x / max(|x|, epsilon), |x| the root of the sum of squares over the axes. x any
 * shape, any float type. A composite: x rsqrt(max(sum(x^2), epsilon^2)), so that the gradient at 0
 * is finite.  Source: keras.ops.normalize; torch.nn.functional.normalize. */
#include "op/array.h"
#include "op/elementwise.h"
#include "op/reduce.h"

#include "mica/nn.h"

#include <string.h>

typedef struct normalize_attrs {
    reduce_attrs axes;
    double epsilon;
} normalize_attrs;

static mica_status normalize_shape(shape_frame *f) {
    bool reduced[MAX_RANK];
    TRY(require_float(f, 0));
    TRY(reduced_axes(f, reduced)); /* the attributes begin with the axes */
    double epsilon = ((const normalize_attrs *)f->attrs)->epsilon;
    if (!(epsilon >= 0)) return value_fail(f, "epsilon %g, expected 0 or more", epsilon);
    return shape_of_input(f);
}

static void normalize_compose(compose_frame *c) {
    const normalize_attrs *a = c->attrs;
    mica_tensor *x = c->in[0], *sum = EMIT(&op_sum, &a->axes, mica_square(x));
    mica_tensor *floor = scalar_like(sum, a->epsilon * a->epsilon);
    c->out[0] = mica_multiply(x, mica_rsqrt(mica_maximum(sum, floor)));
}

static normalize_attrs with_axes(const mica_tensor *x, mica_axes axes, double epsilon) {
    normalize_attrs a;
    memset(&a, 0, sizeof a); /* compared as bytes */
    a.axes = reduce_attrs_of(x, axes, true);
    a.epsilon = epsilon;
    return a;
}

static bool normalize_samples(int number, sample *s) {
    static const struct {
        int64_t count, axis;
        double low, epsilon;
    } cases[] = {{1, 1, 0.5, 1e-6}, {0, 0, -1, 1e-6}, {1, 0, 0.1, 100}};
    if (number >= (int)LENGTH(cases)) return false;
    normalize_attrs *a = s->attrs;
    a->axes.count = cases[number].count, a->axes.axes[0] = cases[number].axis;
    a->axes.keepdims = true;
    a->epsilon = cases[number].epsilon;
    s->inputs = 1;
    s->in[0] = (struct sample_input){
        .shape = MICA_SHAPE(3, 4), .low = cases[number].low, .high = 2};
    return true;
}

static const field normalize_fields[] = {
    {.name = "axes",
     .type = FIELD_DIMS,
     .offset = offsetof(normalize_attrs, axes.count),
     .count = 1,
     .help = "axes of a norm; none: all"},
    REAL(normalize_attrs, epsilon, .help = "the least norm"),
    END_OF_FIELDS,
};

const op op_normalize = {
    .name = "normalize",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = normalize_fields,
    .attrs_size = sizeof(normalize_attrs),
    .shape = normalize_shape,
    .compose = normalize_compose,
    .samples = normalize_samples,
    .tolerance = ROUNDED,
};

mica_tensor *mica_normalize(mica_tensor *x, mica_axes axes, double epsilon) {
    NEEDS(x);
    normalize_attrs a = with_axes(x, axes, epsilon);
    return EMIT(&op_normalize, &a, x);
}
