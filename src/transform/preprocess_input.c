/* See preprocess_input.h. */
#include "transform/preprocess_input.h"

/* Of red, green, blue. */
static const float caffe_mean[] = {123.68f, 116.779f, 103.939f}, mean[] = {0.485f, 0.456f, 0.406f},
                   deviation[] = {0.229f, 0.224f, 0.225f};

static void caffe(float *x, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++, x += 3) {
        float red = x[0], green = x[1], blue = x[2];
        x[0] = blue - caffe_mean[2], x[1] = green - caffe_mean[1], x[2] = red - caffe_mean[0];
    }
}

static void caffe_undo(float *x, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++, x += 3) {
        float blue = x[0], green = x[1], red = x[2];
        x[0] = red + caffe_mean[0], x[1] = green + caffe_mean[1], x[2] = blue + caffe_mean[2];
    }
}

static void tf(float *x, int64_t numbers) {
    for (int64_t i = 0; i < numbers; i++) x[i] = x[i] / 127.5f - 1;
}

static void tf_undo(float *x, int64_t numbers) {
    for (int64_t i = 0; i < numbers; i++) x[i] = (x[i] + 1) * 127.5f;
}

static void torch(float *x, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++, x += 3)
        for (int c = 0; c < 3; c++) x[c] = (x[c] / 255 - mean[c]) / deviation[c];
}

static void torch_undo(float *x, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++, x += 3)
        for (int c = 0; c < 3; c++) x[c] = (x[c] * deviation[c] + mean[c]) * 255;
}

void preprocess_input(preprocess_mode mode, float *x, int64_t pixels, int64_t channels) {
    switch (mode) {
    case PREPROCESS_NONE: return;
    case PREPROCESS_CAFFE: caffe(x, pixels); return;
    case PREPROCESS_TF: tf(x, pixels * channels); return;
    case PREPROCESS_TORCH: torch(x, pixels); return;
    }
}

void preprocess_input_undo(preprocess_mode mode, float *x, int64_t pixels, int64_t channels) {
    switch (mode) {
    case PREPROCESS_NONE: return;
    case PREPROCESS_CAFFE: caffe_undo(x, pixels); return;
    case PREPROCESS_TF: tf_undo(x, pixels * channels); return;
    case PREPROCESS_TORCH: torch_undo(x, pixels); return;
    }
}
