/* Band-limited interpolation by windowed sinc functions (libsamplerate's best converter: 144 dB, 97
 * % of the band): see sound_rate.h. Source: Smith, Digital Audio Resampling (1984). */
#include "transform/sound_rate.h"

#include "build_config.h"

#include <string.h>

int64_t sound_rate_frames(int64_t frames, int64_t from, int64_t to) {
    int64_t whole, part = (frames % from * to + from - 1) / from, sum;
    if (__builtin_mul_overflow(frames / from, to, &whole)) return INT64_MAX;
    return __builtin_add_overflow(whole, part, &sum) ? INT64_MAX : sum;
}

int64_t sound_rate_needs(int64_t wanted, int64_t from, int64_t to) {
    const int64_t reach = 1024; /* of the filter, in frames of the lower rate, and more */
    int64_t own = sound_rate_frames(wanted, to, from), more = reach * (1 + from / to);
    return own > INT64_MAX - more ? INT64_MAX : own + more;
}

#ifdef HAVE_SAMPLERATE
#include <samplerate.h>

bool sound_rate_supported(void) { return true; }

mica_status sound_rate_change(const float *in, int64_t frames, int64_t channels, int64_t from,
                              int64_t to, int64_t wanted, float *out, const char *name,
                              mica_error *err) {
    SRC_DATA d = {.data_in = in,
                  .data_out = out,
                  .input_frames = (long)frames,
                  .output_frames = (long)wanted,
                  .src_ratio = (double)to / (double)from};
    if (!src_is_valid_ratio(d.src_ratio))
        return fail(err, MICA_FORMAT,
                    "%s: %lld frames a second, expected %lld or at most 256 times more or fewer",
                    name, (long long)from, (long long)to);
    if (!wanted) return MICA_OK;
    int code = frames ? src_simple(&d, SRC_SINC_BEST_QUALITY, (int)channels) : 0;
    if (code) return fail(err, MICA_INTERNAL, "%s: libsamplerate: %s", name, src_strerror(code));
    memset(out + d.output_frames_gen * channels, 0,
           (size_t)((wanted - d.output_frames_gen) * channels) * sizeof *out);
    return MICA_OK;
}

#else

bool sound_rate_supported(void) { return false; }

mica_status sound_rate_change(const float *in, int64_t frames, int64_t channels, int64_t from,
                              int64_t to, int64_t wanted, float *out, const char *name,
                              mica_error *err) {
    return fail(err, MICA_UNSUPPORTED,
                "%s: %lld frames a second, expected %lld: this build does not resample, it lacks "
                "libsamplerate",
                name, (long long)from, (long long)to);
}

#endif
