/* conv_max_pool: max_pool(conv(x, w, bias)), with the activation of the convolution.
 * x (B, H, W, C), w (KH, KW, C/groups, F), bias (F) may be left out; y and index as of max_pool.
 */
#include "op/conv_pool.h"

mica_status conv_pool_shapes(shape_frame *f, int inputs, const operand *in, operand *y,
                             operand *out) {
    const conv_pool_attrs *a = f->attrs;
    shape_frame conv = {.op = &op_conv,
                        .attrs = &a->conv,
                        .inputs = inputs,
                        .outputs = 1,
                        .in = in,
                        .out = y,
                        .err = f->err};
    TRY(op_conv.shape(&conv));
    shape_frame pool = {.op = &op_max_pool,
                        .attrs = &a->pool,
                        .inputs = 1,
                        .outputs = 2,
                        .in = y,
                        .out = out,
                        .err = f->err};
    return op_max_pool.shape(&pool);
}

static mica_status conv_pool_shape(shape_frame *f) {
    operand y = {0};
    return conv_pool_shapes(f, f->inputs, f->in, &y, f->out);
}

static void conv_pool_compose(compose_frame *c) {
    const conv_pool_attrs *a = c->attrs;
    mica_tensor *y = emit(&op_conv, &a->conv, c->inputs, c->in);
    emit_many(y->ctx, &op_max_pool, &a->pool, 1, &y, 2, c->out);
}

static bool no_samples(int number, sample *s) { return false; } /* those of its parts say it all */

const op op_conv_max_pool = {
    .name = "conv_max_pool",
    .inputs = VARIADIC,
    .outputs = 2,
    .traits = PURE | SAVES,
    .attrs_size = sizeof(conv_pool_attrs),
    .shape = conv_pool_shape,
    .compose = conv_pool_compose,
    .samples = no_samples,
    .tolerance = 1e-4,
};
