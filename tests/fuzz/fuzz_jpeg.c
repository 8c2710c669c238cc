/* Pictures, from a corpus of JPEG: any bytes give pixels or an error. */
#include "support/look_at.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Row by row, in all its eighths. */
static void look_at_scaled(const uint8_t *data, size_t size) {
    image picture = {0};
    image_facts facts;
    if (image_look(data, size, "fuzz", &facts, NULL) != MICA_OK) return;
    for (int eighths = 1; eighths <= 8; eighths++) {
        image_wish wish = {.channels = 3,
                           .by_rows = true,
                           .fit_height = facts.height * eighths / 8,
                           .fit_width = facts.width * eighths / 8};
        if (image_decode(data, size, wish, "fuzz", &picture, NULL) != MICA_OK) continue;
        for (int64_t y = 0; y < picture.height; y++)
            look_at_bytes(image_row(&picture, y), (size_t)(picture.width * picture.channels));
    }
    image_free(&picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    look_at_decodings(data, size);
    look_at_scaled(data, size);
    return 0;
}
