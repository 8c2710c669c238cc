/* Layers of sequences: tokens, masks, repetition, as keras.layers. B batch, T time, C features. */
#ifndef MICA_LAYERS_SEQUENCE_H
#define MICA_LAYERS_SEQUENCE_H

#include "mica/layers.h"

MICA_API_BEGIN

/* y[…, :] = E[x[…]].  x (…) whole numbers below input_dim, E (input_dim, output_dim),
 * y (…, output_dim). Source: keras.layers.Embedding. */
typedef struct mica_embedding_options {
    MICA_LAYER_OPTIONS
    int64_t input_dim;                  /* how many vectors (required) */
    int64_t output_dim;                 /* length of each (required) */
    const char *embeddings_initializer; /* (default "uniform") */
    const char *embeddings_regularizer; /* (default none) */
    const char *activity_regularizer;   /* of the output, mean over the batch (default none) */
    const char *embeddings_constraint;  /* (default none) */
    bool mask_zero;                     /* 0 is padding: the mask is x != 0 (default false) */
} mica_embedding_options;
mica_embedding_options mica_embedding_defaults(void);
mica_layer *mica_layer_embedding(mica_context *ctx, const mica_embedding_options *options);

/* A step (B, T, C) whose features all are mask_value becomes 0 and is masked out.
 * Source: keras.layers.Masking. */
typedef struct mica_masking_options {
    MICA_LAYER_OPTIONS
    double mask_value; /* (default 0) */
} mica_masking_options;
mica_masking_options mica_masking_defaults(void);
mica_layer *mica_layer_masking(mica_context *ctx, const mica_masking_options *options);

/* (B, C) -> (B, n, C). Source: keras.layers.RepeatVector. */
typedef struct mica_repeat_vector_options {
    MICA_LAYER_OPTIONS
    int64_t n; /* (required) */
} mica_repeat_vector_options;
mica_repeat_vector_options mica_repeat_vector_defaults(void);
mica_layer *mica_layer_repeat_vector(mica_context *ctx, const mica_repeat_vector_options *options);

/* y = x. Source: keras.layers.Identity. */
typedef struct mica_identity_options {
    MICA_LAYER_OPTIONS
} mica_identity_options;
mica_identity_options mica_identity_defaults(void);
mica_layer *mica_layer_identity(mica_context *ctx, const mica_identity_options *options);

MICA_API_END

#endif
