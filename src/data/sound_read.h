/* Reading the sounds of class folders, on several threads. */
#ifndef DATA_SOUND_READ_H
#define DATA_SOUND_READ_H

#include "data/class_folder.h"
#include "data/crew.h"

/* What every sample is. */
typedef struct sound_shape {
    int64_t frames, channels, rate;
} sound_shape;

/* What one thread keeps from sound to sound. */
typedef struct sound_reader {
    file_bytes file;
    size_t room, source_room, sample_room;
    float *source; /* at its own rate */
    float *sample; /* where the wanted dtype is another */
} sound_reader;

typedef struct sound_crew {
    crew *crew;
    sound_reader *reader; /* of each thread */
} sound_crew;

/* False: no memory. */
bool sound_crew_open(sound_crew *c, int threads);
void sound_crew_close(sound_crew *c);

/* Those rows of x. What cannot be read is reported, in zeros. */
mica_status gather_sounds(const mica_dataset *d, const class_list *list, sound_crew *c,
                          const sound_shape *s, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err);

#endif
