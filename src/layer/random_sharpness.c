/* RandomSharpness: in training y = x + (1 - 2 f)(s - x), within value_range, with f of each image
 * and s = x smoothed: a mean over 3x3 pixels with weight 5 of the middle one, zeros outside.
 * Source: keras.layers.RandomSharpness. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_sharpness_options

static const field random_sharpness_fields[] = {
    LAYER_FIELDS(OWNER), VALUE_FACTOR_FIELDS(OWNER, "range within 0 to 1; 0.5 changes nothing"),
    END_OF_FIELDS};

VALUE_FACTOR_HOOKS(OWNER, 0, 1)

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const char *format = OPTIONS_OF(l, random_sharpness)->data_format;
    int axis = in->rank - (layout_of(format) == MICA_CHANNELS_FIRST ? 3 : 1);
    if (in->dims[axis] > 0) return MICA_OK;
    return fail(err, MICA_SHAPE, "the number of channels is not known");
}

static mica_tensor *smoothed(mica_tensor *x, const char *data_format) {
    float kernel[9];
    int64_t channels = x->shape.dims[channel_axis_of(data_format, 4)];
    for (int i = 0; i < 9; i++) kernel[i] = (i == 4 ? 5 : 1) / 13.0f;
    mica_tensor *w = mica_tensor_new(x->ctx, MICA_FLOAT32, MICA_SHAPE(3, 3, 1, 1), kernel);
    w = mica_broadcast_to(mica_cast(w, x->dtype), MICA_SHAPE(3, 3, 1, channels));
    mica_window_options each = mica_window_defaults();
    each.groups = channels, each.padding = MICA_PADDING_SAME, each.layout = layout_of(data_format);
    return mica_conv(x, w, NULL, &each);
}

static mica_tensor *sharpen(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_sharpness);
    mica_tensor *u = draw_each(l, f, x, o->seed, "sharpness", factor_range(&o->factor, 0));
    mica_tensor *share = mica_subtract(scalar_like(u, 1), mica_multiply(u, scalar_like(u, 2)));
    mica_tensor *rest = mica_subtract(smoothed(x, o->data_format), x);
    x = mica_add(x, mica_multiply(mica_cast(share, x->dtype), rest));
    return mica_clip(x, o->value_range.values[0], o->value_range.values[1]);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, sharpen); }

const layer_kind layer_random_sharpness = {.name = "RandomSharpness",
                                           .fields = random_sharpness_fields,
                                           .options_size = sizeof(OWNER),
                                           .ignored = augment_ignored,
                                           .prepares = PREPARES_PICTURES,
                                           .check = check,
                                           .complete = complete,
                                           .build = build,
                                           .call = call,
                                           .min_rank = 3,
                                           .max_rank = 4,
                                           .ends_mask = true};

LAYER_CONSTRUCTOR(random_sharpness)
