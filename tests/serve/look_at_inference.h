/* For fuzz targets of codecs: all that was placed is there; a sanitizer sees what is not. */
#ifndef SERVE_LOOK_AT_INFERENCE_H
#define SERVE_LOOK_AT_INFERENCE_H

#include "serve/inference.h"
#include "support/look_at.h"

static inline void look_at_inference(const inference *x) {
    for (int i = 0; i < x->contract->inputs; i++) {
        const mica_dtype dtype = x->contract->in[i].dtype;
        const size_t count = (size_t)shape_size(&x->in_shape[i]);
        const mica_string *texts = x->in[i];
        look_at_bytes(x->in[i], count * mica_dtype_size(dtype));
        for (size_t k = 0; k < count && dtype == MICA_STRING; k++)
            look_at_bytes((const unsigned char *)texts[k].bytes, texts[k].size);
    }
}

#endif
