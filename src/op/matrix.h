/* What the ops of linear algebra share. Matrices are the last two axes; those in front are a batch.
 * References compute in double. What has no answer (a singular matrix, one that is not positive
 * definite) gives NaN. */
#ifndef OP_MATRIX_H
#define OP_MATRIX_H

#include "mica/linalg.h"
#include "op/array.h"

/* A float matrix at that input; square where asked. */
mica_status require_matrix(shape_frame *f, int input, bool square);
/* The transpose of the last two axes; (x + its transpose) / 2. */
mica_tensor *transposed(mica_tensor *x);
mica_tensor *symmetric(mica_tensor *x);
/* x a^-1. */
mica_tensor *divided_by(mica_tensor *x, mica_tensor *a);
/* 1 / (w_j - w_i), 0 where they are equal: (…, n, n) of w (…, n). */
mica_tensor *inverse_gaps(mica_tensor *w);
/* x (…, M, N) with column j times s_j. */
mica_tensor *columns_times(mica_tensor *x, mica_tensor *s);

/* ---- for references ---- */

/* The i-th matrix of an input, and of an output from one. `turned`: transposed. */
void matrix_load(const kernel_call *c, int input, int64_t i, int64_t size, double *a);
void matrix_store(const kernel_call *c, int output, int64_t i, int64_t size, const double *a);
int64_t matrix_count(const operand *x, int64_t size);
/* Room for n doubles; without memory the outputs become NaN and it returns NULL. */
double *matrix_room(const kernel_call *c, int64_t n);
/* a (n, n) becomes its LU factors, rows exchanged as pivot says; the sign of the exchanges, 0 where
 * a is singular. */
int lu_factors(int64_t n, double *a, int64_t *pivot);

#endif
