/* See jpeg_baseline.h: memory, and rows of pixels. jpeg_header.c reads the markers, jpeg_scan.c the
 * coefficients.  Source: ITU-T T.81, T.871. */
#include "codec/jpeg_scan.h"

#include <math.h>
#include <stdlib.h>

#define ALIGN 64

/* Samples of all components and room for a row, in one block. */
static bool make_room(jpeg_baseline *j) {
    size_t need = 0, at[MOST_COMPONENTS];
    for (int c = 0; c < j->components; c++) {
        component *p = &j->component[c];
        p->plane.stride = ((size_t)p->blocks * 8 + 8 * MOST_BLOCKS + ALIGN - 1) / ALIGN * ALIGN;
        at[c] = need;
        need += p->plane.stride * (size_t)(p->block_rows * p->points) + ALIGN;
    }
    size_t row = ((size_t)j->width + ALIGN) * 4,
           chroma = ((size_t)j->width + 96) * 3 * sizeof(int16_t),
           group = (size_t)(j->widest + MOST_BLOCKS) * 64 * sizeof(int16_t),
           total = need + row + chroma + group + 4 * ALIGN;
    if (total > j->room) {
        release_aligned(j->memory);
        j->room = 0;
        if (!(j->memory = allocate_aligned(total))) return false;
        j->room = total;
        memset(j->memory, 0, total);
    }
    for (int c = 0; c < j->components; c++) j->component[c].plane.samples = j->memory + at[c];
    unsigned char *behind = j->memory + (need + ALIGN - 1) / ALIGN * ALIGN;
    j->coefficients = (int16_t *)(void *)behind;
    memset(j->coefficients, 0, group);
    j->chroma = (int16_t *)(void *)(behind + (group + ALIGN - 1) / ALIGN * ALIGN);
    j->row = (unsigned char *)j->chroma + (chroma + ALIGN - 1) / ALIGN * ALIGN;
    return true;
}

/* basis[i][u] = c(u) / 2 cos((2 i + 1) u pi / 2 n), c(0) = sqrt(1/2), 1 else; 16 bits behind the
 * point. */
static void make_basis(int16_t *basis, int n) {
    if (basis[0]) return;
    for (int i = 0; i < n; i++)
        for (int u = 0; u < n; u++)
            basis[i * n + u] = (int16_t)lrint(32767 * (u ? 1 : sqrt(0.5)) *
                                              cos((2 * i + 1) * u * acos(-1) / (2 * n)));
}

/* Points of the blocks so that the picture is not smaller than is wished; half chroma then needs
 * no widening, if it can have twice as many. */
static bool scale(jpeg_baseline *j, image_wish wish) {
    int n = jpeg_eighths(j->height, j->width, wish);
    bool twice = j->wide == 2 && j->high == 2 && n <= 4;
    j->out_width = whole(j->width * n, 8), j->out_height = whole(j->height * n, 8);
    j->out_wide = twice ? 1 : j->wide, j->out_high = twice ? 1 : j->high;
    for (int c = 0; c < j->components; c++) {
        component *p = &j->component[c];
        p->points = c && twice ? 2 * n : n;
        p->plane.width = whole(j->width * p->wide * p->points, j->wide * 8);
        p->plane.height = whole(j->height * p->high * p->points, j->high * 8);
        if (p->points < 8) make_basis(j->basis[p->points], p->points);
    }
    return j->components == 1 || j->out_wide == 1 || j->component[1].plane.width > 2;
}

bool jpeg_baseline_decode(const unsigned char *bytes, size_t size, image_wish wish, image *out) {
    jpeg_baseline *j = out->jpeg;
    if (!j) {
        j = out->jpeg = allocate(1, sizeof *j);
        if (!j) return false;
        j->kernels = ISA_CHOOSE(jpeg_arithmetic, isa_best());
    }
    size_t scan;
    if (!baseline_read_header(j, bytes, size, &scan)) return false;
    j->gray = wish.channels == 1 || (wish.channels == 0 && j->components == 1);
    if (!scale(j, wish) || !make_room(j) || !baseline_read_scan(j, bytes + scan, size - scan))
        return false;
    out->width = j->out_width, out->height = j->out_height, out->channels = j->gray ? 1 : 4;
    return true;
}

/* The rows of chroma that row y lies between: near and far. */
static void chroma_rows(const component *p, int64_t y, int high, const unsigned char *out[2]) {
    int64_t near = y, far = y;
    if (high == 2) {
        near = y / 2, far = y % 2 ? near + 1 : near - 1;
        if (far < 0) far = 0;
        if (far > p->plane.height - 1) far = p->plane.height - 1;
    }
    out[0] = p->plane.samples + (size_t)near * p->plane.stride;
    out[1] = p->plane.samples + (size_t)far * p->plane.stride;
}

const unsigned char *jpeg_baseline_row(jpeg_baseline *j, int64_t y) {
    const jpeg_plane *light = &j->component[0].plane;
    const unsigned char *samples = light->samples + (size_t)y * light->stride, *cb[2], *cr[2];
    if (j->gray) return samples;
    if (j->components == 1) {
        for (int x = 0; x < j->out_width; x++) {
            unsigned char *to = j->row + 4 * x;
            to[0] = to[1] = to[2] = samples[x], to[3] = 255;
        }
        return j->row;
    }
    chroma_rows(&j->component[1], y, j->out_high, cb);
    chroma_rows(&j->component[2], y, j->out_high, cr);
    j->kernels->colour(samples, cb, cr, j->out_width, j->out_wide, j->out_high, j->chroma, j->row);
    return j->row;
}

void jpeg_baseline_free(jpeg_baseline *j) {
    if (!j) return;
    release_aligned(j->memory);
    free(j->stream);
    free(j->segment);
    free(j);
}
