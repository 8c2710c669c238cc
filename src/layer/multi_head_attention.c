/* MultiHeadAttention: y = concat over N heads of softmax(q k^T / sqrt(K)) v, projected.  Inputs
 * query (B, T, D), value (B, S, D'), perhaps key (B, S, D"), attention_mask (B, T, S) and masks; q,
 * k of key_dim K, v of value_dim features; y (B, T, output_shape). With attention_axes and rank
 * above 3 steps are along those axes. The call may ask for the weights (B, N, T, S), and for no
 * step to see later ones. Masks of query, value and key hide steps; the query's is passed on,
 * and for later layers the three have none.
 * Source: keras.layers.MultiHeadAttention; Vaswani et al. (2017). */
#include "layer/heads.h"

#define OWNER mica_multi_head_attention_options

static const field multi_head_attention_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, num_heads, REQUIRED, .min = 1, .help = "N"),
    INTEGER(OWNER, key_dim, REQUIRED, .min = 1, .help = "features of a head's queries and keys"),
    INTEGER(OWNER, value_dim, .flags = FIELD_NULLABLE, .min = 1, .help = "null: key_dim"),
    SHAPE_FIELD(OWNER, output_shape, NULLABLE, .help = "null: the query's features"),
    SHAPE_FIELD(OWNER, attention_axes, NULLABLE, .help = "null: all but batch and features"),
    HEADS_FIELDS(OWNER),
    END_OF_FIELDS};

static heads heads_of(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, multi_head_attention);
    return (heads){.query_heads = o->num_heads,
                   .key_heads = o->num_heads,
                   .key_dim = o->key_dim,
                   .value_dim = o->value_dim == NO_INTEGER ? o->key_dim : o->value_dim,
                   .attention_axes = o->attention_axes,
                   .output_shape = o->output_shape,
                   HEADS_OF(o)};
}

HEADS_FUNCTIONS(multi_head_attention)

const layer_kind layer_multi_head_attention = {.name = "MultiHeadAttention",
                                               .fields = multi_head_attention_fields,
                                               .options_size = sizeof(OWNER),
                                               .ignored = head_ignored,
                                               .build = build,
                                               .call = call,
                                               .inputs = VARIADIC,
                                               .keeps_integers = true,
                                               .takes_masks = true,
                                               .arguments = head_arguments,
                                               .call_fields = attention_call_fields,
                                               .call_size = sizeof(attention_call)};

LAYER_CONSTRUCTOR(multi_head_attention)
