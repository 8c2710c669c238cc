/* LSTMCell: one step of LSTM (lstm.c): x (B, F), h, c (B, units) to y = h, h, c.
 * Source: keras.layers.LSTMCell. */
#include "layer/recurrent.h"

#define OWNER mica_lstm_cell_options

static const field lstm_cell_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, units, REQUIRED, .min = 1, .help = "width of the state"),
    CONFIG(OWNER, activation, "tanh", .check = check_activation),
    RECURRENT_GATES_FIELD(OWNER),
    NEGATED(OWNER, no_unit_forget_bias, "unit_forget_bias", .help = "b of f begins as 1"),
    RECURRENT_WEIGHT_FIELDS(OWNER),
    END_OF_FIELDS};

static recurrent view(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, lstm_cell);
    return (recurrent){CELL_MEMBERS(o),
                       .gates = 4,
                       .states = 2,
                       .recurrent_activation = o->recurrent_activation,
                       .unit_forget_bias = !o->no_unit_forget_bias,
                       .names = {"kernel", "recurrent_kernel", "bias"}};
}

static int states(const mica_layer *l, int64_t width[MAX_STATES + 1]) {
    const recurrent r = view(l);
    return recurrent_states(&r, width);
}

RECURRENT_FUNCTIONS(recurrent_cell_build, recurrent_cell_call)

const layer_kind layer_lstm_cell = {.name = "LSTMCell",
                                    .fields = lstm_cell_fields,
                                    .options_size = sizeof(OWNER),
                                    .ignored = recurrent_ignored,
                                    .states = states,
                                    .build = build,
                                    .call = call,
                                    .inputs = VARIADIC};

LAYER_CONSTRUCTOR(lstm_cell)
