/* SimpleRNN: h_t = activation(x_t W + h_{t-1} U + b), y_t = h_t.  x (B, T, F), W (F, units),
 * U (units, units), b (units). Outputs, states and masks: mica/layers_recurrent.h.
 * Errors: SHAPE if x has not rank 3.  Source: keras.layers.SimpleRNN. */
#include "layer/recurrent.h"

#define OWNER mica_simple_rnn_options

static const field simple_rnn_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, units, REQUIRED, .min = 1, .help = "width of the state"),
    CONFIG(OWNER, activation, "tanh", .check = check_activation),
    RECURRENT_WEIGHT_FIELDS(OWNER),
    RECURRENT_SEQUENCE_FIELDS(OWNER),
    END_OF_FIELDS};

static recurrent view(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, simple_rnn);
    return (recurrent){LAYER_MEMBERS(o), .gates = 1, .states = 1,
                       .names = {"simple_rnn_cell/kernel", "simple_rnn_cell/recurrent_kernel",
                                 "simple_rnn_cell/bias"}};
}

RECURRENT_FUNCTIONS(recurrent_build, recurrent_call)

const layer_kind layer_simple_rnn = {.name = "SimpleRNN",
                                     .fields = simple_rnn_fields,
                                     .options_size = sizeof(OWNER),
                                     .renamed = recurrent_renamed,
                                     .ignored = recurrent_ignored,
                                     .translate = recurrent_translate,
                                     .build = build,
                                     .call = call,
                                     .inputs = VARIADIC,
                                     .takes_states = true};

LAYER_CONSTRUCTOR(simple_rnn)
