/* Resizing pictures: see resize_image.h.
 *   bilinear: y = (i + 0.5) H / height - 0.5; between the rows floor(y) and ceil(y), held inside,
 * by the fraction of y; the same for columns. First along rows, then between two of them, so that
 *   every input row is widened once.
 *   nearest: row floor((i + 0.5) H / height).
 * Source: tensorflow/core/kernels/image/resize_bilinear_op.cc, resize_nearest_neighbor_op.cc. */
#include "transform/resize_image.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

/* Where an output element lies: between two input elements. */
typedef struct tap {
    int64_t low, high;
    float fraction;
} tap;

static void fill_taps(tap *taps, int64_t in, int64_t out) {
    float scale = (float)in / (float)out;
    for (int64_t i = 0; i < out; i++) {
        float at = ((float)i + 0.5f) * scale - 0.5f, floor_at = floorf(at);
        int64_t low = (int64_t)floor_at, high = (int64_t)ceilf(at);
        taps[i] = (tap){low < 0 ? 0 : low, high < in - 1 ? high : in - 1, at - floor_at};
    }
}

/* Four floats at any address: the channels of a pixel, and what lies behind them. */
typedef float four __attribute__((vector_size(16)));

static inline four load_four(const float *at) {
    four x;
    memcpy(&x, at, sizeof x);
    return x;
}

static void to_floats(const unsigned char *restrict in, int64_t n, float *restrict out) {
    for (int64_t i = 0; i < n; i++) out[i] = in[i];
}

/* One row, `width` pixels from it. Both rows have PADDING floats behind their end. */
static void widen(const float *in, int64_t channels, const tap *columns, int64_t width,
                  float *out) {
    for (int64_t x = 0; x < width; x++, out += channels) {
        const float *left = in + columns[x].low * channels,
                    *right = in + columns[x].high * channels;
        float f = columns[x].fraction;
        if (channels == 1) {
            *out = *left + (*right - *left) * f;
        } else {
            four l = load_four(left), mixed = l + (load_four(right) - l) * f;
            memcpy(out, &mixed, sizeof mixed);
        }
    }
}

static void mix(const float *restrict top, const float *restrict bottom, float fraction, int64_t n,
                float *restrict out) {
    for (int64_t i = 0; i < n; i++) out[i] = top[i] + (bottom[i] - top[i]) * fraction;
}

#define PADDING 4

static mica_status bilinear(const unsigned char *in, int64_t in_height, int64_t in_width,
                            int64_t channels, float *out, int64_t height, int64_t width,
                            mica_error *err) {
    int64_t row = width * channels, in_row = in_width * channels, held[2] = {-1, -1};
    size_t floats = (size_t)(in_row + 2 * row) + 3 * PADDING;
    tap *rows = malloc(sizeof(tap) * (size_t)(height + width));
    float *line = calloc(floats, sizeof *line);
    mica_status status = rows && line ? MICA_OK : fail_memory(err, floats * sizeof *line, "resize");
    if (status == MICA_OK) {
        fill_taps(rows, in_height, height);
        fill_taps(rows + height, in_width, width);
    }
    float *wide[2] = {line + in_row + PADDING, line + in_row + row + 2 * PADDING};
    for (int64_t y = 0; y < height && status == MICA_OK; y++) {
        const int64_t wanted[2] = {rows[y].low, rows[y].high};
        for (int i = 0; i < 2; i++) { /* a row lies in the place of its parity */
            int64_t place = wanted[i] % 2;
            if (held[place] == wanted[i]) continue;
            to_floats(in + wanted[i] * in_row, in_row, line);
            widen(line, channels, rows + height, width, wide[place]);
            held[place] = wanted[i];
        }
        mix(wide[wanted[0] % 2], wide[wanted[1] % 2], rows[y].fraction, row, out + y * row);
    }
    free(rows);
    free(line);
    return status;
}

static int64_t nearest_of(int64_t i, float scale, int64_t in) {
    int64_t at = (int64_t)floorf(((float)i + 0.5f) * scale);
    return at < in - 1 ? at : in - 1;
}

static void nearest(const unsigned char *in, int64_t in_height, int64_t in_width, int64_t channels,
                    float *out, int64_t height, int64_t width) {
    float down = (float)in_height / (float)height, along = (float)in_width / (float)width;
    for (int64_t y = 0; y < height; y++) {
        const unsigned char *row = in + nearest_of(y, down, in_height) * in_width * channels;
        for (int64_t x = 0; x < width; x++) {
            const unsigned char *pixel = row + nearest_of(x, along, in_width) * channels;
            for (int64_t c = 0; c < channels; c++) *out++ = pixel[c];
        }
    }
}

mica_status resize_image(const unsigned char *in, int64_t in_height, int64_t in_width,
                         int64_t channels, float *out, int64_t height, int64_t width,
                         resize_method method, mica_error *err) {
    if (in_height == height && in_width == width) {
        to_floats(in, height * width * channels, out);
        return MICA_OK;
    }
    if (method == RESIZE_BILINEAR)
        return bilinear(in, in_height, in_width, channels, out, height, width, err);
    nearest(in, in_height, in_width, channels, out, height, width);
    return MICA_OK;
}
