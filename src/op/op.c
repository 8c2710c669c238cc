/* The table of ops, and the shape rules that many of them share: see op.h. */
#include "op/op.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const op *const all_ops[] = {
#define OP(name) &op_##name,
#include "op/ops.def"
#undef OP
    NULL};

const op *op_by_name(const char *name) {
    for (const op *const *o = all_ops; *o; o++)
        if (!strcmp((*o)->name, name)) return *o;
    return NULL;
}

operand tensor_operand(const mica_tensor *t) { return (operand){t->dtype, t->shape, NULL}; }

mica_status shape_fail(shape_frame *f, const char *format, ...) {
    char text[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail(f->err, MICA_SHAPE, "%s: %s", f->op->name, text);
}

mica_status require_rank_between(shape_frame *f, int input, int low, int high) {
    const shape *s = &f->in[input].shape;
    char text[128];
    if (s->rank >= low && s->rank <= high) return MICA_OK;
    shape_format(s, text);
    if (low == high)
        return shape_fail(f, "input %d has shape %s, expected rank %d", input, text, low);
    if (high >= MAX_RANK)
        return shape_fail(f, "input %d has shape %s, expected rank %d or more", input, text, low);
    return shape_fail(f, "input %d has shape %s, expected rank %d to %d", input, text, low, high);
}

mica_status require_float(shape_frame *f, int input) {
    if (dtype_is_float(f->in[input].dtype)) return MICA_OK;
    return fail(f->err, MICA_TYPE, "%s: input %d has dtype %s, expected a floating type",
                f->op->name, input, mica_dtype_name(f->in[input].dtype));
}

mica_status shape_of_input(shape_frame *f) {
    f->out[0].dtype = f->in[0].dtype;
    f->out[0].shape = f->in[0].shape;
    return MICA_OK;
}

mica_status shape_of_broadcast(shape_frame *f) {
    shape *out = &f->out[0].shape;
    *out = f->in[0].shape;
    f->out[0].dtype = f->in[0].dtype;
    for (int i = 1; i < f->inputs; i++) {
        const operand *in = &f->in[i];
        if (in->dtype != f->in[0].dtype)
            return fail(f->err, MICA_TYPE, "%s: dtypes %s and %s, expected the same", f->op->name,
                        mica_dtype_name(f->in[0].dtype), mica_dtype_name(in->dtype));
        if (!shape_broadcast(out, &in->shape, out)) {
            char a[128], b[128];
            shape_format(&f->in[i - 1].shape, a), shape_format(&in->shape, b);
            return shape_fail(f, "shapes %s and %s do not broadcast", a, b);
        }
    }
    return MICA_OK;
}

mica_status shape_of_comparison(shape_frame *f) {
    TRY(shape_of_broadcast(f));
    f->out[0].dtype = MICA_BOOL;
    return MICA_OK;
}
