/* Random ops: pure functions of (key, counter, place of the element): any thread makes any element,
 * and a step that is run again, compiled, recomputed or resumed makes the same ones. Inputs:
 * counter, an int64 scalar, and perhaps `like`, whose shape the result takes instead of the
 * attributes'. */
#ifndef OP_RANDOM_H
#define OP_RANDOM_H

#include "base/philox.h"
#include "op/array.h"

typedef struct random_attrs {
    int64_t key;      /* the bits of philox's key */
    int64_t dtype;    /* of the result; with `like` that of `like` */
    field_dims shape; /* without `like` */
    double a, b;      /* uniform: low, high; normal: mean, stddev; bernoulli: probability, value */
} random_attrs;

extern const field random_fields[];

typedef struct dropout_attrs {
    int64_t key;
    double rate;
} dropout_attrs;

mica_status require_counter(shape_frame *f, int input);
mica_status shape_of_random(shape_frame *f);
bool random_samples(int number, sample *s);

static inline uint64_t random_counter(const kernel_call *c, int input) {
    int64_t counter;
    memcpy(&counter, c->in[input], sizeof counter);
    return (uint64_t)counter;
}

/* The eager call: attributes with a key of the context's seed, and the next counter. */
mica_tensor *emit_random(mica_context *ctx, const op *o, mica_dtype dtype, mica_shape shape,
                         double a, double b);

#endif
