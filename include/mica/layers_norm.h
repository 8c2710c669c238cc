/* Layers that normalise, as keras.layers (BatchNormalization is in layers.h). */
#ifndef MICA_LAYERS_NORM_H
#define MICA_LAYERS_NORM_H

#include "mica/layers.h"

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

MICA_API_END

#endif
