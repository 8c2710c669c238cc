/* OrthogonalRegularizer: factor times the mean of |a_i . a_j| over the pairs i < j of the rows of
 * x (or its columns), each divided by its length.  x (N, M); of a single row: NaN, as Keras.
 * Source: keras.regularizers.OrthogonalRegularizer. */
#include "mica/array.h"
#include "mica/nn.h"
#include "op/emit.h"
#include "part/regularizer.h"

#include <string.h>

typedef struct orthogonal_options {
    double factor;
    const char *mode;
} orthogonal_options;

static mica_tensor *penalty(const void *options, mica_tensor *x) {
    const orthogonal_options *o = options;
    if (x->shape.rank != 2) {
        context_fail(x->ctx, MICA_SHAPE, "orthogonal_regularizer: rank %d, expected 2",
                     x->shape.rank);
        return tensor_poison(x->ctx);
    }
    bool rows = !strcmp(o->mode, "rows");
    mica_tensor *unit = mica_normalize(x, MICA_AXES(rows ? 1 : 0), 1e-7);
    mica_tensor *product = mica_abs(mica_matmul_t(unit, unit, !rows, rows));
    mica_tensor *other = mica_not_equal(mica_iota(product, 0, MICA_INT64),
                                        mica_iota(product, 1, MICA_INT64));
    mica_tensor *sum = mica_sum(mica_multiply(product, mica_cast(other, product->dtype)),
                                MICA_ALL_AXES, false);
    double n = (double)x->shape.dims[rows ? 0 : 1];
    return mica_multiply(sum, scalar_like(sum, o->factor / (n * (n - 1))));
}

static const char *const modes[] = {"rows", "columns", NULL};

static const field fields[] = {
    REAL(orthogonal_options, factor, DEFAULT(0.01), .help = "of the penalty"),
    TEXT(orthogonal_options, mode, "rows", .choices = modes, .help = "which are to be orthogonal"),
    END_OF_FIELDS};

const regularizer_kind regularizer_orthogonal_regularizer = {
    .name = "orthogonal_regularizer",
    .class_name = "OrthogonalRegularizer",
    .fields = fields,
    .options_size = sizeof(orthogonal_options),
    .call = penalty};
