/* matmul: y = activation(a b + bias).  a (…, M, K), b (…, K, N), bias (N), y (…, M, N); the dims in
 * front broadcast; transpose_a and transpose_b exchange the last two dims of a and b first. Bias
 * and activation come from the planner. Any dtype; integers wrap. Gradient: da = dy b^T, db = a^T
 * dy, as matmuls of the same operands, summed over what was broadcast. Source: numpy.matmul; ONNX
 * MatMul, Gemm. */
#include "op/matmul.h"

#include "mica/array.h"
#include "op/elementwise.h"
#include "op/reduce.h"

#include <string.h>

static const field matmul_fields[] = {
    BOOLEAN(matmul_attrs, transpose_a, .help = "exchange the last two dims of a"),
    BOOLEAN(matmul_attrs, transpose_b, .help = "exchange the last two dims of b"),
    INTEGER(matmul_attrs, activation, .help = "number of the fused activation, 0: none"),
    END_OF_FIELDS};

/* ---- shape ---- */

static mica_status check_operands(shape_frame *f) {
    for (int i = 0; i < 2; i++) TRY(require_rank_between(f, i, 2, MAX_RANK));
    for (int i = 1; i < f->inputs; i++)
        if (f->in[i].dtype != f->in[0].dtype)
            return fail(f->err, MICA_TYPE, "%s: input %d has dtype %s, expected %s", f->op->name, i,
                        mica_dtype_name(f->in[i].dtype), mica_dtype_name(f->in[0].dtype));
    return MICA_OK;
}

static mica_status matmul_shape(shape_frame *f) {
    const matmul_attrs *attrs = f->attrs;
    if (f->inputs < 2 || f->inputs > 3)
        return shape_fail(f, "%d inputs, expected 2 or 3", f->inputs);
    TRY(check_operands(f));
    shape a = f->in[0].shape, b = f->in[1].shape, *y = &f->out[0].shape;
    int64_t m = a.dims[a.rank - (attrs->transpose_a ? 1 : 2)];
    int64_t ka = a.dims[a.rank - (attrs->transpose_a ? 2 : 1)];
    int64_t kb = b.dims[b.rank - (attrs->transpose_b ? 1 : 2)];
    int64_t n = b.dims[b.rank - (attrs->transpose_b ? 2 : 1)];
    a.rank -= 2, b.rank -= 2;
    if ((ka >= 0 && kb >= 0 && ka != kb) || !shape_broadcast(&a, &b, y)) {
        char ta[128], tb[128];
        shape_format(&f->in[0].shape, ta), shape_format(&f->in[1].shape, tb);
        return shape_fail(f, "a is %s%s and b %s%s, expected (..., M, K) and (..., K, N)", ta,
                          attrs->transpose_a ? " transposed" : "", tb,
                          attrs->transpose_b ? " transposed" : "");
    }
    y->dims[y->rank] = m, y->dims[y->rank + 1] = n, y->rank += 2;
    f->out[0].dtype = f->in[0].dtype;
    return f->inputs == 3 ? require_fits(f, 2, &MICA_SHAPE(n), "the columns of b") : MICA_OK;
}

/* ---- gradient ---- */

/* db, or with the roles exchanged da, where b has no batch dims but a has: the rows of all batches
 * are those of one matrix. */
static mica_tensor *rows(mica_tensor *t) {
    return mica_reshape(t, MICA_SHAPE(-1, t->shape.dims[t->shape.rank - 1]));
}

static mica_tensor *gradient_of_a(mica_tensor *b, mica_tensor *dz, bool ta, bool tb) {
    return ta ? mica_matmul_t(b, dz, tb, true) : mica_matmul_t(dz, b, false, !tb);
}

static mica_tensor *gradient_of_b(mica_tensor *a, mica_tensor *b, mica_tensor *dz, bool ta,
                                  bool tb) {
    bool one_matrix = !ta && b->shape.rank == 2 && a->shape.rank > 2 &&
                      a->shape.dims[a->shape.rank - 1] > 0 &&
                      dz->shape.dims[dz->shape.rank - 1] > 0;
    if (one_matrix) a = rows(a), dz = rows(dz);
    return tb ? mica_matmul_t(dz, a, true, ta) : mica_matmul_t(a, dz, !ta, false);
}

static void matmul_gradient(gradient_frame *g) {
    const matmul_attrs *attrs = g->attrs;
    mica_tensor *a = g->in[0], *b = g->in[1], *dz = g->dout[0];
    bool ta = attrs->transpose_a, tb = attrs->transpose_b;
    if (attrs->activation != EPILOGUE_NONE) { /* planned graphs are not differentiated: be plain */
        mica_tensor *z = mica_matmul_t(a, b, ta, tb);
        if (g->inputs == 3) z = mica_add(z, g->in[2]);
        dz = epilogue_gradient(attrs->activation, z, g->out[0], dz);
    }
    if (g->need[0]) give(g, 0, gradient_of_a(b, dz, ta, tb));
    if (g->need[1]) give(g, 1, gradient_of_b(a, b, dz, ta, tb));
    if (g->inputs == 3 && g->need[2]) give(g, 2, dz);
}

/* ---- reference ---- */

/* One operand: where its matrix of each batch lies, and the steps to the next row and column. */
typedef struct matrix {
    const void *data;
    mica_dtype dtype;
    int64_t batch[MAX_RANK], row, column; /* strides */
} matrix;

static matrix matrix_of(const kernel_call *c, int i, bool transpose) {
    const shape *s = &c->in_info[i].shape;
    int lead = c->out_info[0].shape.rank - s->rank;
    int64_t strides[MAX_RANK];
    matrix m = {.data = c->in[i], .dtype = c->in_info[i].dtype};
    strides_of(s, strides);
    for (int d = 0; d < s->rank - 2; d++) m.batch[lead + d] = s->dims[d] == 1 ? 0 : strides[d];
    m.row = strides[s->rank - (transpose ? 1 : 2)];
    m.column = strides[s->rank - (transpose ? 2 : 1)];
    return m;
}

static int64_t batch_offset(const matrix *m, const shape *y, int64_t batch) {
    int64_t offset = 0;
    for (int d = y->rank - 3; d >= 0; d--)
        offset += batch % y->dims[d] * m->batch[d], batch /= y->dims[d];
    return offset;
}

static double dot(const matrix *a, int64_t at_a, const matrix *b, int64_t at_b, int64_t k) {
    double sum = 0;
    for (int64_t i = 0; i < k; i++, at_a += a->column, at_b += b->row)
        sum += dtype_load(a->dtype, element_of(a->data, a->dtype, at_a)) *
               dtype_load(b->dtype, element_of(b->data, b->dtype, at_b));
    return sum;
}

static int64_t dot_integers(const matrix *a, int64_t at_a, const matrix *b, int64_t at_b,
                            int64_t k) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < k; i++, at_a += a->column, at_b += b->row)
        sum += (uint64_t)dtype_load_int(a->dtype, element_of(a->data, a->dtype, at_a)) *
               (uint64_t)dtype_load_int(b->dtype, element_of(b->data, b->dtype, at_b));
    return (int64_t)sum;
}

static void matmul_reference(const kernel_call *c) {
    const matmul_attrs *attrs = c->attrs;
    const shape *y = &c->out_info[0].shape, *sa = &c->in_info[0].shape;
    mica_dtype dtype = c->out_info[0].dtype;
    matrix a = matrix_of(c, 0, attrs->transpose_a), b = matrix_of(c, 1, attrs->transpose_b);
    int64_t n = y->dims[y->rank - 1], m = y->dims[y->rank - 2], size = shape_size(y);
    int64_t k = sa->dims[sa->rank - (attrs->transpose_a ? 2 : 1)];
    for (int64_t i = 0; i < size; i++) {
        int64_t column = i % n, row = i / n % m, batch = i / n / m;
        int64_t at_a = batch_offset(&a, y, batch) + row * a.row;
        int64_t at_b = batch_offset(&b, y, batch) + column * b.column;
        void *to = element_of(c->out[0], dtype, i);
        if (!dtype_is_float(dtype) && attrs->activation == EPILOGUE_NONE && c->inputs == 2) {
            dtype_store_int(dtype, to, dot_integers(&a, at_a, &b, at_b, k));
            continue;
        }
        double z = dot(&a, at_a, &b, at_b, k);
        if (c->inputs == 3) z += dtype_load(dtype, element_of(c->in[2], dtype, column));
        dtype_store(dtype, to, epilogue_apply(attrs->activation, z));
    }
}

/* ---- samples ---- */

static bool matmul_samples(int number, sample *s) {
    const struct {
        shape a, b;
        matmul_attrs attrs;
        int64_t bias;
    } cases[] = {{MICA_SHAPE(3, 4), MICA_SHAPE(4, 2), {0, false, false}, 0},
                 {MICA_SHAPE(4, 3), MICA_SHAPE(4, 2), {0, true, false}, 0},
                 {MICA_SHAPE(3, 4), MICA_SHAPE(2, 4), {0, false, true}, 0},
                 {MICA_SHAPE(4, 3), MICA_SHAPE(2, 4), {0, true, true}, 0},
                 {MICA_SHAPE(2, 3, 4), MICA_SHAPE(4, 2), {0, false, false}, 0},
                 {MICA_SHAPE(2, 3, 4), MICA_SHAPE(2, 4), {0, false, true}, 0},
                 {MICA_SHAPE(3, 4), MICA_SHAPE(2, 4, 2), {0, false, false}, 0},
                 {MICA_SHAPE(2, 1, 4, 3), MICA_SHAPE(3, 4, 2), {0, true, false}, 0},
                 {MICA_SHAPE(3, 4), MICA_SHAPE(4, 2), {0, false, false}, 2},
                 {MICA_SHAPE(3, 4), MICA_SHAPE(2, 4), {EPILOGUE_TANH, false, true}, 2},
                 {MICA_SHAPE(3, 4), MICA_SHAPE(4, 2), {EPILOGUE_SILU, false, false}, 0}};
    if (number >= (int)LENGTH(cases)) return false;
    memcpy(s->attrs, &cases[number].attrs, sizeof(matmul_attrs));
    s->inputs = cases[number].bias ? 3 : 2;
    s->in[0].shape = cases[number].a, s->in[1].shape = cases[number].b;
    s->in[2].shape = MICA_SHAPE(cases[number].bias);
    for (int i = 0; i < s->inputs; i++) s->in[i].low = -1, s->in[i].high = 1;
    return true;
}

const op op_matmul = {.name = "matmul",
                      .inputs = VARIADIC,
                      .outputs = 1,
                      .traits = PURE,
                      .fields = matmul_fields,
                      .attrs_size = sizeof(matmul_attrs),
                      .shape = matmul_shape,
                      .gradient = matmul_gradient,
                      .reference = matmul_reference,
                      .samples = matmul_samples,
                      .tolerance = SUMMED};

/* ---- public ---- */

mica_tensor *mica_matmul_t(mica_tensor *a, mica_tensor *b, bool transpose_a, bool transpose_b) {
    NEEDS(a, b);
    matmul_attrs attrs;
    mica_dtype dtype = dtype_promote(a->dtype, b->dtype);
    memset(&attrs, 0, sizeof attrs);
    attrs.transpose_a = transpose_a, attrs.transpose_b = transpose_b;
    return EMIT(&op_matmul, &attrs, mica_cast(a, dtype), mica_cast(b, dtype));
}

mica_tensor *mica_matmul(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    bool row = a->shape.rank == 1, column = b->shape.rank == 1;
    if (row) a = mica_expand_dims(a, 0);
    if (column) b = mica_expand_dims(b, 1);
    mica_tensor *y = mica_matmul_t(a, b, false, false);
    if (column) y = mica_squeeze(y, MICA_AXES(-1));
    return row ? mica_squeeze(y, MICA_AXES(column ? -1 : -2)) : y;
}
