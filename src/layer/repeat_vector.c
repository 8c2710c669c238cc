/* RepeatVector: (B, C) -> (B, n, C), n times the same.  Mask: none.
 * Source: keras.layers.RepeatVector. */
#include "layer/layer.h"

static const field repeat_vector_fields[] = {
    LAYER_FIELDS(mica_repeat_vector_options),
    INTEGER(mica_repeat_vector_options, n, REQUIRED, .min = 1, .help = "how often"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    int64_t repeats[] = {1, OPTIONS_OF(l, repeat_vector)->n, 1};
    f->out[0] = mica_tile(mica_expand_dims(f->in[0], 1), repeats, 3);
}

const layer_kind layer_repeat_vector = {.name = "RepeatVector",
                                        .fields = repeat_vector_fields,
                                        .options_size = sizeof(mica_repeat_vector_options),
                                        .call = call,
                                        .min_rank = 2,
                                        .max_rank = 2,
                                        .keeps_integers = true,
                                        .ends_mask = true};

LAYER_CONSTRUCTOR(repeat_vector)
