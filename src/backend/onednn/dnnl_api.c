/* oneDNN 2.6 and 3.x behind one interface: see dnnl_api.h. */
#include "backend/onednn/dnnl_api.h"

#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3

desc desc_tag(dnnl_data_type_t type, int rank, const int64_t *dims, dnnl_format_tag_t tag) {
    desc d = NULL;
    return dnnl_memory_desc_create_with_tag(&d, rank, dims, type, tag) ? NULL : d;
}

desc desc_strides(dnnl_data_type_t type, int rank, const int64_t *dims, const int64_t *strides) {
    desc d = NULL;
    return dnnl_memory_desc_create_with_strides(&d, rank, dims, type, strides) ? NULL : d;
}

desc desc_of_argument(const_dnnl_primitive_desc_t pd, int argument) {
    const_dnnl_memory_desc_t of = dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md,
                                                               argument);
    desc d = NULL;
    return !of || dnnl_memory_desc_clone(&d, of) ? NULL : d;
}

void desc_free(desc d) {
    if (d) dnnl_memory_desc_destroy(d);
}

dnnl_status_t pd_conv(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool inference, desc x,
                      desc w, desc bias, desc y, const conv_geometry *g,
                      const_dnnl_primitive_attr_t attr) {
    return dnnl_convolution_forward_primitive_desc_create(
        pd, engine, inference ? dnnl_forward_inference : dnnl_forward_training,
        dnnl_convolution_direct, x, w, bias, y, g->strides, g->dilations, g->before, g->after,
        attr);
}

/* The backward forms want the forward one, as a hint: with weights of x's type, which a gradient
 * of them need not have. */
static dnnl_status_t forward_hint(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc x, desc w,
                                  desc y, const conv_geometry *g) {
    int rank = 0;
    dnnl_dims_t *dims = NULL;
    dnnl_data_type_t type = dnnl_data_type_undef;
    dnnl_status_t s = dnnl_memory_desc_query(w, dnnl_query_ndims_s32, &rank);
    if (s == dnnl_success) s = dnnl_memory_desc_query(w, dnnl_query_dims, &dims);
    if (s == dnnl_success) s = dnnl_memory_desc_query(x, dnnl_query_data_type, &type);
    if (s != dnnl_success) return s;
    desc like_x = desc_tag(type, rank, *dims, dnnl_format_tag_any);
    s = like_x ? pd_conv(pd, engine, false, x, like_x, NULL, y, g, NULL) : dnnl_out_of_memory;
    desc_free(like_x);
    return s;
}

dnnl_status_t pd_conv_backward_data(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc dx,
                                    desc w, desc dy, const conv_geometry *g,
                                    const_dnnl_primitive_attr_t attr) {
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t s = forward_hint(&hint, engine, dx, w, dy, g);
    if (s == dnnl_success)
        s = dnnl_convolution_backward_data_primitive_desc_create(
            pd, engine, dnnl_convolution_direct, dx, w, dy, g->strides, g->dilations, g->before,
            g->after, hint, attr);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return s;
}

dnnl_status_t pd_conv_backward_weights(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc x,
                                       desc dw, desc dbias, desc dy, const conv_geometry *g,
                                       const_dnnl_primitive_attr_t attr) {
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t s = forward_hint(&hint, engine, x, dw, dy, g);
    if (s == dnnl_success)
        s = dnnl_convolution_backward_weights_primitive_desc_create(
            pd, engine, dnnl_convolution_direct, x, dw, dbias, dy, g->strides, g->dilations,
            g->before, g->after, hint, attr);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return s;
}

dnnl_status_t pd_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc a, desc b, desc bias,
                        desc c, const_dnnl_primitive_attr_t attr) {
    return dnnl_matmul_primitive_desc_create(pd, engine, a, b, bias, c, attr);
}

static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha,
                                    float beta) {
    return dnnl_post_ops_append_eltwise(ops, alg, alpha, beta);
}

dnnl_status_t memory_point(dnnl_memory_t m, void *at, dnnl_stream_t stream) {
    return dnnl_memory_set_data_handle(m, at);
}

#else

/* Keeps a descriptor on the heap, so that it is a handle as in 3.x. */
static desc keep(const dnnl_memory_desc_t *d) {
    desc kept = malloc(sizeof *kept);
    if (kept) *kept = *d;
    return kept;
}

desc desc_tag(dnnl_data_type_t type, int rank, const int64_t *dims, dnnl_format_tag_t tag) {
    dnnl_memory_desc_t d;
    return dnnl_memory_desc_init_by_tag(&d, rank, dims, type, tag) ? NULL : keep(&d);
}

desc desc_strides(dnnl_data_type_t type, int rank, const int64_t *dims, const int64_t *strides) {
    dnnl_memory_desc_t d;
    return dnnl_memory_desc_init_by_strides(&d, rank, dims, type, strides) ? NULL : keep(&d);
}

desc desc_of_argument(const_dnnl_primitive_desc_t pd, int argument) {
    const dnnl_memory_desc_t *d = dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md,
                                                               argument);
    return d ? keep(d) : NULL;
}

void desc_free(desc d) { free(d); }

dnnl_status_t pd_conv(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool inference, desc x,
                      desc w, desc bias, desc y, const conv_geometry *g,
                      const_dnnl_primitive_attr_t attr) {
    dnnl_convolution_desc_t d;
    dnnl_status_t s = dnnl_dilated_convolution_forward_desc_init(
        &d, inference ? dnnl_forward_inference : dnnl_forward_training, dnnl_convolution_direct, x,
        w, bias, y, g->strides, g->dilations, g->before, g->after);
    return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

dnnl_status_t pd_conv_backward_data(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc dx,
                                    desc w, desc dy, const conv_geometry *g,
                                    const_dnnl_primitive_attr_t attr) {
    dnnl_convolution_desc_t d;
    dnnl_status_t s = dnnl_dilated_convolution_backward_data_desc_init(
        &d, dnnl_convolution_direct, dx, w, dy, g->strides, g->dilations, g->before, g->after);
    return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

dnnl_status_t pd_conv_backward_weights(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc x,
                                       desc dw, desc dbias, desc dy, const conv_geometry *g,
                                       const_dnnl_primitive_attr_t attr) {
    dnnl_convolution_desc_t d;
    dnnl_status_t s = dnnl_dilated_convolution_backward_weights_desc_init(
        &d, dnnl_convolution_direct, x, dw, dbias, dy, g->strides, g->dilations, g->before,
        g->after);
    return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

dnnl_status_t pd_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc a, desc b, desc bias,
                        desc c, const_dnnl_primitive_attr_t attr) {
    dnnl_matmul_desc_t d;
    dnnl_status_t s = dnnl_matmul_desc_init(&d, a, b, bias, c);
    return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha,
                                    float beta) {
    return dnnl_post_ops_append_eltwise(ops, 1, alg, alpha, beta);
}

/* Zeros the padding of a blocked layout, on a stream: better ours than one that all share. */
dnnl_status_t memory_point(dnnl_memory_t m, void *at, dnnl_stream_t stream) {
    return dnnl_memory_set_data_handle_v2(m, at, stream);
}

#endif

size_t desc_bytes(desc d) { return d ? dnnl_memory_desc_get_size(d) : 0; }

bool desc_equal(desc a, desc b) { return dnnl_memory_desc_equal(a, b); }

dnnl_format_tag_t desc_find_tag(desc d, dnnl_data_type_t type, int rank, const int64_t *dims) {
    for (int tag = dnnl_format_tag_any + 1; tag < dnnl_format_tag_last; tag++) {
        desc candidate = desc_tag(type, rank, dims, (dnnl_format_tag_t)tag);
        bool same = candidate && desc_equal(candidate, d);
        desc_free(candidate);
        if (same) return (dnnl_format_tag_t)tag;
    }
    return dnnl_format_tag_undef;
}

dnnl_status_t memory_create(dnnl_memory_t *m, desc d, dnnl_engine_t engine) {
    return dnnl_memory_create(m, d, engine, DNNL_MEMORY_NONE);
}

dnnl_status_t pd_reorder(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc from, desc to,
                         const_dnnl_primitive_attr_t attr) {
    return dnnl_reorder_primitive_desc_create(pd, from, engine, to, engine, attr);
}

dnnl_status_t post_eltwise(dnnl_primitive_attr_t attr, dnnl_alg_kind_t alg, float alpha,
                           float beta) {
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dnnl_post_ops_create(&ops);
    if (s == dnnl_success) s = append_eltwise(ops, alg, alpha, beta);
    if (s == dnnl_success) s = dnnl_primitive_attr_set_post_ops(attr, ops);
    if (ops) dnnl_post_ops_destroy(ops);
    return s;
}

const char *dnnl_status_text(dnnl_status_t status) {
    switch (status) {
    case dnnl_success: return "success";
    case dnnl_out_of_memory: return "out of memory";
    case dnnl_invalid_arguments: return "invalid arguments";
    case dnnl_unimplemented: return "not implemented";
    case dnnl_runtime_error: return "runtime error";
    default: return "an error it has no name for";
    }
}
