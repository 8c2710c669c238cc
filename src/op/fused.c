/* fused: y_k = the value of a step of a small program of elementwise ops, see fused.h.
 * Every output has the shape to which all inputs broadcast. Not differentiable: the planner makes
 * it after the gradients. Each step rounds to its dtype, so that the values are those of the
 * unfused ops. */
#include "op/fused.h"

#include "op/elementwise.h"

#include <string.h>

bool fused_allows(const op *o) {
    return o != &op_fused && (o->traits & ELEMENTWISE) && o->scalar && o->outputs == 1 &&
           o->inputs >= 1 && o->inputs <= FUSED_OPERANDS &&
           o->attrs_size <= sizeof(((fused_step *)0)->attrs);
}

int16_t fused_op_number(const op *o) {
    int16_t number = 0;
    while (all_ops[number] && all_ops[number] != o) number++;
    return number;
}

/* The operands of a step with the dtypes and shapes so far. */
static void step_operands(const fused_attrs *a, const fused_step *s, const op *o,
                          const operand *values, operand *out) {
    for (int i = 0; i < o->inputs; i++)
        out[i] = s->from[i] >= 0 ? values[s->from[i]]
                                 : (operand){.dtype = a->constant_dtype[-1 - s->from[i]]};
}

static mica_status check_step(shape_frame *f, int number, const op **out) {
    const fused_attrs *a = f->attrs;
    const fused_step *s = &a->step[number];
    int ops = 0;
    while (all_ops[ops]) ops++;
    if (s->op < 0 || s->op >= ops || !fused_allows(all_ops[s->op]))
        return shape_fail(f, "step %d: op number %d cannot be fused", number, s->op);
    *out = all_ops[s->op];
    for (int i = 0; i < (*out)->inputs; i++)
        if (s->from[i] >= f->inputs + number || s->from[i] < -a->constants)
            return shape_fail(f, "step %d: operand %d is value %d, of %d", number, i, s->from[i],
                              f->inputs + number);
    return MICA_OK;
}

static mica_status check_counts(shape_frame *f) {
    const fused_attrs *a = f->attrs;
    if (a->steps < 1 || a->steps > FUSED_STEPS || a->outputs < 1 || a->outputs > FUSED_OUTPUTS ||
        a->constants < 0 || a->constants > FUSED_CONSTANTS || f->inputs < 1 ||
        f->inputs > FUSED_INPUTS)
        return shape_fail(f, "%d inputs, %d steps, %d outputs, %d constants", f->inputs, a->steps,
                          a->outputs, a->constants);
    for (int i = 0; i < a->outputs; i++)
        if (a->output[i] < f->inputs || a->output[i] >= f->inputs + a->steps)
            return shape_fail(f, "output %d is value %d, expected one of a step", i, a->output[i]);
    return MICA_OK;
}

static mica_status fused_shape(shape_frame *f) {
    const fused_attrs *a = f->attrs;
    operand values[FUSED_INPUTS + FUSED_STEPS] = {0}, in[FUSED_OPERANDS];
    TRY(check_counts(f));
    shape whole = {0};
    for (int i = 0; i < f->inputs; i++) {
        values[i] = f->in[i];
        if (!shape_broadcast(&whole, &f->in[i].shape, &whole))
            return shape_fail(f, "input %d does not broadcast with those before", i);
    }
    for (int i = 0; i < a->steps; i++) {
        const op *o = NULL;
        TRY(check_step(f, i, &o));
        step_operands(a, &a->step[i], o, values, in);
        shape_frame inner = {.op = o,
                             .attrs = a->step[i].attrs,
                             .inputs = o->inputs,
                             .outputs = 1,
                             .in = in,
                             .out = &values[f->inputs + i],
                             .err = f->err};
        TRY(o->shape(&inner));
    }
    f->outputs = a->outputs;
    for (int i = 0; i < a->outputs; i++)
        f->out[i] = (operand){.dtype = values[a->output[i]].dtype, .shape = whole};
    return MICA_OK;
}

void fused_dtypes(const fused_attrs *a, int inputs, const operand *in, mica_dtype *dtypes) {
    operand values[FUSED_INPUTS + FUSED_STEPS] = {0}, from[FUSED_OPERANDS];
    for (int i = 0; i < inputs; i++) values[i].dtype = dtypes[i] = in[i].dtype;
    for (int i = 0; i < a->steps; i++) {
        const op *o = all_ops[a->step[i].op];
        step_operands(a, &a->step[i], o, values, from);
        shape_frame f = {.op = o,
                         .attrs = a->step[i].attrs,
                         .inputs = o->inputs,
                         .outputs = 1,
                         .in = from,
                         .out = &values[inputs + i]};
        o->shape(&f); /* of scalars: only the dtype is asked */
        dtypes[inputs + i] = values[inputs + i].dtype;
    }
}

/* ---- the reference: blocks of elements, each step by the ops' own reference ---- */

#define BLOCK 64

typedef struct interpreter {
    mica_dtype dtypes[FUSED_INPUTS + FUSED_STEPS];
    _Alignas(8) unsigned char values[FUSED_INPUTS + FUSED_STEPS][BLOCK * 8];
} interpreter;

/* Elements begin … begin + n of an input, broadcast to `whole`. */
static void read_input(const kernel_call *c, int input, int64_t begin, int64_t n,
                       unsigned char *out) {
    const shape *whole = &c->out_info[0].shape, *own = &c->in_info[input].shape;
    size_t size = mica_dtype_size(c->in_info[input].dtype);
    int64_t strides[MAX_RANK];
    strides_of(own, strides);
    for (int64_t i = 0; i < n; i++) {
        int64_t rest = begin + i, at = 0;
        for (int d = whole->rank - 1, k = own->rank - 1; k >= 0; d--, k--) {
            at += own->dims[k] == 1 ? 0 : rest % whole->dims[d] * strides[k];
            rest /= whole->dims[d];
        }
        memcpy(out + (size_t)i * size, (const char *)c->in[input] + (size_t)at * size, size);
    }
}

static void run_step(interpreter *m, const fused_attrs *a, int inputs, int number, int64_t n) {
    const fused_step *s = &a->step[number];
    const op *o = all_ops[s->op];
    operand in_info[FUSED_OPERANDS], out_info = {.shape = MICA_SHAPE(n)};
    const void *in[FUSED_OPERANDS];
    void *out = m->values[inputs + number];
    out_info.dtype = m->dtypes[inputs + number];
    for (int i = 0; i < o->inputs; i++) {
        int from = s->from[i];
        in_info[i] = from >= 0 ? (operand){.dtype = m->dtypes[from], .shape = MICA_SHAPE(n)}
                               : (operand){.dtype = a->constant_dtype[-1 - from]};
        in[i] = from >= 0 ? m->values[from] : a->constant[-1 - from];
    }
    kernel_call c = {.op = o,
                     .attrs = s->attrs,
                     .inputs = o->inputs,
                     .outputs = 1,
                     .in_info = in_info,
                     .out_info = &out_info,
                     .in = in,
                     .out = &out};
    elementwise_reference(&c);
}

static void fused_reference(const kernel_call *c) {
    const fused_attrs *a = c->attrs;
    interpreter m;
    fused_dtypes(a, c->inputs, c->in_info, m.dtypes);
    int64_t total = shape_size(&c->out_info[0].shape);
    for (int64_t begin = 0; begin < total; begin += BLOCK) {
        int64_t n = total - begin < BLOCK ? total - begin : BLOCK;
        for (int i = 0; i < c->inputs; i++) read_input(c, i, begin, n, m.values[i]);
        for (int i = 0; i < a->steps; i++) run_step(&m, a, c->inputs, i, n);
        for (int i = 0; i < c->outputs; i++) {
            size_t size = mica_dtype_size(c->out_info[i].dtype);
            memcpy((char *)c->out[i] + (size_t)begin * size, m.values[a->output[i]],
                   (size_t)n * size);
        }
    }
}

/* ---- samples: bias and activation; a masked gradient; an optimizer's step with three outputs ----
 */

static void add_step(fused_attrs *a, const op *o, int x, int y, int z) {
    a->step[a->steps++] = (fused_step){.op = fused_op_number(o),
                                       .from = {(int16_t)x, (int16_t)y, (int16_t)z}};
}

static void add_constant(fused_attrs *a, double value) {
    a->constant_dtype[a->constants] = MICA_FLOAT32;
    dtype_store(MICA_FLOAT32, a->constant[a->constants++], value);
}

static void sample_adam(fused_attrs *a) { /* w, g, m, v */
    add_constant(a, 0.9), add_constant(a, 0.1), add_constant(a, 1e-7);
    add_step(a, &op_multiply, 2, FUSED_CONSTANT(0), 0);
    add_step(a, &op_multiply, 1, FUSED_CONSTANT(1), 0);
    add_step(a, &op_add, 4, 5, 0); /* 6: m */
    add_step(a, &op_square, 1, 0, 0);
    add_step(a, &op_multiply, 7, FUSED_CONSTANT(1), 0);
    add_step(a, &op_add, 3, 8, 0); /* 9: v */
    add_step(a, &op_sqrt, 9, 0, 0);
    add_step(a, &op_add, 10, FUSED_CONSTANT(2), 0);
    add_step(a, &op_divide, 6, 11, 0);
    add_step(a, &op_subtract, 0, 12, 0); /* 13: w */
    a->outputs = 3, a->output[0] = 13, a->output[1] = 6, a->output[2] = 9;
}

static bool fused_samples(int number, sample *s) {
    const shape big = MICA_SHAPE(6, 35), row = MICA_SHAPE(35), column = MICA_SHAPE(6, 1);
    fused_attrs *a = s->attrs;
    s->inputs = 2;
    for (int i = 0; i < 4; i++)
        s->in[i] = (struct sample_input){.shape = big, .low = -1, .high = 1, .constant = true};
    if (number == 0 || number == 1) {
        s->in[1].shape = number ? column : row;
        add_step(a, &op_add, 0, 1, 0), add_step(a, &op_relu, 2, 0, 0);
        a->outputs = 1, a->output[0] = 3;
    } else if (number == 2) {
        add_constant(a, 0);
        add_step(a, &op_greater, 0, FUSED_CONSTANT(0), 0);
        add_step(a, &op_where, 2, 1, FUSED_CONSTANT(0));
        a->outputs = 2, a->output[0] = 3, a->output[1] = 2;
    } else if (number == 3) {
        s->inputs = 4, s->in[3].low = 0.1;
        sample_adam(a);
    }
    return number < 4;
}

const op op_fused = {
    .name = "fused",
    .inputs = VARIADIC,
    .outputs = VARIADIC,
    .traits = PURE,
    .attrs_size = sizeof(fused_attrs),
    .shape = fused_shape,
    .reference = fused_reference,
    .samples = fused_samples,
    .tolerance = ROUNDED,
};
