/* Flatten: (B, …) -> (B, product of the rest); (B) -> (B, 1).  channels_first: channels move last.
 * Source: keras.layers.Flatten. */
#include "layer/image.h"

static const field flatten_fields[] = {LAYER_FIELDS(mica_flatten_options),
                                       DATA_FORMAT_FIELD(mica_flatten_options), END_OF_FIELDS};

static mica_tensor *channels_to_last(mica_tensor *x) {
    mica_axes order = {.count = x->shape.rank};
    for (int i = 1; i < order.count; i++) order.axes[i] = i + 1 < order.count ? i + 1 : 1;
    return mica_transpose(x, order);
}

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *x = f->in[0];
    if (layout_of(OPTIONS_OF(l, flatten)->data_format) == MICA_CHANNELS_FIRST && x->shape.rank > 2)
        x = channels_to_last(x);
    f->out[0] = x->shape.rank == 1 ? mica_expand_dims(x, -1) : mica_flatten(x);
}

const layer_kind layer_flatten = {.name = "Flatten",
                                  .fields = flatten_fields,
                                  .options_size = sizeof(mica_flatten_options),
                                  .call = call,
                                  .min_rank = 1,
                                  .keeps_integers = true,
                                  .keeps_strings = true,
                                  .ends_mask = true};

LAYER_CONSTRUCTOR(flatten)
