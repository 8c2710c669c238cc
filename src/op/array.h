/* What array ops share: attributes, walking over indices, sums in any dtype. */
#ifndef OP_ARRAY_H
#define OP_ARRAY_H

#include "mica/array.h"
#include "op/op.h"
#include "op/samples.h"

#include <string.h>

typedef struct along_attrs {
    int64_t axis; /* negative counts from the end */
} along_attrs;

typedef struct dims_attrs {
    field_dims dims;
} dims_attrs;

typedef struct part_attrs { /* the part of a concatenation that came from input `index` */
    int64_t axis, index;
} part_attrs;

typedef struct slice_attrs { /* one entry per axis of x, NumPy's meaning */
    field_dims begin, end, step;
} slice_attrs;

typedef struct pad_attrs { /* one entry per axis of x, at least 0 */
    int64_t mode;          /* a mica_pad_mode */
    double value;
    field_dims low, high;
} pad_attrs;

typedef struct one_hot_attrs {
    int64_t depth, dtype;
} one_hot_attrs;

typedef struct iota_attrs {
    int64_t axis, dtype;
} iota_attrs;

typedef struct fill_attrs {
    double value;
} fill_attrs;

extern const field along_fields[], dims_fields[];

/* shape_fail with another code. */
#define type_fail(f, format, ...)                                                                  \
    fail((f)->err, MICA_TYPE, "%s: " format, (f)->op->name, __VA_ARGS__)
#define value_fail(f, format, ...)                                                                 \
    fail((f)->err, MICA_VALUE, "%s: " format, (f)->op->name, __VA_ARGS__)

/* The axis of a shape of that rank, or an error that names both. */
mica_status require_axis(shape_frame *f, int64_t axis, int rank, int *out);
/* That an input has the expected shape, where it is known. */
mica_status require_shape(shape_frame *f, int input, const shape *expected);
field_dims dims_of(const int64_t *values, int count); /* at most 8; NULL: none */
bool strides_contiguous(const shape *s, const int64_t *strides);

/* Rules that several array ops share. */
mica_status shape_of_second(shape_frame *f);    /* dtype of in[0], shape of in[1] */
void reference_copy(const kernel_call *c);      /* the same elements in the same order */
bool view_contiguous(view_frame *v);            /* the same elements, where in is row-major */
void reference_broadcast(const kernel_call *c); /* in[0] repeated to out[0]'s shape */
bool view_broadcast(view_frame *v);
void gradient_reshape_like(gradient_frame *g); /* din[0] = dy in the shape of in[0] */
mica_tensor *zeros_like(mica_tensor *x);
mica_tensor *slice_axis(mica_tensor *x, int axis, int64_t begin, int64_t end);

/* The shape of concatenate(in[from], …) and the axis; attrs begin with the axis. */
mica_status concatenate_result(shape_frame *f, int from, shape *y, int *axis);

/* Indices into an axis of that extent: an integer type, and in range where the values are known;
 * and index i, counted from the front, -1 where it is out of range. */
mica_status gather_check(shape_frame *f, const operand *indices, int64_t extent);
int64_t gather_index(const operand *info, const void *indices, int64_t i, int64_t extent);

/* The shape of a slice of x by slice_attrs, and cases for the battery (x is (4, 5)). */
mica_status slice_result(shape_frame *f, const shape *x, shape *y);
bool slice_case(int number, slice_attrs *a);
extern const field slice_fields[];
/* The shapes that tile and pad give; cases for the battery. */
mica_status tile_result(shape_frame *f, const shape *x, shape *y);
mica_status pad_result(shape_frame *f, const shape *x, shape *y);
bool pad_case(int number, pad_attrs *a, shape *x, shape *y);
extern const field pad_fields[];
/* What one axis of a slice takes from n elements: the first one, and how many. */
void slice_range(int64_t begin, int64_t end, int64_t step, int64_t n, int64_t *first,
                 int64_t *count);

/* The position of an index in a row-major shape, and the index that follows it. */
static inline int64_t ravel(const shape *s, const int64_t index[MAX_RANK]) {
    int64_t at = 0;
    for (int i = 0; i < s->rank; i++) at = at * s->dims[i] + index[i];
    return at;
}

static inline void next_index(const shape *s, int64_t index[MAX_RANK]) {
    for (int i = s->rank - 1; i >= 0; i--) {
        if (++index[i] < s->dims[i]) return;
        index[i] = 0;
    }
}

/* Outputs' element i becomes in[input]'s element j. */
static inline void copy_element(const kernel_call *c, int output, int64_t i, int input, int64_t j) {
    size_t size = mica_dtype_size(c->out_info[output].dtype);
    memcpy((char *)c->out[output] + (size_t)i * size, (const char *)c->in[input] + (size_t)j * size,
           size);
}

/* Element i of an input as double; and of output `output` from double. */
static inline double element(const kernel_call *c, int input, int64_t i) {
    mica_dtype dtype = c->in_info[input].dtype;
    return dtype_load(dtype, (const char *)c->in[input] + (size_t)i * mica_dtype_size(dtype));
}

static inline void set_element(const kernel_call *c, int output, int64_t i, double value) {
    mica_dtype dtype = c->out_info[output].dtype;
    dtype_store(dtype, (char *)c->out[output] + (size_t)i * mica_dtype_size(dtype), value);
}

/* A sum of elements: reals in double, integers exactly. */
typedef struct running_sum {
    mica_dtype dtype;
    double real;
    uint64_t whole; /* wraps as the dtype does */
} running_sum;

static inline void sum_element(running_sum *s, const void *data, int64_t i) {
    const char *at = (const char *)data + (size_t)i * mica_dtype_size(s->dtype);
    if (dtype_is_float(s->dtype)) s->real += dtype_load(s->dtype, at);
    else s->whole += (uint64_t)dtype_load_int(s->dtype, at);
}

static inline void sum_store(const running_sum *s, void *data, int64_t i) {
    char *at = (char *)data + (size_t)i * mica_dtype_size(s->dtype);
    if (dtype_is_float(s->dtype)) dtype_store(s->dtype, at, s->real);
    else dtype_store_int(s->dtype, at, (int64_t)s->whole);
}

#endif
