/* Softmax of scores and its masks: see scores.h.
 * Source: keras/src/layers/attention/attention.py. */
#include "layer/scores.h"
#include "op/emit.h"

const field attention_call_fields[] = {
    BOOLEAN(attention_call, return_attention_scores, .help = "as a second output"),
    BOOLEAN(attention_call, use_causal_mask, .help = "no step sees later ones"), END_OF_FIELDS};

attention_call attention_call_of(const layer_frame *f) {
    return f->arguments ? *(const attention_call *)f->arguments : (attention_call){false, false};
}

mica_tensor *causal_mask(mica_tensor *like) {
    return mica_greater_equal(mica_iota(like, -2, MICA_INT64), mica_iota(like, -1, MICA_INT64));
}

mica_tensor *window_mask(mica_tensor *like, int64_t window) {
    mica_tensor *distance = mica_abs(
        mica_subtract(mica_iota(like, -2, MICA_INT64), mica_iota(like, -1, MICA_INT64)));
    return mica_less(distance, scalar_like(distance, (double)window));
}

mica_tensor *both_masks(mica_tensor *a, mica_tensor *b) {
    return a && b ? mica_logical_and(a, b) : a ? a : b;
}

mica_status scores_check_inputs(const shape *in, int inputs, mica_error *err) {
    char text[128];
    if (inputs < 2 || inputs > 3)
        return fail(err, MICA_VALUE, "%d inputs, expected 2 or 3: query, value, key", inputs);
    const shape *key = &in[inputs > 2 ? 2 : 1];
    for (int i = 0; i < inputs; i++) {
        shape_format(&in[i], text);
        if (in[i].rank != in[0].rank)
            return fail(err, MICA_SHAPE, "input %s has rank %d, expected the query's, %d", text,
                        in[i].rank, in[0].rank);
    }
    int64_t q = in[0].dims[in[0].rank - 1], k = key->dims[key->rank - 1];
    if (q < 0 || k < 0 || q == k) return MICA_OK;
    return fail(err, MICA_SHAPE, "query has %lld features and key %lld, expected the same",
                (long long)q, (long long)k);
}

void scores_apply(layer_frame *f, mica_tensor *scores, double rate, uint64_t key) {
    attention_call given = attention_call_of(f);
    mica_tensor *value = f->in[1], *query_mask = layer_mask(f, 0), *mask = layer_mask(f, 1);
    if (mask) mask = mica_expand_dims(mask, -2);
    if (given.use_causal_mask) mask = both_masks(mask, causal_mask(scores));
    if (mask) {
        double most = scores->dtype == MICA_FLOAT16 ? 65504 : 1e9;
        mica_tensor *low = mica_subtract(scores, scalar_like(scores, most));
        scores = mica_where(mask, scores, low);
    }
    mica_tensor *weights = mica_softmax(scores, -1);
    weights = noise_drop(f, weights, &(shape){0, {0}}, rate, key);
    mica_tensor *y = mica_matmul(weights, value);
    if (query_mask) y = mica_where(mica_expand_dims(query_mask, -1), y, scalar_like(y, 0));
    f->out[0] = y;
    layer_set_mask(f, 0, query_mask);
    if (!given.return_attention_scores) return;
    f->outputs = 2;
    f->out[1] = weights;
    layer_set_mask(f, 1, NULL);
}
