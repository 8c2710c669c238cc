/* What the layers share that change images at random (keras.layers.Random…): ranges of factors,
 * draws that every image has for itself, transforms of places. */
#ifndef LAYER_AUGMENT_H
#define LAYER_AUGMENT_H

#include "layer/noise.h"
#include "layer/resizing.h"

extern const char *const fill_modes[]; /* names of mica_fill_mode, in its order */

#define RANGE_FIELD(owner, member, ...)                                                            \
    NUMBERS(owner, member, .flags = FIELD_RANGE | FIELD_REQUIRED, __VA_ARGS__)
#define OPTIONAL_RANGE_FIELD(owner, member, ...)                                                   \
    NUMBERS(owner, member, .flags = FIELD_RANGE, __VA_ARGS__)
#define VALUE_RANGE_FIELD(owner)                                                                   \
    NUMBERS(owner, value_range, .flags = FIELD_RANGE, .help = "of the pixels; default 0 to 255")
/* Of layers that change values within a range of their own by a factor: RandomBrightness … */
#define VALUE_FACTOR_FIELDS(owner, factor_help)                                                    \
    RANGE_FIELD(owner, factor, .help = factor_help), VALUE_RANGE_FIELD(owner), SEED_FIELD(owner),  \
        SPARED_DATA_FORMAT_FIELD(owner)
/* And their hooks: the factor's numbers lie within least … most. */
#define VALUE_FACTOR_HOOKS(owner, least, most)                                                     \
    static mica_status check(const void *options, const char *what, mica_error *err) {             \
        const owner *o = options;                                                                  \
        TRY(check_value_range(what, &o->value_range, err));                                        \
        return check_range(what, "factor", &o->factor, least, most, err);                          \
    }                                                                                              \
    static mica_status complete(mica_layer *l, mica_error *err) {                                  \
        default_range(&((owner *)(void *)l->options)->value_range, 0, 255);                        \
        return MICA_OK;                                                                            \
    }
#define FILL_FIELDS(owner)                                                                         \
    TEXT(owner, fill_mode, "reflect", .choices = fill_modes, .help = "what lies outside"),         \
        REAL(owner, fill_value, .help = "outside, with constant"),                                 \
        TEXT(owner, interpolation, "bilinear", .choices = between_pixels,                          \
             .help = "between pixels")
extern const char *const between_pixels[]; /* "nearest", "bilinear" */

/* Keys of Keras's configs that change nothing here. */
extern const char *const augment_ignored[];

/* A factor, resolved. One number f is -|f| to |f|, but not below `least`; two are in any order. */
typedef struct range {
    double low, high;
} range;
range factor_range(const mica_reals *factor, double least);
/* Keras's check: one number within least … most; two that are not both beyond. */
mica_status check_range(const char *what, const char *name, const mica_reals *factor, double least,
                        double most, mica_error *err);
/* Each of the numbers lies within the range, or with `above` not at its lower end. */
mica_status check_numbers(const char *what, const char *name, const mica_reals *numbers, range r,
                          bool above, mica_error *err);
/* value_range is none or two numbers; and, in a complete(), what it is where none were given. */
mica_status check_value_range(const char *what, const mica_reals *values, mica_error *err);
void default_range(mica_reals *values, double low, double high);

/* A call in training: change gets images (B, H, W, C), also where the call has one image. */
typedef mica_tensor *image_change(mica_layer *l, layer_frame *f, mica_tensor *images);
void augment_images(mica_layer *l, layer_frame *f, image_change *change);

/* Independent numbers in [low, high), one for each image: (B, 1, 1, 1) of float32. Each purpose of
 * a layer has a stream of its own. */
mica_tensor *draw_each(const mica_layer *l, const layer_frame *f, mica_tensor *images, int64_t seed,
                       const char *purpose, range r);
/* The same of every element of `like`, and one for the whole batch, a scalar. */
mica_tensor *draw_like(const mica_layer *l, const layer_frame *f, mica_tensor *like, int64_t seed,
                       const char *purpose, range r);
/* 1 or -1 for each image. */
mica_tensor *draw_sign(const mica_layer *l, const layer_frame *f, mica_tensor *images, int64_t seed,
                       const char *purpose);

/* For build: images of three channels, or with `one_too` of one. */
mica_status require_colours(const shape *in, const char *data_format, bool one_too,
                            mica_error *err);
/* Colour i: true there, of three along the channels' axis of images: (1, 1, 1, 3). */
mica_tensor *colour_mask(mica_tensor *images, const char *data_format, int i);

/* Height or width, a float32 scalar that need not be known. */
mica_tensor *extent_of(mica_tensor *images, int axis);
/* The images by transforms ((a0 a1 a2) (b0 b1 b2)), each number (B, 1, 1, 1), a scalar, or NULL: 0.
 * The options are those of FILL_FIELDS. */
mica_tensor *transform_images(mica_tensor *images, mica_tensor *const numbers[6],
                              const char *interpolation, const char *fill_mode, double fill_value,
                              const char *data_format);

#endif
