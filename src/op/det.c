/* det: the determinant, by LU factors. A (…, N, N), y (…), floats.  Gradient: dA = dy y A^-T, NaN
 * where A is singular (as TensorFlow).  Source: numpy.linalg.det; ONNX Det. */
#include "op/elementwise.h"
#include "op/matrix.h"

#include <stdlib.h>

static mica_status det_shape(shape_frame *f) {
    TRY(require_matrix(f, 0, true));
    TRY(shape_of_input(f));
    f->out[0].shape.rank -= 2;
    return MICA_OK;
}

static void det_gradient(gradient_frame *g) {
    mica_tensor *scale = mica_multiply(g->dout[0], g->out[0]);
    scale = mica_expand_dims(mica_expand_dims(scale, -1), -1);
    g->din[0] = mica_multiply(scale, transposed(mica_inverse(g->in[0])));
}

static void det_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int64_t n = x->dims[x->rank - 1], size = n * n;
    double *a = matrix_room(c, size);
    int64_t *pivot = malloc(((size_t)n + 1) * sizeof *pivot);
    for (int64_t i = 0; a && i < shape_size(&c->out_info[0].shape); i++) {
        matrix_load(c, 0, i, size, a);
        double y = pivot ? lu_factors(n, a, pivot) : NAN;
        for (int64_t k = 0; k < n && y != 0; k++) y *= a[k * n + k];
        set_element(c, 0, i, y);
    }
    free(pivot);
    free(a);
}

static bool det_samples(int number, sample *s) {
    if (number > 1) return false;
    sample_real(s, number ? MICA_SHAPE(2, 2, 2) : MICA_SHAPE(3, 3));
    return true;
}

const op op_det = {.name = "det",
                   .inputs = 1,
                   .outputs = 1,
                   .traits = PURE,
                   .shape = det_shape,
                   .gradient = det_gradient,
                   .reference = det_reference,
                   .samples = det_samples,
                   .tolerance = 1e-4};

mica_tensor *mica_det(mica_tensor *a) { return EMIT(&op_det, NULL, a); }
