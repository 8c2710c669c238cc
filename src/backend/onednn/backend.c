/* The oneDNN backend: all calls of oneDNN live in this room. */
#include "backend/onednn/layouts.h"
#include "backend/onednn/version.h"

#include <stdio.h>

#define KERNEL(name) extern const kernel kernel_onednn_##name;
#include "backend/onednn/kernels.def"
#undef KERNEL

static const kernel *const kernels[] = {
#define KERNEL(name) &kernel_onednn_##name,
#include "backend/onednn/kernels.def"
#undef KERNEL
    NULL,
};

/* The header's version and the library's are of one major version, and threads are OpenMP's (which
 * primitives.c keeps to one) or none. */
static bool available(void) {
    const dnnl_version_t *v = dnnl_version();
    return v->major == DNNL_VERSION_MAJOR &&
           (v->cpu_runtime == DNNL_RUNTIME_OMP || v->cpu_runtime == DNNL_RUNTIME_SEQ);
}

const backend backend_onednn = {
    .name = "onednn",
    .what = "oneDNN: convolution and matrix products",
    .kernels = kernels,
    .available = available,
    .reorder = onednn_reorder,
};

void onednn_version(char out[64]) {
    const dnnl_version_t *v = dnnl_version();
    int n = snprintf(out, 64, "%d.%d.%d", v->major, v->minor, v->patch);
    if (v->major != DNNL_VERSION_MAJOR || v->minor != DNNL_VERSION_MINOR)
        snprintf(out + n, 64 - (size_t)n, " (built for %d.%d)", DNNL_VERSION_MAJOR,
                 DNNL_VERSION_MINOR);
}
