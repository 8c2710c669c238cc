/* RNN: a cell at every step: y_t, states = cell(x_t, states).  x (B, T, ...). Outputs, states and
 * masks: mica/layers_recurrent.h.  Errors: VALUE if the layer is no cell.  Source:
 * keras.layers.RNN. */
#include "layer/recurrent.h"
#include "layer/sequence.h"
#include "mica/layers_recurrent.h"

#include <string.h>

#define OWNER mica_rnn_options

static const field rnn_fields[] = {
    LAYER_FIELDS(OWNER),
    BOOLEAN(OWNER, return_sequences, .help = "all outputs"),
    BOOLEAN(OWNER, return_state, .help = "the last states too"),
    BOOLEAN(OWNER, go_backwards, .help = "from the last step to the first"),
    BOOLEAN(OWNER, stateful, .help = "begins where the call before ended"),
    BOOLEAN(OWNER, unroll, .help = "changes nothing"),
    BOOLEAN(OWNER, zero_output_for_mask, .help = "0 where masked"),
    END_OF_FIELDS};

static const inner_layer inner[] = {{"cell", offsetof(OWNER, cell), 1, false}, {NULL, 0, 0, false}};

/* Keras takes a list of cells for StackedRNNCells. */
static mica_status complete(mica_layer *l, mica_error *err) {
    const mica_layer *cell = layer_inner(l, 0);
    if (cell->kind->states) return MICA_OK;
    return fail(err, MICA_VALUE, "layer %s: cell is a %s, expected a cell", l->name,
                cell->kind->name);
}

static void step(void *user, layer_frame *f, mica_tensor *const *in, mica_tensor **out) {
    mica_layer *cell = user;
    int64_t width[MAX_STATES + 1];
    mica_tensor *own[MAX_STATES + 1];
    layer_frame call = {.inputs = 1 + cell->kind->states(cell, width), .in = own, .out = out};
    memcpy(own, in, (size_t)call.inputs * sizeof *own);
    layer_call_inner(f, cell, &call);
}

static sequence sequence_of(const mica_layer *l) {
    const OWNER *o = OPTIONS_OF(l, rnn);
    sequence s = {.return_sequences = o->return_sequences,
                  .return_state = o->return_state,
                  .go_backwards = o->go_backwards,
                  .stateful = o->stateful,
                  .zero_output_for_mask = o->zero_output_for_mask,
                  .step = step,
                  .user = layer_inner(l, 0)};
    s.states = o->cell->kind->states(o->cell, s.width);
    return s;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    if (in[0].rank < 3)
        return fail(err, MICA_SHAPE, "input has rank %d, expected at least 3: (B, T, ...)",
                    in[0].rank);
    const sequence s = sequence_of(l);
    shape own[MAX_STATES + 1] = {{.rank = in->rank - 1, .dims = {in->dims[0]}}};
    memcpy(own[0].dims + 1, in->dims + 2, (size_t)(in->rank - 2) * sizeof *in->dims);
    for (int i = 0; i < s.states; i++) own[i + 1] = (shape){2, {in->dims[0], s.width[i]}};
    TRY(layer_build(layer_inner(l, 0), own, 1 + s.states, err));
    TRY(layer_borrow_inner(l, err));
    return sequence_build(l, &s, in, inputs, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const sequence s = sequence_of(l);
    sequence_call(l, &s, f);
}

const layer_kind layer_rnn = {.name = "RNN",
                              .fields = rnn_fields,
                              .options_size = sizeof(OWNER),
                              .inner = inner,
                              .ignored = recurrent_ignored,
                              .translate = recurrent_translate,
                              .complete = complete,
                              .build = build,
                              .call = call,
                              .inputs = VARIADIC,
                              .takes_states = true,
                              .borrows_weights = true};

LAYER_CONSTRUCTOR(rnn)
