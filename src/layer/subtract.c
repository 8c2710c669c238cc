/* Subtract: y = x0 - x1 of two inputs that broadcast.  Mask: either's, if both have one.
 * Source: keras.layers.Subtract. */
#include "layer/merge.h"

static void call(mica_layer *l, layer_frame *f) { merge_fold(f, mica_subtract); }

MERGE_LAYER(subtract, "Subtract", .build = merge_build_two)
