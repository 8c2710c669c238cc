/* Average: the mean of its inputs, which broadcast.  Mask: any of the inputs', if all have one.
 * Source: keras.layers.Average. */
#include "layer/merge.h"
#include "op/emit.h"

static void call(mica_layer *l, layer_frame *f) {
    merge_fold(f, mica_add);
    f->out[0] = mica_divide(f->out[0], scalar_like(f->out[0], f->inputs));
}

MERGE_LAYER(average, "Average", .build = merge_build)
