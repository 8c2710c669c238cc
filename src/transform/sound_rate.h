/* Sounds at another rate. */
#ifndef TRANSFORM_SOUND_RATE_H
#define TRANSFORM_SOUND_RATE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether this build has libsamplerate. */
bool sound_rate_supported(void);
/* How long so many frames are at another rate: ceil(frames * to / from), as librosa.resample. */
int64_t sound_rate_frames(int64_t frames, int64_t from, int64_t to);
/* How many frames at the start of a sound have an influence on the first `wanted` at another rate.
 */
int64_t sound_rate_needs(int64_t wanted, int64_t from, int64_t to);
/* The first `wanted` frames of the sound at rate `to`; zeros behind its end. What lies above half
 * the smaller rate is removed. */
mica_status sound_rate_change(const float *in, int64_t frames, int64_t channels, int64_t from,
                              int64_t to, int64_t wanted, float *out, const char *name,
                              mica_error *err);

#endif
