/* Orthogonal: gain Q, where A = Q R for a matrix A of standard normals and R has a positive
 * diagonal, so that Q is uniform among the orthogonal matrices. A weight (…, C) is a matrix with C
 * columns; where it is wider than high, its transpose is drawn: its columns, or else its rows, are
 * orthonormal.  Source: keras.initializers.Orthogonal; Saxe et al. (2014); Mezzadri (2007).
 *
 * Identity: gain on the diagonal of a matrix, else 0.  Source: keras.initializers.Identity. */
#include "part/initializer.h"

#include <stdlib.h>

static double dot(const double *a, const double *b, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* x -= 2 v (v x) for a unit vector v. */
static void reflect(const double *v, double *x, int64_t n) {
    double twice = 2 * dot(v, x, n);
    for (int64_t i = 0; i < n; i++) x[i] -= twice * v[i];
}

/* Makes x (not 0) the unit vector whose reflection takes it to (alpha, 0, …); gives alpha. */
static double householder(double *x, int64_t n) {
    double norm = sqrt(dot(x, x, n)), alpha = x[0] > 0 ? -norm : norm;
    x[0] -= alpha;
    double length = sqrt(dot(x, x, n));
    for (int64_t i = 0; i < n && length > 0; i++) x[i] /= length;
    return alpha;
}

/* Q (m, n), column after column, from a (m, n), which becomes the reflections of R's making. */
static void orthonormalize(double *a, double *q, double *sign, int64_t m, int64_t n) {
    for (int64_t k = 0; k < n; k++) {
        double *v = a + k * m + k;
        sign[k] = householder(v, m - k) < 0 ? -1 : 1;
        for (int64_t j = k + 1; j < n; j++) reflect(v, a + j * m + k, m - k);
    }
    for (int64_t j = 0; j < n; j++) {
        double *column = q + j * m;
        for (int64_t i = 0; i < m; i++) column[i] = i == j ? sign[j] : 0;
        for (int64_t k = j; k >= 0; k--) reflect(a + k * m + k, column + k, m - k);
    }
}

static mica_status orthogonal(const fill_frame *f, double *out, mica_error *err) {
    const gain_options *o = f->options;
    const shape *s = f->shape;
    if (s->rank < 2)
        return fail(err, MICA_SHAPE, "initializer orthogonal: a weight of rank %d, expected 2",
                    s->rank);
    int64_t columns = s->dims[s->rank - 1], rows = columns ? shape_size(s) / columns : 0;
    int64_t m = rows > columns ? rows : columns, n = rows > columns ? columns : rows;
    double *a = allocate((size_t)(2 * m * n + n) + 1, sizeof *a), *q = a + m * n, *sign = q + m * n;
    if (!a) return fail_memory(err, (size_t)(2 * m * n + n) * sizeof *a, "initializer orthogonal");
    fill_normal(seed_or_key(o->seed, f), 0, 1, 0, m * n, a);
    orthonormalize(a, q, sign, m, n);
    bool wide = rows < columns;
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < m; i++) out[wide ? j * m + i : i * n + j] = o->gain * q[j * m + i];
    free(a);
    return MICA_OK;
}

static mica_status identity(const fill_frame *f, double *out, mica_error *err) {
    const shape *s = f->shape;
    if (s->rank != 2)
        return fail(err, MICA_SHAPE, "initializer identity: a weight of rank %d, expected 2",
                    s->rank);
    double gain = ((const gain_options *)f->options)->gain;
    for (int64_t i = 0; i < s->dims[0]; i++)
        for (int64_t j = 0; j < s->dims[1]; j++) *out++ = i == j ? gain : 0;
    return MICA_OK;
}

#define GAIN REAL(gain_options, gain, DEFAULT(1), .help = "factor of every value")

static const field orthogonal_fields[] = {
    GAIN, INTEGER(gain_options, seed, NULLABLE, .help = "null: of the layer"), END_OF_FIELDS};
static const field identity_fields[] = {GAIN, END_OF_FIELDS};
static const char *const ignored[] = {"dtype", NULL};

const initializer_kind initializer_orthogonal = {.name = "orthogonal",
                                                 .class_name = "Orthogonal",
                                                 .aliases = {"OrthogonalInitializer"},
                                                 .fields = orthogonal_fields,
                                                 .options_size = sizeof(gain_options),
                                                 .ignored = ignored,
                                                 .whole = orthogonal};
const initializer_kind initializer_identity = {.name = "identity",
                                               .class_name = "Identity",
                                               .aliases = {"IdentityInitializer"},
                                               .fields = identity_fields,
                                               .options_size = sizeof(gain_options),
                                               .ignored = ignored,
                                               .whole = identity};
