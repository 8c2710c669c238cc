/* What the files of the source image_folder share. */
#ifndef DATA_IMAGE_FOLDER_H
#define DATA_IMAGE_FOLDER_H

#include "codec/image.h"
#include "data/class_folder.h"
#include "data/crew.h"
#include "transform/fit_image.h"
#include "transform/preprocess_input.h"

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
} picture_reader;

typedef struct picture_crew {
    crew *crew;
    picture_reader *reader; /* of each thread */
} picture_crew;

/* False: no memory. */
bool picture_crew_open(picture_crew *c, int threads);
void picture_crew_close(picture_crew *c);

/* Reads, decodes and resizes one picture into floats of 0 … 255. */
mica_status read_picture(picture_reader *r, const file_tree *t, const char *path,
                         const picture_shape *s, float *out, mica_error *err);

typedef struct image_folder {
    const mica_image_folder_options *options;
    picture_shape shape;
    class_list list;
    picture_crew crew;
} image_folder;

/* Adds "pictures": how many are of each kind and have so many channels; the range of sizes. */
mica_status describe_pictures(const mica_dataset *d, json_t *out, mica_error *err);
/* Looks at every picture as the option check says; the broken ones leave the list and are reported.
 */
mica_status drop_broken(mica_dataset *d, image_folder *f, mica_error *err);
mica_status gather_pictures(const mica_dataset *d, const uint32_t *rows, int64_t count,
                            mica_dtype dtype, void *out, mica_error *err);

#endif
