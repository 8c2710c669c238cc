/* Convolution in oneDNN's words: descriptors, geometry, pieces. See conv.h. */
#include "backend/onednn/conv.h"

#include "backend/onednn/epilogue.h"

#include "op/epilogue.h"

double conv_work(const window *g) {
    return 2.0 * (double)g->batch * (double)space_of(g->out) * (double)g->filters *
           (double)(g->channels / g->groups) * (double)space_of(g->kernel);
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

int spaces(const window *g) { return g->axes < 2 ? 2 : g->axes; }

conv_geometry conv_geometry_of(const window *g) {
    conv_geometry c = {0};
    for (int i = WINDOW_AXES - spaces(g), k = 0; i < WINDOW_AXES; i++, k++) {
        c.strides[k] = g->strides[i];
        c.dilations[k] = g->dilations[i] - 1;
        c.before[k] = g->before[i];
        /* oneDNN wants exactly what the last window reaches; rows left over are not padding, but
         * those of a whole window more are taken off */
        int64_t reach = (g->out[i] - 1) * g->strides[i] + (g->kernel[i] - 1) * g->dilations[i] + 1;
        int64_t after = reach - g->in[i] - g->before[i];
        c.after[k] = after > 0 ? after : after / g->strides[i] * g->strides[i];
    }
    return c;
}

static desc desc_image(const window *g, dnnl_data_type_t type, int64_t batch, int64_t channels,
                       const int64_t extent[3]) {
    int64_t flat[] = {batch, channels, extent[1], extent[2]};
    int64_t deep[] = {batch, channels, extent[0], extent[1], extent[2]};
    if (spaces(g) == 2) return desc_tag(type, 4, flat, g->channels_first ? dnnl_nchw : dnnl_nhwc);
    return desc_tag(type, 5, deep, g->channels_first ? dnnl_ncdhw : dnnl_ndhwc);
}

desc desc_x(const window *g, dnnl_data_type_t type, int64_t batch, const int64_t extent[3]) {
    return desc_image(g, type, batch, g->channels, extent);
}

desc desc_y(const window *g, dnnl_data_type_t type, int64_t batch, const int64_t extent[3]) {
    return desc_image(g, type, batch, g->filters, extent);
}

desc desc_vector(dnnl_data_type_t type, int64_t n) { return desc_tag(type, 1, &n, dnnl_x); }

int weights_rank(const window *g) { return 2 + spaces(g) + (g->groups > 1); }

void weights_dims(const window *g, int64_t dims[6]) {
    int64_t *d = dims;
    if (g->groups > 1) *d++ = g->groups;
    *d++ = g->filters / g->groups;
    *d++ = g->channels / g->groups;
    for (int i = WINDOW_AXES - spaces(g); i < WINDOW_AXES; i++) *d++ = g->kernel[i];
}

dnnl_format_tag_t weights_tag(const window *g) {
    if (spaces(g) == 2) return g->groups > 1 ? dnnl_hwigo : dnnl_hwio;
    return g->groups > 1 ? dnnl_dhwigo : dnnl_dhwio;
}

desc desc_weights(const window *g, dnnl_data_type_t type, bool any) {
    int64_t dims[6];
    weights_dims(g, dims);
    return desc_tag(type, weights_rank(g), dims, any ? dnnl_format_tag_any : weights_tag(g));
}

bool conv_supports(const kernel_spec *s, prepare_function *prepare, void (*release)(void *)) {
    dnnl_data_type_t type = element_type(s);
    for (int i = 0; i < s->inputs; i++)
        if (shape_size(&s->in[i].shape) <= 0) return false;
    if (type == dnnl_data_type_undef || shape_size(&s->out[0].shape) <= 0) return false;
    return type == dnnl_f32 || can_be_prepared(s, prepare, release);
}

bool post_epilogue(dnnl_primitive_attr_t attr, int64_t activation) {
    if (clamps(activation)) return true;
    switch (activation) {
    case EPILOGUE_NONE: return true;
    case EPILOGUE_SIGMOID: return !post_eltwise(attr, dnnl_eltwise_logistic, 0, 0);
    case EPILOGUE_TANH: return !post_eltwise(attr, dnnl_eltwise_tanh, 0, 0);
    case EPILOGUE_SILU: return !post_eltwise(attr, dnnl_eltwise_swish, 1, 0);
    case EPILOGUE_SOFTPLUS: return !post_eltwise(attr, dnnl_eltwise_soft_relu, 1, 0);
    default: return false;
    }
}
