/* Reductions: see reduce.h. */
#include "op/reduce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- attributes ---- */

/* count and axes lie as a field_dims does */
const field reduce_fields[] = {
    {.name = "axes",
     .type = FIELD_DIMS,
     .offset = offsetof(reduce_attrs, count),
     .count = 1,
     .help = "axes to reduce; none: all"},
    BOOLEAN(reduce_attrs, keepdims, .help = "leave the axes with extent 1"),
    END_OF_FIELDS};

const field axis_fields[] = {INTEGER(axis_attrs, axis, .help = "the axis"), END_OF_FIELDS};
const field argmax_fields[] = {
    INTEGER(axis_attrs, axis, .help = "the axis to search"),
    BOOLEAN(axis_attrs, keepdims, .help = "leave the axis with extent 1"), END_OF_FIELDS};

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

reduce_attrs reduce_attrs_of(const mica_tensor *x, mica_axes axes, bool keepdims) {
    reduce_attrs attrs;
    memset(&attrs, 0, sizeof attrs);
    attrs.count = axes.count, attrs.keepdims = keepdims;
    for (int i = 0; i < axes.count && i < MAX_RANK; i++) {
        int axis;
        bool fits = axis_resolve(axes.axes[i], x->shape.rank, &axis);
        attrs.axes[i] = fits ? axis : axes.axes[i];
    }
    if (axes.count > 0 && axes.count <= MAX_RANK)
        qsort(attrs.axes, (size_t)axes.count, sizeof *attrs.axes, ascending);
    return attrs;
}

axis_attrs axis_attrs_of(const mica_tensor *x, int64_t axis, bool keepdims) {
    axis_attrs attrs;
    int resolved;
    memset(&attrs, 0, sizeof attrs);
    attrs.axis = axis_resolve(axis, x->shape.rank, &resolved) ? resolved : axis;
    attrs.keepdims = keepdims;
    return attrs;
}

mica_tensor *emit_reduction(const op *o, mica_tensor *x, mica_axes axes, bool keepdims) {
    reduce_attrs attrs = reduce_attrs_of(x, axes, keepdims);
    return EMIT(o, &attrs, x);
}

/* ---- shapes ---- */

bool mark_axes(const reduce_attrs *attrs, int rank, bool reduced[MAX_RANK]) {
    for (int i = 0; i < MAX_RANK; i++) reduced[i] = attrs->count == 0 && i < rank;
    if (attrs->count < 0 || attrs->count > MAX_RANK) return false;
    for (int64_t i = 0; i < attrs->count; i++) {
        int axis;
        if (!axis_resolve(attrs->axes[i], rank, &axis) || reduced[axis]) return false;
        reduced[axis] = true;
    }
    return true;
}

shape reduced_shape(const shape *s, const reduce_attrs *attrs) {
    bool reduced[MAX_RANK];
    shape out = {0};
    mark_axes(attrs, s->rank, reduced);
    for (int i = 0; i < s->rank; i++) {
        if (!reduced[i]) out.dims[out.rank++] = s->dims[i];
        else if (attrs->keepdims) out.dims[out.rank++] = 1;
    }
    return out;
}

mica_status reduced_axes(shape_frame *f, bool reduced[MAX_RANK]) {
    const reduce_attrs *attrs = f->attrs;
    const shape *s = &f->in[0].shape;
    char text[128], axes[256] = "";
    size_t n = 0;
    if (mark_axes(attrs, s->rank, reduced)) return MICA_OK;
    if (attrs->count < 0 || attrs->count > MAX_RANK)
        return shape_fail(f, "%lld axes, expected 0 to %d", (long long)attrs->count, MAX_RANK);
    for (int64_t i = 0; i < attrs->count; i++)
        n += (size_t)snprintf(axes + n, sizeof axes - n, "%s%lld", i ? ", " : "",
                              (long long)attrs->axes[i]);
    shape_format(s, text);
    return shape_fail(f, "axes %s of shape %s, expected different ones from %d to %d", axes, text,
                      -s->rank, s->rank - 1);
}

mica_status shape_of_reduction(shape_frame *f) {
    bool reduced[MAX_RANK];
    TRY(reduced_axes(f, reduced));
    f->out[0].dtype = f->in[0].dtype;
    f->out[0].shape = reduced_shape(&f->in[0].shape, f->attrs);
    return MICA_OK;
}

mica_status shape_of_float_reduction(shape_frame *f) {
    TRY(require_float(f, 0));
    return shape_of_reduction(f);
}

mica_status require_fits(shape_frame *f, int input, const shape *expected, const char *like) {
    char found[128], wanted[128];
    if (shape_fits(expected, &f->in[input].shape)) return MICA_OK;
    shape_format(&f->in[input].shape, found), shape_format(expected, wanted);
    return shape_fail(f, "input %d has shape %s, expected %s as %s", input, found, wanted, like);
}

mica_status shape_of_expansion(shape_frame *f) {
    bool reduced[MAX_RANK];
    shape_frame of = *f;
    of.in = f->in + 1;
    TRY(reduced_axes(&of, reduced));
    shape expected = reduced_shape(&f->in[1].shape, f->attrs);
    TRY(require_fits(f, 0, &expected, "the reduction gives"));
    f->out[0].dtype = f->in[0].dtype;
    f->out[0].shape = f->in[1].shape;
    return MICA_OK;
}

static mica_status check_axis(shape_frame *f, int *axis) {
    const axis_attrs *attrs = f->attrs;
    const shape *s = &f->in[0].shape;
    char text[128];
    if (axis_resolve(attrs->axis, s->rank, axis)) return MICA_OK;
    shape_format(s, text);
    return shape_fail(f, "axis %lld of shape %s, expected %d to %d", (long long)attrs->axis, text,
                      -s->rank, s->rank - 1);
}

mica_status shape_of_argument(shape_frame *f) {
    const axis_attrs *attrs = f->attrs;
    const shape *s = &f->in[0].shape;
    int axis;
    TRY(check_axis(f, &axis));
    if (s->dims[axis] == 0) {
        char text[128];
        shape_format(s, text);
        return shape_fail(f, "axis %d of shape %s has no elements", axis, text);
    }
    reduce_attrs one = {.count = 1, .axes = {axis}, .keepdims = attrs->keepdims};
    f->out[0].dtype = MICA_INT64;
    f->out[0].shape = reduced_shape(s, &one);
    return MICA_OK;
}

mica_status shape_of_softmax(shape_frame *f) {
    int axis;
    TRY(require_float(f, 0));
    TRY(check_axis(f, &axis));
    return shape_of_input(f);
}

/* ---- gradient ---- */

mica_tensor *share_among_equals(mica_tensor *x, mica_tensor *y, mica_tensor *dy,
                                const reduce_attrs *attrs) {
    mica_tensor *equal = mica_cast(mica_equal(x, expand_like(y, x, attrs)), x->dtype);
    mica_tensor *part = mica_divide(dy, EMIT(&op_sum, attrs, equal));
    return mica_multiply(equal, expand_like(part, x, attrs));
}

/* ---- loops ---- */

reduce_walk walk_axes(const operand *x, const void *data, const bool reduced[MAX_RANK]) {
    reduce_walk w = {.span = {.data = data, .dtype = x->dtype, .count = 1}, .count = 1};
    int64_t strides[MAX_RANK];
    strides_of(&x->shape, strides);
    for (int i = 0; i < x->shape.rank; i++) {
        int64_t dim = x->shape.dims[i];
        if (reduced[i]) {
            w.span.dims[w.span.rank] = dim, w.span.strides[w.span.rank++] = strides[i];
            w.span.count *= dim;
        } else {
            w.dims[w.rank] = dim, w.strides[w.rank++] = strides[i];
            w.count *= dim;
        }
    }
    return w;
}

reduce_walk walk_axis(const operand *x, const void *data, const axis_attrs *attrs) {
    bool reduced[MAX_RANK] = {false};
    int axis;
    axis_resolve(attrs->axis, x->shape.rank, &axis);
    reduced[axis] = true;
    return walk_axes(x, data, reduced);
}

/* Where element i of a space of these dims and strides lies. */
static int64_t offset_of(int64_t i, int rank, const int64_t *dims, const int64_t *strides) {
    int64_t offset = 0;
    for (int d = rank - 1; d >= 0; d--) offset += i % dims[d] * strides[d], i /= dims[d];
    return offset;
}

reduce_span walk_at(const reduce_walk *w, int64_t i) {
    reduce_span span = w->span;
    span.start = offset_of(i, w->rank, w->dims, w->strides);
    return span;
}

int64_t span_index(const reduce_span *s, int64_t k) {
    return s->start + offset_of(k, s->rank, s->dims, s->strides);
}

double span_at(const reduce_span *s, int64_t k) {
    return dtype_load(s->dtype, element_of(s->data, s->dtype, span_index(s, k)));
}

int64_t span_integer(const reduce_span *s, int64_t k) {
    return dtype_load_int(s->dtype, element_of(s->data, s->dtype, span_index(s, k)));
}

static void walk_reference(const kernel_call *c, const reduce_walk *w,
                           double (*one)(const reduce_span *s),
                           int64_t (*exact)(const reduce_span *s)) {
    mica_dtype dtype = c->out_info[0].dtype;
    bool integers = exact && !dtype_is_float(c->in_info[0].dtype);
    for (int64_t i = 0; i < w->count; i++) {
        reduce_span span = walk_at(w, i);
        void *to = element_of(c->out[0], dtype, i);
        if (integers) dtype_store_int(dtype, to, exact(&span));
        else dtype_store(dtype, to, one(&span));
    }
}

void reduce_reference(const kernel_call *c, double (*one)(const reduce_span *s),
                      int64_t (*exact)(const reduce_span *s)) {
    bool reduced[MAX_RANK];
    mark_axes(c->attrs, c->in_info[0].shape.rank, reduced);
    reduce_walk w = walk_axes(&c->in_info[0], c->in[0], reduced);
    walk_reference(c, &w, one, exact);
}

void argument_reference(const kernel_call *c, double (*one)(const reduce_span *s),
                        int64_t (*exact)(const reduce_span *s)) {
    reduce_walk w = walk_axis(&c->in_info[0], c->in[0], c->attrs);
    walk_reference(c, &w, one, exact);
}

int64_t integer_limit(mica_dtype dtype, bool greatest) {
    int bits = (int)mica_dtype_size(dtype) * 8;
    if (dtype_kind(dtype) == 'b') return greatest;
    if (dtype_kind(dtype) == 'u') return greatest ? (int64_t)(UINT64_MAX >> (64 - bits)) : 0;
    return greatest ? INT64_MAX >> (64 - bits) : -(INT64_MAX >> (64 - bits)) - 1;
}

/* ---- samples ---- */

bool reduce_samples(int number, sample *s, double low, double high, bool distinct) {
    const struct {
        shape shape;
        reduce_attrs attrs;
    } cases[] = {{MICA_SHAPE(3, 4), {.count = 0}},
                 {MICA_SHAPE(3, 4), {.count = 1, .axes = {1}}},
                 {MICA_SHAPE(3, 4), {.count = 1, .axes = {0}, .keepdims = true}},
                 {MICA_SHAPE(2, 3, 2, 2), {.count = 2, .axes = {0, 2}}},
                 {MICA_SHAPE(5), {.count = 0, .keepdims = true}},
                 {MICA_SCALAR, {.count = 0}}};
    if (number >= (int)LENGTH(cases)) return false;
    memcpy(s->attrs, &cases[number].attrs, sizeof(reduce_attrs));
    s->inputs = 1;
    s->in[0] = (struct sample_input){
        .shape = cases[number].shape, .low = low, .high = high, .distinct = distinct};
    return true;
}

bool axis_samples(int number, sample *s) {
    const struct {
        shape shape;
        int64_t axis;
    } cases[] = {
        {MICA_SHAPE(3, 4), 1}, {MICA_SHAPE(3, 4), 0}, {MICA_SHAPE(2, 3, 2), 1}, {MICA_SHAPE(5), 0}};
    if (number >= (int)LENGTH(cases)) return false;
    ((axis_attrs *)s->attrs)->axis = cases[number].axis;
    s->inputs = 1;
    s->in[0] = (struct sample_input){.shape = cases[number].shape, .low = -2, .high = 2};
    return true;
}
