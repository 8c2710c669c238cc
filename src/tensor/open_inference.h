/* Elements as the Open Inference Protocol (KServe v2) has them, for servers and clients of it. */
#ifndef TENSOR_OPEN_INFERENCE_H
#define TENSOR_OPEN_INFERENCE_H

#include "base/strbuf.h"
#include "tensor/tensor.h"

const char *v2_type(mica_dtype dtype); /* "FP32" … */
/* The dtype of that name in *out; false where there is none. */
bool v2_dtype(const char *name, mica_dtype *out);

/* BYTES as KServe v2 and Triton have them: each element's length in four bytes, then the element;
 * exactly `count` of them. They are copied into the arena. `what` is for errors: FORMAT. */
mica_status v2_read_texts(const char *what, const char *bytes, size_t size, int64_t count,
                          mica_string *out, arena *memory, mica_error *err);
void v2_put_text(strbuf *out, const char *bytes, size_t size); /* one element of BYTES */

#endif
