/* Add: the sum of its inputs, which broadcast; an input of lower rank gets dims of 1 after the
 * batch.  Mask: any of the inputs', if all have one.  Source: keras.layers.Add. */
#include "layer/merge.h"

static void call(mica_layer *l, layer_frame *f) { merge_fold(f, mica_add); }

MERGE_LAYER(add, "Add", .build = merge_build)
