/* LSTM, gates i, f, g, o: c_t = f c_{t-1} + i g, h_t = o activation(c_t), y_t = h_t.  x (B, T, F),
 * W (F, 4 units), U (units, 4 units), b (4 units). Outputs, states and masks:
 * mica/layers_recurrent.h.  Errors: SHAPE if x has not rank 3.  Source: keras.layers.LSTM. */
#include "layer/recurrent.h"

#define OWNER mica_lstm_options

static const field lstm_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, units, REQUIRED, .min = 1, .help = "width of the state"),
    CONFIG(OWNER, activation, "tanh", .check = check_activation),
    RECURRENT_GATES_FIELD(OWNER),
    NEGATED(OWNER, no_unit_forget_bias, "unit_forget_bias", .help = "b of f begins as 1"),
    RECURRENT_WEIGHT_FIELDS(OWNER),
    RECURRENT_SEQUENCE_FIELDS(OWNER),
    END_OF_FIELDS};

static recurrent view(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, lstm);
    return (recurrent){
        LAYER_MEMBERS(o),
        .gates = 4,
        .states = 2,
        .recurrent_activation = o->recurrent_activation,
        .unit_forget_bias = !o->no_unit_forget_bias,
        .names = {"lstm_cell/kernel", "lstm_cell/recurrent_kernel", "lstm_cell/bias"}};
}

RECURRENT_FUNCTIONS(recurrent_build, recurrent_call)

const layer_kind layer_lstm = {.name = "LSTM",
                               .fields = lstm_fields,
                               .options_size = sizeof(OWNER),
                               .renamed = recurrent_renamed,
                               .ignored = recurrent_ignored,
                               .translate = recurrent_translate,
                               .build = build,
                               .call = call,
                               .inputs = VARIADIC,
                               .takes_states = true};

LAYER_CONSTRUCTOR(lstm)
