/* What the ops of linear algebra share: see matrix.h. */
#include "op/matrix.h"

#include "op/elementwise.h"

#include <stdlib.h>

mica_status require_matrix(shape_frame *f, int input, bool square) {
    const shape *x = &f->in[input].shape;
    TRY(require_float(f, input));
    TRY(require_rank_between(f, input, 2, MAX_RANK));
    int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
    if (!square || m < 0 || n < 0 || m == n) return MICA_OK;
    return shape_fail(f, "a matrix of %lld rows and %lld columns, expected a square one",
                      (long long)m, (long long)n);
}

mica_tensor *transposed(mica_tensor *x) { return mica_swapaxes(x, -1, -2); }
mica_tensor *symmetric(mica_tensor *x) { return scaled(mica_add(x, transposed(x)), 0.5); }
mica_tensor *divided_by(mica_tensor *x, mica_tensor *a) {
    return transposed(mica_solve(transposed(a), transposed(x)));
}

mica_tensor *inverse_gaps(mica_tensor *w) {
    mica_tensor *gap = mica_subtract(mica_expand_dims(w, -2), mica_expand_dims(w, -1));
    mica_tensor *none = mica_equal(gap, zero_of(gap));
    mica_tensor *inverse = mica_reciprocal(mica_where(none, scalar_like(gap, 1), gap));
    return mica_where(none, zero_of(gap), inverse);
}

mica_tensor *columns_times(mica_tensor *x, mica_tensor *s) {
    return mica_multiply(x, mica_expand_dims(s, -2));
}

void matrix_load(const kernel_call *c, int input, int64_t i, int64_t size, double *a) {
    for (int64_t k = 0; k < size; k++) a[k] = element(c, input, i * size + k);
}

void matrix_store(const kernel_call *c, int output, int64_t i, int64_t size, const double *a) {
    for (int64_t k = 0; k < size; k++) set_element(c, output, i * size + k, a ? a[k] : NAN);
}

int64_t matrix_count(const operand *x, int64_t size) {
    return size > 0 ? shape_size(&x->shape) / size : 0;
}

double *matrix_room(const kernel_call *c, int64_t n) {
    double *room = malloc(((size_t)n + 1) * sizeof *room);
    for (int k = 0; !room && k < c->outputs; k++)
        for (int64_t i = 0; i < shape_size(&c->out_info[k].shape); i++) set_element(c, k, i, NAN);
    return room;
}

int lu_factors(int64_t n, double *a, int64_t *pivot) {
    int sign = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t p = k;
        for (int64_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[p * n + k])) p = i;
        pivot[k] = p;
        if (p != k) sign = -sign;
        for (int64_t j = 0; j < n && p != k; j++) {
            double t = a[k * n + j];
            a[k * n + j] = a[p * n + j], a[p * n + j] = t;
        }
        if (a[k * n + k] == 0) return 0;
        for (int64_t i = k + 1; i < n; i++) {
            double l = a[i * n + k] /= a[k * n + k];
            for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= l * a[k * n + j];
        }
    }
    return sign;
}
