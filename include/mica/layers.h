/* Layers, as keras.layers. Each constructor takes options (NULL: all defaults) and returns a layer
 * that the context owns until a model takes it; a failed one returns a layer that fails when it is
 * used, and mica_check tells the first error. Weights are made when the first shape is known.
 *
 *     mica_layer *l = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 10));
 *
 * Shapes: B batch, H W height and width, C channels (last, as in Keras), K kernel. Activations,
 * initializers and regularizers are names ("relu", "he_normal", "l2") or the texts of
 * mica/initializers.h and mica/regularizers.h, or JSON of Keras's {"class_name", "config"}. */
#ifndef MICA_LAYERS_H
#define MICA_LAYERS_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_layer mica_layer;

/* What every layer's options begin with. */
#define MICA_LAYER_OPTIONS                                                                         \
    size_t size;                                                                                   \
    const char *name;  /* unique in a model (default: the class in snake case, numbered) */        \
    bool frozen;       /* its weights are not trained (default false) */                           \
    const char *dtype; /* "float32", "float64", "mixed_bfloat16" … (default "float32") */

typedef struct mica_layer_options {
    MICA_LAYER_OPTIONS
} mica_layer_options;

/* A layer of any kind from its Keras class name and config (JSON text of an object; NULL: none).
 * The general door for other languages. Errors: NAME for unknown classes and options, with the
 * nearest. */
mica_layer *mica_layer_from_config(mica_context *ctx, const char *class_name, const char *json);
/* y = layer(x), eagerly or traced as the context is; builds the layer first. Random layers and
 * moving statistics follow `training`. Layers with several inputs: mica_layer_call_many. */
mica_tensor *mica_layer_call(mica_layer *layer, mica_tensor *x, bool training);
mica_tensor *mica_layer_call_many(mica_layer *layer, mica_tensor *const *x, int count,
                                  bool training);
const char *mica_layer_name(const mica_layer *layer);
/* Weight number i (variables, in the order of their making), NULL past the last. */
mica_tensor *mica_layer_weight(const mica_layer *layer, int i);

/* ---- inputs and shapes ---- */

/* The shape of a model's input. Source: keras.layers.InputLayer. */
typedef struct mica_input_layer_options {
    MICA_LAYER_OPTIONS
    mica_shape batch_shape; /* with the batch, -1 where not known: {-1, 28, 28, 1} (required) */
} mica_input_layer_options;
mica_input_layer_options mica_input_layer_defaults(void);
mica_layer *mica_layer_input_layer(mica_context *ctx, const mica_input_layer_options *options);

/* (B, …) -> (B, product of the rest). Source: keras.layers.Flatten. */
typedef struct mica_flatten_options {
    MICA_LAYER_OPTIONS
    const char
        *data_format; /* "channels_last", "channels_first" (moved last) (default "channels_last") */
} mica_flatten_options;
mica_flatten_options mica_flatten_defaults(void);
mica_layer *mica_layer_flatten(mica_context *ctx, const mica_flatten_options *options);

/* (B, …) -> (B, target_shape…). Source: keras.layers.Reshape. */
typedef struct mica_reshape_options {
    MICA_LAYER_OPTIONS
    mica_shape target_shape; /* without the batch; one dim may be -1 (required) */
} mica_reshape_options;
mica_reshape_options mica_reshape_defaults(void);
mica_layer *mica_layer_reshape(mica_context *ctx, const mica_reshape_options *options);

/* y[b, i, j …] = x[b, …] with dims in the given order. Source: keras.layers.Permute. */
typedef struct mica_permute_options {
    MICA_LAYER_OPTIONS
    mica_shape dims; /* 1 is the first dim after the batch: {2, 1} (required) */
} mica_permute_options;
mica_permute_options mica_permute_defaults(void);
mica_layer *mica_layer_permute(mica_context *ctx, const mica_permute_options *options);

/* y = x scale + offset. Integer inputs become floats. Source: keras.layers.Rescaling. */
typedef struct mica_rescaling_options {
    MICA_LAYER_OPTIONS
    double scale;  /* (default 1) */
    double offset; /* (default 0) */
} mica_rescaling_options;
mica_rescaling_options mica_rescaling_defaults(void);
mica_layer *mica_layer_rescaling(mica_context *ctx, const mica_rescaling_options *options);

/* ---- weights ---- */

/* y = activation(x W + b).  x (…, in), W (in, units), b (units), y (…, units).
 * Source: keras.layers.Dense. */
typedef struct mica_dense_options {
    MICA_LAYER_OPTIONS
    int64_t units;                    /* width of the output (required) */
    const char *activation;           /* (default "linear") */
    bool no_bias;                     /* (default false) */
    const char *kernel_initializer;   /* (default "glorot_uniform") */
    const char *bias_initializer;     /* (default "zeros") */
    const char *kernel_regularizer;   /* (default none) */
    const char *bias_regularizer;     /* (default none) */
    const char *activity_regularizer; /* of the output, mean over the batch (default none) */
    const char *kernel_constraint;    /* (default none) */
    const char *bias_constraint;      /* (default none) */
} mica_dense_options;
mica_dense_options mica_dense_defaults(void);
mica_layer *mica_layer_dense(mica_context *ctx, const mica_dense_options *options);

/* ---- regularisation ---- */

/* In training y = x / (1 - rate) with probability 1 - rate, else 0; in inference y = x.
 * Source: keras.layers.Dropout; Srivastava et al. (2014). */
typedef struct mica_dropout_options {
    MICA_LAYER_OPTIONS
    double rate;            /* share that is dropped, 0 to 1; none is MICA_ZERO (required) */
    mica_shape noise_shape; /* with the batch; dims of 1 share their draw (default: x's) */
    int64_t seed;           /* (default: of the context) */
} mica_dropout_options;
mica_dropout_options mica_dropout_defaults(void);
mica_layer *mica_layer_dropout(mica_context *ctx, const mica_dropout_options *options);

/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per index of the axis.  In training with
 * the batch's mean and variance, and moving = moving momentum + batch (1 - momentum); in inference,
 * or frozen, with the moving ones. Source: keras.layers.BatchNormalization; Ioffe and Szegedy
 * (2015). */
typedef struct mica_batch_normalization_options {
    MICA_LAYER_OPTIONS
    int64_t axis;                            /* of the features; 0 is MICA_ZERO (default -1) */
    double momentum;                         /* 0 is MICA_ZERO (default 0.99) */
    double epsilon;                          /* (default 0.001) */
    bool no_center;                          /* no beta (default false) */
    bool no_scale;                           /* no gamma (default false) */
    const char *beta_initializer;            /* (default "zeros") */
    const char *gamma_initializer;           /* (default "ones") */
    const char *moving_mean_initializer;     /* (default "zeros") */
    const char *moving_variance_initializer; /* (default "ones") */
    const char *beta_regularizer;            /* (default none) */
    const char *gamma_regularizer;           /* (default none) */
    const char *beta_constraint;             /* (default none) */
    const char *gamma_constraint;            /* (default none) */
} mica_batch_normalization_options;
mica_batch_normalization_options mica_batch_normalization_defaults(void);
mica_layer *mica_layer_batch_normalization(mica_context *ctx,
                                           const mica_batch_normalization_options *options);

/* ---- activations ---- */

/* y = activation(x). Source: keras.layers.Activation. */
typedef struct mica_activation_options {
    MICA_LAYER_OPTIONS
    const char *activation; /* (required) */
} mica_activation_options;
mica_activation_options mica_activation_defaults(void);
mica_layer *mica_layer_activation(mica_context *ctx, const mica_activation_options *options);

/* x > threshold: min(x, max_value), else negative_slope (x - threshold). Source: keras.layers.ReLU.
 */
typedef struct mica_relu_options {
    MICA_LAYER_OPTIONS
    double max_value;      /* 0 is MICA_ZERO (default: none) */
    double negative_slope; /* (default 0) */
    double threshold;      /* (default 0) */
} mica_relu_options;
mica_relu_options mica_relu_defaults(void);
mica_layer *mica_layer_relu(mica_context *ctx, const mica_relu_options *options);

/* x > 0: x, else negative_slope x. Source: keras.layers.LeakyReLU. */
typedef struct mica_leaky_relu_options {
    MICA_LAYER_OPTIONS
    double negative_slope; /* 0 is MICA_ZERO (default 0.3) */
} mica_leaky_relu_options;
mica_leaky_relu_options mica_leaky_relu_defaults(void);
mica_layer *mica_layer_leaky_relu(mica_context *ctx, const mica_leaky_relu_options *options);

/* x > 0: x, else alpha (e^x - 1). Source: keras.layers.ELU. */
typedef struct mica_elu_options {
    MICA_LAYER_OPTIONS
    double alpha; /* 0 is MICA_ZERO (default 1) */
} mica_elu_options;
mica_elu_options mica_elu_defaults(void);
mica_layer *mica_layer_elu(mica_context *ctx, const mica_elu_options *options);

/* x > 0: x, else alpha x, with a weight alpha of x's shape without the batch.
 * Source: keras.layers.PReLU. */
typedef struct mica_prelu_options {
    MICA_LAYER_OPTIONS
    const char *alpha_initializer; /* (default "zeros") */
    const char *alpha_regularizer; /* (default none) */
    const char *alpha_constraint;  /* (default none) */
    mica_shape shared_axes; /* dims with one alpha; 1 is the first after the batch (default none) */
} mica_prelu_options;
mica_prelu_options mica_prelu_defaults(void);
mica_layer *mica_layer_prelu(mica_context *ctx, const mica_prelu_options *options);

/* e^x over its sum along the axis. Source: keras.layers.Softmax. */
typedef struct mica_softmax_options {
    MICA_LAYER_OPTIONS
    int64_t axis; /* 0 is MICA_ZERO (default -1) */
} mica_softmax_options;
mica_softmax_options mica_softmax_defaults(void);
mica_layer *mica_layer_softmax(mica_context *ctx, const mica_softmax_options *options);

MICA_API_END

/* Further families. */
#include "mica/layers_attention.h"
#include "mica/layers_augment.h"
#include "mica/layers_image.h"
#include "mica/layers_merge.h"
#include "mica/layers_noise.h"
#include "mica/layers_norm.h"
#include "mica/layers_sequence.h"

#endif
