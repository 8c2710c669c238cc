/* Sounds: any bytes give frames, at their rate and at another, or an error. */
#include "codec/sound.h"
#include "data/sound_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { FRAMES = 300, MOST_CHANNELS = 64 };
    static float values[FRAMES * MOST_CHANNELS];
    sound_facts facts;
    if (sound_look(data, size, "fuzz", &facts, NULL) != MICA_OK) return 0;
    int64_t frames = facts.frames < FRAMES ? facts.frames + 1 : FRAMES;
    if (facts.channels > MOST_CHANNELS) abort();
    sound_decode(data, size, "fuzz", frames, facts.channels, values, NULL);
    sound_room room = {0};
    sound_sample(data, size, &(sound_shape){frames, facts.channels, 8000}, &room, "fuzz", values,
                 NULL);
    sound_room_free(&room);
    return 0;
}
