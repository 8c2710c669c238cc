/* Resizing pictures: see resize_image.h. First along rows, each input row once, then across as many
 * of them as an output row is made of; pixel_axis.c has the weights, simd_resize.c the loops. */
#include "transform/resize_image.h"

#include "base/memory.h"
#include "transform/pixel_axis.h"

#include <stdlib.h>
#include <string.h>

#define PADDING 16 /* floats behind a row, that vectors of pixels may write */

void resize_room_free(resize_room *room) {
    for (int i = 0; i < 2; i++) pixel_axis_free(room->axis[i]);
    release_aligned(room->floats);
    *room = (resize_room){0};
}

static mica_status make_room(resize_room *room, size_t count, mica_error *err) {
    if (count <= room->count) return MICA_OK;
    release_aligned(room->floats);
    room->count = 0;
    room->floats = allocate_aligned(count * sizeof *room->floats);
    if (!room->floats) return fail_memory(err, count * sizeof *room->floats, "resize");
    room->count = count;
    return MICA_OK;
}

/* Rows that were resized along themselves: row y lies at y % taps. */
typedef struct strip {
    const pixel_rows *in;
    const resize_kernels *loops;
    const pixel_axis *columns;
    int64_t channels, row, made; /* floats from row to row; rows made so far end here */
    float *floats;
    int taps;
} strip;

static float *strip_row(const strip *s, int64_t y) { return s->floats + y % s->taps * s->row; }

/* Has the rows first … first + taps - 1 there. */
static void fill_strip(strip *s, int64_t first) {
    if (s->made < first) s->made = first;
    for (; s->made < first + s->taps; s->made++) {
        const unsigned char *row = s->in->row(s->in->from, s->in->top + s->made);
        s->loops->along(row + s->in->left * s->in->channels, s->in->channels, s->columns,
                        strip_row(s, s->made), s->channels);
    }
}

static void run(strip *s, const pixel_axis *rows, float *out, int64_t width, int64_t stride,
                const float **at) {
    for (int64_t y = 0; y < rows->out; y++, out += stride) {
        fill_strip(s, rows->start[y]);
        for (int k = 0; k < rows->taps; k++) at[k] = strip_row(s, rows->start[y] + k);
        s->loops->across(at, rows->weight + y * rows->taps, rows->taps, width * s->channels, out);
    }
}

mica_status resize_rows(const pixel_rows *in, float *out, int64_t height, int64_t width,
                        int64_t channels, int64_t stride, mica_resize_method method,
                        resize_room *room, mica_error *err) {
    int64_t in_height = in->crop_height ? in->crop_height : in->height,
            in_width = in->crop_height ? in->crop_width : in->width;
    const pixel_axis *rows = pixel_axis_for(&room->axis[0], in_height, height, method),
                     *columns = pixel_axis_for(&room->axis[1], in_width, width, method);
    if (!rows || !columns) return fail_memory(err, (size_t)(height + width) * 64, "resize");
    int64_t row = (width * channels + 2 * PADDING - 1) / PADDING * PADDING;
    size_t pointers = (size_t)rows->taps * sizeof(float *) / sizeof(float);
    TRY(make_room(room, (size_t)(rows->taps * row) + pointers, err));
    strip s = {.in = in,
               .loops = ISA_CHOOSE(resize_loops, isa_best()),
               .columns = columns,
               .channels = channels,
               .row = row,
               .floats = room->floats,
               .taps = rows->taps};
    run(&s, rows, out, width, stride, (const float **)(void *)(room->floats + rows->taps * row));
    return MICA_OK;
}

typedef struct packed { /* pixels without room behind their end */
    const unsigned char *pixels;
    int64_t bytes, last;
    unsigned char *end; /* a copy of the last row */
} packed;

static const unsigned char *packed_row(void *from, int64_t y) {
    const packed *p = from;
    return y == p->last ? p->end : p->pixels + y * p->bytes;
}

mica_status resize_image(const unsigned char *in, int64_t in_height, int64_t in_width,
                         int64_t channels, float *out, int64_t height, int64_t width,
                         mica_resize_method method, mica_error *err) {
    int64_t bytes = in_width * channels;
    packed p = {in, bytes, in_height - 1, calloc((size_t)bytes + PADDING, 1)};
    if (!p.end) return fail_memory(err, (size_t)bytes, "resize");
    memcpy(p.end, in + p.last * bytes, (size_t)bytes);
    resize_room room = {0};
    const pixel_rows rows = {in_height, in_width, channels, packed_row, &p, 0, 0, 0, 0};
    mica_status status = resize_rows(&rows, out, height, width, channels, width * channels, method,
                                     &room, err);
    resize_room_free(&room);
    free(p.end);
    return status;
}
