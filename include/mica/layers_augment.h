/* Layers that change images at random while a model is trained, as keras.layers: more data from the
 * same pictures. In inference the images stay as they are, but for AutoContrast, and for
 * RandomCrop, whose result is always of its size.
 *
 *     mica_layer *flip = mica_layer_random_flip(ctx, NULL);
 *     mica_model_add(model, flip);
 *     mica_model_add(model, mica_layer_from_config(ctx, "RandomZoom", "{\"height_factor\": 0.1}"));
 *
 * Images are (B, H, W, C) or one (H, W, C); every image of a batch has numbers of its own, drawn
 * from the layer's seed and the step, so that a resumed training draws the same. A range is one
 * number f, which stands for -f to f (or 0 to f, where below 0 is not allowed), or two. Gradients
 * flow to the images. MixUp and CutMix, which mix labels too, are of mica_fit_options. */
#ifndef MICA_LAYERS_AUGMENT_H
#define MICA_LAYERS_AUGMENT_H

#include "mica/layers.h"

MICA_API_BEGIN

/* ---- places ---- */

/* Half of the images mirrored; with "horizontal_and_vertical" half of them in both directions at
 * once. Source: keras.layers.RandomFlip. */
typedef struct mica_random_flip_options {
    MICA_LAYER_OPTIONS
    const char *mode;        /* "horizontal", "vertical", "horizontal_and_vertical"
                                (default "horizontal_and_vertical") */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_flip_options;
mica_random_flip_options mica_random_flip_defaults(void);
mica_layer *mica_layer_random_flip(mica_context *ctx, const mica_random_flip_options *options);

/* Turned about the middle by a part of a whole turn, counter-clockwise above 0.
 * Source: keras.layers.RandomRotation. */
typedef struct mica_random_rotation_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;     /* range of turns within -1 to 1: MICA_REALS(0.1), MICA_REALS(0, 0.25)
                              (required) */
    const char *fill_mode; /* "reflect", "wrap", "constant", "nearest" (default "reflect") */
    const char *interpolation; /* "nearest", "bilinear" (default "bilinear") */
    int64_t seed;              /* (default: of the context) */
    double fill_value;         /* outside, with "constant" (default 0) */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_rotation_options;
mica_random_rotation_options mica_random_rotation_defaults(void);
mica_layer *mica_layer_random_rotation(mica_context *ctx,
                                       const mica_random_rotation_options *options);

/* Seen from further away (factor above 0) or nearer (below 0), by 1 + factor.
 * Source: keras.layers.RandomZoom. */
typedef struct mica_random_zoom_options {
    MICA_LAYER_OPTIONS
    mica_reals height_factor;  /* range above -1, to 1: MICA_REALS(0.2) (required) */
    mica_reals width_factor;   /* (default: that of height, and its ratio is kept) */
    const char *fill_mode;     /* "reflect", "wrap", "constant", "nearest" (default "reflect") */
    const char *interpolation; /* "nearest", "bilinear" (default "bilinear") */
    int64_t seed;              /* (default: of the context) */
    double fill_value;         /* outside, with "constant" (default 0) */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_zoom_options;
mica_random_zoom_options mica_random_zoom_defaults(void);
mica_layer *mica_layer_random_zoom(mica_context *ctx, const mica_random_zoom_options *options);

/* Moved down and to the right by parts of height and width. Source: keras.layers.RandomTranslation.
 */
typedef struct mica_random_translation_options {
    MICA_LAYER_OPTIONS
    mica_reals height_factor;  /* range within -1 to 1: MICA_REALS(0.1) (required) */
    mica_reals width_factor;   /* the same (required) */
    const char *fill_mode;     /* "reflect", "wrap", "constant", "nearest" (default "reflect") */
    const char *interpolation; /* "nearest", "bilinear" (default "bilinear") */
    int64_t seed;              /* (default: of the context) */
    double fill_value;         /* outside, with "constant" (default 0) */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_translation_options;
mica_random_translation_options mica_random_translation_defaults(void);
mica_layer *mica_layer_random_translation(mica_context *ctx,
                                          const mica_random_translation_options *options);

/* Columns shifted by x_factor of the row's number, rows by y_factor of the column's, both with one
 * random sign. Source: keras.layers.RandomShear. */
typedef struct mica_random_shear_options {
    MICA_LAYER_OPTIONS
    mica_reals x_factor;       /* range within 0 to 1; one number f is -f to f (default 0) */
    mica_reals y_factor;       /* the same (default 0) */
    const char *interpolation; /* "nearest", "bilinear" (default "bilinear") */
    const char *fill_mode;     /* "reflect", "wrap", "constant", "nearest" (default "reflect") */
    double fill_value;         /* outside, with "constant" (default 0) */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
    int64_t seed;              /* (default: of the context) */
} mica_random_shear_options;
mica_random_shear_options mica_random_shear_defaults(void);
mica_layer *mica_layer_random_shear(mica_context *ctx, const mica_random_shear_options *options);

/* A part of height x width, at one random place for the whole batch; images that are not larger are
 * cut in the middle, or stretched. In inference the largest middle part with that ratio, resized: a
 * part of the documentation that Keras 3's layer does not follow (it leaves them as they are, of
 * another shape). Source: keras.layers.RandomCrop. */
typedef struct mica_random_crop_options {
    MICA_LAYER_OPTIONS
    int64_t height;          /* new (required) */
    int64_t width;           /* new (required) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_crop_options;
mica_random_crop_options mica_random_crop_defaults(void);
mica_layer *mica_layer_random_crop(mica_context *ctx, const mica_random_crop_options *options);

/* A rectangle of a random size and place filled with noise, or with a colour.
 * Source: keras.layers.RandomErasing; Zhong et al. (2017). */
typedef struct mica_random_erasing_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;       /* range of the probability to erase, within 0 to 1 (default 1) */
    mica_reals scale;        /* range of the squares of the sides' shares (default 0.02 to 0.33) */
    mica_reals fill_value;   /* one number, or three: a colour (default: normal noise, times the
                                upper end of value_range) */
    mica_reals value_range;  /* of the pixels; limits what fills (default 0 to 255) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_erasing_options;
mica_random_erasing_options mica_random_erasing_defaults(void);
mica_layer *mica_layer_random_erasing(mica_context *ctx,
                                      const mica_random_erasing_options *options);

/* ---- colours: values stay within value_range ---- */

/* y = (x - mean) f + mean, mean of each channel of an image, f from 1 - lower to 1 + upper; one
 * number is the upper, with lower 0, as in Keras 3. Source: keras.layers.RandomContrast. */
typedef struct mica_random_contrast_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;       /* MICA_REALS(lower, upper) (required) */
    mica_reals value_range;  /* of the pixels (default 0 to 255) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_contrast_options;
mica_random_contrast_options mica_random_contrast_defaults(void);
mica_layer *mica_layer_random_contrast(mica_context *ctx,
                                       const mica_random_contrast_options *options);

/* y = x + f (upper - lower of value_range). Source: keras.layers.RandomBrightness. */
typedef struct mica_random_brightness_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;       /* range of f within -1 to 1 (required) */
    mica_reals value_range;  /* of the pixels (default 0 to 255) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_brightness_options;
mica_random_brightness_options mica_random_brightness_defaults(void);
mica_layer *mica_layer_random_brightness(mica_context *ctx,
                                         const mica_random_brightness_options *options);

/* Saturation times f / (1 - f): 0.5 changes nothing, 0 is grey. Images have three channels.
 * Source: keras.layers.RandomSaturation. */
typedef struct mica_random_saturation_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;       /* range of f within 0 to 1: MICA_REALS(0.4, 0.6) (required) */
    mica_reals value_range;  /* limits the saturation (default 0 to 255) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_saturation_options;
mica_random_saturation_options mica_random_saturation_defaults(void);
mica_layer *mica_layer_random_saturation(mica_context *ctx,
                                         const mica_random_saturation_options *options);

/* Hue, a part of the circle of colours, plus or minus f / 2. Images have three channels.
 * Source: keras.layers.RandomHue. */
typedef struct mica_random_hue_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;       /* range of f within 0 to 1 (required) */
    mica_reals value_range;  /* of the pixels (default 0 to 255) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_hue_options;
mica_random_hue_options mica_random_hue_defaults(void);
mica_layer *mica_layer_random_hue(mica_context *ctx, const mica_random_hue_options *options);

/* Grey with the probability factor: 0.2989 R + 0.587 G + 0.114 B in every channel. Images have one
 * or three channels. Source: keras.layers.RandomGrayscale. */
typedef struct mica_random_grayscale_options {
    MICA_LAYER_OPTIONS
    double factor;           /* 0 to 1; 0 is MICA_ZERO (default 0.5) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
    int64_t seed;            /* (default: of the context) */
} mica_random_grayscale_options;
mica_random_grayscale_options mica_random_grayscale_defaults(void);
mica_layer *mica_layer_random_grayscale(mica_context *ctx,
                                        const mica_random_grayscale_options *options);

/* y = x + (1 - 2 f) (smoothed x - x), smoothed by the 3x3 kernel of ones with 5 in the middle, over
 * 13: blurred below 0.5, sharpened above. Source: keras.layers.RandomSharpness. */
typedef struct mica_random_sharpness_options {
    MICA_LAYER_OPTIONS
    mica_reals factor;       /* range of f within 0 to 1 (required) */
    mica_reals value_range;  /* of the pixels (default 0 to 255) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_random_sharpness_options;
mica_random_sharpness_options mica_random_sharpness_defaults(void);
mica_layer *mica_layer_random_sharpness(mica_context *ctx,
                                        const mica_random_sharpness_options *options);

/* Each channel of an image stretched to the whole value_range; one of a single value stays. Not
 * random: the same in inference. Source: keras.layers.AutoContrast. */
typedef struct mica_auto_contrast_options {
    MICA_LAYER_OPTIONS
    mica_reals value_range;  /* of the pixels (default 0 to 255) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_auto_contrast_options;
mica_auto_contrast_options mica_auto_contrast_defaults(void);
mica_layer *mica_layer_auto_contrast(mica_context *ctx, const mica_auto_contrast_options *options);

MICA_API_END

#endif
