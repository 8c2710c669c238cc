/* GRUCell: one step of GRU (gru.c): x (B, F), h (B, units) to y = h.
 * Source: keras.layers.GRUCell. */
#include "layer/recurrent.h"

#define OWNER mica_gru_cell_options

static const field gru_cell_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, units, REQUIRED, .min = 1, .help = "width of the state"),
    CONFIG(OWNER, activation, "tanh", .check = check_activation),
    RECURRENT_GATES_FIELD(OWNER),
    RECURRENT_WEIGHT_FIELDS(OWNER),
    NEGATED(OWNER, reset_before, "reset_after", .help = "the reset gate multiplies h U"),
    END_OF_FIELDS};

static recurrent view(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, gru_cell);
    return (recurrent){CELL_MEMBERS(o),
                       .gates = 3,
                       .states = 1,
                       .recurrent_activation = o->recurrent_activation,
                       .reset_after = !o->reset_before,
                       .names = {"kernel", "recurrent_kernel", "bias"}};
}

static int states(const mica_layer *l, int64_t width[MAX_STATES + 1]) {
    const recurrent r = view(l);
    return recurrent_states(&r, width);
}

RECURRENT_FUNCTIONS(recurrent_cell_build, recurrent_cell_call)

const layer_kind layer_gru_cell = {.name = "GRUCell",
                                   .fields = gru_cell_fields,
                                   .options_size = sizeof(OWNER),
                                   .ignored = recurrent_ignored,
                                   .states = states,
                                   .build = build,
                                   .call = call,
                                   .inputs = VARIADIC};

LAYER_CONSTRUCTOR(gru_cell)
