/* Add: the sum of two inputs or more, which broadcast; an input of lower rank gets dims of 1 after
 * the batch.  Source: keras.layers.Add. */
#include "layer/layer.h"

static const field add_fields[] = {LAYER_FIELDS(mica_add_options), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    int rank = 0;
    for (int i = 0; i < f->inputs; i++)
        if (f->in[i]->shape.rank > rank) rank = f->in[i]->shape.rank;
    for (int i = 0; i < f->inputs; i++) {
        mica_tensor *x = f->in[i];
        for (int r = x->shape.rank; r > 0 && r < rank; r++) x = mica_expand_dims(x, 1);
        f->out[0] = i == 0 ? x : mica_add(f->out[0], x);
    }
}

const layer_kind layer_add = {.name = "Add",
                              .fields = add_fields,
                              .options_size = sizeof(mica_add_options),
                              .call = call,
                              .inputs = VARIADIC};

LAYER_CONSTRUCTOR(add)
