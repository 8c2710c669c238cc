/* conv_max_pool_backward_weights: conv_backward_weights(x, max_pool_backward(dp, index),
 * w): the gradient of conv_max_pool for its weights. x (B, H, W, C), dp and index (B, PH, PW,
 * F), dw in the shape of `like` (KH, KW, C/groups, F), whose values do not matter. */
#include "op/conv_pool.h"

static mica_status backward_shape(shape_frame *f) {
    operand in[] = {f->in[0], f->in[3]}, y = {0}, pooled[2] = {{0}};
    TRY(conv_pool_shapes(f, 2, in, &y, pooled));
    TRY(require_shape(f, 1, &pooled[0].shape));
    TRY(require_shape(f, 2, &pooled[1].shape));
    if (f->in[2].dtype != pooled[1].dtype)
        return shape_fail(f, "index is %s, expected %s", mica_dtype_name(f->in[2].dtype),
                          mica_dtype_name(pooled[1].dtype));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[3].shape};
    return MICA_OK;
}

static void backward_compose(compose_frame *c) {
    const conv_pool_attrs *a = c->attrs;
    mica_tensor *like = EMIT(&op_conv, &a->conv, c->in[0], c->in[3]); /* for its shape alone */
    mica_tensor *dy = EMIT(&op_max_pool_backward, &a->pool, c->in[1], c->in[2], like);
    c->out[0] = EMIT(&op_conv_backward_weights, &a->conv, c->in[0], dy, c->in[3]);
}

static bool no_samples(int number, sample *s) { return false; } /* those of its parts say it all */

const op op_conv_max_pool_backward_weights = {
    .name = "conv_max_pool_backward_weights",
    .inputs = 4,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 3,
    .attrs_size = sizeof(conv_pool_attrs),
    .shape = backward_shape,
    .compose = backward_compose,
    .samples = no_samples,
    .tolerance = 1e-4,
};
