/* Softmax: e^x over its sum along the axis.  A mask takes part: what it masks out is 0; as in Keras
 * it must broadcast with x from the last dim on.  Mask: passed on.  Source: keras.layers.Softmax.
 */
#include "layer/layer.h"
#include "op/emit.h"

static const field softmax_fields[] = {
    LAYER_FIELDS(mica_softmax_options),
    INTEGER(mica_softmax_options, axis, DEFAULT(-1), .help = "that sums to 1"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *x = f->in[0], *mask = layer_mask(f, 0);
    if (mask) x = mica_where(mask, x, scalar_like(x, x->dtype == MICA_FLOAT16 ? -3e4 : -1e9));
    mica_tensor *y = mica_softmax(x, OPTIONS_OF(l, softmax)->axis);
    f->out[0] = mask ? mica_where(mask, y, scalar_like(y, 0)) : y;
}

const layer_kind layer_softmax = {.name = "Softmax",
                                  .fields = softmax_fields,
                                  .options_size = sizeof(mica_softmax_options),
                                  .call = call,
                                  .min_rank = 1};

LAYER_CONSTRUCTOR(softmax)
