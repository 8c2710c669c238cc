/* Copies between element types: see tensor.h. */
#include "tensor/tensor.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

/* The pairs that data preparation and training meet often, as loops that the compiler vectorises.
 */
#define FAST_PAIRS(X)                                                                              \
    X(MICA_UINT8, uint8_t, MICA_FLOAT32, float)                                                    \
    X(MICA_INT32, int32_t, MICA_FLOAT32, float)                                                    \
    X(MICA_INT64, int64_t, MICA_FLOAT32, float)                                                    \
    X(MICA_FLOAT64, double, MICA_FLOAT32, float)                                                   \
    X(MICA_FLOAT32, float, MICA_FLOAT64, double)                                                   \
    X(MICA_UINT8, uint8_t, MICA_INT32, int32_t)                                                    \
    X(MICA_UINT8, uint8_t, MICA_INT64, int64_t)

void convert(mica_dtype from, const void *in, mica_dtype to, void *out, int64_t n) {
    size_t size_in = mica_dtype_size(from), size_out = mica_dtype_size(to);
    if (from == to) {
        memcpy(out, in, (size_t)n * size_in);
        return;
    }
#define FAST(from_, type_in, to_, type_out)                                                        \
    if (from == from_ && to == to_) {                                                              \
        const type_in *restrict x = in;                                                            \
        type_out *restrict y = out;                                                                \
        for (int64_t i = 0; i < n; i++) y[i] = (type_out)x[i];                                     \
        return;                                                                                    \
    }
    FAST_PAIRS(FAST)
#undef FAST
    bool integers = !dtype_is_float(from) && !dtype_is_float(to);
    for (int64_t i = 0; i < n; i++) {
        const void *x = (const char *)in + (size_t)i * size_in;
        void *y = (char *)out + (size_t)i * size_out;
        if (integers) dtype_store_int(to, y, dtype_load_int(from, x));
        else dtype_store(to, y, dtype_load(from, x));
    }
}
