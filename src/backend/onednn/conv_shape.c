/* Convolution in oneDNN's words: descriptors, geometry, pieces. See conv.h. */
#include "backend/onednn/conv.h"

#include "op/epilogue.h"

double conv_work(const window *g) {
    return 2.0 * (double)g->batch * (double)(g->out[0] * g->out[1]) * (double)g->filters *
           (double)(g->channels / g->groups) * (double)(g->kernel[0] * g->kernel[1]);
}

int64_t pieces_for(double work, double work_of_a_piece, int64_t limit) {
    double pieces = work / work_of_a_piece;
    if (pieces > MAX_PIECES) pieces = MAX_PIECES;
    if (pieces > (double)limit) pieces = (double)limit;
    return pieces < 1 ? 1 : (int64_t)pieces;
}

int64_t images_of_piece(int64_t batch, int64_t pieces) {
    int64_t least = (batch + pieces - 1) / pieces;
    for (int64_t n = least; n < 2 * least && n <= batch; n++)
        if (batch % n == 0) return n;
    return least;
}

conv_geometry conv_geometry_of(const window *g) {
    conv_geometry c = {0};
    for (int i = 0; i < 2; i++) {
        c.strides[i] = g->strides[i];
        c.dilations[i] = g->dilations[i] - 1;
        c.before[i] = g->before[i];
        /* oneDNN wants exactly what the last window reaches; rows left over are not padding */
        int64_t reach = (g->out[i] - 1) * g->strides[i] + (g->kernel[i] - 1) * g->dilations[i] + 1;
        c.after[i] = reach > g->in[i] + g->before[i] ? reach - g->in[i] - g->before[i] : 0;
    }
    return c;
}

static desc desc_image(const window *g, int64_t batch, int64_t channels, int64_t height,
                       int64_t width) {
    int64_t dims[] = {batch, channels, height, width};
    return desc_tag(4, dims, g->channels_first ? dnnl_nchw : dnnl_nhwc);
}

desc desc_x(const window *g, int64_t batch, int64_t height) {
    return desc_image(g, batch, g->channels, height, g->in[1]);
}

desc desc_y(const window *g, int64_t batch, int64_t height) {
    return desc_image(g, batch, g->filters, height, g->out[1]);
}

desc desc_vector(int64_t n) { return desc_tag(1, &n, dnnl_x); }

int weights_rank(const window *g) { return g->groups > 1 ? 5 : 4; }

void weights_dims(const window *g, int64_t dims[5]) {
    int64_t *d = dims;
    if (g->groups > 1) *d++ = g->groups;
    *d++ = g->filters / g->groups;
    *d++ = g->channels / g->groups;
    *d++ = g->kernel[0];
    *d++ = g->kernel[1];
}

desc desc_weights(const window *g, bool any) {
    int64_t dims[5];
    weights_dims(g, dims);
    dnnl_format_tag_t plain = g->groups > 1 ? dnnl_hwigo : dnnl_hwio;
    return desc_tag(weights_rank(g), dims, any ? dnnl_format_tag_any : plain);
}

bool conv_supports(const kernel_spec *s) {
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != MICA_FLOAT32 || shape_size(&s->in[i].shape) <= 0) return false;
    return s->out[0].dtype == MICA_FLOAT32 && shape_size(&s->out[0].shape) > 0;
}

bool post_epilogue(dnnl_primitive_attr_t attr, int64_t activation) {
    switch (activation) {
    case EPILOGUE_NONE: return true;
    case EPILOGUE_RELU: return !post_eltwise(attr, dnnl_eltwise_relu, 0, 0);
    case EPILOGUE_RELU6: return !post_eltwise(attr, dnnl_eltwise_clip, 0, 6);
    case EPILOGUE_SIGMOID: return !post_eltwise(attr, dnnl_eltwise_logistic, 0, 0);
    case EPILOGUE_TANH: return !post_eltwise(attr, dnnl_eltwise_tanh, 0, 0);
    case EPILOGUE_SILU: return !post_eltwise(attr, dnnl_eltwise_swish, 1, 0);
    case EPILOGUE_SOFTPLUS: return !post_eltwise(attr, dnnl_eltwise_soft_relu, 1, 0);
    default: return false;
    }
}
