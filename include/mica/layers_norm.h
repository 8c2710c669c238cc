/* Layers that normalise, as keras.layers (BatchNormalization is in layers.h). */
#ifndef MICA_LAYERS_NORM_H
#define MICA_LAYERS_NORM_H

#include "mica/layers_features.h"

MICA_API_BEGIN

/* y = x / |x|, the length along the axes. Source: keras.layers.UnitNormalization. */
typedef struct mica_unit_normalization_options {
    MICA_LAYER_OPTIONS
    mica_shape axis; /* MICA_SHAPE(1, 2): along both (default -1) */
} mica_unit_normalization_options;
mica_unit_normalization_options mica_unit_normalization_defaults(void);
mica_layer *mica_layer_unit_normalization(mica_context *ctx,
                                          const mica_unit_normalization_options *options);

/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta, of each sample over the axes; gamma and
 * beta have their dims. Source: keras.layers.LayerNormalization; Ba et al. (2016). */
typedef struct mica_layer_normalization_options {
    MICA_LAYER_OPTIONS
    mica_shape axis;               /* MICA_SHAPE(1, 2): over both (default -1) */
    double epsilon;                /* 0 is MICA_ZERO (default 0.001) */
    bool no_center;                /* no beta (default false) */
    bool no_scale;                 /* no gamma (default false) */
    const char *beta_initializer;  /* (default "zeros") */
    const char *gamma_initializer; /* (default "ones") */
    const char *beta_regularizer;  /* (default none) */
    const char *gamma_regularizer; /* (default none) */
    const char *beta_constraint;   /* (default none) */
    const char *gamma_constraint;  /* (default none) */
} mica_layer_normalization_options;
mica_layer_normalization_options mica_layer_normalization_defaults(void);
mica_layer *mica_layer_layer_normalization(mica_context *ctx,
                                           const mica_layer_normalization_options *options);

/* y = scale x / sqrt(mean(x^2) + epsilon), of each sample over the axes; scale has their dims.
 * Source: keras.layers.RMSNormalization; Zhang and Sennrich (2019). */
typedef struct mica_rms_normalization_options {
    MICA_LAYER_OPTIONS
    mica_shape axis; /* MICA_SHAPE(1, 2): over both (default -1) */
    double epsilon;  /* 0 is MICA_ZERO (default 1e-6) */
} mica_rms_normalization_options;
mica_rms_normalization_options mica_rms_normalization_defaults(void);
mica_layer *mica_layer_rms_normalization(mica_context *ctx,
                                         const mica_rms_normalization_options *options);

/* As LayerNormalization over all but the batch, of each group of C / groups neighbouring channels
 * by itself; gamma and beta (C). Source: keras.layers.GroupNormalization; Wu and He (2018). */
typedef struct mica_group_normalization_options {
    MICA_LAYER_OPTIONS
    int64_t groups;                /* divides C; -1: one a channel (default 32) */
    int64_t axis;                  /* of the channels (default -1) */
    double epsilon;                /* 0 is MICA_ZERO (default 0.001) */
    bool no_center;                /* no beta (default false) */
    bool no_scale;                 /* no gamma (default false) */
    const char *beta_initializer;  /* (default "zeros") */
    const char *gamma_initializer; /* (default "ones") */
    const char *beta_regularizer;  /* (default none) */
    const char *gamma_regularizer; /* (default none) */
    const char *beta_constraint;   /* (default none) */
    const char *gamma_constraint;  /* (default none) */
} mica_group_normalization_options;
mica_group_normalization_options mica_group_normalization_defaults(void);
mica_layer *mica_layer_group_normalization(mica_context *ctx,
                                           const mica_group_normalization_options *options);

/* y = (x - mean) / max(sqrt(variance), 1e-7), per index of the axes: of numbers that are given, or
 * that mica_layer_adapt (layers_features.h) finds. One mean for all: {"axis": null} in
 * mica_layer_from_config. Source: keras.layers.Normalization. */
typedef struct mica_normalization_options {
    MICA_LAYER_OPTIONS
    mica_shape axis;      /* MICA_SHAPE(1, 2): a mean for each pair of indices (default -1) */
    bool invert;          /* y = x max(sqrt(variance), 1e-7) + mean (default false) */
    const char *mean;     /* JSON: "0.5", "[1, 2]", nested for several axes (default none) */
    const char *variance; /* of mean's shape (default none) */
} mica_normalization_options;
mica_normalization_options mica_normalization_defaults(void);
mica_layer *mica_layer_normalization(mica_context *ctx, const mica_normalization_options *options);

/* y = layer(x); in training, the layer's kernel (or embeddings) W becomes W / sigma before each
 * call, sigma its greatest singular value as power iterations find it, of which a weight (1,
 * columns) keeps the vector. Source: keras.layers.SpectralNormalization; Miyato et al. (2018). */
typedef struct mica_spectral_normalization_options {
    MICA_LAYER_OPTIONS
    mica_layer *layer;        /* taken over (required) */
    int64_t power_iterations; /* before each call (default 1) */
} mica_spectral_normalization_options;
mica_spectral_normalization_options mica_spectral_normalization_defaults(void);
mica_layer *mica_layer_spectral_normalization(mica_context *ctx,
                                              const mica_spectral_normalization_options *options);

MICA_API_END

#endif
