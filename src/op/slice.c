/* slice: along every axis the elements begin, begin + step, … before end; negative positions count
 * from the end, positions past an end are cut, a negative step goes backwards.
 * Gradient: slice_backward.  Source: NumPy's basic slicing. */
#include "op/array.h"

void slice_range(int64_t begin, int64_t end, int64_t step, int64_t n, int64_t *first,
                 int64_t *count) {
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    if (end == MICA_END) end = step > 0 ? n : -1;
    else if (end < 0) end += n;
    if (begin < 0) begin += n;
    begin = begin < low ? low : begin > high ? high : begin;
    end = end < low ? low : end > high ? high : end;
    int64_t span = step > 0 ? end - begin : begin - end, stride = step > 0 ? step : -step;
    *first = begin;
    *count = span <= 0 ? 0 : (span + stride - 1) / stride;
}

mica_status slice_result(shape_frame *f, const shape *x, shape *y) {
    const slice_attrs *a = f->attrs;
    if (a->begin.count != x->rank || a->end.count != x->rank || a->step.count != x->rank)
        return shape_fail(f, "%lld begins, %lld ends, %lld steps, expected %d of each",
                          (long long)a->begin.count, (long long)a->end.count,
                          (long long)a->step.count, x->rank);
    y->rank = x->rank;
    for (int i = 0; i < x->rank; i++) {
        int64_t begin = a->begin.dims[i], end = a->end.dims[i], step = a->step.dims[i], first;
        if (step == 0 || step == INT64_MIN)
            return shape_fail(f, "step %lld along axis %d, expected another", (long long)step, i);
        if (x->dims[i] < 0) y->dims[i] = -1;
        else slice_range(begin, end, step, x->dims[i], &first, &y->dims[i]);
    }
    return MICA_OK;
}

static mica_status slice_shape(shape_frame *f) {
    f->out[0].dtype = f->in[0].dtype;
    return slice_result(f, &f->in[0].shape, &f->out[0].shape);
}

static void slice_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_slice_backward, g->attrs, g->dout[0], g->in[0]);
}

static bool slice_view(view_frame *v) {
    const slice_attrs *a = v->attrs;
    *v->offset = 0;
    for (int i = 0; i < v->in_shape->rank; i++) {
        int64_t first, count;
        slice_range(a->begin.dims[i], a->end.dims[i], a->step.dims[i], v->in_shape->dims[i], &first,
                    &count);
        v->out_strides[i] = v->in_strides[i] * a->step.dims[i];
        if (count > 0) *v->offset += first * v->in_strides[i];
    }
    return true;
}

static void slice_reference(const kernel_call *c) {
    const slice_attrs *a = c->attrs;
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK], first, count;
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        for (int k = 0; k < x->rank; k++) {
            slice_range(a->begin.dims[k], a->end.dims[k], a->step.dims[k], x->dims[k], &first,
                        &count);
            from[k] = first + at[k] * a->step.dims[k];
        }
        copy_element(c, 0, i, 0, ravel(x, from));
    }
}

bool slice_case(int number, slice_attrs *a) {
    static const slice_attrs cases[] = {
        {{2, {1, 0}}, {2, {3, MICA_END}}, {2, {1, 2}}},
        {{2, {-3, -1}}, {2, {100, MICA_END}}, {2, {2, -2}}},
        {{2, {0, 4}}, {2, {MICA_END, 1}}, {2, {1, -1}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number];
    return true;
}

static bool slice_samples(int number, sample *s) {
    if (!slice_case(number, s->attrs)) return false;
    sample_real(s, MICA_SHAPE(4, 5));
    return true;
}

const field slice_fields[] = {
    DIMS(slice_attrs, begin, .help = "the first position along each axis"),
    DIMS(slice_attrs, end, .help = "the position after the last"),
    DIMS(slice_attrs, step, .help = "not 0"),
    END_OF_FIELDS,
};

const op op_slice = {
    .name = "slice",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO | TEXTS,
    .fields = slice_fields,
    .attrs_size = sizeof(slice_attrs),
    .shape = slice_shape,
    .gradient = slice_gradient,
    .reference = slice_reference,
    .view = slice_view,
    .samples = slice_samples,
};

mica_tensor *mica_slice(mica_tensor *x, int count, const int64_t *begin, const int64_t *end,
                        const int64_t *step) {
    NEEDS(x);
    slice_attrs a = {.begin.count = x->shape.rank};
    a.end.count = a.step.count = a.begin.count;
    for (int i = 0; i < x->shape.rank; i++) {
        a.begin.dims[i] = i < count && begin ? begin[i] : 0;
        a.end.dims[i] = i < count && end ? end[i] : MICA_END;
        a.step.dims[i] = i < count && step ? step[i] : 1;
    }
    if (count > x->shape.rank) a.begin.count = count; /* the rule says what is wrong */
    return EMIT(&op_slice, &a, x);
}

mica_tensor *slice_axis(mica_tensor *x, int axis, int64_t begin, int64_t end) {
    int64_t begins[MAX_RANK] = {0}, ends[MAX_RANK];
    for (int i = 0; i < MAX_RANK; i++) ends[i] = MICA_END;
    begins[axis] = begin;
    ends[axis] = end;
    return mica_slice(x, axis + 1, begins, ends, NULL);
}
