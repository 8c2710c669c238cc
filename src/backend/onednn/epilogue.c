/* ReLU and ReLU6 behind convolutions and matmul: see epilogue.h. */
#include "backend/onednn/epilogue.h"

#include "op/epilogue.h"

#include <math.h>
#include <string.h>

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_int __attribute__((vector_size(16)));

bool clamps(int64_t activation) {
    return activation == EPILOGUE_RELU || activation == EPILOGUE_RELU6;
}

void clamp_rows(int64_t activation, float *y, int64_t rows, int64_t n, int64_t stride) {
    float most = activation == EPILOGUE_RELU6 ? 6 : INFINITY;
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
