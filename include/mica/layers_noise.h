/* Layers that are random in training and pass x on in inference, as keras.layers; and a penalty.
 * Draws are functions of the layer (or its seed), the step and the element alone. */
#ifndef MICA_LAYERS_NOISE_H
#define MICA_LAYERS_NOISE_H

#include "mica/layers.h"

MICA_API_BEGIN

/* Dropout of whole channels.  x (B, T, C). Source: keras.layers.SpatialDropout1D; Tompson et
 * al. (2014). */
typedef struct mica_spatial_dropout1d_options {
    MICA_LAYER_OPTIONS
    double rate;  /* 0 to 1; none is MICA_ZERO (required) */
    int64_t seed; /* (default: of the context) */
} mica_spatial_dropout1d_options;
mica_spatial_dropout1d_options mica_spatial_dropout1d_defaults(void);
mica_layer *mica_layer_spatial_dropout1d(mica_context *ctx,
                                         const mica_spatial_dropout1d_options *options);

/* Dropout of whole channels.  x (B, H, W, C). Source: keras.layers.SpatialDropout2D; Tompson et
 * al. (2014). */
typedef struct mica_spatial_dropout2d_options {
    MICA_LAYER_OPTIONS
    double rate;             /* 0 to 1; none is MICA_ZERO (required) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_spatial_dropout2d_options;
mica_spatial_dropout2d_options mica_spatial_dropout2d_defaults(void);
mica_layer *mica_layer_spatial_dropout2d(mica_context *ctx,
                                         const mica_spatial_dropout2d_options *options);

/* Dropout of whole channels.  x (B, D, H, W, C). Source: keras.layers.SpatialDropout3D; Tompson et
 * al. (2014). */
typedef struct mica_spatial_dropout3d_options {
    MICA_LAYER_OPTIONS
    double rate;             /* 0 to 1; none is MICA_ZERO (required) */
    int64_t seed;            /* (default: of the context) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_spatial_dropout3d_options;
mica_spatial_dropout3d_options mica_spatial_dropout3d_defaults(void);
mica_layer *mica_layer_spatial_dropout3d(mica_context *ctx,
                                         const mica_spatial_dropout3d_options *options);

/* y = a (x or -1.758) + b with probabilities 1 - rate and rate; a, b keep mean 0 and variance 1, as
 * after selu. Source: keras.layers.AlphaDropout; Klambauer et al. (2017). */
typedef struct mica_alpha_dropout_options {
    MICA_LAYER_OPTIONS
    double rate;            /* 0 to below 1; none is MICA_ZERO (required) */
    mica_shape noise_shape; /* with the batch; dims of 1 share their draw (default: x's) */
    int64_t seed;           /* (default: of the context) */
} mica_alpha_dropout_options;
mica_alpha_dropout_options mica_alpha_dropout_defaults(void);
mica_layer *mica_layer_alpha_dropout(mica_context *ctx, const mica_alpha_dropout_options *options);

/* y = x z, z normal with mean 1 and variance rate / (1 - rate). Source:
 * keras.layers.GaussianDropout; Srivastava et al. (2014). */
typedef struct mica_gaussian_dropout_options {
    MICA_LAYER_OPTIONS
    double rate;  /* 0 to below 1; none is MICA_ZERO (required) */
    int64_t seed; /* (default: of the context) */
} mica_gaussian_dropout_options;
mica_gaussian_dropout_options mica_gaussian_dropout_defaults(void);
mica_layer *mica_layer_gaussian_dropout(mica_context *ctx,
                                        const mica_gaussian_dropout_options *options);

/* y = x + z, z normal with mean 0. Source: keras.layers.GaussianNoise. */
typedef struct mica_gaussian_noise_options {
    MICA_LAYER_OPTIONS
    double stddev; /* 0 to 1; none is MICA_ZERO (required) */
    int64_t seed;  /* (default: of the context) */
} mica_gaussian_noise_options;
mica_gaussian_noise_options mica_gaussian_noise_defaults(void);
mica_layer *mica_layer_gaussian_noise(mica_context *ctx,
                                      const mica_gaussian_noise_options *options);

/* y = x; adds (l1 sum |x| + l2 sum x^2) / B to the loss. Source:
 * keras.layers.ActivityRegularization. */
typedef struct mica_activity_regularization_options {
    MICA_LAYER_OPTIONS
    double l1; /* (default 0) */
    double l2; /* (default 0) */
} mica_activity_regularization_options;
mica_activity_regularization_options mica_activity_regularization_defaults(void);
mica_layer *mica_layer_activity_regularization(mica_context *ctx,
                                               const mica_activity_regularization_options *options);

MICA_API_END

#endif
