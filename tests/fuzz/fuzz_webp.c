/* Pictures, from a corpus of WebP: any bytes give pixels or an error. */
#include "support/look_at.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int channels[] = {0, 1, 3, 4};
    image_facts facts;
    image_look(data, size, "fuzz", &facts, NULL);
    for (size_t i = 0; i < LENGTH(channels); i++) {
        image picture = {0};
        if (image_decode(data, size, (image_wish){channels[i], i % 2}, "fuzz", &picture, NULL) ==
            MICA_OK)
            look_at_picture(&picture);
        image_free(&picture);
    }
    return 0;
}
