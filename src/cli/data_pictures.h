/* What the commands of `mica data` that go through samples share. */
#ifndef CLI_DATA_PICTURES_H
#define CLI_DATA_PICTURES_H

#include "batch/batches.h"
#include "cli/data_table.h"

typedef struct picture_options {
    bool fast_decode, crop, pad;
    const char *image_size, *color_mode, *interpolation, *label_mode, *subset;
    double validation_split, max_broken;
} picture_options;

#define MAX_BROKEN_OPTION(owner, member)                                                           \
    REAL_OPTION(owner, member, "max-broken", "SHARE", 0, 1,                                        \
                "of class folders: so many of the files may be broken and are left out; more are " \
                "an error (default 0.01, and one of ten or more)")

#define PICTURE_OPTIONS(owner, member)                                                             \
    TEXT_OPTION(owner, member.image_size, "image-size", "HxW",                                     \
                "pictures become H rows of W pixels; one number: both"),                           \
        TEXT_OPTION(owner, member.color_mode, "color-mode", "MODE",                                \
                    "of pictures: rgb, grayscale, rgba (default rgb)"),                            \
        TEXT_OPTION(owner, member.interpolation, "interpolation", "NAME",                          \
                    "how pictures are resized (default bilinear)"),                                \
        FLAG(owner, member.crop, "crop-to-aspect-ratio",                                           \
             "of pictures: the largest centred part of that shape"),                               \
        FLAG(owner, member.pad, "pad-to-aspect-ratio",                                             \
             "of pictures: the whole picture, black around it"),                                   \
        FLAG(owner, member.fast_decode, "fast-decode", "JPEG is scaled down while it is decoded"), \
        TEXT_OPTION(owner, member.label_mode, "label-mode", "MODE",                                \
                    "of class folders: int, categorical, binary, none (default int)"),             \
        REAL_OPTION(owner, member.validation_split, "validation-split", "X", 0, 1,                 \
                    "of class folders: the share that is held back, which --test gives"),          \
        TEXT_OPTION(owner, member.subset, "subset", "NAME",                                        \
                    "of class folders: training or validation, with --validation-split"),          \
        MAX_BROKEN_OPTION(owner, member.max_broken)

/* Adds those that are given to options of the source. */
mica_status pictures_json(const picture_options *o, json_t *options, mica_error *err);

typedef struct sample_options {
    bool test;
    picture_options pictures;
    query_options query;
} sample_options;

#define SAMPLE_OPTIONS(owner)                                                                      \
    FLAG(owner, samples.test, "test", "the test part, where there are two"),                       \
        PICTURE_OPTIONS(owner, samples.pictures), QUERY_OPTIONS(owner, samples.query)

/* Loads SPEC with these options. */
mica_status load_samples(mica_context *ctx, const char *spec, const sample_options *o,
                         mica_dataset **out, mica_error *err);
/* The same where what the samples hold does not matter: missing cells of a table are filled,
 * texts are categories. */
mica_status load_any_samples(mica_context *ctx, const char *spec, const sample_options *o,
                             mica_dataset **out, mica_error *err);
/* Batches of all its columns, as they are. */
mica_status open_samples(batches *b, mica_dataset *d, int64_t batch_size, mica_error *err);

#endif
