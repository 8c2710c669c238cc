/* ReLU and ReLU6 behind convolutions and matmul: see epilogue.h. */
#include "backend/onednn/epilogue.h"

#include "op/epilogue.h"

#include <math.h>
#include <string.h>

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_int __attribute__((vector_size(16)));
typedef int16_t eight __attribute__((vector_size(16)));

bool clamps(int64_t activation) {
    return activation == EPILOGUE_RELU || activation == EPILOGUE_RELU6;
}

static void clamp_floats(float most, float *y, int64_t rows, int64_t n, int64_t stride) {
    four top = {most, most, most, most};
    for (int64_t r = 0; r < rows; r++, y += stride) {
        int64_t i = 0;
        for (; i + 4 <= n; i += 4) {
            four v;
            memcpy(&v, y + i, sizeof v);
            four_int above = v > top, keep = ~(v <= 0); /* NaN stays */
            v = (four)(((four_int)v & keep & ~above) | ((four_int)top & above));
            memcpy(y + i, &v, sizeof v);
        }
        for (; i < n; i++) y[i] = y[i] > most ? most : y[i] <= 0 ? 0 : y[i]; /* NaN stays */
    }
}

/* Patterns of bfloat16 are ordered as whole numbers; those of negatives are negative numbers. */
#define BFLOAT16_6 0x40c0
#define BFLOAT16_INFINITY 0x7f80 /* what is above it, without its sign, is NaN */

static eight clamp_eight(eight v, eight top) {
    eight nan = (v & 0x7fff) > BFLOAT16_INFINITY, above = (v > top) & ~nan, keep = (v > 0) | nan;
    return (v & keep & ~above) | (top & above);
}

static void clamp_bfloats(int16_t most, int16_t *y, int64_t rows, int64_t n, int64_t stride) {
    const eight top = {most, most, most, most, most, most, most, most};
    for (int64_t r = 0; r < rows; r++, y += stride) {
        int64_t i = 0;
        eight v = {0};
        for (; i + 8 <= n; i += 8) {
            memcpy(&v, y + i, sizeof v);
            v = clamp_eight(v, top);
            memcpy(y + i, &v, sizeof v);
        }
        size_t rest = (size_t)(n - i) * sizeof *y;
        memcpy(&v, y + i, rest);
        v = clamp_eight(v, top);
        memcpy(y + i, &v, rest);
    }
}

void clamp_rows(int64_t activation, dnnl_data_type_t type, void *y, int64_t rows, int64_t n,
                int64_t stride) {
    bool six = activation == EPILOGUE_RELU6;
    if (type == dnnl_bf16) clamp_bfloats(six ? BFLOAT16_6 : BFLOAT16_INFINITY, y, rows, n, stride);
    else clamp_floats(six ? 6 : INFINITY, y, rows, n, stride);
}
