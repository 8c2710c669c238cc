/* Layers that make one of several inputs, as keras.layers; called with mica_layer_call_many and
 * mica_apply_many. Element by element shapes broadcast as in NumPy, and an input of lower rank gets
 * dims of 1 after the batch. Where all inputs have a mask the output has one, true where any is. */
#ifndef MICA_LAYERS_MERGE_H
#define MICA_LAYERS_MERGE_H

#include "mica/layers.h"

MICA_API_BEGIN

/* y = x0 + x1 + … Source: keras.layers.Add. */
typedef struct mica_add_options {
    MICA_LAYER_OPTIONS
} mica_add_options;
mica_add_options mica_add_defaults(void);
mica_layer *mica_layer_add(mica_context *ctx, const mica_add_options *options);

/* y = x0 - x1, of two inputs. Source: keras.layers.Subtract. */
typedef struct mica_subtract_options {
    MICA_LAYER_OPTIONS
} mica_subtract_options;
mica_subtract_options mica_subtract_defaults(void);
mica_layer *mica_layer_subtract(mica_context *ctx, const mica_subtract_options *options);

/* y = x0 x1 …; what is masked out counts as 1. Source: keras.layers.Multiply. */
typedef struct mica_multiply_options {
    MICA_LAYER_OPTIONS
} mica_multiply_options;
mica_multiply_options mica_multiply_defaults(void);
mica_layer *mica_layer_multiply(mica_context *ctx, const mica_multiply_options *options);

/* y = (x0 + x1 + …) / n of n inputs. Source: keras.layers.Average. */
typedef struct mica_average_options {
    MICA_LAYER_OPTIONS
} mica_average_options;
mica_average_options mica_average_defaults(void);
mica_layer *mica_layer_average(mica_context *ctx, const mica_average_options *options);

/* y = max(x0, x1, …) of what is not masked out. Source: keras.layers.Maximum. */
typedef struct mica_maximum_options {
    MICA_LAYER_OPTIONS
} mica_maximum_options;
mica_maximum_options mica_maximum_defaults(void);
mica_layer *mica_layer_maximum(mica_context *ctx, const mica_maximum_options *options);

/* y = min(x0, x1, …) of what is not masked out. Source: keras.layers.Minimum. */
typedef struct mica_minimum_options {
    MICA_LAYER_OPTIONS
} mica_minimum_options;
mica_minimum_options mica_minimum_defaults(void);
mica_layer *mica_layer_minimum(mica_context *ctx, const mica_minimum_options *options);

/* x0, x1, … one after the other along the axis; other dims must agree. A mask too, if any input has
 * one. Source: keras.layers.Concatenate. */
typedef struct mica_concatenate_options {
    MICA_LAYER_OPTIONS
    int64_t axis; /* 0 is MICA_ZERO (default -1) */
} mica_concatenate_options;
mica_concatenate_options mica_concatenate_defaults(void);
mica_layer *mica_layer_concatenate(mica_context *ctx, const mica_concatenate_options *options);

/* y[b, i…, j…] = sum over k of x0[b, i…, k] x1[b, k, j…], k along axes[0] of x0 and axes[1] of x1;
 * two inputs (B, K) give (B, 1). Source: keras.layers.Dot. */
typedef struct mica_dot_options {
    MICA_LAYER_OPTIONS
    int64_t axes[2]; /* not 0, the batch; a second 0 copies the first (required) */
    bool normalize;  /* of vectors of length 1: cosines (default false) */
} mica_dot_options;
mica_dot_options mica_dot_defaults(void);
mica_layer *mica_layer_dot(mica_context *ctx, const mica_dot_options *options);

MICA_API_END

#endif
