/* The two C interfaces of oneDNN, 2.6 and 3.x, as one. They differ in memory descriptors (a struct,
 * an opaque handle) and in how a primitive descriptor is made (two steps, one); all else that this
 * room calls is the same in both. Element types are the
 * caller's: float32, or bfloat16. */
#ifndef BACKEND_ONEDNN_DNNL_API_H
#define BACKEND_ONEDNN_DNNL_API_H

#include "base/error.h"

#include <dnnl.h>
#include <stdbool.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t desc;
#else
typedef dnnl_memory_desc_t *desc;
#endif

/* Memory descriptors are owned by the caller; desc_free(NULL) does nothing. Those that make one
 * return NULL where oneDNN refuses or memory is out. */
/* "any" is a tag too */
desc desc_tag(dnnl_data_type_t type, int rank, const int64_t *dims, dnnl_format_tag_t tag);
desc desc_strides(dnnl_data_type_t type, int rank, const int64_t *dims, const int64_t *strides);
desc desc_of_argument(const_dnnl_primitive_desc_t pd, int argument); /* a copy */
void desc_free(desc d);
size_t desc_bytes(desc d); /* 0 for NULL */
bool desc_equal(desc a, desc b);
/* The tag of a blocked layout, dnnl_format_tag_undef where no tag says it. */
dnnl_format_tag_t desc_find_tag(desc d, dnnl_data_type_t type, int rank, const int64_t *dims);

/* A memory object without memory, and where it is from now on. */
dnnl_status_t memory_create(dnnl_memory_t *m, desc d, dnnl_engine_t engine);
dnnl_status_t memory_point(dnnl_memory_t m, void *at, dnnl_stream_t stream);

/* Primitive descriptors. strides, dilations (0: none), before, after: one for each axis of space.
 * bias may be NULL.
 */
typedef struct conv_geometry {
    dnnl_dims_t strides, dilations, before, after; /* as many as axes are read */
} conv_geometry;

dnnl_status_t pd_conv(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool inference, desc x,
                      desc w, desc bias, desc y, const conv_geometry *g,
                      const_dnnl_primitive_attr_t attr);
dnnl_status_t pd_conv_backward_data(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc dx,
                                    desc w, desc dy, const conv_geometry *g,
                                    const_dnnl_primitive_attr_t attr);
dnnl_status_t pd_conv_backward_weights(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc x,
                                       desc dw, desc dbias, desc dy, const conv_geometry *g,
                                       const_dnnl_primitive_attr_t attr);
dnnl_status_t pd_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc a, desc b, desc bias,
                        desc c, const_dnnl_primitive_attr_t attr);
dnnl_status_t pd_reorder(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, desc from, desc to,
                         const_dnnl_primitive_attr_t attr);

/* y = activation(x): alpha and beta as oneDNN's. */
dnnl_status_t post_eltwise(dnnl_primitive_attr_t attr, dnnl_alg_kind_t alg, float alpha,
                           float beta);

/* "out of memory", "invalid arguments" … */
const char *dnnl_status_text(dnnl_status_t status);

#endif
