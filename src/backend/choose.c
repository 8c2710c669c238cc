/* Choosing kernels: see choose.h. */
#include "backend/choose.h"

#include <string.h>

const backend *const *backends_of(const mica_context *ctx) {
    const backend *const *all = backends();
    const char *wanted = ctx->options.backend;
    for (const backend *const *b = all; wanted && *b; b++)
        if (!strcmp((*b)->name, wanted)) return b;
    return all;
}

const kernel *kernel_choose(const backend *const *from, const kernel_spec *s, const kernel *after) {
    for (const backend *const *b = from; *b; b++) {
        for (const kernel *const *k = (*b)->kernels; *k; k++) {
            if (after) {
                if (*k == after) after = NULL;
                continue;
            }
            if ((*k)->op && (*k)->op != s->op) continue;
            if (!(*k)->supports || (*k)->supports(s)) return *k;
        }
    }
    return NULL;
}

const backend *backend_of_kernel(const kernel *wanted) {
    for (const backend *const *b = backends(); *b; b++)
        for (const kernel *const *k = (*b)->kernels; *k; k++)
            if (*k == wanted) return *b;
    return NULL;
}
