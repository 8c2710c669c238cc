/* Attention layers, as keras.layers; called with mica_layer_call_many or mica_apply_many on query,
 * value and perhaps key, and with mica_apply_with (model.h) where the call takes more. B batch,
 * T steps of queries, S of values. */
#ifndef MICA_LAYERS_ATTENTION_H
#define MICA_LAYERS_ATTENTION_H

#include "mica/layers.h"

MICA_API_BEGIN

/* y = softmax(scores) value.  Inputs query (B, T, D), value (B, S, E) and perhaps key (B, S, D),
 * else the value. "dot": scores = scale query key^T; "concat": c sum tanh(scale (query + key)).
 * Arguments of its call: use_causal_mask, return_attention_scores. Source: keras.layers.Attention.
 */
typedef struct mica_attention_options {
    MICA_LAYER_OPTIONS
    bool use_scale;         /* a learned number, else 1 (default false) */
    const char *score_mode; /* "dot", "concat" (default "dot") */
    double dropout;         /* of the weights (default 0) */
    int64_t seed;           /* (default: of the context) */
} mica_attention_options;
mica_attention_options mica_attention_defaults(void);
mica_layer *mica_layer_attention(mica_context *ctx, const mica_attention_options *options);

/* The same with scores = sum of scale tanh(query + key), scale (D).
 * Source: keras.layers.AdditiveAttention; Bahdanau et al. (2015). */
typedef struct mica_additive_attention_options {
    MICA_LAYER_OPTIONS
    bool no_scale;  /* scale is 1 (default false) */
    double dropout; /* of the weights (default 0) */
    int64_t seed;   /* (default: of the context) */
} mica_additive_attention_options;
mica_additive_attention_options mica_additive_attention_defaults(void);
mica_layer *mica_layer_additive_attention(mica_context *ctx,
                                          const mica_additive_attention_options *options);

/* N heads of softmax(q k^T / sqrt(key_dim)) v, projected to output_shape. Inputs query (B, T, D),
 * value (B, S, E) and perhaps key (B, S, F); by name query_mask, value_mask, key_mask and
 * attention_mask (B, T, S). Arguments of its call: use_causal_mask, return_attention_scores.
 * Source: keras.layers.MultiHeadAttention; Vaswani et al. (2017). */
typedef struct mica_multi_head_attention_options {
    MICA_LAYER_OPTIONS
    int64_t num_heads;                /* N (required) */
    int64_t key_dim;                  /* features of a head's queries and keys (required) */
    int64_t value_dim;                /* of its values (default: key_dim) */
    mica_shape output_shape;          /* (default: the query's features) */
    mica_shape attention_axes;        /* (default: all but batch and features) */
    double dropout;                   /* of the weights (default 0) */
    bool no_bias;                     /* (default false) */
    int64_t sliding_window;           /* step t sees |t - s| below it (default: all) */
    const char *kernel_initializer;   /* (default "glorot_uniform") */
    const char *bias_initializer;     /* (default "zeros") */
    const char *kernel_regularizer;   /* (default none) */
    const char *bias_regularizer;     /* (default none) */
    const char *activity_regularizer; /* of the output, mean over the batch (default none) */
    const char *kernel_constraint;    /* (default none) */
    const char *bias_constraint;      /* (default none) */
    bool use_gate;                    /* values times sigmoid of the query (default false) */
    int64_t seed;                     /* of dropout (default: of the context) */
} mica_multi_head_attention_options;
mica_multi_head_attention_options mica_multi_head_attention_defaults(void);
mica_layer *mica_layer_multi_head_attention(mica_context *ctx,
                                            const mica_multi_head_attention_options *options);

/* The same, but groups of query heads share the keys and values of one head.
 * Source: keras.layers.GroupQueryAttention; Ainslie et al. (2023). */
typedef struct mica_group_query_attention_options {
    MICA_LAYER_OPTIONS
    int64_t head_dim;                 /* features of a head (required) */
    int64_t num_query_heads;          /* a multiple of num_key_value_heads (required) */
    int64_t num_key_value_heads;      /* (required) */
    double dropout;                   /* of the weights (default 0) */
    bool no_bias;                     /* (default false) */
    int64_t sliding_window;           /* step t sees |t - s| below it (default: all) */
    const char *kernel_initializer;   /* (default "glorot_uniform") */
    const char *bias_initializer;     /* (default "zeros") */
    const char *kernel_regularizer;   /* (default none) */
    const char *bias_regularizer;     /* (default none) */
    const char *activity_regularizer; /* of the output, mean over the batch (default none) */
    const char *kernel_constraint;    /* (default none) */
    const char *bias_constraint;      /* (default none) */
    bool use_gate;                    /* values times sigmoid of the query (default false) */
    int64_t seed;                     /* of dropout (default: of the context) */
} mica_group_query_attention_options;
mica_group_query_attention_options mica_group_query_attention_defaults(void);
mica_layer *mica_layer_group_query_attention(mica_context *ctx,
                                             const mica_group_query_attention_options *options);

MICA_API_END

#endif
