/* Element types of operands: float32, and bfloat16 where the CPU multiplies it by itself. Sums are
 * float32 in both; a bfloat16 result is rounded once, after bias and activation. */
#ifndef BACKEND_ONEDNN_ELEMENTS_H
#define BACKEND_ONEDNN_ELEMENTS_H

#include "backend/kernel.h"
#include "backend/onednn/dnnl_api.h"

/* Whether this CPU has instructions for products of bfloat16 (AVX512_BF16, AMX) that oneDNN uses;
 * without them it would be slower than float32. */
bool onednn_has_bfloat16(void);

/* The type of all operands of a call; dnnl_data_type_undef where there is none for us. */
dnnl_data_type_t element_type(const kernel_spec *s);
size_t element_bytes(dnnl_data_type_t type);

/* Whether a kernel can be prepared for bfloat16. A refusal of prepare would leave the call to the
 * slow reference, as other kernels want float32; a refusal of `supports` lets the planner widen it.
 * So `supports` tries; oneDNN keeps what it made for the next one who asks. */
typedef mica_status prepare_function(const kernel_spec *s, kernel_plan *p, mica_error *err);
bool can_be_prepared(const kernel_spec *s, prepare_function *prepare, void (*release)(void *));

static inline const void *element_at(const void *first, int64_t number, size_t bytes) {
    return (const char *)first + number * (int64_t)bytes;
}

#endif
