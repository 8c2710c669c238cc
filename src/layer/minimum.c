/* Minimum: the least of its inputs, element by element; where some are masked out, of the others.
 * Mask: any of the inputs', if all have one.  Source: keras.layers.Minimum. */
#include "layer/merge.h"

static void call(mica_layer *l, layer_frame *f) { merge_fold_masked(f, mica_minimum); }

MERGE_LAYER(minimum, "Minimum", .build = merge_build)
