/* Reading the sounds of class folders, on several threads. */
#ifndef DATA_SOUND_READ_H
#define DATA_SOUND_READ_H

#include "data/class_folder.h"
#include "data/crew.h"

/* What every sample is. */
typedef struct sound_shape {
    int64_t frames, channels, rate;
    bool mono; /* several channels become one, their mean; channels is 1 */
} sound_shape;

/* Frames at a sound's own rate, kept from sound to sound. */
typedef struct sound_room {
    float *frames;
    size_t room;
} sound_room;

/* What one thread keeps from sound to sound. */
typedef struct sound_reader {
    file_bytes file;
    size_t room, sample_room;
    sound_room source;
    float *sample; /* where the wanted dtype is another */
} sound_reader;

typedef struct sound_crew {
    crew *crew;
    sound_reader *reader; /* of each thread */
} sound_crew;

/* The bytes of a sound, WAV or FLAC, as such a sample: at its rate, cut, or zeros after the end. */
mica_status sound_sample(const void *bytes, size_t size, const sound_shape *s, sound_room *room,
                         const char *name, float *out, mica_error *err);
void sound_room_free(sound_room *room);

/* False: no memory. */
bool sound_crew_open(sound_crew *c, int threads);
void sound_crew_close(sound_crew *c);

/* Those rows of x. What cannot be read is reported, in zeros. */
mica_status gather_sounds(const mica_dataset *d, const class_list *list, sound_crew *c,
                          const sound_shape *s, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err);

#endif
