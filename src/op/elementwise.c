/* The reference of every elementwise primitive: see elementwise.h. */
#include "op/elementwise.h"

#define MAX_OPERANDS 8 /* inputs of one elementwise op */

/* Walks over the elements of the output in row-major order; each input by its broadcast strides. */
typedef struct walk {
    int inputs;
    const shape *shape;
    int64_t index[MAX_RANK];
    int64_t strides[MAX_OPERANDS][MAX_RANK]; /* bytes */
    const char *at[MAX_OPERANDS];
} walk;

static void walk_open(walk *w, const kernel_call *c) {
    *w = (walk){.inputs = c->inputs, .shape = &c->out_info[0].shape};
    for (int i = 0; i < c->inputs; i++) {
        const shape *s = &c->in_info[i].shape;
        int64_t own[MAX_RANK], element = (int64_t)mica_dtype_size(c->in_info[i].dtype);
        int lead = w->shape->rank - s->rank;
        strides_of(s, own);
        for (int d = 0; d < s->rank; d++)
            w->strides[i][lead + d] = s->dims[d] == 1 ? 0 : own[d] * element;
        w->at[i] = c->in[i];
    }
}

static void walk_step(walk *w) {
    for (int d = w->shape->rank - 1; d >= 0; d--) {
        int64_t back = 0;
        if (++w->index[d] == w->shape->dims[d]) back = w->shape->dims[d], w->index[d] = 0;
        for (int i = 0; i < w->inputs; i++) w->at[i] += w->strides[i][d] * (back ? 1 - back : 1);
        if (!back) return;
    }
}

/* uint64 through the int64 functions: orders are kept by turning the top bit; quotients and signs
 * are our own; sums, products and copies are the same bits anyway. */
static int64_t unsigned_integer(const op *o, int64_t *x, int inputs, const void *attrs) {
    uint64_t a = (uint64_t)x[0], b = inputs > 1 ? (uint64_t)x[1] : 1;
    if (o == &op_divide) return b ? (int64_t)(a / b) : 0;
    if (o == &op_floor_divide) return b ? (int64_t)(a / b) : 0;
    if (o == &op_floor_mod || o == &op_remainder) return b ? (int64_t)(a % b) : 0;
    if (o == &op_left_shift) return b < 64 ? (int64_t)(a << b) : 0;
    if (o == &op_right_shift) return b < 64 ? (int64_t)(a >> b) : 0;
    if (o == &op_abs) return x[0];
    if (o == &op_sign) return a > 0;
    if (o == &op_maximum) return (int64_t)(a > b ? a : b);
    if (o == &op_minimum) return (int64_t)(a < b ? a : b);
    if (o->shape == shape_of_comparison)
        for (int i = 0; i < inputs; i++) x[i] ^= INT64_MIN;
    return o->integer(x, attrs);
}

static bool all_integers(const kernel_call *c) {
    bool all = !dtype_is_float(c->out_info[0].dtype);
    for (int i = 0; i < c->inputs; i++) all &= !dtype_is_float(c->in_info[i].dtype);
    return all;
}

void elementwise_reference(const kernel_call *c) {
    const operand *out = &c->out_info[0];
    bool exact = c->op->integer && all_integers(c);
    bool wide = c->inputs > 0 && c->in_info[0].dtype == MICA_UINT64;
    int64_t n = shape_size(&out->shape), integers[MAX_OPERANDS];
    double reals[MAX_OPERANDS];
    char *to = c->out[0];
    walk w;
    walk_open(&w, c);
    for (int64_t i = 0; i < n; i++, to += mica_dtype_size(out->dtype), walk_step(&w)) {
        if (exact) {
            for (int k = 0; k < c->inputs; k++)
                integers[k] = dtype_load_int(c->in_info[k].dtype, w.at[k]);
            dtype_store_int(out->dtype, to,
                            wide ? unsigned_integer(c->op, integers, c->inputs, c->attrs)
                                 : c->op->integer(integers, c->attrs));
        } else {
            for (int k = 0; k < c->inputs; k++) reals[k] = dtype_load(c->in_info[k].dtype, w.at[k]);
            dtype_store(out->dtype, to, c->op->scalar(reals, c->attrs));
        }
    }
}

mica_status shape_of_float(shape_frame *f) {
    TRY(require_float(f, 0));
    return shape_of_input(f);
}

mica_status shape_of_float_broadcast(shape_frame *f) {
    for (int i = 0; i < f->inputs; i++) TRY(require_float(f, i));
    return shape_of_broadcast(f);
}

bool samples_unary(int number, sample *s, double low, double high) {
    const shape shapes[] = {MICA_SHAPE(3, 4), MICA_SHAPE(2, 1, 5), MICA_SCALAR, MICA_SHAPE(7)};
    if (number >= (int)LENGTH(shapes)) return false;
    s->inputs = 1;
    s->in[0].shape = shapes[number], s->in[0].low = low, s->in[0].high = high;
    return true;
}

bool samples_mirrored(int number, sample *s, double low, double high) {
    return number % 2 ? samples_unary(number / 2, s, -high, -low)
                      : samples_unary(number / 2, s, low, high);
}

bool samples_binary(int number, sample *s, double low_a, double high_a, double low_b,
                    double high_b) {
    const shape shapes[][2] = {{MICA_SHAPE(3, 4), MICA_SHAPE(3, 4)},
                               {MICA_SHAPE(3, 4), MICA_SHAPE(4)},
                               {MICA_SHAPE(2, 1, 3), MICA_SHAPE(4, 1)},
                               {MICA_SCALAR, MICA_SHAPE(2, 3)}};
    if (number >= (int)LENGTH(shapes)) return false;
    s->inputs = 2;
    s->in[0].shape = shapes[number][0], s->in[0].low = low_a, s->in[0].high = high_a;
    s->in[1].shape = shapes[number][1], s->in[1].low = low_b, s->in[1].high = high_b;
    return true;
}
