/* Cases of the recurrent ops for the battery: every option, ragged masks, both directions. */
#include "op/rnn.h"

typedef struct rnn_case {
    int64_t sequences, times, units;
    rnn_attrs a;
} rnn_case;

#define CELL(f, s) .activation = RNN_##f, .recurrent_activation = RNN_##s
#define ALL_GIVEN .with_dy = true, .with_dh = true, .with_dc = true

static const rnn_case cases[] = {
    {2, 3, 2, {CELL(TANH, SIGMOID), ALL_GIVEN}},
    {2, 3, 3, {CELL(TANH, SIGMOID), .reset_after = true, ALL_GIVEN}},
    {3, 4, 2, {CELL(TANH, SIGMOID), .masked = true, .with_dy = true, .reset_after = true}},
    {2, 4, 2, {CELL(SIGMOID, TANH), .masked = true, .zero_output = true, ALL_GIVEN}},
    {2, 3, 2, {CELL(TANH, SIGMOID), .go_backwards = true, .dropped = true, .with_dh = true}},
    {2, 3, 2, {CELL(LINEAR, SIGMOID), .dropped = true, .reset_after = true, ALL_GIVEN}},
    {3,
     4,
     2,
     {CELL(TANH, SIGMOID), .go_backwards = true, .masked = true, .dropped = true, .with_dy = true,
      .with_dc = true}},
    {1, 1, 1, {CELL(TANH, SIGMOID), .reset_after = true, .with_dc = true, .with_dy = true}},
    {7, 3, 19, {CELL(TANH, SIGMOID), .masked = true, .reset_after = true, ALL_GIVEN}},
    {9, 2, 16, {CELL(SIGMOID, SIGMOID), ALL_GIVEN}},
};

static void sized(sample *s, bool there, shape dims) {
    if (there) sample_real(s, dims);
}

static void masks(sample *s, const rnn_case *k, int gates) {
    if (k->a.dropped) sample_real(s, MICA_SHAPE(gates, k->sequences, k->units));
    if (k->a.masked) sample_whole(s, MICA_SHAPE(k->sequences, k->times), 0, 1, MICA_BOOL);
}

bool rnn_forward_samples(const op *forward, int number, sample *s) {
    const rnn_cell *cell = rnn_cell_of(forward);
    if (number >= (int)LENGTH(cases)) return false;
    const rnn_case *k = &cases[number];
    rnn_attrs *a = s->attrs;
    *a = k->a;
    a->with_dy = a->with_dh = a->with_dc = false;
    const int64_t wide = cell->gates * k->units;
    sample_real(s, MICA_SHAPE(k->sequences, k->times, wide));
    sample_real(s, MICA_SHAPE(k->units, wide));
    sized(s, cell->resets && a->reset_after, MICA_SHAPE(wide));
    sample_real(s, MICA_SHAPE(k->sequences, k->units));
    sized(s, cell->carries, MICA_SHAPE(k->sequences, k->units));
    masks(s, k, cell->gates);
    return true;
}

bool rnn_backward_samples(const op *backward, int number, sample *s) {
    const rnn_cell *cell = rnn_cell_of(backward);
    if (number >= (int)LENGTH(cases)) return false;
    const rnn_case *k = &cases[number];
    *(rnn_attrs *)s->attrs = k->a;
    const int64_t wide = cell->gates * k->units;
    const shape row = MICA_SHAPE(k->sequences, k->times, k->units),
                state = MICA_SHAPE(k->sequences, k->units);
    sample_real(s, MICA_SHAPE(k->units, wide));
    sample_real(s, MICA_SHAPE(k->sequences, k->times, wide));
    sample_real(s, row);
    sized(s, cell->carries || cell->resets, row);
    masks(s, k, cell->gates);
    sized(s, k->a.with_dy, row);
    sized(s, k->a.with_dh, state);
    sized(s, cell->carries && k->a.with_dc, state);
    return true;
}
