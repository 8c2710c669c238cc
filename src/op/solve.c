/* solve: the X with A X = B, by LU factors with row exchanges; NaN where A is singular. A (…, N,
 * N), B (…, N, K), X like B, floats; one batch.  Gradient: dB = A^-T dX, dA = -dB X^T. Source:
 * numpy.linalg.solve. inverse is solve of the unit matrix. */
#include "op/elementwise.h"
#include "op/matrix.h"

#include <stdlib.h>

static mica_status solve_shape(shape_frame *f) {
    TRY(require_matrix(f, 0, true));
    TRY(require_matrix(f, 1, false));
    shape expected = f->in[0].shape;
    const shape *b = &f->in[1].shape;
    expected.dims[expected.rank - 1] = b->dims[b->rank - 1];
    TRY(require_shape(f, 1, &expected));
    if (f->in[0].dtype != f->in[1].dtype)
        return type_fail(f, "dtypes %s and %s, expected the same", mica_dtype_name(f->in[0].dtype),
                         mica_dtype_name(f->in[1].dtype));
    f->out[0] = f->in[1];
    f->out[0].value = NULL;
    return MICA_OK;
}

static void solve_gradient(gradient_frame *g) {
    mica_tensor *db = mica_solve(transposed(g->in[0]), g->dout[0]);
    if (g->need[0]) g->din[0] = mica_negative(mica_matmul_t(db, g->out[0], false, true));
    if (g->need[1]) g->din[1] = db;
}

/* b (n, k) becomes the answer. */
static void substitute(int64_t n, int64_t k, const double *lu, const int64_t *pivot, double *b) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < k && pivot[i] != i; j++) {
            double t = b[i * k + j];
            b[i * k + j] = b[pivot[i] * k + j], b[pivot[i] * k + j] = t;
        }
    for (int64_t j = 0; j < k; j++) {
        for (int64_t i = 0; i < n; i++)
            for (int64_t p = 0; p < i; p++) b[i * k + j] -= lu[i * n + p] * b[p * k + j];
        for (int64_t i = n - 1; i >= 0; i--) {
            for (int64_t p = i + 1; p < n; p++) b[i * k + j] -= lu[i * n + p] * b[p * k + j];
            b[i * k + j] /= lu[i * n + i];
        }
    }
}

static void solve_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int64_t n = x->dims[x->rank - 1], k = y->dims[y->rank - 1];
    double *a = matrix_room(c, n * n + n * k);
    int64_t *pivot = malloc(((size_t)n + 1) * sizeof *pivot);
    for (int64_t i = 0; a && i < matrix_count(&c->out_info[0], n * k); i++) {
        matrix_load(c, 0, i, n * n, a);
        matrix_load(c, 1, i, n * k, a + n * n);
        bool solved = pivot && lu_factors(n, a, pivot);
        if (solved) substitute(n, k, a, pivot, a + n * n);
        matrix_store(c, 0, i, n * k, solved ? a + n * n : NULL);
    }
    free(pivot);
    free(a);
}

static bool solve_samples(int number, sample *s) {
    if (number > 1) return false;
    sample_real(s, number ? MICA_SHAPE(2, 2, 2) : MICA_SHAPE(3, 3));
    sample_real(s, number ? MICA_SHAPE(2, 2, 1) : MICA_SHAPE(3, 2));
    return true;
}

const op op_solve = {.name = "solve",
                     .inputs = 2,
                     .outputs = 1,
                     .traits = PURE,
                     .shape = solve_shape,
                     .gradient = solve_gradient,
                     .reference = solve_reference,
                     .samples = solve_samples,
                     .tolerance = 1e-4};

mica_tensor *mica_solve(mica_tensor *a, mica_tensor *b) { return EMIT(&op_solve, NULL, a, b); }

mica_tensor *mica_inverse(mica_tensor *a) {
    NEEDS(a);
    int rank = a->shape.rank;
    if (a->kind == TENSOR_POISON || rank < 2 || a->shape.dims[rank - 1] < 0)
        return mica_solve(a, a); /* which says what is wrong */
    int64_t n = a->shape.dims[rank - 1];
    mica_tensor *unit = mica_eye(a->ctx, a->dtype, n, n, 0);
    return mica_solve(a, rank > 2 ? mica_broadcast_like(unit, a) : unit);
}
