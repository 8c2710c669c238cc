/* JPEG by libjpeg(-turbo), as TensorFlow decodes it: the fast inverse transform unless the exact
 * one is wished, smooth upsampling, CMYK multiplied out. Damaged data, which libjpeg warns of and
 * fills with gray, is an error here.  Source: ITU-T T.81; tensorflow/core/lib/jpeg/jpeg_mem.cc. */
#include "codec/image_kinds.h"

#include "build_config.h"
#include "codec/bytes.h"
#include "codec/jpeg_baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the header, without libjpeg ---- */

enum { SOS = 0xda, EOI = 0xd9 };

static bool is_frame(unsigned marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool has_end(const unsigned char *bytes, size_t from, size_t size) {
    for (size_t i = size; i >= from + 2; i--)
        if (bytes[i - 1] == EOI && bytes[i - 2] == 0xff) return true;
    return false;
}

static mica_status take_frame(const unsigned char *b, const char *name, image_facts *out,
                              mica_error *err) {
    out->height = big16(b + 3), out->width = big16(b + 5);
    out->channels = b[7] == 1 ? 1 : 3;
    return image_check_size(out->width, out->height, name, err);
}

mica_status jpeg_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                      mica_error *err) {
    for (size_t at = 2; at + 4 <= size;) {
        if (bytes[at] != 0xff) break;
        unsigned marker = bytes[at + 1];
        if (marker == 0xff || marker == 1 ||
            (marker >= 0xd0 && marker <= 0xd7)) { /* fill, no length */
            at += marker == 0xff ? 1 : 2;
            continue;
        }
        size_t length = big16(bytes + at + 2);
        if (length < 2 || length > size - at - 2) break;
        if (is_frame(marker) && length >= 8) TRY(take_frame(bytes + at + 2, name, out, err));
        if (marker == SOS) {
            if (!out->width) break;
            if (has_end(bytes, at, size)) return MICA_OK;
            return fail(err, MICA_FORMAT, "%s: the JPEG is cut short: it has no end marker", name);
        }
        at += 2 + length;
    }
    return fail(err, MICA_FORMAT, "%s: the header of the JPEG is damaged or cut short", name);
}

int jpeg_eighths(int64_t height, int64_t width, image_wish wish) {
    if (!wish.fit_height || !wish.fit_width) return 8;
    for (int n = 1; n < 8; n++)
        if (height * n >= 8 * wish.fit_height && width * n >= 8 * wish.fit_width) return n;
    return 8;
}

/* ---- the pixels ---- */
#ifdef HAVE_JPEG
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>

#define MOST_SCANS 100 /* of progressive files: more only burn time */
#define ROWS 16        /* read at once */

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    unsigned char *cmyk; /* rows of four channels */
    char text[JMSG_LENGTH_MAX];
} decoder;

static void leave(j_common_ptr jpeg) {
    decoder *d = jpeg->client_data;
    jpeg->err->format_message(jpeg, d->text);
    longjmp(d->leave, 1);
}

/* Warnings about damage end it; those about oddities (and traces) do not. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL: leave(jpeg);
    }
}

static void on_progress(j_common_ptr jpeg) {
    decoder *d = jpeg->client_data;
    if (d->jpeg.input_scan_number <= MOST_SCANS) return;
    snprintf(d->text, sizeof d->text, "more than %d scans", MOST_SCANS);
    longjmp(d->leave, 1);
}

static void choose_colours(decoder *d, int channels) {
    struct jpeg_decompress_struct *j = &d->jpeg;
    if (j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK)
        j->out_color_space = JCS_CMYK;
    else if (channels == 1 || (channels == 0 && j->num_components == 1))
        j->out_color_space = JCS_GRAYSCALE;
    else j->out_color_space = JCS_RGB;
}

/* Adobe's files hold the inks inverted. */
static void cmyk_to_rgb(const unsigned char *in, bool inverted, int64_t pixels,
                        unsigned char *out) {
    for (int64_t i = 0; i < pixels; i++, in += 4, out += 3)
        for (int c = 0; c < 3; c++)
            out[c] = (unsigned char)(inverted ? in[c] * in[3] / 255
                                              : (255 - in[c]) * (255 - in[3]) / 255);
}

static mica_status check_frame(decoder *d, size_t size, const char *name, mica_error *err) {
    int64_t width = d->jpeg.image_width, height = d->jpeg.image_height;
    TRY(image_check_size(width, height, name, err));
    if (d->jpeg.arith_code)
        return fail(err, MICA_UNSUPPORTED, "%s: a JPEG in arithmetic coding", name);
    if (width * height > (int64_t)size * JPEG_PIXELS_PER_BYTE + 64 * 64)
        return fail(err, MICA_FORMAT, "%s: a JPEG of %zu bytes claims %lld x %lld pixels", name,
                    size, (long long)width, (long long)height);
    return MICA_OK;
}

static mica_status read_rows(decoder *d, image *out, const char *name, mica_error *err) {
    struct jpeg_decompress_struct *j = &d->jpeg;
    bool inks = j->out_color_space == JCS_CMYK;
    TRY(image_resize_room(out, j->output_width, j->output_height, inks ? 3 : j->output_components,
                          name, err));
    size_t row = (size_t)j->output_width * (size_t)out->channels,
           ink_row = (size_t)j->output_width * 4;
    if (inks && !(d->cmyk = malloc(ink_row))) return fail_memory(err, ink_row, name);
    while (j->output_scanline < j->output_height) {
        JSAMPROW rows[ROWS];
        unsigned char *to = out->pixels + j->output_scanline * row;
        JDIMENSION left = j->output_height - j->output_scanline, n = inks          ? 1
                                                                     : left < ROWS ? left
                                                                                   : ROWS;
        for (JDIMENSION i = 0; i < n; i++) rows[i] = inks ? d->cmyk : to + i * row;
        jpeg_read_scanlines(j, rows, n);
        if (inks) cmyk_to_rgb(d->cmyk, j->saw_Adobe_marker, j->output_width, to);
    }
    return MICA_OK;
}

static void scale(struct jpeg_decompress_struct *j, image_wish wish) {
    j->scale_num = (unsigned)jpeg_eighths(j->image_height, j->image_width, wish);
    j->scale_denom = 8;
}

static mica_status decode(decoder *d, const unsigned char *bytes, size_t size, image_wish wish,
                          const char *name, image *out, mica_error *err) {
    if (setjmp(d->leave)) return fail(err, MICA_FORMAT, "%s: JPEG: %s", name, d->text);
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.progress = &d->progress;
    d->progress.progress_monitor = on_progress;
    jpeg_mem_src(&d->jpeg, bytes, size);
    jpeg_read_header(&d->jpeg, TRUE);
    TRY(check_frame(d, size, name, err));
    choose_colours(d, wish.channels);
    d->jpeg.dct_method = wish.exact ? JDCT_ISLOW : JDCT_IFAST;
    scale(&d->jpeg, wish);
    jpeg_start_decompress(&d->jpeg);
    TRY(read_rows(d, out, name, err));
    jpeg_finish_decompress(&d->jpeg);
    return MICA_OK;
}

/* Rows of the own decoder as pixels beside each other. */
static mica_status take_rows(image *out, const char *name, mica_error *err) {
    int64_t from = out->channels, to = from == 4 ? 3 : from;
    TRY(image_resize_room(out, out->width, out->height, to, name, err));
    for (int64_t y = 0; y < out->height; y++) {
        const unsigned char *row = jpeg_baseline_row(out->jpeg, y);
        unsigned char *at = out->pixels + y * out->width * to;
        if (to == 1) memcpy(at, row, (size_t)out->width);
        else
            for (int64_t x = 0; x < out->width; x++) memcpy(at + 3 * x, row + 4 * x, 3);
    }
    return MICA_OK;
}

mica_status jpeg_decode(const unsigned char *bytes, size_t size, image_wish wish, const char *name,
                        image *out, mica_error *err) {
    if (!wish.exact && jpeg_baseline_decode(bytes, size, wish, out)) {
        if (!wish.by_rows) return take_rows(out, name, err);
        out->by_rows = true;
        return MICA_OK;
    }
    decoder d = {0};
    d.jpeg.err = jpeg_std_error(&d.errors);
    d.jpeg.client_data = &d;
    d.errors.error_exit = leave;
    d.errors.emit_message = on_message;
    mica_status status = decode(&d, bytes, size, wish, name, out, err);
    jpeg_destroy_decompress(&d.jpeg);
    free(d.cmyk);
    return status;
}
#endif
