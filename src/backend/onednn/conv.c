/* conv with bias and activation: see conv.h; the formula is in op/conv.c. */
#include "backend/onednn/conv.h"

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    window g;
    conv_window(s->attrs, &s->in[0].shape, &s->in[1].shape, &g);
    return conv_prepare(s, &g, false, p, err);
}

static bool supports(const kernel_spec *s) { return conv_supports(s, prepare, conv_release); }

const kernel kernel_onednn_conv = {
    .name = "onednn conv",
    .op = &op_conv,
    .supports = supports,
    .prepare = prepare,
    .bind = primitives_bind,
    .unbind = primitives_unbind,
    .run = conv_run,
    .release = conv_release,
};
