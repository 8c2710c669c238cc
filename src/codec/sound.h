/* Sounds: WAV and FLAC to floats, by libsndfile. Whole numbers are divided by the largest of their
 * width, so that they are in -1 … 1, as TensorFlow's decode_wav. A header that claims more than its
 * bytes can hold is refused. */
#ifndef CODEC_SOUND_H
#define CODEC_SOUND_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sound_facts {
    const char *kind; /* "WAV", "FLAC" */
    int64_t frames, channels, rate;
} sound_facts;

/* Whether this build reads them. */
bool sound_supported(void);
/* Whether the bytes begin as a sound that is read. */
bool sound_is(const void *bytes, size_t size);
mica_status sound_look(const void *bytes, size_t size, const char *name, sound_facts *out,
                       mica_error *err);
/* The first `frames` frames, (frames, channels) row-major; zeros after the last one. The sound must
 * have so many channels. */
mica_status sound_decode(const void *bytes, size_t size, const char *name, int64_t frames,
                         int64_t channels, float *out, mica_error *err);

#endif
