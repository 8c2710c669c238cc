/* SimpleRNNCell: one step of SimpleRNN (simple_rnn.c): x (B, F), h (B, units) to y = h.
 * Source: keras.layers.SimpleRNNCell. */
#include "layer/recurrent.h"

#define OWNER mica_simple_rnn_cell_options

static const field simple_rnn_cell_fields[] = {
    LAYER_FIELDS(OWNER), INTEGER(OWNER, units, REQUIRED, .min = 1, .help = "width of the state"),
    CONFIG(OWNER, activation, "tanh", .check = check_activation), RECURRENT_WEIGHT_FIELDS(OWNER),
    END_OF_FIELDS};

static recurrent view(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, simple_rnn_cell);
    return (recurrent){CELL_MEMBERS(o), .gates = 1, .states = 1,
                       .names = {"kernel", "recurrent_kernel", "bias"}};
}

static int states(const mica_layer *l, int64_t width[MAX_STATES + 1]) {
    const recurrent r = view(l);
    return recurrent_states(&r, width);
}

RECURRENT_FUNCTIONS(recurrent_cell_build, recurrent_cell_call)

const layer_kind layer_simple_rnn_cell = {.name = "SimpleRNNCell",
                                          .fields = simple_rnn_cell_fields,
                                          .options_size = sizeof(OWNER),
                                          .ignored = recurrent_ignored,
                                          .states = states,
                                          .build = build,
                                          .call = call,
                                          .inputs = VARIADIC};

LAYER_CONSTRUCTOR(simple_rnn_cell)
