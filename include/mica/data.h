/* Datasets: samples with inputs and targets, read row by row in any order. */
#ifndef MICA_DATA_H
#define MICA_DATA_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_dataset mica_dataset;

typedef enum mica_part { MICA_TRAIN, MICA_TEST } mica_part;

/* The MNIST files of a folder (idx, gzipped or not): x (N, 28, 28) uint8, y (N) uint8. The context
 * owns the dataset; a failure gives an empty one, and mica_check tells the error. */
mica_dataset *mica_load_mnist(mica_context *ctx, const char *folder, mica_part part);
/* What a SPEC names: an IDX folder, a .npz with x and y, class folders of images; or kind:path; or
 * a JSON list of SPECs of one kind, whose samples follow each other: "[\"a.npz\", \"b.npz\"]".
 * Tables of a list are read as one. Arrays that are read beside each other, their inputs and
 * targets those of one sample: "{\"zip\": [\"a.npz\", \"b.npz\"]}". */
mica_dataset *mica_load(mica_context *ctx, const char *spec, mica_part part);
/* The same with options of the source, JSON text of an object such as {"image_size": [180, 180]}.
 */
mica_dataset *mica_load_with(mica_context *ctx, const char *spec, mica_part part, const char *json);
/* From tensors: first axes are the samples. weights: one per sample, may be NULL. Keeps them. */
mica_dataset *mica_dataset_new(mica_context *ctx, mica_tensor *const *inputs, int input_count,
                               mica_tensor *const *targets, int target_count, mica_tensor *weights);

/* Class folders of pictures (JPEG, PNG, WebP, BMP, PPM), decoded as they are needed. They may lie
 * in a .tar (.tar.gz, .tar.xz, .tar.zst, .tar.bz2) or .zip, which is read as the folder that it
 * would unpack to; where that is one folder with all in it, this one. Source:
 * keras.utils.image_dataset_from_directory. */
typedef struct mica_image_folder_options {
    size_t size;
    int64_t image_size[2];     /* height, width; the second may be left out (default 256, 256) */
    const char *color_mode;    /* "rgb", "grayscale", "rgba" (default "rgb") */
    const char *interpolation; /* "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5",
                                  "gaussian", "mitchellcubic", as tf.image.resize without
                                  antialiasing (default "bilinear") */
    const char *label_mode;    /* "int", "categorical", "binary", "none" (default "int") */
    const char *check; /* what of every picture is looked at while loading: "header" (and whether
                          the end is there), "pixels", "nothing" (default "header") */
    double max_broken; /* the share of broken pictures that is left out, and one of ten or more;
                          more is an error; MICA_ZERO: none (default 0.01) */
    bool exact_decode; /* JPEG by the exact inverse transform, not TensorFlow's default (default
                          false) */
    bool fast_decode;  /* JPEG scaled down while it is decoded, to eighths that are not below
                          image_size: faster, and a little smoother (default false) */
    const char *class_names; /* the class folders that are read, in the order of y, as a JSON list:
                                "[\"cat\", \"dog\"]" (default NULL: all, in the order of their
                                names) */
    double validation_split; /* the share that is held back, by Keras's choice of files for the same
                                seed: MICA_TRAIN gives the others, MICA_TEST gives it, where the
                                folder has no test/ (default 0) */
    const char *subset;      /* "training", "validation": that share, for every part (default
                                NULL) */
    int64_t seed;            /* of the split (default 0) */
    bool no_shuffle;         /* the last files of the list are held back (default false) */
    const char *preprocess_input; /* pixels as networks that were trained on ImageNet take them:
                                     "caffe": BGR minus the means of the channels (VGG16, VGG19,
                                     ResNet50); "tf": -1 … 1 (MobileNet, Inception, Xception);
                                     "torch": by mean and deviation of the channels (DenseNet);
                                     "none": 0 … 255 (default "none") */
    bool crop_to_aspect_ratio;    /* the largest centred part of image_size's shape, instead of
                                     stretching (default false) */
    bool pad_to_aspect_ratio;     /* the whole picture, centred, black around it (default false) */
    const char *labels; /* "inferred": from the class folders; or a JSON list of whole numbers, one
                           for each picture below the folder, folders and then files in the order of
                           their names: "[0, 1, 1]" (default "inferred") */
    bool follow_links;  /* links to folders below the class folders are followed, too (default
                           false) */
} mica_image_folder_options;

mica_image_folder_options mica_image_folder_defaults(void);
/* x (height, width, C) float32 in 0 … 255, y the number of the class in the order of names. Where
 * the folder holds train/ and test/ (or validation/), `part` picks. NULL options: all defaults. */
mica_dataset *mica_load_image_folder(mica_context *ctx, const char *folder, mica_part part,
                                     const mica_image_folder_options *options);

/* Class folders of text files (.txt, UTF-8), which are read while loading; also in an archive, as
 * pictures; what an archive of no given kind holds is seen by the names of its files. Source:
 * keras.utils.text_dataset_from_directory. */
typedef struct mica_text_folder_options {
    size_t size;
    const char *label_mode;  /* "int", "categorical", "binary", "none" (default "int") */
    int64_t max_length;      /* bytes of a text that are kept, without the part of a letter that the
                                cut would leave (default: all) */
    double max_broken;       /* the share of files that may be left out because they are no UTF-8 or
                                cannot be read; MICA_ZERO: none (default 0.01) */
    const char *class_names; /* these seven as in mica_image_folder_options */
    double validation_split;
    const char *subset;
    int64_t seed;
    bool no_shuffle;
    const char *labels;
    bool follow_links;
} mica_text_folder_options;
mica_text_folder_options mica_text_folder_defaults(void);
/* x strings (N), y the number of the class; parts as of pictures. NULL options: all defaults. */
mica_dataset *mica_load_text_folder(mica_context *ctx, const char *folder, mica_part part,
                                    const mica_text_folder_options *options);

/* Class folders of sounds (WAV, FLAC), decoded as they are needed, by several threads; also in an
 * archive, as pictures. Source: keras.utils.audio_dataset_from_directory. */
typedef struct mica_audio_folder_options {
    size_t size;
    const char *label_mode;         /* "int", "categorical", "binary", "none" (default "int") */
    int64_t output_sequence_length; /* frames of every sample: longer sounds are cut, shorter ones
                                       end in zeros (default: what all have, else an error) */
    int64_t sampling_rate;          /* frames a second: sounds of another rate are resampled, by
                                       libsamplerate, before output_sequence_length counts (default:
                                       the first one's, which all must have) */
    double max_broken;       /* the share of files that may be left out because they cannot be read,
                                or have another rate than the first where none is given; MICA_ZERO: none
                                (default 0.01) */
    const char *class_names; /* these seven as in mica_image_folder_options */
    double validation_split;
    const char *subset;
    int64_t seed;
    bool no_shuffle;
    const char *labels;
    bool follow_links;
    const char *channels; /* "keep": all sounds must have as many; "mono": their mean is the only
                             one (default "keep") */
} mica_audio_folder_options;
mica_audio_folder_options mica_audio_folder_defaults(void);
/* x (frames, channels) float32 in -1 … 1, y the number of the class; parts as of pictures. NULL
 * options: all defaults. */
mica_dataset *mica_load_audio_folder(mica_context *ctx, const char *folder, mica_part part,
                                     const mica_audio_folder_options *options);

/* Windows over rows that are steps of time. Source: keras.utils.timeseries_dataset_from_array. */
typedef struct mica_windows_options {
    size_t size;
    int64_t sequence_length; /* L, steps of a window (required) */
    int64_t sequence_stride; /* rows from one window's begin to the next one's (default 1) */
    int64_t sampling_rate;   /* rows from one step to the next (default 1) */
    int64_t start_index;     /* rows before it are not used (default 0) */
    int64_t end_index;       /* nor those from it on (default: all are) */
    int64_t target_offset;   /* a window has the targets of the row so many after its first one;
                                sequence_length: of the row that follows it (default 0) */
} mica_windows_options;
mica_windows_options mica_windows_defaults(void);
/* The windows of d's rows as a dataset that shares the data: inputs (L, …), targets and weights of
 * one row. Of a list of SPECs (mica_load) each source is a series of its own, in which start_index
 * and end_index count: no window reads rows of two. Splits into a first and a last part (fit's
 * validation_split) leave those out that would be in both; splits by chance do not. */
mica_dataset *mica_dataset_windows(mica_dataset *d, const mica_windows_options *options);

/* Frees it before the context does; sets *dataset to NULL. */
void mica_dataset_destroy(mica_dataset **dataset);

int64_t mica_dataset_size(const mica_dataset *d); /* samples; -1: a stream (pipeline.h) */
int mica_dataset_classes(const mica_dataset *d);  /* names of classes that are known; 0: none */
const char *mica_dataset_class_name(const mica_dataset *d, int i);
/* How inputs were made of files, as JSON text: for tables the columns, categories and imputed
 * values that the training part had, which another part is prepared with. NULL: nothing was done.
 */
const char *mica_dataset_preparation(const mica_dataset *d);
/* Files that were left out as they cannot be read, so far, of all parts; paths and reasons. */
int64_t mica_dataset_broken(const mica_dataset *d);
const char *mica_dataset_broken_path(const mica_dataset *d, int64_t i);
const char *mica_dataset_broken_reason(const mica_dataset *d, int64_t i);
/* SHA-256 of the data in hexadecimal: of its files' bytes, of tensors' values, of the names and
 * sizes of class folders. Computed when it is first asked. */
mica_status mica_dataset_fingerprint(mica_dataset *d, char text[65], mica_error *err);
/* The rows first … first + count - 1 as a dataset that shares the data. */
mica_dataset *mica_dataset_range(mica_dataset *d, int64_t first, int64_t count);
/* Input (target) n at `count` rows, in that order, as a tensor (count, …) of the data's own type;
 * NULL rows: the first ones. For loops that are written by hand. A failure gives poison. */
mica_tensor *mica_dataset_input(mica_dataset *d, int n, const int64_t *rows, int64_t count);
mica_tensor *mica_dataset_target(mica_dataset *d, int n, const int64_t *rows, int64_t count);

/* Saves a picture (H, W) or (H, W, C), C 1 to 4: gray, gray and alpha, RGB, RGB and alpha; 0 black
 * to 255, other numbers are rounded and limited to that. As PNG; the old file stays until the new
 * one is whole. */
mica_status mica_image_save(const mica_tensor *image, const char *path, mica_error *err);

MICA_API_END

#endif
