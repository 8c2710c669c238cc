/* Attention with heads: projections to them, masks, and the product. MultiHeadAttention and
 * GroupQueryAttention are this with their own numbers of heads.
 * Letters: N heads of queries, G of keys and values (N a multiple of G), K and V features of a key
 * and of a value, T and S steps of queries and of values. */
#ifndef LAYER_HEADS_H
#define LAYER_HEADS_H

#include "layer/scores.h"

enum {
    ROLE_QUERY,
    ROLE_VALUE,
    ROLE_KEY,
    ROLE_QUERY_MASK,
    ROLE_VALUE_MASK,
    ROLE_KEY_MASK,
    ROLE_ATTENTION_MASK
};
extern const char *const head_arguments[];
extern const char *const head_ignored[];

typedef struct heads {
    int64_t query_heads, key_heads, key_dim, value_dim;
    shape attention_axes; /* of the query, 1 …; none: all between batch and features */
    shape output_shape;   /* none: the query's features */
    int max_rank;         /* of the inputs; 0: as many as there is room for */
    int64_t window;       /* NO_INTEGER: none */
    double dropout;
    int64_t seed;
    bool no_bias, use_gate, passes_mask;
    const char *kernel_initializer, *bias_initializer, *kernel_regularizer, *bias_regularizer,
        *kernel_constraint, *bias_constraint;
} heads;

mica_status heads_build(mica_layer *l, const heads *h, const shape *in, int inputs,
                        mica_error *err);
void heads_call(mica_layer *l, const heads *h, layer_frame *f);

/* What both kinds call, by their `heads_of` the options. */
#define HEADS_FUNCTIONS(x)                                                                         \
    static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {        \
        heads h = heads_of(l);                                                                     \
        return heads_build(l, &h, in, inputs, err);                                                \
    }                                                                                              \
    static void call(mica_layer *l, layer_frame *f) {                                              \
        heads h = heads_of(l);                                                                     \
        heads_call(l, &h, f);                                                                      \
        layer_activity_loss(f, OPTIONS_OF(l, x)->activity_regularizer, f->out[0]);                 \
    }

/* The fields after the numbers of heads, the same for both layers. */
#define HEADS_FIELDS(OWNER)                                                                        \
    REAL(OWNER, dropout, DEFAULT(0), .min = 0, .max = 1, .help = "of the weights"),                \
        NEGATED(OWNER, no_bias, "use_bias", .help = "adds biases"),                                \
        INTEGER(OWNER, sliding_window, .flags = FIELD_NULLABLE, .min = 1,                          \
                .help = "how far a step sees; null: all"),                                         \
        INITIALIZER_FIELD(OWNER, kernel_initializer, "glorot_uniform"),                            \
        INITIALIZER_FIELD(OWNER, bias_initializer, "zeros"),                                       \
        REGULARIZER_FIELD(OWNER, kernel_regularizer), REGULARIZER_FIELD(OWNER, bias_regularizer),  \
        REGULARIZER_FIELD(OWNER, activity_regularizer),                                            \
        CONSTRAINT_FIELD(OWNER, kernel_constraint), CONSTRAINT_FIELD(OWNER, bias_constraint),      \
        BOOLEAN(OWNER, use_gate, .help = "values times a gate of the query"), SEED_FIELD(OWNER)

#define HEADS_OF(o)                                                                                \
    .window = (o)->sliding_window, .dropout = (o)->dropout, .seed = (o)->seed,                     \
    .no_bias = (o)->no_bias, .use_gate = (o)->use_gate,                                            \
    .kernel_initializer = (o)->kernel_initializer, .bias_initializer = (o)->bias_initializer,      \
    .kernel_regularizer = (o)->kernel_regularizer, .bias_regularizer = (o)->bias_regularizer,      \
    .kernel_constraint = (o)->kernel_constraint, .bias_constraint = (o)->bias_constraint

#endif
