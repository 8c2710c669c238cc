/* Operations of neural networks: convolution, pooling, normalisation, resizing, random numbers.
 * They take and return handles (tensor.h): a failed call returns poison, and mica_check tells the
 * first error. Floating-point where nothing else is said. B batch, D H W depth, height and width,
 * C channels. Images have one to three axes of space: x (B, W, C), (B, H, W, C), (B, D, H, W, C);
 * shapes are written here for two. */
#ifndef MICA_NN_H
#define MICA_NN_H

#include "mica/math.h"

MICA_API_BEGIN

typedef enum mica_padding {
    MICA_PADDING_VALID,
    MICA_PADDING_SAME, /* ceil(n / stride) results; the odd padding at the end */
    MICA_PADDING_EXPLICIT,
} mica_padding;

typedef enum mica_layout {
    MICA_CHANNELS_LAST,  /* (B, H, W, C) */
    MICA_CHANNELS_FIRST, /* (B, C, H, W) */
} mica_layout;

/* A window that slides over images: a number for each axis of space, in their order; a 0 after the
 * first copies the first. */
typedef struct mica_window_options {
    size_t size;
    int64_t pool[3];      /* window of pooling (default 2) */
    int64_t strides[3];   /* (default 1; of pooling: pool) */
    int64_t dilations[3]; /* of convolution (default 1) */
    int64_t groups;       /* of convolution (default 1) */
    mica_padding padding; /* (default valid) */
    int64_t pads[6];      /* explicit: before each axis, then after each: of two axes top, left,
                             bottom, right (default 0) */
    mica_layout layout;   /* (default channels last) */
    int64_t output_padding[3]; /* of conv_transpose; MICA_ZERO is a real 0 (default: none) */
    bool count_padding;        /* average pooling: padding counts as zeros (default false) */
} mica_window_options;

mica_window_options mica_window_defaults(void);

/* y[b,i,j,f] = bias[f] + sum over p, q, c of x[b, i s + p d - top, …, c] w[p,q,c,f].
 * x (B, H, W, C), w (KH, KW, C/groups, F), bias (F) or NULL, y (B, OH, OW, F).
 * Errors: SHAPE, where ranks, channels, groups or extents do not fit. Source:
 * keras.layers.Conv1D to Conv3D; ONNX Conv. */
mica_tensor *mica_conv(mica_tensor *x, mica_tensor *w, mica_tensor *bias,
                       const mica_window_options *options);
/* The transpose of mica_conv. x (B, H, W, C), w (KH, KW, F/groups, C), bias (F) or NULL,
 * y (B, OH, OW, F). With k' = (k - 1) d + 1: valid OH = H s + max(k' - s, 0), same OH = H s; with
 * output_padding o OH = (H - 1) s + k' - 2 p + o, p 0 for valid, k' / 2 for same; explicit pads
 * are taken off on both sides. Source: keras.layers.Conv1DTranspose to 3D; ONNX ConvTranspose. */
mica_tensor *mica_conv_transpose(mica_tensor *x, mica_tensor *w, mica_tensor *bias,
                                 const mica_window_options *options);

/* The greatest value of each window, of any number type. x (B, H, W, C), y (B, OH, OW, C). */
mica_tensor *mica_max_pool(mica_tensor *x, const mica_window_options *options);
/* The mean of each window, without its padding unless count_padding. */
mica_tensor *mica_avg_pool(mica_tensor *x, const mica_window_options *options);

/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the mean and (biased) variance of the
 * batch, over all axes but `axis`. x any shape, gamma, beta (C). mean, variance (C): where they go;
 * NULL: not wanted. Source: keras.layers.BatchNormalization. */
mica_tensor *mica_batch_norm_training(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta,
                                      int64_t axis, double epsilon, mica_tensor **mean,
                                      mica_tensor **variance);
/* The same with a given mean and variance (C). */
mica_tensor *mica_batch_norm_inference(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta,
                                       mica_tensor *mean, mica_tensor *variance, int64_t axis,
                                       double epsilon);

/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over `axes`. gamma,
 * beta the shape of these axes, in their order; NULL: 1, 0. Source:
 * keras.layers.LayerNormalization. */
mica_tensor *mica_layer_norm(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta, mica_axes axes,
                             double epsilon);
/* y = gamma x / sqrt(mean(x^2) + epsilon). Source: keras.layers.RMSNormalization. */
mica_tensor *mica_rms_norm(mica_tensor *x, mica_tensor *gamma, mica_axes axes, double epsilon);
/* The same as mica_layer_norm for each sample over all axes but the first, and over each of
 * `groups` groups of neighbouring channels. x (B, …) with its C channels at `axis`, gamma, beta (C)
 * or NULL. Source: keras.layers.GroupNormalization. */
mica_tensor *mica_group_norm(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta, int64_t groups,
                             int64_t axis, double epsilon);
/* x / max(|x|, epsilon), |x| the root of the sum of squares over the axes (L2 normalisation).
 * Source: keras.ops.normalize; keras.layers.UnitNormalization. */
mica_tensor *mica_normalize(mica_tensor *x, mica_axes axes, double epsilon);

/* Scaled dot-product attention: softmax over S of scale q k^T, times v. q (…, T, D), k (…, S, D),
 * v (…, S, E), y (…, T, E); the dims in front broadcast. mask: bool, broadcast to (…, T, S), true
 * may be seen; NULL: all. causal: row t sees columns 0 … t only. scale 0: 1 / sqrt(D). A row that
 * sees nothing gets the mean of v. Source: Vaswani et al. (2017). */
mica_tensor *mica_attention(mica_tensor *q, mica_tensor *k, mica_tensor *v, mica_tensor *mask,
                            bool causal, double scale);
/* The weights (…, T, S) of that. */
mica_tensor *mica_attention_weights(mica_tensor *q, mica_tensor *k, mica_tensor *mask, bool causal,
                                    double scale);

typedef enum mica_resize_method {
    MICA_RESIZE_NEAREST, /* of any type */
    MICA_RESIZE_BILINEAR,
    MICA_RESIZE_BICUBIC, /* Keys, a = -1/2 */
    MICA_RESIZE_AREA,    /* the mean of what an element covers */
    MICA_RESIZE_LANCZOS3,
    MICA_RESIZE_LANCZOS5,
    MICA_RESIZE_GAUSSIAN,
    MICA_RESIZE_MITCHELLCUBIC,
    MICA_RESIZE_ADAPTIVE, /* the mean of all that an element touches: adaptive pooling */
} mica_resize_method;

/* One axis of x in another extent, with half-pixel centres: for images once for each axis.
 * antialias: the kernel grows with what an element covers. Source: tf.image.resize;
 * keras.layers.Resizing. */
mica_tensor *mica_resize(mica_tensor *x, int64_t axis, int64_t size, mica_resize_method method,
                         bool antialias);
/* The same to factor times its extent, which need not be known. Source: keras.layers.UpSampling2D.
 */
mica_tensor *mica_upsample(mica_tensor *x, int64_t axis, int64_t factor, mica_resize_method method);

/* What lies outside of an image. */
typedef enum mica_fill_mode {
    MICA_FILL_CONSTANT, /* k k | a b c | k k: fill_value */
    MICA_FILL_NEAREST,  /* a a | a b c | c c */
    MICA_FILL_REFLECT,  /* b a | a b c | c b */
    MICA_FILL_WRAP,     /* b c | a b c | a b */
} mica_fill_mode;

/* Images moved, turned, scaled, sheared, each by its own transform t of eight numbers: pixel (x, y)
 * of the result lies in the image at ((t0 x + t1 y + t2) / k, (t3 x + t4 y + t5) / k), where
 * k = t6 x + t7 y + 1. images (B, H, W, C) or (H, W, C), the result the same; transforms (B, 8),
 * (1, 8) or (8). interpolation: MICA_RESIZE_NEAREST (of any type) or MICA_RESIZE_BILINEAR.
 * Gradients flow to the images. Source: keras.ops.image.affine_transform. */
mica_tensor *mica_affine_transform(mica_tensor *images, mica_tensor *transforms,
                                   mica_resize_method interpolation, mica_fill_mode fill_mode,
                                   double fill_value, mica_layout layout);

/* Colours: images (B, H, W, 3) or (H, W, 3), floats, R, G, B of any scale; hue from 0 to below 1,
 * saturation 0 to 1, value of the scale of RGB. Source: keras.ops.image.rgb_to_hsv, hsv_to_rgb. */
mica_tensor *mica_rgb_to_hsv(mica_tensor *images, mica_layout layout);
mica_tensor *mica_hsv_to_rgb(mica_tensor *images, mica_layout layout);
/* 0.2989 R + 0.587 G + 0.114 B: one channel; images of one channel stay. Source:
 * keras.ops.image.rgb_to_grayscale. */
mica_tensor *mica_rgb_to_grayscale(mica_tensor *images, mica_layout layout);

/* Values that depend on the context's seed and on how many such calls came before. Traced, they are
 * constants of the graph. low <= y < high. dtype: a float; of uniform also an integer. */
mica_tensor *mica_random_normal(mica_context *ctx, mica_dtype dtype, mica_shape shape, double mean,
                                double stddev);
mica_tensor *mica_random_uniform(mica_context *ctx, mica_dtype dtype, mica_shape shape, double low,
                                 double high);
/* x / (1 - rate) where a random number is at least rate, else 0: a function of key, counter (an
 * int64 scalar, one more each step) and the element's place alone. Source: keras.layers.Dropout. */
mica_tensor *mica_dropout(mica_tensor *x, mica_tensor *counter, double rate, uint64_t key);

MICA_API_END

#endif
