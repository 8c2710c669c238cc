/* Attention: y = softmax(scores) value with scores = scale query key^T, or in the mode "concat"
 * c sum over D of tanh(scale (query + key)).  Inputs query (B, T, D), value (B, S, E) and perhaps
 * key (B, S, D), else the value; y (B, T, E), and the weights (B, T, S) if the call asks for them.
 * The value's mask hides steps, the query's sets its rows to 0 and is passed on.
 * Source: keras.layers.Attention; Luong et al. (2015). */
#include "layer/scores.h"

#include <string.h>

#define OWNER mica_attention_options

static const char *const modes[] = {"dot", "concat", NULL};

static const field attention_fields[] = {
    LAYER_FIELDS(OWNER),
    BOOLEAN(OWNER, use_scale, .help = "scores times a learned number"),
    TEXT(OWNER, score_mode, "dot", .choices = modes, .help = "how query and key meet"),
    REAL(OWNER, dropout, DEFAULT(0), .min = 0, .max = 1, .help = "of the weights"),
    SEED_FIELD(OWNER),
    END_OF_FIELDS};

static bool concatenates(const OWNER *o) { return !strcmp(o->score_mode, "concat"); }

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, attention);
    TRY(scores_check_inputs(in, inputs, err));
    if (o->use_scale)
        TRY(layer_add_weight(l, "scale", &MICA_SCALAR, "ones", NULL, NULL, true, err));
    if (!concatenates(o)) return MICA_OK;
    return layer_add_weight(l, "concat_score_weight", &MICA_SCALAR, "ones", NULL, NULL, true, err);
}

static mica_tensor *scaled(mica_layer *l, mica_tensor *x) {
    return OPTIONS_OF(l, attention)->use_scale ? mica_multiply(x, layer_weight(l, "scale")) : x;
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, attention);
    mica_tensor *query = f->in[0], *key = f->in[f->inputs > 2 ? 2 : 1], *scores;
    if (concatenates(o)) {
        mica_tensor *sum = mica_add(mica_expand_dims(query, -2), mica_expand_dims(key, -3));
        scores = mica_sum(mica_tanh(scaled(l, sum)), MICA_AXES(-1), false);
        scores = mica_multiply(scores, layer_weight(l, "concat_score_weight"));
    } else {
        scores = scaled(l, mica_matmul_t(query, key, false, true));
    }
    scores_apply(f, scores, o->dropout, noise_key(l, o->seed, "attention"));
}

const layer_kind layer_attention = {.name = "Attention",
                                    .fields = attention_fields,
                                    .options_size = sizeof(OWNER),
                                    .build = build,
                                    .call = call,
                                    .min_rank = 3,
                                    .inputs = VARIADIC,
                                    .call_fields = attention_call_fields,
                                    .call_size = sizeof(attention_call)};

LAYER_CONSTRUCTOR(attention)
