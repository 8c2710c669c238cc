/* GroupQueryAttention: MultiHeadAttention whose num_query_heads queries share the keys and values
 * of num_key_value_heads. Inputs, masks and outputs as there, of rank 3. Source:
 * keras.layers.GroupQueryAttention; Ainslie et al. (2023). */
#include "layer/heads.h"

#define OWNER mica_group_query_attention_options

static const field group_query_attention_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, head_dim, REQUIRED, .min = 1, .help = "features of a head"),
    INTEGER(OWNER, num_query_heads, REQUIRED, .min = 1, .help = "a multiple of the others"),
    INTEGER(OWNER, num_key_value_heads, REQUIRED, .min = 1, .help = "of keys and values"),
    HEADS_FIELDS(OWNER),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    if (o->num_query_heads % o->num_key_value_heads == 0) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: num_query_heads is %lld, expected a multiple of num_key_value_heads, %lld",
                what, (long long)o->num_query_heads, (long long)o->num_key_value_heads);
}

static heads heads_of(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, group_query_attention);
    return (heads){.query_heads = o->num_query_heads,
                   .key_heads = o->num_key_value_heads,
                   .key_dim = o->head_dim,
                   .value_dim = o->head_dim,
                   .max_rank = 3,
                   HEADS_OF(o)};
}

HEADS_FUNCTIONS(group_query_attention)

const layer_kind layer_group_query_attention = {.name = "GroupQueryAttention",
                                                .fields = group_query_attention_fields,
                                                .options_size = sizeof(OWNER),
                                                .ignored = head_ignored,
                                                .check = check,
                                                .aliases = {"GroupedQueryAttention"},
                                                .build = build,
                                                .call = call,
                                                .inputs = VARIADIC,
                                                .keeps_integers = true,
                                                .arguments = head_arguments,
                                                .call_fields = attention_call_fields,
                                                .call_size = sizeof(attention_call)};

LAYER_CONSTRUCTOR(group_query_attention)
