/* cholesky: the lower triangular L with L L^T = (A + A^T) / 2, positive definite, else NaN. A, L
 * (…, N, N), floats.  Gradient: with P the lower triangle of L^T dL, its diagonal halved, dA = L^-T
 * P L^-1, made symmetric.  Source: numpy.linalg.cholesky; I. Murray, Differentiation of the
 * Cholesky decomposition (2016). */
#include "op/elementwise.h"
#include "op/matrix.h"

#include <stdlib.h>

static mica_status cholesky_shape(shape_frame *f) {
    TRY(require_matrix(f, 0, true));
    return shape_of_input(f);
}

static void cholesky_gradient(gradient_frame *g) {
    mica_tensor *l = g->out[0], *p = mica_matmul_t(l, g->dout[0], true, false);
    p = scaled(mica_add(mica_tril(p, 0), mica_tril(p, -1)), 0.5);
    g->din[0] = symmetric(divided_by(mica_solve(transposed(l), p), l));
}

static bool factor(int64_t n, const double *a, double *l) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = (a[i * n + j] + a[j * n + i]) / 2;
            l[i * n + j] = 0;
            if (j > i) continue;
            for (int64_t k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
            if (i == j && !(sum > 0)) return false;
            l[i * n + j] = i == j ? sqrt(sum) : sum / l[j * n + j];
        }
    return true;
}

static void cholesky_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int64_t n = x->dims[x->rank - 1], size = n * n;
    double *a = matrix_room(c, 2 * size);
    for (int64_t i = 0; a && i < matrix_count(&c->in_info[0], size); i++) {
        matrix_load(c, 0, i, size, a);
        matrix_store(c, 0, i, size, factor(n, a, a + size) ? a + size : NULL);
    }
    free(a);
}

/* Of one number each: the battery cannot draw positive definite matrices. */
static bool cholesky_samples(int number, sample *s) {
    if (number > 0) return false;
    sample_real(s, MICA_SHAPE(4, 1, 1))->low = 0.5;
    s->in[0].high = 2;
    return true;
}

const op op_cholesky = {.name = "cholesky",
                        .inputs = 1,
                        .outputs = 1,
                        .traits = PURE,
                        .shape = cholesky_shape,
                        .gradient = cholesky_gradient,
                        .reference = cholesky_reference,
                        .samples = cholesky_samples,
                        .tolerance = 1e-4};

mica_tensor *mica_cholesky(mica_tensor *a) { return EMIT(&op_cholesky, NULL, a); }
