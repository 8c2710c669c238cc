/* Identity: y = x.  Source: keras.layers.Identity. */
#include "layer/layer.h"

static const field identity_fields[] = {LAYER_FIELDS(mica_identity_options), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) { f->out[0] = f->in[0]; }

const layer_kind layer_identity = {.name = "Identity",
                                   .fields = identity_fields,
                                   .options_size = sizeof(mica_identity_options),
                                   .call = call,
                                   .keeps_integers = true,
                                   .keeps_strings = true};

LAYER_CONSTRUCTOR(identity)
