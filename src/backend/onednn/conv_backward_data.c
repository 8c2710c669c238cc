/* conv_backward_data, which is the transposed convolution too: see conv.h. Inputs dy, w. */
#include "backend/onednn/conv.h"

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    window g;
    conv_window(s->attrs, &s->out[0].shape, &s->in[1].shape, &g);
    return conv_prepare(s, &g, true, p, err);
}

static bool supports(const kernel_spec *s) { return conv_supports(s, prepare, conv_release); }

const kernel kernel_onednn_conv_backward_data = {
    .name = "onednn conv_backward_data",
    .op = &op_conv_backward_data,
    .supports = supports,
    .prepare = prepare,
    .bind = primitives_bind,
    .unbind = primitives_unbind,
    .run = conv_run,
    .release = conv_release,
};
