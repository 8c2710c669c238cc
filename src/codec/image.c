/* Pictures: see image.h. Here: which kind, what is common to the decoders. */
#include "codec/image_kinds.h"

#include "build_config.h"
#include "codec/jpeg_baseline.h"

#include <stdlib.h>
#include <string.h>

image_kind image_kind_of(const void *bytes, size_t size) {
    const unsigned char *b = bytes;
    if (size >= 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff) return IMAGE_JPEG;
    if (size >= 8 && !memcmp(b, "\x89PNG\r\n\x1a\n", 8)) return IMAGE_PNG;
    if (size >= 6 && (!memcmp(b, "GIF87a", 6) || !memcmp(b, "GIF89a", 6))) return IMAGE_GIF;
    if (size >= 12 && !memcmp(b, "RIFF", 4) && !memcmp(b + 8, "WEBP", 4)) return IMAGE_WEBP;
    if (size >= 26 && b[0] == 'B' && b[1] == 'M') return IMAGE_BMP;
    if (size >= 3 && b[0] == 'P' && (b[1] == '5' || b[1] == '6') && strchr(" \t\r\n#", b[2]) &&
        b[2])
        return IMAGE_PPM;
    return IMAGE_UNKNOWN;
}

const char *image_kind_name(image_kind kind) {
    static const char *const names[] = {"unknown", "JPEG", "PNG", "BMP", "PPM", "GIF", "WebP"};
    return names[kind];
}

bool image_supported(image_kind kind) {
    switch (kind) {
#ifdef HAVE_JPEG
    case IMAGE_JPEG: return true;
#endif
#ifdef HAVE_PNG
    case IMAGE_PNG: return true;
#endif
#ifdef HAVE_WEBP
    case IMAGE_WEBP: return true;
#endif
    case IMAGE_BMP:
    case IMAGE_PPM: return true;
    default: return false;
    }
}

static mica_status unknown(const void *bytes, size_t size, image_kind kind, const char *name,
                           mica_error *err) {
    const unsigned char *b = bytes;
    if (kind == IMAGE_GIF)
        return fail(err, MICA_UNSUPPORTED,
                    "%s: a GIF, which is not read; JPEG, PNG, WebP, BMP and PPM are", name);
    if (kind == IMAGE_JPEG || kind == IMAGE_PNG || kind == IMAGE_WEBP)
        return fail(err, MICA_UNSUPPORTED, "%s: a %s, but this mica was built without %s", name,
                    kind == IMAGE_PNG    ? "PNG"
                    : kind == IMAGE_WEBP ? "WebP"
                                         : "JPEG",
                    kind == IMAGE_PNG    ? "libpng"
                    : kind == IMAGE_WEBP ? "libwebp"
                                         : "libjpeg");
    if (!size) return fail(err, MICA_FORMAT, "%s: an empty file, expected a picture", name);
    return fail(err, MICA_FORMAT,
                "%s: not a picture (JPEG, PNG, WebP, BMP, PPM): it begins with %02x %02x %02x %02x",
                name, b[0], size > 1 ? b[1] : 0, size > 2 ? b[2] : 0, size > 3 ? b[3] : 0);
}

mica_status image_look(const void *bytes, size_t size, const char *name, image_facts *out,
                       mica_error *err) {
    image_kind kind = image_kind_of(bytes, size);
    *out = (image_facts){.kind = kind};
    switch (kind) {
    case IMAGE_JPEG: return jpeg_look(bytes, size, name, out, err);
    case IMAGE_PNG: return png_look(bytes, size, name, out, err);
    case IMAGE_WEBP: return webp_look(bytes, size, name, out, err);
    case IMAGE_BMP: return bmp_look(bytes, size, name, out, err);
    case IMAGE_PPM: return ppm_look(bytes, size, name, out, err);
    default: return unknown(bytes, size, kind, name, err);
    }
}

mica_status image_check_size(int64_t width, int64_t height, const char *name, mica_error *err) {
    if (width > 0 && height > 0 && width <= IMAGE_MOST_PIXELS / height) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: a picture of %lld x %lld pixels, expected 1 to %lld pixels",
                name, (long long)width, (long long)height, (long long)IMAGE_MOST_PIXELS);
}

mica_status image_resize_room(image *i, int64_t width, int64_t height, int64_t channels,
                              const char *name, mica_error *err) {
    TRY(image_check_size(width, height, name, err));
    size_t bytes = (size_t)(width * height * channels);
    if (bytes > i->room || !i->pixels) {
        unsigned char *pixels = realloc(i->pixels, bytes + IMAGE_BEHIND);
        if (!pixels) return fail_memory(err, bytes, name);
        i->pixels = pixels;
        i->room = bytes;
    }
    i->width = width, i->height = height, i->channels = channels;
    return MICA_OK;
}

const unsigned char *image_row(image *i, int64_t y) {
    if (i->by_rows) return jpeg_baseline_row(i->jpeg, y);
    return i->pixels + y * i->width * i->channels;
}

void image_free(image *i) {
    free(i->pixels);
    jpeg_baseline_free(i->jpeg);
    *i = (image){0};
}

/* ---- channels ---- */

static void convert_pixel(const unsigned char *in, int64_t from, unsigned char *out, int64_t to) {
    bool gray = from < 3;
    unsigned char r = in[0], g = in[gray ? 0 : 1], b = in[gray ? 0 : 2];
    unsigned char alpha = from == 2 ? in[1] : from == 4 ? in[3] : 255;
    if (to < 3) {
        out[0] = gray ? r : (unsigned char)((r * 299u + g * 587u + b * 114u + 500u) / 1000u);
        if (to == 2) out[1] = alpha;
        return;
    }
    out[0] = r, out[1] = g, out[2] = b;
    if (to == 4) out[3] = alpha;
}

/* In place: from the end where pixels grow, so that none is overwritten before it was read. */
static mica_status convert_channels(image *i, int64_t to, const char *name, mica_error *err) {
    int64_t from = i->channels, n = i->width * i->height;
    if (to == from || to == 0) return MICA_OK;
    TRY(image_resize_room(i, i->width, i->height, to > from ? to : from, name, err));
    i->channels = to;
    for (int64_t k = 0; k < n; k++) {
        int64_t at = to > from ? n - 1 - k : k;
        unsigned char pixel[4];
        convert_pixel(i->pixels + at * from, from, pixel, to);
        memcpy(i->pixels + at * to, pixel, (size_t)to);
    }
    return MICA_OK;
}

mica_status image_decode(const void *bytes, size_t size, image_wish wish, const char *name,
                         image *out, mica_error *err) {
    image_kind kind = image_kind_of(bytes, size);
    out->by_rows = false;
    switch (kind) {
#ifdef HAVE_JPEG
    case IMAGE_JPEG: TRY(jpeg_decode(bytes, size, wish, name, out, err)); break;
#endif
#ifdef HAVE_PNG
    case IMAGE_PNG: TRY(png_decode(bytes, size, wish, name, out, err)); break;
#endif
#ifdef HAVE_WEBP
    case IMAGE_WEBP: TRY(webp_decode(bytes, size, wish, name, out, err)); break;
#endif
    case IMAGE_BMP: TRY(bmp_decode(bytes, size, name, out, err)); break;
    case IMAGE_PPM: TRY(ppm_decode(bytes, size, name, out, err)); break;
    default: return unknown(bytes, size, kind, name, err);
    }
    if (out->by_rows) return MICA_OK;
    return convert_channels(out, wish.channels, name, err);
}
