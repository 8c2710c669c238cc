/* adam_update in one pass: see adam_update.h. As a chain of elementwise ops it is twelve loops over
 * the same blocks, and their loads and stores cost more than the arithmetic. */
#include "backend/cpu/adam_update.h"

#include "backend/cpu/simd.h"

#if defined(__clang__)
#define SAME_PLACE_OR_NONE _Pragma("clang loop vectorize(assume_safety)")
#else
#define SAME_PLACE_OR_NONE _Pragma("GCC ivdep")
#endif

static void adam_update_run(int64_t n, const adam_update_factors *f, const float *const *in,
                            float *const *out) {
    const float *p = in[0], *m = in[1], *v = in[2], *g = in[3];
    float *new_p = out[0], *new_m = out[1], *new_v = out[2];
    const adam_update_factors a = *f;
    SAME_PLACE_OR_NONE
    for (int64_t i = 0; i < n; i++) {
        float mean = m[i] + (g[i] - m[i]) * a.keep_1;
        float square = v[i] + (g[i] * g[i] - v[i]) * a.keep_2;
        new_p[i] = p[i] - mean * a.rate / (__builtin_sqrtf(square) + a.epsilon);
        new_m[i] = mean, new_v[i] = square;
    }
}

extern const adam_update_table SIMD_NAME(adam_updates);
const adam_update_table SIMD_NAME(adam_updates) = {.run = adam_update_run};
