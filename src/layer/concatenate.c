/* Concatenate: the inputs one after the other along the axis; all other dims must agree.  Mask, if
 * any input has one: the inputs' masks (all true where there is none) repeated over their elements,
 * concatenated alike, true where any along the last axis is.  Source: keras.layers.Concatenate. */
#include "layer/merge.h"

static const field concatenate_fields[] = {
    LAYER_FIELDS(mica_concatenate_options),
    INTEGER(mica_concatenate_options, axis, DEFAULT(-1), .help = "along which"), END_OF_FIELDS};

/* The mask of input i, of its shape. */
static mica_tensor *whole_mask(const layer_frame *f, int i) {
    mica_tensor *x = f->in[i], *mask = layer_mask(f, i);
    if (!mask) return mica_cast(mica_ones_like(x), MICA_BOOL);
    return mica_broadcast_like(merge_mask_like(mask, x), x);
}

static mica_tensor *mask_of(const layer_frame *f, int64_t axis) {
    mica_tensor *masks[MAX_LAYER_INPUTS];
    bool any = false;
    for (int i = 0; i < f->inputs; i++) any |= layer_mask(f, i) != NULL;
    if (!any) return NULL;
    for (int i = 0; i < f->inputs; i++) masks[i] = whole_mask(f, i);
    return mica_any(mica_concatenate(masks, f->inputs, axis), MICA_AXES(-1), false);
}

static void call(mica_layer *l, layer_frame *f) {
    int64_t axis = OPTIONS_OF(l, concatenate)->axis;
    mica_dtype common = f->in[0]->dtype; /* counts beside floats become floats */
    for (int i = 1; i < f->inputs; i++) common = dtype_promote(common, f->in[i]->dtype);
    for (int i = 0; i < f->inputs; i++) f->in[i] = mica_cast(f->in[i], common);
    f->out[0] = mica_concatenate(f->in, f->inputs, axis);
    layer_set_mask(f, 0, mask_of(f, axis));
}

const layer_kind layer_concatenate = {.name = "Concatenate",
                                      .fields = concatenate_fields,
                                      .options_size = sizeof(mica_concatenate_options),
                                      .call = call,
                                      .inputs = VARIADIC,
                                      .keeps_integers = true};

LAYER_CONSTRUCTOR(concatenate)
