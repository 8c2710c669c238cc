/* What the commands of `mica data` that go through samples share. */
#ifndef CLI_DATA_PICTURES_H
#define CLI_DATA_PICTURES_H

#include "batch/batches.h"
#include "cli/data_table.h"

typedef struct picture_options {
    bool test, fast_decode;
    const char *image_size, *color_mode, *interpolation;
    query_options query;
} picture_options;

#define PICTURE_OPTIONS(owner)                                                                     \
    FLAG(owner, pictures.test, "test", "the test part, where there are two"),                      \
        TEXT_OPTION(owner, pictures.image_size, "image-size", "HxW",                               \
                    "pictures become H rows of W pixels; one number: both"),                       \
        TEXT_OPTION(owner, pictures.color_mode, "color-mode", "MODE",                              \
                    "of pictures: rgb, grayscale, rgba (default rgb)"),                            \
        TEXT_OPTION(owner, pictures.interpolation, "interpolation", "NAME",                        \
                    "how pictures are resized (default bilinear)"),                                \
        FLAG(owner, pictures.fast_decode, "fast-decode",                                           \
             "JPEG is scaled down while it is decoded"),                                           \
        QUERY_OPTIONS(owner, pictures.query)

/* Loads SPEC with these options. */
mica_status load_samples(mica_context *ctx, const char *spec, const picture_options *o,
                         mica_dataset **out, mica_error *err);
/* Batches of all its columns, as they are. */
mica_status open_samples(batches *b, mica_dataset *d, int64_t batch_size, mica_error *err);

#endif
