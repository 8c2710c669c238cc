/* Element types of operands: see elements.h. */
#include "backend/onednn/elements.h"

#include "mica/dtype.h"

bool onednn_has_bfloat16(void) {
#if defined __x86_64__
    /* a better one has the bits of those that it is made of, AMX these too */
    const unsigned wanted = dnnl_cpu_isa_avx512_core_bf16;
    return ((unsigned)dnnl_get_effective_cpu_isa() & wanted) == wanted;
#else
    return false;
#endif
}

dnnl_data_type_t element_type(const kernel_spec *s) {
    mica_dtype dtype = s->out[0].dtype;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != dtype) return dnnl_data_type_undef;
    if (dtype == MICA_FLOAT32) return dnnl_f32;
    return dtype == MICA_BFLOAT16 && onednn_has_bfloat16() ? dnnl_bf16 : dnnl_data_type_undef;
}

size_t element_bytes(dnnl_data_type_t type) { return type == dnnl_bf16 ? 2 : sizeof(float); }

bool can_be_prepared(const kernel_spec *s, prepare_function *prepare, void (*release)(void *)) {
    kernel_spec plain = *s;
    plain.plain = true; /* without layouts, which nobody would read */
    kernel_plan p = {0};
    mica_error err = {0};
    if (prepare(&plain, &p, &err) != MICA_OK) return false;
    release(p.state);
    return true;
}
