/* Maximum: the greatest of its inputs, element by element; where some are masked out, of the
 * others.  Mask: any of the inputs', if all have one.  Source: keras.layers.Maximum. */
#include "layer/merge.h"

static void call(mica_layer *l, layer_frame *f) { merge_fold_masked(f, mica_maximum); }

MERGE_LAYER(maximum, "Maximum", .build = merge_build)
