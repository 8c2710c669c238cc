/* qr: A = Q R, Q with orthonormal columns, R upper triangular, by Householder's reflections with
 * LAPACK's signs. A (…, M, N) with M >= N, Q (…, M, N), R (…, N, N), floats.
 * Gradient: with X = R dR^T - dQ^T Q and its lower triangle made symmetric as S, dA = (dQ + Q S)
 * R^-T.  Source: numpy.linalg.qr; Liao, Liu, Wang and Xiang, Differentiable Programming Tensor
 * Networks (2019). */
#include "op/elementwise.h"
#include "op/matrix.h"

#include <stdlib.h>

static mica_status qr_shape(shape_frame *f) {
    TRY(require_matrix(f, 0, false));
    TRY(shape_of_input(f));
    shape r = f->in[0].shape;
    int64_t m = r.dims[r.rank - 2], n = r.dims[r.rank - 1];
    if (m >= 0 && n > m)
        return shape_fail(f, "%lld rows and %lld columns, expected at least as many rows",
                          (long long)m, (long long)n);
    r.dims[r.rank - 2] = n;
    f->out[1] = (operand){.dtype = f->in[0].dtype, .shape = r};
    return MICA_OK;
}

static void qr_gradient(gradient_frame *g) {
    mica_tensor *q = g->out[0], *r = g->out[1];
    mica_tensor *dq = g->dout[0] ? g->dout[0] : mica_zeros_like(q);
    mica_tensor *dr = g->dout[1] ? g->dout[1] : mica_zeros_like(r);
    mica_tensor *x = mica_subtract(mica_matmul_t(r, dr, false, true),
                                   mica_matmul_t(dq, q, true, false));
    mica_tensor *s = mica_add(mica_tril(x, 0), transposed(mica_tril(x, -1)));
    g->din[0] = divided_by(mica_add(dq, mica_matmul(q, s)), transposed(r));
}

/* Reflects columns `from` … k - 1 of x (m, k) by v, which begins at row `at`. */
static void reflect(int64_t m, int64_t k, int64_t at, int64_t from, const double *v, double *x) {
    for (int64_t j = from; j < k; j++) {
        double sum = 0;
        for (int64_t i = at; i < m; i++) sum += v[i] * x[i * k + j];
        for (int64_t i = at; i < m; i++) x[i * k + j] -= 2 * sum * v[i];
    }
}

/* a (m, n) becomes R above; row k of v (n, m) is the k-th reflection's unit vector, or zeros. */
static void reduce(int64_t m, int64_t n, double *a, double *v) {
    for (int64_t k = 0; k < n; k++, v += m) {
        double size = 0, unit = 0;
        for (int64_t i = 0; i < m; i++) v[i] = i >= k ? a[i * n + k] : 0;
        for (int64_t i = k + 1; i < m; i++) unit += v[i] * v[i];
        if (unit == 0) { /* nothing below the diagonal: LAPACK reflects nothing */
            v[k] = 0;
            continue;
        }
        size = sqrt(unit + v[k] * v[k]);
        v[k] += v[k] < 0 ? -size : size;
        unit = sqrt(unit + v[k] * v[k]);
        for (int64_t i = k; i < m; i++) v[i] /= unit;
        reflect(m, n, k, k, v, a);
    }
}

static void qr_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1], size = m * n;
    double *a = matrix_room(c, 3 * size + n * n);
    for (int64_t b = 0; a && b < matrix_count(&c->in_info[0], size); b++) {
        double *v = a + size, *q = v + size, *r = q + size;
        matrix_load(c, 0, b, size, a);
        reduce(m, n, a, v);
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) q[i * n + j] = i == j;
        for (int64_t k = n - 1; k >= 0; k--) reflect(m, n, k, k, v + k * m, q);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) r[i * n + j] = j < i ? 0 : a[i * n + j];
        matrix_store(c, 0, b, size, q);
        matrix_store(c, 1, b, n * n, r);
    }
    free(a);
}

static bool qr_samples(int number, sample *s) {
    if (number > 1) return false;
    sample_real(s, number ? MICA_SHAPE(2, 2, 2) : MICA_SHAPE(4, 3));
    return true;
}

const op op_qr = {.name = "qr",
                  .inputs = 1,
                  .outputs = 2,
                  .traits = PURE,
                  .shape = qr_shape,
                  .gradient = qr_gradient,
                  .reference = qr_reference,
                  .samples = qr_samples,
                  .tolerance = 1e-4};

void mica_qr(mica_tensor *a, mica_tensor **q, mica_tensor **r) {
    mica_tensor *out[2];
    emit_many(context_of(a), &op_qr, NULL, 1, &a, 2, out);
    if (q) *q = out[0];
    if (r) *r = out[1];
}
