/* What the files of the source image_folder share. */
#ifndef DATA_IMAGE_FOLDER_H
#define DATA_IMAGE_FOLDER_H

#include "base/pool.h"
#include "codec/image.h"
#include "data/class_folder.h"
#include "transform/fit_image.h"
#include "transform/preprocess_input.h"

#include <pthread.h>

bool is_picture_name(const char *name);

/* How pictures become samples. */
typedef struct picture_shape {
    int64_t height, width, channels; /* 0 height or width: as it is */
    mica_resize_method method;
    picture_fit fit;
    preprocess_mode preprocess;
    bool exact, fast; /* JPEG by the exact transform; scaled down while it is decoded */
} picture_shape;

/* What one thread keeps from picture to picture. */
typedef struct picture_reader {
    file_bytes file;
    size_t room;
    image image;
    resize_room resize;
    float *pixels; /* of one sample, where the wanted dtype is another */
    struct picture_reader *next;
} picture_reader;

/* Reads, decodes and resizes one picture into floats of 0 … 255. */
mica_status read_picture(picture_reader *r, const file_tree *t, const char *path,
                         const picture_shape *s, float *out, mica_error *err);
void reader_free(picture_reader *r);

typedef struct image_folder {
    const mica_image_folder_options *options;
    picture_shape shape;
    class_list list;
    pool *pool;
    int workers;
    pthread_mutex_t one_at_a_time, free_lock; /* of the pool; of the readers */
    picture_reader *readers;                  /* that nobody uses now */
} image_folder;

/* Calls work for 0 … count - 1 on every worker; the order of calls is free. Stops at the first
 * failure. */
typedef mica_status (*picture_work)(void *arg, picture_reader *r, int64_t i, mica_error *err);
mica_status for_pictures(image_folder *f, int64_t count, picture_work work, void *arg,
                         mica_error *err);

/* Adds "pictures": how many are of each kind and have so many channels; the range of sizes. */
mica_status describe_pictures(const mica_dataset *d, json_t *out, mica_error *err);
/* Looks at every picture as the option check says; the broken ones leave the list and are reported.
 */
mica_status drop_broken(mica_dataset *d, image_folder *f, mica_error *err);
mica_status gather_pictures(const mica_dataset *d, const uint32_t *rows, int64_t count,
                            mica_dtype dtype, void *out, mica_error *err);

#endif
