/* concatenate: x_1 … x_n one after the other along an axis; all other extents and the dtypes agree.
 * Gradient: to each input its part of dy.  Source: numpy.concatenate. */
#include "op/array.h"

mica_status concatenate_result(shape_frame *f, int from, shape *y, int *axis) {
    if (f->inputs <= from || f->inputs - from > MAX_INPUTS - 1)
        return shape_fail(f, "%d tensors, expected 1 to %d", f->inputs - from, MAX_INPUTS - 1);
    *y = f->in[from].shape;
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, y->rank, axis));
    for (int i = from + 1; i < f->inputs; i++) {
        const shape *x = &f->in[i].shape;
        shape expected = *y;
        expected.dims[*axis] = -1;
        if (!shape_fits(&expected, x)) {
            char found[128], text[128];
            shape_format(x, found);
            shape_format(&expected, text);
            return shape_fail(f,
                              "tensor %d has shape %s, expected %s (all but axis %d as tensor 0)",
                              i - from, found, text, *axis);
        }
        if (f->in[i].dtype != f->in[from].dtype)
            return type_fail(f, "tensor %d is %s, expected %s", i - from,
                             mica_dtype_name(f->in[i].dtype), mica_dtype_name(f->in[from].dtype));
        for (int k = 0; k < y->rank; k++) {
            if (k != *axis) y->dims[k] = y->dims[k] < 0 ? x->dims[k] : y->dims[k];
            else y->dims[k] = y->dims[k] < 0 || x->dims[k] < 0 ? -1 : y->dims[k] + x->dims[k];
        }
    }
    return MICA_OK;
}

static mica_status concatenate_shape(shape_frame *f) {
    int axis;
    f->out[0].dtype = f->inputs > 0 ? f->in[0].dtype : MICA_FLOAT32;
    return concatenate_result(f, 0, &f->out[0].shape, &axis);
}

static void concatenate_gradient(gradient_frame *g) {
    mica_tensor *in[MAX_INPUTS] = {g->dout[0]};
    for (int i = 0; i < g->inputs; i++) in[i + 1] = g->in[i];
    for (int i = 0; i < g->inputs; i++) {
        part_attrs a = {((const along_attrs *)g->attrs)->axis, i};
        if (g->need[i]) g->din[i] = emit(&op_concatenate_part, &a, g->inputs + 1, in);
    }
}

static void concatenate_reference(const kernel_call *c) {
    const shape *y = &c->out_info[0].shape;
    int axis = 0;
    axis_resolve(((const along_attrs *)c->attrs)->axis, y->rank, &axis);
    int64_t begin = 0;
    for (int k = 0; k < c->inputs; k++) {
        const shape *x = &c->in_info[k].shape;
        int64_t at[MAX_RANK] = {0}, to[MAX_RANK];
        for (int64_t i = 0, n = shape_size(x); i < n; i++, next_index(x, at)) {
            memcpy(to, at, sizeof to);
            to[axis] += begin;
            copy_element(c, 0, ravel(y, to), k, i);
        }
        begin += x->dims[axis];
    }
}

static bool concatenate_samples(int number, sample *s) {
    static const int64_t axes[] = {1, -1, 0};
    if (number >= (int)LENGTH(axes)) return false;
    ((along_attrs *)s->attrs)->axis = axes[number];
    for (int i = 0; i < 3; i++)
        sample_real(s, number < 2 ? MICA_SHAPE(2, 1 + i) : MICA_SHAPE(1 + i, 2));
    return true;
}

const op op_concatenate = {
    .name = "concatenate",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = along_fields,
    .attrs_size = sizeof(along_attrs),
    .shape = concatenate_shape,
    .gradient = concatenate_gradient,
    .reference = concatenate_reference,
    .samples = concatenate_samples,
};

mica_tensor *mica_concatenate(mica_tensor *const *x, int count, int64_t axis) {
    if (!x || count < 1) return NULL;
    const along_attrs a = {axis};
    const int most = MAX_INPUTS - 1; /* concatenate_part has one input more */
    if (count <= most) return emit(&op_concatenate, &a, count, x);
    mica_tensor *in[MAX_INPUTS];
    in[0] = emit(&op_concatenate, &a, most, x);
    for (int done = most; done < count;) {
        int more = count - done < most - 1 ? count - done : most - 1;
        memcpy(in + 1, x + done, (size_t)more * sizeof *in);
        in[0] = emit(&op_concatenate, &a, more + 1, in);
        done += more;
    }
    return in[0];
}
