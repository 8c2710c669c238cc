/* TimeDistributed: y[:, t] = layer(x[:, t]): the steps join the batch, (B T, ...), and leave it
 * again.  x (B, T, ...), y (B, T, ...). A mask (B, T) is passed on; a longer one, (B, T, S), is the
 * layer's own too.  Errors: SHAPE if x has rank below 3.
 * Source: keras.layers.TimeDistributed. */
#include "layer/layer.h"

#include "mica/layers_recurrent.h"
#include "op/emit.h"

#include <string.h>

#define OWNER mica_time_distributed_options

static const field time_distributed_fields[] = {LAYER_FIELDS(OWNER), END_OF_FIELDS};

static const inner_layer inner[] = {{"layer", offsetof(OWNER, layer), 1, false},
                                    {NULL, 0, 0, false}};

/* (B, T, ...) as (B T, ...). */
static shape joined(const shape *x) {
    shape s = {.rank = x->rank - 1, .dims = {-1}};
    if (x->dims[0] >= 0 && x->dims[1] >= 0) s.dims[0] = x->dims[0] * x->dims[1];
    memcpy(s.dims + 1, x->dims + 2, (size_t)(x->rank - 2) * sizeof *s.dims);
    return s;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const shape each = joined(in);
    TRY(layer_build(layer_inner(l, 0), &each, 1, err));
    return layer_borrow_inner(l, err);
}

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *x = f->in[0], *in = merge_leading(x), *mask = layer_mask(f, 0), *out[16];
    mica_tensor *own = mask && mask->shape.rank > 2 ? merge_leading(mask) : NULL;
    layer_frame one = {.inputs = 1, .in = &in, .masks = &own, .out = out};
    layer_call_inner(f, layer_inner(l, 0), &one);
    f->outputs = one.outputs;
    for (int i = 0; i < f->outputs; i++) {
        f->out[i] = split_leading_like(out[i], x);
        layer_set_mask(f, i, mask);
    }
}

const layer_kind layer_time_distributed = {.name = "TimeDistributed",
                                           .fields = time_distributed_fields,
                                           .options_size = sizeof(OWNER),
                                           .inner = inner,
                                           .build = build,
                                           .call = call,
                                           .min_rank = 3,
                                           .keeps_integers = true,
                                           .borrows_weights = true};

LAYER_CONSTRUCTOR(time_distributed)
