/* What the attention layers share: arguments of their calls, masks, softmax of scores. */
#ifndef LAYER_SCORES_H
#define LAYER_SCORES_H

#include "layer/noise.h"

typedef struct attention_call {
    bool return_attention_scores, use_causal_mask;
} attention_call;
extern const field attention_call_fields[];
/* What a call was given; all false where nothing. */
attention_call attention_call_of(const layer_frame *f);

/* (…, T, S) bool: row t may see the columns 0 … t; |t - s| < window. Of the shape of `like`. */
mica_tensor *causal_mask(mica_tensor *like);
mica_tensor *window_mask(mica_tensor *like, int64_t window);
/* a and b; either may be NULL: the other. */
mica_tensor *both_masks(mica_tensor *a, mica_tensor *b);

/* Attention and AdditiveAttention. Options of both begin alike. */
mica_status scores_check_inputs(const shape *in, int inputs, mica_error *err);
/* y = dropout(softmax(scores, but those masked out)) value, and 0 where the query is masked out.
 * scores (B, T, S), inputs query, value and perhaps key; sets outputs and the mask: the query's. */
void scores_apply(layer_frame *f, mica_tensor *scores, double rate, uint64_t key);

#endif
