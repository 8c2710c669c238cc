/* Choosing kernels: see choose.h. */
#include "backend/choose.h"

#include "op/elementwise.h"

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

static bool is_fast(const backend *const *from, const kernel_spec *s) {
    const kernel *k = kernel_choose(from, s, NULL);
    return k && strcmp(backend_of_kernel(k)->name, "reference") != 0;
}

how_fast kernel_speed(const backend *const *from, const kernel_spec *s) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS];
    kernel_spec wide = *s;
    bool half = false;
    if (is_fast(from, s)) return FAST;
    for (int i = 0; i < s->inputs; i++) {
        in[i] = s->in[i];
        if (!dtype_is_half(in[i].dtype)) continue;
        half = true;
        in[i].dtype = MICA_FLOAT32, in[i].value = NULL;
    }
    for (int i = 0; i < s->outputs; i++) {
        out[i] = s->out[i];
        if (dtype_is_half(out[i].dtype)) out[i].dtype = MICA_FLOAT32;
    }
    wide.in = in, wide.out = out;
    return half && s->op != &op_cast && !s->op->bodies && is_fast(from, &wide) ? FAST_IN_FLOAT32
                                                                               : SLOW;
}

const backend *backend_of_kernel(const kernel *wanted) {
    for (const backend *const *b = backends(); *b; b++)
        for (const kernel *const *k = (*b)->kernels; *k; k++)
            if (*k == wanted) return *b;
    return NULL;
}
