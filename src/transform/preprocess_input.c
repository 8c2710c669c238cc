/* See preprocess_input.h. */
#include "transform/preprocess_input.h"

static void caffe(float *x, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++, x += 3) {
        float red = x[0], green = x[1], blue = x[2];
        x[0] = blue - 103.939f, x[1] = green - 116.779f, x[2] = red - 123.68f;
    }
}

static void tf(float *x, int64_t numbers) {
    for (int64_t i = 0; i < numbers; i++) x[i] = x[i] / 127.5f - 1;
}

static void torch(float *x, int64_t pixels) {
    static const float mean[] = {0.485f, 0.456f, 0.406f}, deviation[] = {0.229f, 0.224f, 0.225f};
    for (int64_t i = 0; i < pixels; i++, x += 3)
        for (int c = 0; c < 3; c++) x[c] = (x[c] / 255 - mean[c]) / deviation[c];
}

void preprocess_input(preprocess_mode mode, float *x, int64_t pixels, int64_t channels) {
    switch (mode) {
    case PREPROCESS_NONE: return;
    case PREPROCESS_CAFFE: caffe(x, pixels); return;
    case PREPROCESS_TF: tf(x, pixels * channels); return;
    case PREPROCESS_TORCH: torch(x, pixels); return;
    }
}
