/* The cases that tests over the table of ops run: inputs from an op's samples, or generic ones.
 * The same name, case and input give the same values, in every run. */
#ifndef OP_BATTERY_H
#define OP_BATTERY_H

#include "base/philox.h"
#include "op/op.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct battery_case {
    const op *op;
    int number;
    _Alignas(16) unsigned char attrs[1024];
    sample sample;
    mica_tensor *in[8];
    bool varies[8]; /* floating-point and not said to be constant */
} battery_case;

/* Inputs of ops without samples: equal shapes, and for elementwise ones broadcasting shapes. */
static inline bool battery_generic(const op *o, int number, sample *s) {
    const shape shapes[][3] = {{MICA_SHAPE(2, 3), MICA_SHAPE(2, 3), MICA_SHAPE(2, 3)},
                               {MICA_SCALAR, MICA_SCALAR, MICA_SCALAR},
                               {MICA_SHAPE(2, 3), MICA_SHAPE(3), MICA_SHAPE(1, 3)},
                               {MICA_SHAPE(2, 1), MICA_SHAPE(4), MICA_SCALAR},
                               {MICA_SCALAR, MICA_SHAPE(3, 2), MICA_SHAPE(2)}};
    bool broadcasts = (o->traits & ELEMENTWISE) && o->inputs > 1;
    if (o->inputs < 1 || o->inputs > 3 || number >= (broadcasts ? 5 : 2)) return false;
    s->inputs = o->inputs;
    for (int i = 0; i < s->inputs; i++)
        s->in[i] = (struct sample_input){.shape = shapes[number][i], .low = -2, .high = 2};
    return true;
}

/* n reals in [low, high); distinct ones are a shuffled ladder. */
static inline void battery_fill(double *x, int64_t n, const struct sample_input *in, uint64_t key) {
    uint32_t *order = malloc((size_t)(n + 1) * sizeof *order);
    philox_shuffle(key, 1, order, (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        double unit = philox(key, 0, (uint64_t)i).v[0] * 0x1p-32;
        if (in->distinct) x[i] = in->low + (in->high - in->low) * (order[i] + 0.5) / (double)n;
        else if (in->integers) x[i] = in->low + floor(unit * (in->high - in->low + 1));
        else x[i] = in->low + unit * (in->high - in->low);
    }
    free(order);
}

/* Makes case `number` of o with floats as `dtype`; false after the last one. */
static inline bool battery_case_open(battery_case *c, mica_context *ctx, const op *o, int number,
                                     mica_dtype dtype) {
    memset(c, 0, sizeof *c);
    c->op = o, c->number = number, c->sample.attrs = c->attrs;
    if (o->attrs_size > sizeof c->attrs) return false;
    if (!(o->samples ? o->samples(number, &c->sample) : battery_generic(o, number, &c->sample)))
        return false;
    for (int i = 0; i < c->sample.inputs; i++) {
        const struct sample_input *in = &c->sample.in[i];
        char purpose[96];
        snprintf(purpose, sizeof purpose, "%s %d %d", o->name, number, i);
        int64_t n = shape_size(&in->shape);
        double *x = malloc((size_t)(n + 1) * sizeof *x);
        battery_fill(x, n, in, philox_key(7, purpose));
        mica_dtype type = in->integers ? in->dtype : dtype;
        void *bytes = malloc((size_t)(n + 1) * 8);
        convert(MICA_FLOAT64, x, type, bytes, n);
        c->in[i] = mica_tensor_new(ctx, type, in->shape, bytes);
        c->varies[i] = dtype_is_float(type) && !in->integers && !in->constant &&
                       !(o->shape_inputs >> i & 1);
        free(bytes), free(x);
    }
    return true;
}

/* How many outputs the op has in this case. */
static inline int battery_outputs(const battery_case *c) {
    operand in[8], out[MAX_OUTPUTS] = {{0}};
    shape_frame f = {c->op, c->attrs, c->sample.inputs, c->op->outputs, in, out, NULL};
    for (int i = 0; i < c->sample.inputs; i++)
        in[i] = (operand){c->in[i]->dtype, c->in[i]->shape, c->in[i]};
    return c->op->shape(&f) == MICA_OK ? f.outputs : 0;
}

#endif
