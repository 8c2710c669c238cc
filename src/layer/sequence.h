/* Recurrence over time by the scan op, for any step: what RNN does with its cell, and the recurrent
 * layers with activations that their own ops do not know. */
#ifndef LAYER_SEQUENCE_H
#define LAYER_SEQUENCE_H

#include "layer/layer.h"

typedef struct sequence {
    int states;
    int64_t width[MAX_STATES + 1]; /* of each state; then of the output */
    bool return_sequences, return_state, go_backwards, stateful, zero_output_for_mask;
    /* in: x (B, ...), the states (B, width); out: the output, the new states */
    void (*step)(void *user, layer_frame *f, mica_tensor *const *in, mica_tensor **out);
    void *user;
} sequence;

/* For build: first states fit, and the states of a stateful layer are there. */
mica_status sequence_build(mica_layer *l, const sequence *s, const shape *in, int inputs,
                           mica_error *err);
/* For call: in[0] is x (B, T, ...), the inputs after it are the first states. */
void sequence_call(mica_layer *l, const sequence *s, layer_frame *f);
/* The same once all y, or NULL for what is not there, and the last states are known. */
void sequence_finish(mica_layer *l, const sequence *s, layer_frame *f, mica_tensor *y,
                     mica_tensor *const *state);
/* The first states of a call; NULL: zeros. */
mica_tensor *const *sequence_first(const mica_layer *l, const sequence *s, const layer_frame *f);

#endif
