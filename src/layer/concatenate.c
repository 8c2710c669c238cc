/* Concatenate: the inputs one after the other along the axis; all other dims must agree.
 * Source: keras.layers.Concatenate. */
#include "layer/layer.h"

static const field concatenate_fields[] = {
    LAYER_FIELDS(mica_concatenate_options),
    INTEGER(mica_concatenate_options, axis, DEFAULT(-1), .help = "along which"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    f->out[0] = mica_concatenate(f->in, f->inputs, OPTIONS_OF(l, concatenate)->axis);
}

const layer_kind layer_concatenate = {.name = "Concatenate",
                                      .fields = concatenate_fields,
                                      .options_size = sizeof(mica_concatenate_options),
                                      .call = call,
                                      .inputs = VARIADIC,
                                      .keeps_integers = true};

LAYER_CONSTRUCTOR(concatenate)
