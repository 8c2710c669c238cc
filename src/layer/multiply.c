/* Multiply: the product of its inputs, element by element; what is masked out counts as 1, and
 * where all are, the product is 0.  Mask: any of the inputs', if all have one.
 * Source: keras.layers.Multiply. */
#include "layer/merge.h"
#include "op/emit.h"

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *y = NULL;
    merge_masks(f);
    bool expanded = merge_expand(f);
    for (int i = 0; i < f->inputs; i++) {
        mica_tensor *x = f->in[i], *mask = expanded ? NULL : layer_mask(f, i);
        if (mask) x = mica_where(merge_mask_like(mask, x), x, scalar_like(x, 1));
        y = y ? mica_multiply(y, x) : x;
    }
    mica_tensor *any = expanded || !f->out_masks ? NULL : f->out_masks[0];
    f->out[0] = any ? mica_where(merge_mask_like(any, y), y, scalar_like(y, 0)) : y;
}

MERGE_LAYER(multiply, "Multiply", .build = merge_build)
