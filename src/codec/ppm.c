/* PPM and PGM: binary, 8 bits: "P6 width height 255" and the pixels. */
#include "codec/image_kinds.h"

#include <string.h>

static bool number(const unsigned char *b, size_t size, size_t *at, int64_t *out) {
    while (*at < size && (b[*at] == ' ' || (b[*at] >= '\t' && b[*at] <= '\r') || b[*at] == '#')) {
        if (b[*at] == '#')
            while (*at < size && b[*at] != '\n') (*at)++;
        if (*at < size) (*at)++;
    }
    size_t first = *at;
    for (*out = 0; *at < size && b[*at] >= '0' && b[*at] <= '9' && *out < 100000000; (*at)++)
        *out = *out * 10 + b[*at] - '0';
    return *at > first;
}

static mica_status parse_ppm(const unsigned char *b, size_t size, const char *name,
                             image_facts *out, size_t *pixels, mica_error *err) {
    int64_t most = 0;
    *pixels = 2;
    if (!number(b, size, pixels, &out->width) || !number(b, size, pixels, &out->height) ||
        !number(b, size, pixels, &most))
        return fail(err, MICA_FORMAT, "%s: the header of the PPM is damaged or cut short", name);
    if (most != 255)
        return fail(err, MICA_UNSUPPORTED, "%s: a PPM of values to %lld, expected 255", name,
                    (long long)most);
    TRY(image_check_size(out->width, out->height, name, err));
    out->channels = b[1] == '6' ? 3 : 1;
    int64_t wanted = out->width * out->height * out->channels;
    if (++*pixels > size || (uint64_t)wanted > size - *pixels)
        return fail(err, MICA_FORMAT,
                    "%s: the PPM is cut short: %zu bytes, expected %lld of pixels alone", name,
                    size, (long long)wanted);
    return MICA_OK;
}

mica_status ppm_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err) {
    size_t pixels;
    return parse_ppm(bytes, size, name, out, &pixels, err);
}

mica_status ppm_decode(const unsigned char *bytes, size_t size, const char *name, image *out,
                       mica_error *err) {
    image_facts facts = {0};
    size_t at;
    TRY(parse_ppm(bytes, size, name, &facts, &at, err));
    TRY(image_resize_room(out, facts.width, facts.height, facts.channels, name, err));
    memcpy(out->pixels, bytes + at, (size_t)(facts.width * facts.height * facts.channels));
    return MICA_OK;
}
