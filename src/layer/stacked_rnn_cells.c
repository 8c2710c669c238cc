/* StackedRNNCells: cells one above the other as one cell: each gets the output of the one below;
 * the states are those of the first cell, then of the second ... Source:
 * keras.layers.StackedRNNCells. */
#include "layer/layer.h"

#include "mica/layers_recurrent.h"

#include <string.h>

#define OWNER mica_stacked_rnn_cells_options

static const field stacked_rnn_cells_fields[] = {LAYER_FIELDS(OWNER), END_OF_FIELDS};

static const inner_layer inner[] = {{"cells", offsetof(OWNER, cells), 8, false},
                                    {NULL, 0, 0, false}};

static mica_status complete(mica_layer *l, mica_error *err) {
    int64_t width[MAX_STATES + 1];
    int states = 0;
    const mica_layer *cell;
    for (int i = 0; (cell = layer_inner(l, i)); i++) {
        if (!cell->kind->states)
            return fail(err, MICA_VALUE, "layer %s: cell %d is a %s, expected a cell", l->name, i,
                        cell->kind->name);
        states += cell->kind->states(cell, width);
    }
    if (states <= MAX_STATES) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "layer %s: %d states, expected at most %d", l->name, states,
                MAX_STATES);
}

static int states(const mica_layer *l, int64_t width[MAX_STATES + 1]) {
    int64_t own[MAX_STATES + 1];
    int count = 0;
    const mica_layer *cell;
    for (int i = 0; (cell = layer_inner(l, i)); i++) {
        int n = cell->kind->states(cell, own);
        memcpy(width + count, own, (size_t)(n + 1) * sizeof *own); /* the output's, overwritten */
        count += n;
    }
    return count;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    int64_t width[MAX_STATES + 1];
    shape own[MAX_STATES + 1] = {in[0]};
    mica_layer *cell;
    int first = 1;
    if (inputs != 1 + states(l, width))
        return fail(err, MICA_VALUE, "%d inputs, expected x and %d states", inputs,
                    states(l, width));
    for (int i = 0; (cell = layer_inner(l, i)); i++) {
        int n = cell->kind->states(cell, width);
        memcpy(own + 1, in + first, (size_t)n * sizeof *own);
        TRY(layer_build(cell, own, 1 + n, err));
        own[0] = (shape){2, {in[0].dims[0], width[n]}};
        first += n;
    }
    return layer_borrow_inner(l, err);
}

static void call(mica_layer *l, layer_frame *f) {
    int64_t width[MAX_STATES + 1];
    mica_tensor *in[MAX_STATES + 1] = {f->in[0]}, *out[MAX_STATES + 1];
    mica_layer *cell;
    int first = 1;
    for (int i = 0; (cell = layer_inner(l, i)); i++) {
        int n = cell->kind->states(cell, width);
        memcpy(in + 1, f->in + first, (size_t)n * sizeof *in);
        layer_frame one = {.inputs = 1 + n, .in = in, .out = out};
        layer_call_inner(f, cell, &one);
        memcpy(f->out + first, out + 1, (size_t)n * sizeof *out);
        in[0] = f->out[0] = out[0];
        first += n;
    }
    f->outputs = first;
}

const layer_kind layer_stacked_rnn_cells = {.name = "StackedRNNCells",
                                            .fields = stacked_rnn_cells_fields,
                                            .options_size = sizeof(OWNER),
                                            .inner = inner,
                                            .complete = complete,
                                            .states = states,
                                            .build = build,
                                            .call = call,
                                            .inputs = VARIADIC,
                                            .borrows_weights = true};

LAYER_CONSTRUCTOR(stacked_rnn_cells)
