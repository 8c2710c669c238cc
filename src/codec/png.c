/* PNG by libpng, as TensorFlow decodes it: palettes and small bit depths expanded, 16 bits cut to
 * the upper 8, colour to gray by 0.299, 0.587, 0.114.
 * Source: ISO/IEC 15948; tensorflow/core/lib/png/png_io.cc. */
#include "codec/image_kinds.h"

#include "build_config.h"
#include "codec/bytes.h"
#include "codec/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the header, without libpng ---- */

mica_status png_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err) {
    static const unsigned char channels[7] = {1, 0, 3, 3, 2, 0, 4};
    if (size < 33 || memcmp(bytes + 12, "IHDR", 4) || bytes[25] > 6)
        return fail(err, MICA_FORMAT, "%s: the header of the PNG is damaged or cut short", name);
    out->width = big32(bytes + 16), out->height = big32(bytes + 20);
    out->channels = channels[bytes[25]];
    TRY(image_check_size(out->width, out->height, name, err));
    for (size_t at = 8; at + 12 <= size;) {
        if (!memcmp(bytes + at + 4, "IEND", 4)) return MICA_OK;
        if (!memcmp(bytes + at + 4, "tRNS", 4)) out->channels = out->channels < 3 ? 2 : 4;
        size_t length = big32(bytes + at);
        if (length > size - at - 12) break;
        at += 12 + length;
    }
    return fail(err, MICA_FORMAT, "%s: the PNG is cut short: it has no end", name);
}

/* ---- the pixels ---- */
#ifdef HAVE_PNG
#include <png.h>

typedef struct decoder {
    png_structp png;
    png_infop info;
    const unsigned char *at;
    size_t left;
    png_bytep *rows;
    char text[128];
} decoder;

static void leave(png_structp png, png_const_charp text) {
    decoder *d = png_get_error_ptr(png);
    snprintf(d->text, sizeof d->text, "%s", text);
    png_longjmp(png, 1);
}

static void no_warning(png_structp png, png_const_charp text) {}

static void take(png_structp png, png_bytep out, size_t count) {
    decoder *d = png_get_io_ptr(png);
    if (count > d->left) png_error(png, "the file is cut short");
    memcpy(out, d->at, count);
    d->at += count, d->left -= count;
}

/* What libpng shall turn the rows into. */
static void choose_colours(decoder *d, int channels) {
    png_structp png = d->png;
    int type = png_get_color_type(png, d->info), depth = png_get_bit_depth(png, d->info);
    bool transparent = png_get_valid(png, d->info, PNG_INFO_tRNS);
    bool alpha = (type & PNG_COLOR_MASK_ALPHA) || transparent, colour = type & PNG_COLOR_MASK_COLOR;
    bool want_alpha = channels == 4 || (channels == 0 && alpha),
         want_colour = channels ? channels > 2 : colour;
    if (depth == 16) png_set_strip_16(png);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (!colour && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (transparent) png_set_tRNS_to_alpha(png);
    if (want_colour && !colour) png_set_gray_to_rgb(png);
    if (!want_colour && colour) png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, 0.299, 0.587);
    if (alpha && !want_alpha) png_set_strip_alpha(png);
    if (!alpha && want_alpha) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    png_set_interlace_handling(png);
}

static mica_status check_size(decoder *d, size_t size, const char *name, mica_error *err) {
    uint64_t width = png_get_image_width(d->png, d->info),
             height = png_get_image_height(d->png, d->info);
    TRY(image_check_size((int64_t)width, (int64_t)height, name, err));
    if (height * png_get_rowbytes(d->png, d->info) / DEFLATE_HIGHEST_RATIO > size)
        return fail(err, MICA_FORMAT, "%s: a PNG of %zu bytes claims %llu x %llu pixels", name,
                    size, (unsigned long long)width, (unsigned long long)height);
    return MICA_OK;
}

static mica_status decode(decoder *d, size_t size, image_wish wish, const char *name, image *out,
                          mica_error *err) {
    if (setjmp(png_jmpbuf(d->png))) return fail(err, MICA_FORMAT, "%s: PNG: %s", name, d->text);
    png_set_read_fn(d->png, d, take);
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);
    png_set_chunk_malloc_max(d->png, 8 << 20);
    png_read_info(d->png, d->info);
    TRY(check_size(d, size, name, err));
    choose_colours(d, wish.channels);
    png_read_update_info(d->png, d->info);
    png_uint_32 height = png_get_image_height(d->png, d->info);
    size_t row = png_get_rowbytes(d->png, d->info);
    TRY(image_resize_room(out, png_get_image_width(d->png, d->info), height,
                          png_get_channels(d->png, d->info), name, err));
    if (row != (size_t)(out->width * out->channels))
        png_error(d->png, "rows of an unexpected size");
    d->rows = malloc(height * sizeof *d->rows);
    if (!d->rows) return fail_memory(err, height * sizeof *d->rows, name);
    for (png_uint_32 y = 0; y < height; y++) d->rows[y] = out->pixels + y * row;
    png_read_image(d->png, d->rows);
    png_read_end(d->png, NULL);
    return MICA_OK;
}

mica_status png_decode(const unsigned char *bytes, size_t size, image_wish wish, const char *name,
                       image *out, mica_error *err) {
    decoder d = {.at = bytes, .left = size};
    mica_status status = MICA_OK;
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, leave, no_warning);
    d.info = d.png ? png_create_info_struct(d.png) : NULL;
    if (!d.info) status = fail_memory(err, sizeof d, name);
    else status = decode(&d, size, wish, name, out, err);
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rows);
    return status;
}
#endif
