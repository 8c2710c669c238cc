/* Sounds: see sound.h. libsndfile reads from memory, and gets nothing that is not WAV or FLAC by
 * its first bytes. */
#include "codec/sound.h"

#include "build_config.h"

#include <string.h>

static bool begins(const void *bytes, size_t size, size_t at, const char *with) {
    size_t n = strlen(with);
    return size >= at + n && !memcmp((const char *)bytes + at, with, n);
}

static const char *kind_of(const void *bytes, size_t size) {
    if (begins(bytes, size, 0, "RIFF") && begins(bytes, size, 8, "WAVE")) return "WAV";
    return begins(bytes, size, 0, "fLaC") ? "FLAC" : NULL;
}

bool sound_is(const void *bytes, size_t size) { return kind_of(bytes, size) != NULL; }

#ifdef HAVE_SNDFILE
#include <sndfile.h>

#define FRAMES_PER_BYTE 65536 /* even of silence */
#define MOST_CHANNELS 64

bool sound_supported(void) { return true; }

/* Bytes in memory as a file. */
typedef struct in_memory {
    const char *bytes;
    sf_count_t size, at;
} in_memory;

static sf_count_t length_of(void *user) { return ((in_memory *)user)->size; }
static sf_count_t place_of(void *user) { return ((in_memory *)user)->at; }

static sf_count_t seek(sf_count_t offset, int whence, void *user) {
    in_memory *m = user;
    sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->size, to;
    if (__builtin_add_overflow(from, offset, &to) || to < 0 || to > m->size) return -1;
    return m->at = to;
}

static sf_count_t take(void *out, sf_count_t count, void *user) {
    in_memory *m = user;
    if (count > m->size - m->at) count = m->size - m->at;
    if (count <= 0) return 0;
    memcpy(out, m->bytes + m->at, (size_t)count);
    m->at += count;
    return count;
}

static sf_count_t put(const void *bytes, sf_count_t count, void *user) { return 0; }

static uint32_t little(const unsigned char *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* libsndfile gives what there is of samples. Writers that did not know their number, as they wrote
 * into a pipe, say that there are as many as can be. */
static mica_status check_whole(const in_memory *m, const char *name, mica_error *err) {
    enum { HEAD = 8, FIRST = 12, UNKNOWN = 0x7ffff000 };
    const unsigned char *bytes = (const unsigned char *)m->bytes;
    const int64_t size = m->size;
    for (int64_t at = FIRST, length; at + HEAD <= size; at += HEAD + length + length % 2) {
        length = little(bytes + at + 4);
        if (memcmp(bytes + at, "data", 4) != 0) continue;
        if (length <= size - at - HEAD || length >= UNKNOWN) return MICA_OK;
        return fail(err, MICA_FORMAT,
                    "%s: the WAV is cut short: %lld bytes of samples, expected %lld", name,
                    (long long)(size - at - HEAD), (long long)length);
    }
    return MICA_OK; /* libsndfile knows better */
}

static mica_status open_sound(in_memory *m, const char *name, SNDFILE **out, sound_facts *facts,
                              mica_error *err) {
    static SF_VIRTUAL_IO calls = {length_of, seek, take, put, place_of};
    SF_INFO info = {0};
    facts->kind = kind_of(m->bytes, (size_t)m->size);
    if (!m->size) return fail(err, MICA_FORMAT, "%s: an empty file", name);
    if (!facts->kind) return fail(err, MICA_FORMAT, "%s: no WAV and no FLAC", name);
    if (facts->kind[0] == 'W') TRY(check_whole(m, name, err));
    if (!(*out = sf_open_virtual(&calls, SFM_READ, &info, m)))
        return fail(err, MICA_FORMAT, "%s: the %s cannot be read: %s", name, facts->kind,
                    sf_strerror(NULL));
    *facts = (sound_facts){facts->kind, info.frames, info.channels, info.samplerate};
    if (info.frames == 0) {
        sf_close(*out);
        return fail(err, MICA_FORMAT, "%s: a %s without samples", name, facts->kind);
    }
    if (info.channels >= 1 && info.channels <= MOST_CHANNELS && info.samplerate >= 1 &&
        info.frames >= 0 && info.frames / FRAMES_PER_BYTE <= m->size)
        return MICA_OK;
    sf_close(*out);
    return fail(err, MICA_FORMAT,
                "%s: a %s of %lld bytes claims %lld frames of %d channels, %d per second", name,
                facts->kind, (long long)m->size, (long long)info.frames, info.channels,
                info.samplerate);
}

mica_status sound_look(const void *bytes, size_t size, const char *name, sound_facts *out,
                       mica_error *err) {
    in_memory m = {bytes, (sf_count_t)size, 0};
    SNDFILE *file;
    TRY(open_sound(&m, name, &file, out, err));
    sf_close(file);
    return MICA_OK;
}

mica_status sound_decode(const void *bytes, size_t size, const char *name, int64_t frames,
                         int64_t channels, float *out, mica_error *err) {
    in_memory m = {bytes, (sf_count_t)size, 0};
    sound_facts facts;
    SNDFILE *file;
    TRY(open_sound(&m, name, &file, &facts, err));
    int64_t wanted = frames < facts.frames ? frames : facts.frames;
    sf_count_t got = facts.channels == channels ? sf_readf_float(file, out, wanted) : 0;
    sf_close(file);
    if (facts.channels != channels)
        return fail(err, MICA_FORMAT, "%s: %lld channels, expected %lld", name,
                    (long long)facts.channels, (long long)channels);
    if (got != wanted)
        return fail(err, MICA_FORMAT, "%s: the %s is cut short: %lld frames, expected %lld", name,
                    facts.kind, (long long)got, (long long)facts.frames);
    memset(out + got * channels, 0, (size_t)((frames - got) * channels) * sizeof *out);
    return MICA_OK;
}

#else

bool sound_supported(void) { return false; }

static mica_status missing(const char *name, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this build reads no sounds: it lacks libsndfile", name);
}

mica_status sound_look(const void *bytes, size_t size, const char *name, sound_facts *out,
                       mica_error *err) {
    return missing(name, err);
}

mica_status sound_decode(const void *bytes, size_t size, const char *name, int64_t frames,
                         int64_t channels, float *out, mica_error *err) {
    return missing(name, err);
}

#endif
