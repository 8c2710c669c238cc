/* AdditiveAttention: y = softmax(scores) value with scores = sum over D of scale tanh(query + key).
 * Inputs query (B, T, D), value (B, S, E) and perhaps key (B, S, D), else the value; scale (D);
 * y (B, T, E), and the weights (B, T, S) if the call asks for them. Masks as Attention's.
 * Source: keras.layers.AdditiveAttention; Bahdanau et al. (2015). */
#include "layer/scores.h"

#define OWNER mica_additive_attention_options

static const field additive_attention_fields[] = {
    LAYER_FIELDS(OWNER),
    NEGATED(OWNER, no_scale, "use_scale", .help = "a learned factor of each feature"),
    REAL(OWNER, dropout, DEFAULT(0), .min = 0, .max = 1, .help = "of the weights"),
    SEED_FIELD(OWNER), END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    TRY(scores_check_inputs(in, inputs, err));
    if (OPTIONS_OF(l, additive_attention)->no_scale) return MICA_OK;
    return layer_add_weight(l, "scale", &MICA_SHAPE(in->dims[in->rank - 1]), "glorot_uniform", NULL,
                            NULL, true, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, additive_attention);
    mica_tensor *query = f->in[0], *key = f->in[f->inputs > 2 ? 2 : 1];
    mica_tensor *sum = mica_tanh(mica_add(mica_expand_dims(query, -2), mica_expand_dims(key, -3)));
    if (!o->no_scale) sum = mica_multiply(sum, layer_weight(l, "scale"));
    scores_apply(f, mica_sum(sum, MICA_AXES(-1), false), o->dropout,
                 noise_key(l, o->seed, "attention"));
}

const layer_kind layer_additive_attention = {.name = "AdditiveAttention",
                                             .fields = additive_attention_fields,
                                             .options_size = sizeof(OWNER),
                                             .build = build,
                                             .call = call,
                                             .min_rank = 3,
                                             .inputs = VARIADIC,
                                             .call_fields = attention_call_fields,
                                             .call_size = sizeof(attention_call)};

LAYER_CONSTRUCTOR(additive_attention)
