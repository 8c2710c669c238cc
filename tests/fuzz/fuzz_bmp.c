/* BMP, PPM and PGM, past the signature: any bytes give pixels or an error. */
#include "codec/image_kinds.h"
#include "support/look_at.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef mica_status decoder(const unsigned char *, size_t, const char *, image *, mica_error *);
typedef mica_status looker(const unsigned char *, size_t, const char *, image_facts *,
                           mica_error *);

static void decode(decoder *decode, looker *look, const uint8_t *data, size_t size) {
    image_facts facts = {0};
    image picture = {0};
    mica_error err = {0};
    mica_status looked = look(data, size, "fuzz", &facts, &err);
    mica_status decoded = decode(data, size, "fuzz", &picture, &err);
    if (looked != decoded && decoded != MICA_MEMORY) abort(); /* the header says what will come */
    if (decoded != MICA_OK && !err.message[0]) abort();
    if (decoded == MICA_OK) {
        if (facts.width != picture.width || facts.height != picture.height) abort();
        look_at_picture(&picture);
    }
    image_free(&picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1) decode(bmp_decode, bmp_look, data, size);
    if (size > 1) decode(ppm_decode, ppm_look, data, size);
    return 0;
}
