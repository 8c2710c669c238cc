/* Layers on images with one to three axes of space, as keras.layers: convolutions, pooling,
 * borders, sizes.
 *
 * The layers of a family share their options: an array holds a number for each axis, a 0 after the
 * first copies the first, and what is more than the axes is not read. Shapes are written for two.
 */
#ifndef MICA_LAYERS_IMAGE_H
#define MICA_LAYERS_IMAGE_H

#include "mica/layers.h"

MICA_API_BEGIN

/* ---- convolutions ---- */

/* y = activation(x * W + b), * is cross-correlation.  x (B, H, W, C),
 * W (K0, K1, C / groups, filters), b (filters), y (B, H', W', filters). valid: H' =
 * floor((H - dilation (K0 - 1) - 1) / stride) + 1; same: H' = ceil(H / stride); causal: the same as
 * many, and y[t] sees no x after t. Source: keras.layers.Conv1D to Conv3D. */
typedef struct mica_conv_options {
    MICA_LAYER_OPTIONS
    int64_t filters;          /* channels of the output (required) */
    int64_t kernel_size[3];   /* one for each axis of space: {3, 3}; {3} means all (required) */
    int64_t strides[3];       /* (default 1) */
    const char *padding;      /* "valid", "same", of Conv1D "causal" (default "valid") */
    const char *data_format;  /* "channels_last", "channels_first" (default "channels_last") */
    int64_t dilation_rate[3]; /* (default 1) */
    int64_t groups;           /* divides C and filters (default 1) */
    const char *kernel_initializer;   /* (default "glorot_uniform") */
    const char *kernel_regularizer;   /* (default none) */
    const char *kernel_constraint;    /* (default none) */
    const char *activation;           /* (default "linear") */
    bool no_bias;                     /* (default false) */
    const char *bias_initializer;     /* (default "zeros") */
    const char *bias_regularizer;     /* (default none) */
    const char *activity_regularizer; /* of the output, mean over the batch (default none) */
    const char *bias_constraint;      /* (default none) */
} mica_conv_options;
typedef mica_conv_options mica_conv1d_options;
typedef mica_conv_options mica_conv2d_options;
typedef mica_conv_options mica_conv3d_options;
mica_conv1d_options mica_conv1d_defaults(void);
mica_conv2d_options mica_conv2d_defaults(void);
mica_conv3d_options mica_conv3d_defaults(void);
mica_layer *mica_layer_conv1d(mica_context *ctx, const mica_conv1d_options *options);
mica_layer *mica_layer_conv2d(mica_context *ctx, const mica_conv2d_options *options);
mica_layer *mica_layer_conv3d(mica_context *ctx, const mica_conv3d_options *options);

/* The transpose (gradient) of Conv2D.  x (B, H, W, C), W (K0, K1, filters, C), b (filters).
 * valid: H' = (H - 1) stride + dilation (K0 - 1) + 1 (at least H stride); same: H' = H stride; with
 * output_padding p: H' = (H - 1) stride + dilation (K0 - 1) + 1 - 2 padding + p.
 * Source: keras.layers.Conv1DTranspose to Conv3DTranspose. */
typedef struct mica_conv_transpose_options {
    MICA_LAYER_OPTIONS
    int64_t filters;           /* channels of the output (required) */
    int64_t kernel_size[3];    /* one for each axis of space: {3, 3}; {3} means all (required) */
    int64_t strides[3];        /* (default 1) */
    const char *padding;       /* "valid", "same" (default "valid") */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
    int64_t dilation_rate[3];  /* (default 1) */
    int64_t output_padding[3]; /* below strides (default: chosen by the strides) */
    const char *kernel_initializer;   /* (default "glorot_uniform") */
    const char *kernel_regularizer;   /* (default none) */
    const char *kernel_constraint;    /* (default none) */
    const char *activation;           /* (default "linear") */
    bool no_bias;                     /* (default false) */
    const char *bias_initializer;     /* (default "zeros") */
    const char *bias_regularizer;     /* (default none) */
    const char *activity_regularizer; /* of the output, mean over the batch (default none) */
    const char *bias_constraint;      /* (default none) */
} mica_conv_transpose_options;
typedef mica_conv_transpose_options mica_conv1d_transpose_options;
typedef mica_conv_transpose_options mica_conv2d_transpose_options;
typedef mica_conv_transpose_options mica_conv3d_transpose_options;
mica_conv1d_transpose_options mica_conv1d_transpose_defaults(void);
mica_conv2d_transpose_options mica_conv2d_transpose_defaults(void);
mica_conv3d_transpose_options mica_conv3d_transpose_defaults(void);
mica_layer *mica_layer_conv1d_transpose(mica_context *ctx,
                                        const mica_conv1d_transpose_options *options);
mica_layer *mica_layer_conv2d_transpose(mica_context *ctx,
                                        const mica_conv2d_transpose_options *options);
mica_layer *mica_layer_conv3d_transpose(mica_context *ctx,
                                        const mica_conv3d_transpose_options *options);

/* y = activation(x * D + b): D convolves each channel by itself.  x (B, H, W, C), D (K0, K1, C, M),
 * b (C M), y (B, H', W', C M). Source: keras.layers.DepthwiseConv1D, DepthwiseConv2D. */
typedef struct mica_depthwise_conv_options {
    MICA_LAYER_OPTIONS
    int64_t kernel_size[3];   /* one for each axis of space: {3, 3}; {3} means all (required) */
    int64_t strides[3];       /* (default 1) */
    const char *padding;      /* "valid", "same" (default "valid") */
    const char *data_format;  /* "channels_last", "channels_first" (default "channels_last") */
    int64_t dilation_rate[3]; /* (default 1) */
    int64_t depth_multiplier; /* M: kernels of each channel (default 1) */
    const char *depthwise_initializer; /* (default "glorot_uniform") */
    const char *depthwise_regularizer; /* (default none) */
    const char *depthwise_constraint;  /* (default none) */
    const char *activation;            /* (default "linear") */
    bool no_bias;                      /* (default false) */
    const char *bias_initializer;      /* (default "zeros") */
    const char *bias_regularizer;      /* (default none) */
    const char *activity_regularizer;  /* of the output, mean over the batch (default none) */
    const char *bias_constraint;       /* (default none) */
} mica_depthwise_conv_options;
typedef mica_depthwise_conv_options mica_depthwise_conv1d_options;
typedef mica_depthwise_conv_options mica_depthwise_conv2d_options;
mica_depthwise_conv1d_options mica_depthwise_conv1d_defaults(void);
mica_depthwise_conv2d_options mica_depthwise_conv2d_defaults(void);
mica_layer *mica_layer_depthwise_conv1d(mica_context *ctx,
                                        const mica_depthwise_conv1d_options *options);
mica_layer *mica_layer_depthwise_conv2d(mica_context *ctx,
                                        const mica_depthwise_conv2d_options *options);

/* y = activation((x * D) * P + b): D convolves each channel by itself, P is 1x1.  x (B, H, W, C),
 * D (K0, K1, C, M), P (1, 1, C M, filters), b (filters).
 * Source: keras.layers.SeparableConv1D, SeparableConv2D. */
typedef struct mica_separable_conv_options {
    MICA_LAYER_OPTIONS
    int64_t filters;          /* channels of the output (required) */
    int64_t kernel_size[3];   /* one for each axis of space: {3, 3}; {3} means all (required) */
    int64_t strides[3];       /* (default 1) */
    const char *padding;      /* "valid", "same", of SeparableConv1D "causal" (default "valid") */
    const char *data_format;  /* "channels_last", "channels_first" (default "channels_last") */
    int64_t dilation_rate[3]; /* (default 1) */
    int64_t depth_multiplier; /* M: kernels of each channel (default 1) */
    const char *depthwise_initializer; /* (default "glorot_uniform") */
    const char *depthwise_regularizer; /* (default none) */
    const char *depthwise_constraint;  /* (default none) */
    const char *pointwise_initializer; /* (default "glorot_uniform") */
    const char *pointwise_regularizer; /* (default none) */
    const char *pointwise_constraint;  /* (default none) */
    const char *activation;            /* (default "linear") */
    bool no_bias;                      /* (default false) */
    const char *bias_initializer;      /* (default "zeros") */
    const char *bias_regularizer;      /* (default none) */
    const char *activity_regularizer;  /* of the output, mean over the batch (default none) */
    const char *bias_constraint;       /* (default none) */
} mica_separable_conv_options;
typedef mica_separable_conv_options mica_separable_conv1d_options;
typedef mica_separable_conv_options mica_separable_conv2d_options;
mica_separable_conv1d_options mica_separable_conv1d_defaults(void);
mica_separable_conv2d_options mica_separable_conv2d_defaults(void);
mica_layer *mica_layer_separable_conv1d(mica_context *ctx,
                                        const mica_separable_conv1d_options *options);
mica_layer *mica_layer_separable_conv2d(mica_context *ctx,
                                        const mica_separable_conv2d_options *options);

/* ---- pooling: the greatest or the mean of every window ---- */

/* x (B, H, W, C) -> (B, H', W', C).  valid: H' = floor((H - pool) / stride) + 1; same:
 * H' = ceil(H / stride); padding is never taken nor counted. Source: keras.layers.MaxPooling1D to
 * 3D, AveragePooling1D to 3D. */
typedef struct mica_pooling_options {
    MICA_LAYER_OPTIONS
    int64_t pool_size[3];    /* (default 2) */
    int64_t strides[3];      /* (default: pool_size) */
    const char *padding;     /* "valid", "same" (default "valid") */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_pooling_options;
typedef mica_pooling_options mica_max_pooling1d_options;
typedef mica_pooling_options mica_max_pooling2d_options;
typedef mica_pooling_options mica_max_pooling3d_options;
typedef mica_pooling_options mica_average_pooling1d_options;
typedef mica_pooling_options mica_average_pooling2d_options;
typedef mica_pooling_options mica_average_pooling3d_options;
mica_max_pooling1d_options mica_max_pooling1d_defaults(void);
mica_max_pooling2d_options mica_max_pooling2d_defaults(void);
mica_max_pooling3d_options mica_max_pooling3d_defaults(void);
mica_average_pooling1d_options mica_average_pooling1d_defaults(void);
mica_average_pooling2d_options mica_average_pooling2d_defaults(void);
mica_average_pooling3d_options mica_average_pooling3d_defaults(void);
mica_layer *mica_layer_max_pooling1d(mica_context *ctx, const mica_max_pooling1d_options *options);
mica_layer *mica_layer_max_pooling2d(mica_context *ctx, const mica_max_pooling2d_options *options);
mica_layer *mica_layer_max_pooling3d(mica_context *ctx, const mica_max_pooling3d_options *options);
mica_layer *mica_layer_average_pooling1d(mica_context *ctx,
                                         const mica_average_pooling1d_options *options);
mica_layer *mica_layer_average_pooling2d(mica_context *ctx,
                                         const mica_average_pooling2d_options *options);
mica_layer *mica_layer_average_pooling3d(mica_context *ctx,
                                         const mica_average_pooling3d_options *options);

/* (B, H, W, C) -> (B, C), or (B, 1, 1, C) with keepdims. GlobalAveragePooling1D takes the mean over
 * what its mask keeps. Source: keras.layers.GlobalMaxPooling1D to 3D, GlobalAveragePooling1D to 3D.
 */
typedef struct mica_global_pooling_options {
    MICA_LAYER_OPTIONS
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
    bool keepdims;           /* (default false) */
} mica_global_pooling_options;
typedef mica_global_pooling_options mica_global_max_pooling1d_options;
typedef mica_global_pooling_options mica_global_max_pooling2d_options;
typedef mica_global_pooling_options mica_global_max_pooling3d_options;
typedef mica_global_pooling_options mica_global_average_pooling1d_options;
typedef mica_global_pooling_options mica_global_average_pooling2d_options;
typedef mica_global_pooling_options mica_global_average_pooling3d_options;
mica_global_max_pooling1d_options mica_global_max_pooling1d_defaults(void);
mica_global_max_pooling2d_options mica_global_max_pooling2d_defaults(void);
mica_global_max_pooling3d_options mica_global_max_pooling3d_defaults(void);
mica_global_average_pooling1d_options mica_global_average_pooling1d_defaults(void);
mica_global_average_pooling2d_options mica_global_average_pooling2d_defaults(void);
mica_global_average_pooling3d_options mica_global_average_pooling3d_defaults(void);
mica_layer *mica_layer_global_max_pooling1d(mica_context *ctx,
                                            const mica_global_max_pooling1d_options *options);
mica_layer *mica_layer_global_max_pooling2d(mica_context *ctx,
                                            const mica_global_max_pooling2d_options *options);
mica_layer *mica_layer_global_max_pooling3d(mica_context *ctx,
                                            const mica_global_max_pooling3d_options *options);
mica_layer *
mica_layer_global_average_pooling1d(mica_context *ctx,
                                    const mica_global_average_pooling1d_options *options);
mica_layer *
mica_layer_global_average_pooling2d(mica_context *ctx,
                                    const mica_global_average_pooling2d_options *options);
mica_layer *
mica_layer_global_average_pooling3d(mica_context *ctx,
                                    const mica_global_average_pooling3d_options *options);

/* (B, H, W, C) -> (B, size0, size1, C): element i of an axis is of the elements floor(i H / size)
 * to ceil((i + 1) H / size). Source: keras.layers.AdaptiveMaxPooling1D to 3D,
 * AdaptiveAveragePooling1D to 3D. */
typedef struct mica_adaptive_pooling_options {
    MICA_LAYER_OPTIONS
    int64_t output_size[3];  /* extents of the output (required) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_adaptive_pooling_options;
typedef mica_adaptive_pooling_options mica_adaptive_max_pooling1d_options;
typedef mica_adaptive_pooling_options mica_adaptive_max_pooling2d_options;
typedef mica_adaptive_pooling_options mica_adaptive_max_pooling3d_options;
typedef mica_adaptive_pooling_options mica_adaptive_average_pooling1d_options;
typedef mica_adaptive_pooling_options mica_adaptive_average_pooling2d_options;
typedef mica_adaptive_pooling_options mica_adaptive_average_pooling3d_options;
mica_adaptive_max_pooling1d_options mica_adaptive_max_pooling1d_defaults(void);
mica_adaptive_max_pooling2d_options mica_adaptive_max_pooling2d_defaults(void);
mica_adaptive_max_pooling3d_options mica_adaptive_max_pooling3d_defaults(void);
mica_adaptive_average_pooling1d_options mica_adaptive_average_pooling1d_defaults(void);
mica_adaptive_average_pooling2d_options mica_adaptive_average_pooling2d_defaults(void);
mica_adaptive_average_pooling3d_options mica_adaptive_average_pooling3d_defaults(void);
mica_layer *mica_layer_adaptive_max_pooling1d(mica_context *ctx,
                                              const mica_adaptive_max_pooling1d_options *options);
mica_layer *mica_layer_adaptive_max_pooling2d(mica_context *ctx,
                                              const mica_adaptive_max_pooling2d_options *options);
mica_layer *mica_layer_adaptive_max_pooling3d(mica_context *ctx,
                                              const mica_adaptive_max_pooling3d_options *options);
mica_layer *
mica_layer_adaptive_average_pooling1d(mica_context *ctx,
                                      const mica_adaptive_average_pooling1d_options *options);
mica_layer *
mica_layer_adaptive_average_pooling2d(mica_context *ctx,
                                      const mica_adaptive_average_pooling2d_options *options);
mica_layer *
mica_layer_adaptive_average_pooling3d(mica_context *ctx,
                                      const mica_adaptive_average_pooling3d_options *options);

/* ---- borders and sizes of images ---- */

/* Zeros around: (B, H, W, C) -> (B, top + H + bottom, left + W + right, C).
 * Source: keras.layers.ZeroPadding1D to 3D. */
typedef struct mica_zero_padding_options {
    MICA_LAYER_OPTIONS
    int64_t padding[6]; /* before and after each axis of space: of two {top, bottom, left, right};
                           {1} means all; a 0 is MICA_ZERO (default 1) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_zero_padding_options;
typedef mica_zero_padding_options mica_zero_padding1d_options;
typedef mica_zero_padding_options mica_zero_padding2d_options;
typedef mica_zero_padding_options mica_zero_padding3d_options;
mica_zero_padding1d_options mica_zero_padding1d_defaults(void);
mica_zero_padding2d_options mica_zero_padding2d_defaults(void);
mica_zero_padding3d_options mica_zero_padding3d_defaults(void);
mica_layer *mica_layer_zero_padding1d(mica_context *ctx,
                                      const mica_zero_padding1d_options *options);
mica_layer *mica_layer_zero_padding2d(mica_context *ctx,
                                      const mica_zero_padding2d_options *options);
mica_layer *mica_layer_zero_padding3d(mica_context *ctx,
                                      const mica_zero_padding3d_options *options);

/* Less of each side: (B, H, W, C) -> (B, H - top - bottom, W - left - right, C).
 * Source: keras.layers.Cropping1D to 3D. */
typedef struct mica_cropping_options {
    MICA_LAYER_OPTIONS
    int64_t cropping[6]; /* before and after each axis of space: of two {top, bottom, left, right};
                            {1} means all; a 0 is MICA_ZERO (default 1; of Cropping2D 0) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_cropping_options;
typedef mica_cropping_options mica_cropping1d_options;
typedef mica_cropping_options mica_cropping2d_options;
typedef mica_cropping_options mica_cropping3d_options;
mica_cropping1d_options mica_cropping1d_defaults(void);
mica_cropping2d_options mica_cropping2d_defaults(void);
mica_cropping3d_options mica_cropping3d_defaults(void);
mica_layer *mica_layer_cropping1d(mica_context *ctx, const mica_cropping1d_options *options);
mica_layer *mica_layer_cropping2d(mica_context *ctx, const mica_cropping2d_options *options);
mica_layer *mica_layer_cropping3d(mica_context *ctx, const mica_cropping3d_options *options);

/* Every step as often as the factor says: (B, W, C) -> (B, size W, C).
 * Source: keras.layers.UpSampling1D. */
typedef struct mica_up_sampling1d_options {
    MICA_LAYER_OPTIONS
    int64_t sizes; /* factor; "size" in files (default 2) */
} mica_up_sampling1d_options;
mica_up_sampling1d_options mica_up_sampling1d_defaults(void);
mica_layer *mica_layer_up_sampling1d(mica_context *ctx, const mica_up_sampling1d_options *options);

/* (B, H, W, C) -> (B, size0 H, size1 W, C). Source: keras.layers.UpSampling2D. */
typedef struct mica_up_sampling2d_options {
    MICA_LAYER_OPTIONS
    int64_t sizes[2];          /* factors; "size" in files (default 2) */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
    const char *interpolation; /* "nearest", "bilinear", "bicubic", "area",
                                  "lanczos3", "lanczos5", "gaussian", "mitchellcubic"
                                  (default "nearest") */
} mica_up_sampling2d_options;
mica_up_sampling2d_options mica_up_sampling2d_defaults(void);
mica_layer *mica_layer_up_sampling2d(mica_context *ctx, const mica_up_sampling2d_options *options);

/* (B, D, H, W, C) -> (B, size0 D, size1 H, size2 W, C). Source: keras.layers.UpSampling3D. */
typedef struct mica_up_sampling3d_options {
    MICA_LAYER_OPTIONS
    int64_t sizes[3];        /* factors; "size" in files (default 2) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_up_sampling3d_options;
mica_up_sampling3d_options mica_up_sampling3d_defaults(void);
mica_layer *mica_layer_up_sampling3d(mica_context *ctx, const mica_up_sampling3d_options *options);

/* Images in another size: (B, H, W, C) or (H, W, C) -> (B, height, width, C). Whole numbers are
 * rounded and stay of their type. Source: keras.layers.Resizing. */
typedef struct mica_resizing_options {
    MICA_LAYER_OPTIONS
    int64_t height;            /* new (required) */
    int64_t width;             /* new (required) */
    const char *interpolation; /* "nearest", "bilinear", "bicubic", "area",
                                  "lanczos3", "lanczos5", "gaussian", "mitchellcubic"
                                  (default "bilinear") */
    bool crop_to_aspect_ratio; /* of the largest middle part with the new ratio (default false) */
    bool pad_to_aspect_ratio;  /* with borders that bring it to the new ratio (default false) */
    const char *fill_mode;     /* of borders: "constant" (default "constant") */
    double fill_value;         /* of borders (default 0) */
    bool antialias;            /* blurs what would alias (default false) */
    const char *data_format;   /* "channels_last", "channels_first" (default "channels_last") */
} mica_resizing_options;
mica_resizing_options mica_resizing_defaults(void);
mica_layer *mica_layer_resizing(mica_context *ctx, const mica_resizing_options *options);

/* The middle of images; smaller ones are enlarged first: (B, H, W, C) or (H, W, C) -> (B, height,
 * width, C). Source: keras.layers.CenterCrop. */
typedef struct mica_center_crop_options {
    MICA_LAYER_OPTIONS
    int64_t height;          /* new (required) */
    int64_t width;           /* new (required) */
    const char *data_format; /* "channels_last", "channels_first" (default "channels_last") */
} mica_center_crop_options;
mica_center_crop_options mica_center_crop_defaults(void);
mica_layer *mica_layer_center_crop(mica_context *ctx, const mica_center_crop_options *options);

MICA_API_END

#endif
