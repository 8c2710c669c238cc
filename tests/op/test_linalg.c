/* Products of arrays, einsum, and factors of matrices: against NumPy and PyTorch; errors. */
#include "recorded.h"

static mica_axes axes_named(const json_t *a, const char *name) {
    mica_axes axes = {0};
    axes.count = integers(a, name, axes.axes);
    return axes;
}

static void product(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                    mica_tensor **out) {
    if (!strcmp(op, "einsum"))
        out[0] = mica_einsum(json_string_value(json_object_get(a, "equation")), in, inputs);
    else if (!strcmp(op, "tensordot"))
        out[0] = mica_tensordot(in[0], in[1], axes_named(a, "a"), axes_named(a, "b"));
    else if (!strcmp(op, "dot")) out[0] = mica_dot(in[0], in[1]);
    else if (!strcmp(op, "inner")) out[0] = mica_inner(in[0], in[1]);
    else if (!strcmp(op, "outer")) out[0] = mica_outer(in[0], in[1]);
    else if (!strcmp(op, "vdot")) out[0] = mica_vdot(in[0], in[1]);
    else if (!strcmp(op, "kron")) out[0] = mica_kron(in[0], in[1]);
    else if (!strcmp(op, "cross")) out[0] = mica_cross(in[0], in[1]);
    else fail_msg("no call for %s", op);
}

static void factor(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                   mica_tensor **out) {
    mica_tensor *other[2];
    if (!strcmp(op, "cholesky")) out[0] = mica_cholesky(in[0]);
    else if (!strcmp(op, "solve")) out[0] = mica_solve(in[0], in[1]);
    else if (!strcmp(op, "inverse")) out[0] = mica_inverse(in[0]);
    else if (!strcmp(op, "det")) out[0] = mica_det(in[0]);
    else if (!strcmp(op, "qr")) mica_qr(in[0], &out[0], &out[1]);
    else if (!strcmp(op, "eigh")) mica_eigh(in[0], &out[0], &out[1]);
    else if (!strcmp(op, "eigh_vectors")) mica_eigh(in[0], &other[0], &out[0]);
    else if (!strcmp(op, "svd")) mica_svd(in[0], &out[0], &out[1], &out[2]);
    else if (!strcmp(op, "svd_values")) mica_svd(in[0], &other[0], &out[0], &other[1]);
    else fail_msg("no call for %s", op);
}

TEST(products_agree_with_numpy_and_pytorch) { run_recorded_ops("product", product); }
TEST(factors_agree_with_pytorch) { run_recorded_ops("factor", factor); }

static mica_tensor *matrix(double a, double b, double c, double d) {
    return mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(2, 2), (double[]){a, b, c, d});
}

TEST(without_an_answer_there_is_nan) {
    mica_tensor *singular = matrix(1, 2, 2, 4), *indefinite = matrix(1, 2, 2, 1);
    mica_tensor *answers[] = {mica_inverse(singular), mica_cholesky(indefinite)};
    for (size_t k = 0; k < LENGTH(answers); k++)
        for (int i = 0; i < 4; i++)
            assert_true(isnan(((const double *)mica_tensor_data(answers[k]))[i]));
    assert_true(mica_tensor_item(mica_det(singular)) == 0);
}

/* A = U diag(s) V^T with orthonormal columns, where one singular value is 0. */
TEST(svd_of_a_singular_matrix_is_whole) {
    mica_tensor *u, *s, *vt;
    mica_svd(matrix(1, 2, 2, 4), &u, &s, &vt);
    mica_tensor *again = mica_matmul(mica_multiply(u, s), vt);
    mica_tensor *unit = mica_matmul_t(u, u, true, false);
    const double *y = mica_tensor_data(again), *one = mica_tensor_data(unit);
    ASSERT_CLOSE(y, ((double[]){1, 2, 2, 4}), 4, 1e-12);
    ASSERT_CLOSE(one, ((double[]){1, 0, 0, 1}), 4, 1e-12);
}

TEST(they_name_what_does_not_fit) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tensor *two[] = {x, x};
    ASSERT_POISON(mica_einsum("ij,kl->ijm", two, 2), MICA_VALUE, "cannot have these letters");
    ASSERT_POISON(mica_einsum("ijk,kl", two, 2), MICA_VALUE, "letters and operands do not fit");
    ASSERT_POISON(mica_einsum("ij", two, 2), MICA_VALUE, "letters and operands do not fit");
    ASSERT_POISON(mica_einsum("ij,jk->ik", two, 2), MICA_SHAPE, "matmul");
    ASSERT_POISON(mica_det(x), MICA_SHAPE, "det: a matrix of 2 rows and 3 columns");
    ASSERT_POISON(mica_tensordot(x, x, MICA_AXES(0), MICA_AXES(1)), MICA_SHAPE,
                  "tensordot: other extents of (2, 3) and (2, 3)");
    mica_tensor *q, *r;
    mica_qr(x, &q, &r);
    ASSERT_POISON(q, MICA_SHAPE, "qr: 2 rows and 3 columns, expected at least as many rows");
}

RUN_WITH_CONTEXT(UNIT(products_agree_with_numpy_and_pytorch), UNIT(factors_agree_with_pytorch),
                 UNIT(without_an_answer_there_is_nan), UNIT(svd_of_a_singular_matrix_is_whole),
                 UNIT(they_name_what_does_not_fit))
