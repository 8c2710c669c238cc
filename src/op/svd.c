/* svd: A = U diag(s) V^T, s descending, by one-sided Jacobi rotations; for small matrices. With K =
 * min(M, N): A (…, M, N), U (…, M, K), s (…, K), V^T (…, K, N), floats. Of each column of U the
 * component greatest in size is positive.
 * Gradient: with F_ij = 1 / (s_j^2 - s_i^2), J = F * (U^T dU), L = F * (V^T dV),
 *   dA = U ((J + J^T) S + S (L + L^T) + diag(ds)) V^T
 *      + (1 - U U^T) dU S^-1 V^T + U S^-1 dV^T (1 - V V^T).
 * Source: numpy.linalg.svd with full_matrices=False; J. Townsend, Differentiating the Singular
 * Value Decomposition (2016). */
#include "op/elementwise.h"
#include "op/matrix.h"

#include <stdlib.h>

static mica_status svd_shape(shape_frame *f) {
    TRY(require_matrix(f, 0, false));
    shape x = f->in[0].shape, u = x, s = x, v = x;
    int64_t m = x.dims[x.rank - 2], n = x.dims[x.rank - 1];
    if (m < 0 || n < 0) return shape_fail(f, "the extents of the matrix must be known");
    int64_t k = m < n ? m : n;
    s.rank--;
    u.dims[u.rank - 1] = s.dims[s.rank - 1] = v.dims[v.rank - 2] = k;
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = u};
    f->out[1] = (operand){.dtype = f->in[0].dtype, .shape = s};
    f->out[2] = (operand){.dtype = f->in[0].dtype, .shape = v};
    return MICA_OK;
}

/* F * (u^T du), and its transpose added. */
static mica_tensor *turning(mica_tensor *s, mica_tensor *u, mica_tensor *du) {
    mica_tensor *j = mica_multiply(inverse_gaps(mica_square(s)), mica_matmul_t(u, du, true, false));
    return mica_add(j, transposed(j));
}

/* (1 - u u^T) du. */
static mica_tensor *outside(mica_tensor *u, mica_tensor *du) {
    return mica_subtract(du, mica_matmul(u, mica_matmul_t(u, du, true, false)));
}

static void svd_gradient(gradient_frame *g) {
    mica_tensor *u = g->out[0], *s = g->out[1], *vt = g->out[2], *v = transposed(vt);
    mica_tensor *du = g->dout[0] ? g->dout[0] : mica_zeros_like(u);
    mica_tensor *ds = g->dout[1] ? g->dout[1] : mica_zeros_like(s);
    mica_tensor *dv = g->dout[2] ? transposed(g->dout[2]) : mica_zeros_like(v);
    mica_tensor *inverse = mica_reciprocal(s);
    /* U (…) with (…) = (J + J^T) S + S (L + L^T) + diag(ds) */
    mica_tensor *inner = columns_times(turning(s, u, du), s);
    inner = mica_add(inner, transposed(columns_times(turning(s, v, dv), s)));
    mica_tensor *left = mica_add(mica_matmul(u, inner), columns_times(u, ds));
    left = mica_add(left, columns_times(outside(u, du), inverse));
    mica_tensor *right = transposed(outside(v, dv));
    g->din[0] = mica_add(mica_matmul(left, vt), mica_matmul(columns_times(u, inverse), right));
}

/* The columns of a (m, n), m >= n, become orthogonal; v (n, n) collects the rotations. */
static void orthogonalize(int64_t m, int64_t n, double *a, double *v) {
    for (int64_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
    for (int sweep = 0; sweep < 60; sweep++) {
        bool done = true;
        for (int64_t p = 0; p < n; p++)
            for (int64_t q = p + 1; q < n; q++) {
                double x = 0, y = 0, xy = 0;
                for (int64_t k = 0; k < m; k++) {
                    x += a[k * n + p] * a[k * n + p], y += a[k * n + q] * a[k * n + q];
                    xy += a[k * n + p] * a[k * n + q];
                }
                if (!(fabs(xy) > 1e-16 * sqrt(x * y))) continue;
                done = false;
                double theta = (y - x) / (2 * xy);
                double t = copysign(1, theta) / (fabs(theta) + sqrt(theta * theta + 1));
                double cosine = 1 / sqrt(t * t + 1), sine = t * cosine;
                for (int64_t k = 0; k < m + n; k++) { /* rows of a, then of v */
                    double *row = k < m ? a + k * n : v + (k - m) * n;
                    double first = row[p], second = row[q];
                    row[p] = cosine * first - sine * second;
                    row[q] = sine * first + cosine * second;
                }
            }
        if (done) return;
    }
}

/* A unit vector orthogonal to columns 0 … j - 1 of u (m, n), into column j: where s_j is 0. */
static void complete(int64_t m, int64_t n, int64_t j, double *u) {
    for (int64_t e = 0; e < m; e++) {
        double size = 0;
        for (int64_t k = 0; k < m; k++) u[k * n + j] = k == e;
        for (int twice = 0; twice < 2; twice++)
            for (int64_t i = 0; i < j; i++) {
                double sum = 0;
                for (int64_t k = 0; k < m; k++) sum += u[k * n + i] * u[k * n + j];
                for (int64_t k = 0; k < m; k++) u[k * n + j] -= sum * u[k * n + i];
            }
        for (int64_t k = 0; k < m; k++) size += u[k * n + j] * u[k * n + j];
        for (int64_t k = 0; k < m; k++) u[k * n + j] /= sqrt(size);
        if (size > 0.5 / (double)m) return;
    }
}

/* The triple of a (m, n), m >= n, in order: u (m, n), s (n), v (n, n). room: (m + n) n numbers. */
static void decompose(int64_t m, int64_t n, double *a, double *u, double *s, double *v,
                      double *room) {
    double *sizes = room, *turns = room + n;
    orthogonalize(m, n, a, turns);
    for (int64_t j = 0; j < n; j++) {
        sizes[j] = 0;
        for (int64_t k = 0; k < m; k++) sizes[j] += a[k * n + j] * a[k * n + j];
        sizes[j] = sqrt(sizes[j]);
    }
    for (int64_t i = 0; i < m * n; i++) u[i] = NAN; /* stays where there is NaN */
    for (int64_t i = 0; i < n * n; i++) v[i] = NAN;
    for (int64_t j = 0; j < n; j++) s[j] = NAN;
    for (int64_t j = 0; j < n; j++) {
        int64_t rank = 0;
        for (int64_t k = 0; k < n; k++)
            rank += sizes[k] > sizes[j] || (sizes[k] == sizes[j] && k < j);
        s[rank] = sizes[j];
        for (int64_t k = 0; k < m; k++) u[k * n + rank] = a[k * n + j] / sizes[j];
        for (int64_t k = 0; k < n; k++) v[k * n + rank] = turns[k * n + j];
    }
    for (int64_t j = 0; j < n; j++)
        if (s[j] <= s[0] * 1e-300) complete(m, n, j, u);
}

/* Column j of u and of v with the sign that the rule says, for u (m, n). */
static void sign_columns(int64_t m, int64_t n, double *u, int64_t rows, double *v) {
    for (int64_t j = 0; j < n; j++) {
        double most = 0;
        for (int64_t k = 0; k < m; k++)
            if (fabs(u[k * n + j]) > fabs(most) * (1 + 1e-9)) most = u[k * n + j];
        if (!(most < 0)) continue;
        for (int64_t k = 0; k < m; k++) u[k * n + j] = -u[k * n + j];
        for (int64_t k = 0; k < rows; k++) v[k * n + j] = -v[k * n + j];
    }
}

static void turn(int64_t m, int64_t n, const double *a, double *out) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) out[j * m + i] = a[i * n + j];
}

static void svd_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1], size = m * n;
    bool wide = n > m; /* then of the transpose, U and V exchanged */
    int64_t rows = wide ? n : m, k = wide ? m : n;
    double *a = matrix_room(c, 4 * size + 3 * k * k + 3 * k);
    for (int64_t b = 0; a && b < matrix_count(&c->in_info[0], size); b++) {
        double *given = a + size, *u = given + size, *v = u + size, *s = v + k * k;
        double *vt = s + k, *room = vt + size;
        matrix_load(c, 0, b, size, given);
        if (wide) turn(m, n, given, a);
        else memcpy(a, given, (size_t)size * sizeof *a);
        decompose(rows, k, a, u, s, v, room);
        double *left = wide ? v : u, *right = wide ? u : v;
        sign_columns(wide ? k : rows, k, left, wide ? rows : k, right);
        turn(wide ? rows : k, k, right, vt);
        matrix_store(c, 0, b, m * k, left);
        matrix_store(c, 1, b, k, s);
        matrix_store(c, 2, b, k * n, vt);
    }
    free(a);
}

static bool svd_samples(int number, sample *s) {
    const shape shapes[] = {MICA_SHAPE(3, 3), MICA_SHAPE(2, 4, 2), MICA_SHAPE(2, 3)};
    if (number >= (int)LENGTH(shapes)) return false;
    sample_real(s, shapes[number]);
    return true;
}

const op op_svd = {.name = "svd",
                   .inputs = 1,
                   .outputs = 3,
                   .traits = PURE,
                   .shape = svd_shape,
                   .gradient = svd_gradient,
                   .reference = svd_reference,
                   .samples = svd_samples,
                   .tolerance = 1e-3};

void mica_svd(mica_tensor *a, mica_tensor **u, mica_tensor **s, mica_tensor **vt) {
    mica_tensor *out[3];
    emit_many(context_of(a), &op_svd, NULL, 1, &a, 3, out);
    if (u) *u = out[0];
    if (s) *s = out[1];
    if (vt) *vt = out[2];
}
