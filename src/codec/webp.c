/* WebP by libwebp: single pictures, lossy or lossless. The header is read here, so that a build
 * without libwebp can say what a file is.  Source: RFC 9649. */
#include "codec/image_kinds.h"

#include "build_config.h"
#include "codec/bytes.h"

#include <string.h>

#define PIXELS_PER_BYTE 65536 /* even of a picture in one colour */

enum { CHUNKS = 12, LEAST = 30, ANIMATED = 2, ALPHA = 16 };

static mica_status take_size(const unsigned char *b, const char *name, image_facts *out,
                             mica_error *err) {
    out->channels = 3;
    if (!memcmp(b + CHUNKS, "VP8X", 4)) {
        if (b[20] & ANIMATED)
            return fail(err, MICA_UNSUPPORTED, "%s: an animated WebP, expected a single picture",
                        name);
        out->channels = b[20] & ALPHA ? 4 : 3;
        out->width = 1 + (int64_t)(little32(b + 24) & 0xffffff);
        out->height = 1 + (int64_t)(little32(b + 26) >> 8);
    } else if (!memcmp(b + CHUNKS, "VP8L", 4) && b[20] == 0x2f) {
        uint32_t bits = little32(b + 21);
        out->width = 1 + (bits & 0x3fff), out->height = 1 + (bits >> 14 & 0x3fff);
        out->channels = bits >> 28 & 1 ? 4 : 3;
    } else if (!memcmp(b + CHUNKS, "VP8 ", 4) && !memcmp(b + 23, "\x9d\x01\x2a", 3)) {
        out->width = little16(b + 26) & 0x3fff, out->height = little16(b + 28) & 0x3fff;
    } else {
        return fail(err, MICA_FORMAT, "%s: the header of the WebP is damaged", name);
    }
    return image_check_size(out->width, out->height, name, err);
}

mica_status webp_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                      mica_error *err) {
    if (size < LEAST || little32(bytes + 4) > size - 8)
        return fail(err, MICA_FORMAT, "%s: the WebP is cut short: %zu bytes, expected %llu", name,
                    size, size < 8 ? LEAST : (unsigned long long)little32(bytes + 4) + 8);
    TRY(take_size(bytes, name, out, err));
    if (out->width * out->height <= (int64_t)size * PIXELS_PER_BYTE) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: a WebP of %zu bytes claims %lld x %lld pixels", name, size,
                (long long)out->width, (long long)out->height);
}

#ifdef HAVE_WEBP
#include <webp/decode.h>

mica_status webp_decode(const unsigned char *bytes, size_t size, image_wish wish, const char *name,
                        image *out, mica_error *err) {
    image_facts facts = {0};
    WebPBitstreamFeatures features;
    TRY(webp_look(bytes, size, name, &facts, err));
    if (WebPGetFeatures(bytes, size, &features) != VP8_STATUS_OK || features.width != facts.width ||
        features.height != facts.height)
        return fail(err, MICA_FORMAT, "%s: the header of the WebP is damaged or cut short", name);
    bool alpha = wish.channels == 4 || (wish.channels == 0 && features.has_alpha);
    TRY(image_resize_room(out, facts.width, facts.height, alpha ? 4 : 3, name, err));
    int stride = (int)(out->width * out->channels);
    size_t room = (size_t)stride * (size_t)out->height;
    const void *done = alpha ? WebPDecodeRGBAInto(bytes, size, out->pixels, room, stride)
                             : WebPDecodeRGBInto(bytes, size, out->pixels, room, stride);
    if (done) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: the pixels of the WebP are damaged or cut short", name);
}
#endif
