/* eigh: eigenvalues w (ascending) and eigenvectors (the columns of V) of (A + A^T) / 2, by Jacobi's
 * rotations; for small matrices. Of each eigenvector the component greatest in size is positive. A,
 * V (…, N, N), w (…, N), floats.
 * Gradient: dA = V (diag(dw) + F * (V^T dV)) V^T, made symmetric, F_ij = 1 / (w_j - w_i), 0 where
 * equal.  Source: numpy.linalg.eigh. */
#include "op/elementwise.h"
#include "op/matrix.h"

#include <stdlib.h>

static mica_status eigh_shape(shape_frame *f) {
    TRY(require_matrix(f, 0, true));
    f->out[0] = f->out[1] = (operand){.dtype = f->in[0].dtype, .shape = f->in[0].shape};
    f->out[0].shape.rank--;
    return MICA_OK;
}

static void eigh_gradient(gradient_frame *g) {
    mica_tensor *w = g->out[0], *v = g->out[1], *inner = NULL;
    if (g->dout[1])
        inner = mica_multiply(inverse_gaps(w), mica_matmul_t(v, g->dout[1], true, false));
    mica_tensor *left = g->dout[0] ? columns_times(v, g->dout[0]) : NULL;
    if (inner) {
        mica_tensor *turned = mica_matmul(v, inner);
        left = left ? mica_add(left, turned) : turned;
    }
    g->din[0] = symmetric(mica_matmul_t(left, v, false, true));
}

/* Rotates planes until nothing is left beside the diagonal of a; v collects the rotations. */
static void jacobi(int64_t n, double *a, double *v) {
    for (int64_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
    for (int sweep = 0; sweep < 60; sweep++) {
        double beside = 0, all = 0;
        for (int64_t i = 0; i < n * n; i++) {
            all += a[i] * a[i];
            if (i % (n + 1)) beside += a[i] * a[i];
        }
        if (!(beside > all * 1e-32)) return;
        for (int64_t p = 0; p < n; p++)
            for (int64_t q = p + 1; q < n; q++) {
                if (a[p * n + q] == 0) continue;
                double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
                double t = copysign(1, theta) / (fabs(theta) + sqrt(theta * theta + 1));
                double cosine = 1 / sqrt(t * t + 1), sine = t * cosine;
                for (int64_t k = 0; k < n; k++) {
                    double x = a[k * n + p], y = a[k * n + q];
                    a[k * n + p] = cosine * x - sine * y, a[k * n + q] = sine * x + cosine * y;
                }
                for (int64_t k = 0; k < n; k++) {
                    double x = a[p * n + k], y = a[q * n + k];
                    a[p * n + k] = cosine * x - sine * y, a[q * n + k] = sine * x + cosine * y;
                    x = v[k * n + p], y = v[k * n + q];
                    v[k * n + p] = cosine * x - sine * y, v[k * n + q] = sine * x + cosine * y;
                }
            }
    }
}

/* Column `from` of v (n, n) into column `to` of out, with the sign that the rule says. */
static void signed_column(int64_t n, const double *v, int64_t from, double *out, int64_t to) {
    double most = 0;
    for (int64_t k = 0; k < n; k++)
        if (fabs(v[k * n + from]) > fabs(most) * (1 + 1e-9)) most = v[k * n + from];
    for (int64_t k = 0; k < n; k++) out[k * n + to] = copysign(1, most) * v[k * n + from];
}

static void eigh_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int64_t n = x->dims[x->rank - 1], size = n * n;
    double *a = matrix_room(c, 3 * size + n);
    for (int64_t b = 0; a && b < matrix_count(&c->in_info[0], size); b++) {
        double *v = a + size, *ordered = v + size, *w = ordered + size;
        matrix_load(c, 0, b, size, a);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < i; j++)
                a[i * n + j] = a[j * n + i] = (a[i * n + j] + a[j * n + i]) / 2;
        jacobi(n, a, v);
        for (int64_t i = 0; i < size + n; i++) ordered[i] = NAN; /* stays where there is NaN */
        for (int64_t j = 0; j < n; j++) { /* its rank among the eigenvalues */
            int64_t rank = 0;
            double own = a[j * n + j];
            for (int64_t k = 0; k < n; k++)
                rank += a[k * n + k] < own || (a[k * n + k] == own && k < j);
            w[rank] = own;
            signed_column(n, v, j, ordered, rank);
        }
        matrix_store(c, 0, b, n, w);
        matrix_store(c, 1, b, size, ordered);
    }
    free(a);
}

static bool eigh_samples(int number, sample *s) {
    if (number > 1) return false;
    sample_real(s, number ? MICA_SHAPE(2, 2, 2) : MICA_SHAPE(3, 3));
    return true;
}

const op op_eigh = {.name = "eigh",
                    .inputs = 1,
                    .outputs = 2,
                    .traits = PURE,
                    .shape = eigh_shape,
                    .gradient = eigh_gradient,
                    .reference = eigh_reference,
                    .samples = eigh_samples,
                    .tolerance = 1e-3};

void mica_eigh(mica_tensor *a, mica_tensor **w, mica_tensor **v) {
    mica_tensor *out[2];
    emit_many(context_of(a), &op_eigh, NULL, 1, &a, 2, out);
    if (w) *w = out[0];
    if (v) *v = out[1];
}
