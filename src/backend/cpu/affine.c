/* affine_transform and its gradient in float32. The result is made in tiles of one row: first where
 * its pixels come from, then their colours. Where columns do not depend on the row, as in zooms,
 * shifts and mirrors, their neighbours are found once for a band of rows. */
#include "op/affine.h"
#include "backend/kernel.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

#define TILE 256 /* pixels */
#define BAND 32  /* rows */

static bool supports(const kernel_spec *s) {
    return (s->op == &op_affine_transform || s->op == &op_affine_transform_backward) &&
           s->out[0].dtype == MICA_FLOAT32 && s->out[0].shape.dims[1] < INT32_MAX / 2 &&
           s->out[0].shape.dims[2] < INT32_MAX / 2;
}

typedef struct affine_call {
    const kernel_call *k;
    const affine_attrs *a;
    int64_t height, width, channels, bands;
    const float *from, *from_end;
    float *to;
} affine_call;

/* Where the pixels of a tile come from. */
typedef struct affine_tile {
    int64_t count;
    affine_taps x[TILE], y[TILE]; /* of rows: y[0] alone, where they are the same for all */
    bool one_row;
    bool run; /* columns are neighbours in their order: x[0], x[0] + 1 … */
} affine_tile;

/* Four floats at any address: the channels of a pixel, and what lies behind them. */
typedef float four __attribute__((vector_size(16)));

static inline four load_four(const float *at) {
    four x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline void store(float *to, four v, int64_t channels) {
    if (channels == 4) memcpy(to, &v, 16);
    else memcpy(to, &v, 8), to[2] = v[2];
}

/* A pixel with something outside, or of any number of channels. */
static void any_pixel(const affine_call *c, const float *image, const affine_taps *x,
                      const affine_taps *y, float *to) {
    float fill = (float)c->a->fill_value;
    for (int64_t k = 0; k < c->channels; k++) {
        float row[2];
        for (int i = 0; i < 2; i++) {
            const float *line = image + y->at[i] * c->width * c->channels + k;
            float left = y->at[i] < 0 || x->at[0] < 0 ? fill : line[x->at[0] * c->channels];
            float right = y->at[i] < 0 || x->at[1] < 0 ? fill : line[x->at[1] * c->channels];
            row[i] = x->weight[0] * left + x->weight[1] * right;
        }
        to[k] = y->weight[0] * row[0] + y->weight[1] * row[1];
    }
}

static inline void mix_pixel(const affine_call *c, const float *image, const affine_taps *x,
                             const affine_taps *y, float *to) {
    int64_t channels = c->channels, line = c->width * channels;
    const float *low = image + y->at[0] * line + x->at[0] * channels, *high = low + line;
    bool inside = (x->at[0] | x->at[1] | y->at[0] | y->at[1]) >= 0;
    if (!inside || (channels != 1 && channels != 3 && channels != 4) ||
        high + channels + 4 > c->from_end) {
        any_pixel(c, image, x, y, to);
    } else if (channels == 1) {
        float above = x->weight[0] * low[0] + x->weight[1] * low[1];
        *to = y->weight[0] * above +
              y->weight[1] * (x->weight[0] * high[0] + x->weight[1] * high[1]);
    } else {
        four above = x->weight[0] * load_four(low) + x->weight[1] * load_four(low + channels);
        four below = x->weight[0] * load_four(high) + x->weight[1] * load_four(high + channels);
        store(to, y->weight[0] * above + y->weight[1] * below, channels);
    }
}

static void mix_tile(const affine_call *c, const affine_tile *t, const float *image, float *to) {
    for (int64_t i = 0; i < t->count; i++, to += c->channels)
        mix_pixel(c, image, &t->x[i], &t->y[t->one_row ? 0 : i], to);
}

/* The same with the nearest pixel alone. */
static void pick_tile(const affine_call *c, const affine_tile *t, const float *image, float *to) {
    int64_t channels = c->channels, line = c->width * channels;
    if (t->one_row && t->run && t->y[0].at[0] >= 0) {
        memcpy(to, image + t->y[0].at[0] * line + t->x[0].at[0] * channels,
               (size_t)(t->count * channels) * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < t->count; i++, to += channels) {
        int64_t x = t->x[i].at[0], y = t->y[t->one_row ? 0 : i].at[0];
        const float *from = image + y * line + x * channels;
        if ((x | y) < 0)
            for (int64_t k = 0; k < channels; k++) to[k] = (float)c->a->fill_value;
        else if (channels == 3) to[0] = from[0], to[1] = from[1], to[2] = from[2];
        else memcpy(to, from, (size_t)channels * sizeof *to);
    }
}

static void find_columns(const affine_call *c, const float t[8], int64_t first, affine_tile *tile) {
    tile->run = true;
    for (int64_t i = 0; i < tile->count; i++) {
        tile->x[i] = affine_taps_at(c->a, t[0] * (float)(first + i) + t[1] * 0 + t[2], c->width);
        tile->run &= tile->x[i].at[0] >= 0 && tile->x[i].at[0] == tile->x[0].at[0] + i;
    }
}

static void find_pixels(const affine_call *c, const float t[8], int64_t first, int64_t y,
                        affine_tile *tile) {
    float column[TILE], row[TILE];
    bool flat = t[6] == 0 && t[7] == 0;
    if (flat) /* the same numbers as affine_source's: x / 1 is x */
        for (int64_t i = 0; i < tile->count; i++) {
            float fx = (float)(int32_t)(first + i), fy = (float)y;
            column[i] = t[0] * fx + t[1] * fy + t[2];
            row[i] = t[3] * fx + t[4] * fy + t[5];
        }
    for (int64_t i = 0; i < tile->count; i++) {
        bool finite = flat || affine_source(t, first + i, y, &column[i], &row[i]);
        tile->x[i] = affine_taps_at(c->a, column[i], c->width);
        tile->y[i] = affine_taps_at(c->a, row[i], c->height);
        if (!finite) tile->x[i] = tile->y[i] = (affine_taps){{-1, -1}, {1, 0}};
    }
}

static void run_bands(void *arg, int64_t begin, int64_t end) {
    const affine_call *c = arg;
    bool nearest = c->a->interpolation == MICA_RESIZE_NEAREST;
    for (int64_t i = begin; i < end; i++) {
        int64_t b = i / c->bands, top = i % c->bands * BAND;
        int64_t bottom = top + BAND < c->height ? top + BAND : c->height;
        const float *image = c->from + b * c->height * c->width * c->channels;
        float t[8];
        affine_transform_of(c->k, b, t);
        affine_tile tile = {.one_row = t[1] == 0 && t[3] == 0 && t[6] == 0 && t[7] == 0};
        for (int64_t first = 0; first < c->width; first += TILE) {
            tile.count = c->width - first < TILE ? c->width - first : TILE;
            if (tile.one_row) find_columns(c, t, first, &tile);
            for (int64_t y = top; y < bottom; y++) {
                if (tile.one_row)
                    tile.y[0] = affine_taps_at(c->a, t[3] * 0 + t[4] * (float)y + t[5], c->height);
                else find_pixels(c, t, first, y, &tile);
                float *to = c->to + ((b * c->height + y) * c->width + first) * c->channels;
                (nearest ? pick_tile : mix_tile)(c, &tile, image, to);
            }
        }
    }
}

static void add_pixel(const affine_call *c, const affine_taps *x, const affine_taps *y,
                      const float *dy, float *image) {
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            if (y->at[i] < 0 || x->at[j] < 0) continue;
            float weight = y->weight[i] * x->weight[j];
            float *dx = image + (y->at[i] * c->width + x->at[j]) * c->channels;
            for (int64_t k = 0; k < c->channels; k++) dx[k] += weight * dy[k];
        }
}

/* One thread makes an image: sums in one order, whoever makes it. */
static void run_images(void *arg, int64_t begin, int64_t end) {
    const affine_call *c = arg;
    int64_t size = c->height * c->width * c->channels;
    affine_tile tile = {0};
    for (int64_t b = begin; b < end; b++) {
        float t[8], *image = c->to + b * size;
        const float *dy = c->from + b * size;
        affine_transform_of(c->k, b, t);
        memset(image, 0, (size_t)size * sizeof *image);
        for (int64_t y = 0; y < c->height; y++)
            for (int64_t first = 0; first < c->width; first += TILE) {
                tile.count = c->width - first < TILE ? c->width - first : TILE;
                find_pixels(c, t, first, y, &tile);
                for (int64_t i = 0; i < tile.count; i++, dy += c->channels)
                    add_pixel(c, &tile.x[i], &tile.y[i], dy, image);
            }
    }
}

static void run(const kernel_call *k) {
    const shape *s = &k->out_info[0].shape;
    affine_call c = {.k = k,
                     .a = k->attrs,
                     .height = s->dims[1],
                     .width = s->dims[2],
                     .channels = s->dims[3],
                     .bands = (s->dims[1] + BAND - 1) / BAND,
                     .from = k->in[0],
                     .to = k->out[0]};
    if (shape_size(s) == 0) return;
    c.from_end = c.from + shape_size(s);
    bool forward = k->op == &op_affine_transform;
    int64_t band = BAND * c.width * c.channels;
    parallel_for(k->team, forward ? s->dims[0] * c.bands : s->dims[0],
                 forward ? 1 + 16384 / band : 1, forward ? run_bands : run_images, &c);
}

extern const kernel kernel_cpu_affine;
const kernel kernel_cpu_affine = {.name = "cpu affine", .supports = supports, .run = run};
