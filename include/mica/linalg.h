/* Linear algebra: products of arrays and the factors of small matrices. They take and return
 * handles (tensor.h): a failed call returns poison, and mica_check tells the first error. Matrices
 * are the last two axes, those in front a batch; floats. What has no answer (a singular matrix, one
 * that is not positive definite) gives NaN. Computed by the reference's loops, for sizes as layers
 * need. */
#ifndef MICA_LINALG_H
#define MICA_LINALG_H

#include "mica/array.h"

MICA_API_BEGIN

/* ---- products ---- */
/* Sums of products by the letters of axes: mica_einsum("bij,bjk->bik", (mica_tensor *[]){a, b}, 2),
 * at most 16 operands. A letter that the result lacks is summed over, one that stands twice in an
 * operand takes its diagonal, "..." are axes in front, which broadcast; without "->" the result has
 * the letters that stand once, in alphabetical order. Errors: VALUE. Source: numpy.einsum. */
mica_tensor *mica_einsum(const char *equation, mica_tensor *const *x, int count);
/* Summed over axes of_a of a and of_b of b, pair by pair; the result has a's other axes, then b's.
 */
mica_tensor *mica_tensordot(mica_tensor *a, mica_tensor *b, mica_axes of_a, mica_axes of_b);
/* Over the last axis of a and the last but one of b (or its only one); over the last of both. */
mica_tensor *mica_dot(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_inner(mica_tensor *a, mica_tensor *b);
/* a and b flat: every product (M, N); the sum of products, a scalar. */
mica_tensor *mica_outer(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_vdot(mica_tensor *a, mica_tensor *b);
/* Kronecker's product: b times each element of a, in blocks. At most 4 axes. */
mica_tensor *mica_kron(mica_tensor *a, mica_tensor *b);
/* The vector product of a and b (…, 3). */
mica_tensor *mica_cross(mica_tensor *a, mica_tensor *b);

/* ---- parts of matrices ---- */
/* Zero above, below the k-th diagonal (k > 0: above the main one). */
mica_tensor *mica_tril(mica_tensor *x, int64_t k);
mica_tensor *mica_triu(mica_tensor *x, int64_t k);
/* The k-th diagonal of x (…, M, N), and its sum. */
mica_tensor *mica_diagonal(mica_tensor *x, int64_t k);
mica_tensor *mica_trace(mica_tensor *x, int64_t k);
/* Of x (N) the matrix with x on its k-th diagonal; of a matrix that diagonal. */
mica_tensor *mica_diag(mica_tensor *x, int64_t k);

/* ---- factors and equations; each can be differentiated ---- */
/* The lower triangular L with L L^T = (A + A^T) / 2. Source: numpy.linalg.cholesky. */
mica_tensor *mica_cholesky(mica_tensor *a);
/* The X with A X = B. a (…, N, N), b (…, N, K) of the same batch. Source: numpy.linalg.solve. */
mica_tensor *mica_solve(mica_tensor *a, mica_tensor *b);
mica_tensor *mica_inverse(mica_tensor *a);
/* The determinant of a (…, N, N): (…). Its gradient is NaN where a is singular. */
mica_tensor *mica_det(mica_tensor *a);
/* A = Q R, Q (…, M, N) with orthonormal columns, R (…, N, N) upper triangular; M >= N. */
void mica_qr(mica_tensor *a, mica_tensor **q, mica_tensor **r);
/* Eigenvalues w (…, N), ascending, and eigenvectors, the columns of v (…, N, N), of (A + A^T) / 2.
 * Of each the component greatest in size is positive. Source: numpy.linalg.eigh. */
void mica_eigh(mica_tensor *a, mica_tensor **w, mica_tensor **v);
/* A = U diag(s) V^T, s descending; with K = min(M, N): u (…, M, K), s (…, K), vt (…, K, N). Of each
 * column of U the component greatest in size is positive. Source: numpy.linalg.svd. */
void mica_svd(mica_tensor *a, mica_tensor **u, mica_tensor **s, mica_tensor **vt);

MICA_API_END

#endif
