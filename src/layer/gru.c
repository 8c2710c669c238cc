/* GRU, gates z, r, g: h_t = z h_{t-1} + (1 - z) g, y_t = h_t.  x (B, T, F), W (F, 3 units),
 * U (units, 3 units), b (2, 3 units), or (3 units) with reset_before. Outputs, states and masks:
 * mica/layers_recurrent.h.  Errors: SHAPE if x has not rank 3.  Source: keras.layers.GRU. */
#include "layer/recurrent.h"

#define OWNER mica_gru_options

static const field gru_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, units, REQUIRED, .min = 1, .help = "width of the state"),
    CONFIG(OWNER, activation, "tanh", .check = check_activation),
    RECURRENT_GATES_FIELD(OWNER),
    RECURRENT_WEIGHT_FIELDS(OWNER),
    RECURRENT_SEQUENCE_FIELDS(OWNER),
    NEGATED(OWNER, reset_before, "reset_after", .help = "the reset gate multiplies h U"),
    END_OF_FIELDS};

static recurrent view(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, gru);
    return (recurrent){LAYER_MEMBERS(o),
                       .gates = 3,
                       .states = 1,
                       .recurrent_activation = o->recurrent_activation,
                       .reset_after = !o->reset_before,
                       .names = {"gru_cell/kernel", "gru_cell/recurrent_kernel", "gru_cell/bias"}};
}

RECURRENT_FUNCTIONS(recurrent_build, recurrent_call)

const layer_kind layer_gru = {.name = "GRU",
                              .fields = gru_fields,
                              .options_size = sizeof(OWNER),
                              .renamed = recurrent_renamed,
                              .ignored = recurrent_ignored,
                              .translate = recurrent_translate,
                              .build = build,
                              .call = call,
                              .inputs = VARIADIC,
                              .takes_states = true};

LAYER_CONSTRUCTOR(gru)
