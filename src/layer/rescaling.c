/* Rescaling: y = x scale + offset, of any shape; integers become floats first.
 * Source: keras.layers.Rescaling. */
#include "layer/layer.h"
#include "op/emit.h"

static const field rescaling_fields[] = {
    LAYER_FIELDS(mica_rescaling_options),
    REAL(mica_rescaling_options, scale, DEFAULT(1), .help = "factor"),
    REAL(mica_rescaling_options, offset, DEFAULT(0), .help = "added"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_rescaling_options *o = OPTIONS_OF(l, rescaling);
    mica_tensor *x = f->in[0];
    x = mica_multiply(x, scalar_like(x, o->scale));
    f->out[0] = o->offset == 0 ? x : mica_add(x, scalar_like(x, o->offset));
}

const layer_kind layer_rescaling = {.name = "Rescaling",
                                    .fields = rescaling_fields,
                                    .options_size = sizeof(mica_rescaling_options),
                                    .call = call,
                                    .prepares = PREPARES_NUMBERS};

LAYER_CONSTRUCTOR(rescaling)
