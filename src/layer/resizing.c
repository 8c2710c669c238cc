/* Resizing: images in another size, whatever their ratio; or of the largest middle part with the
 * new ratio (crop_to_aspect_ratio); or with borders of fill_value that bring them to it
 * (pad_to_aspect_ratio). x (B, H, W, C) or (H, W, C), y (B, height, width, C). Whole numbers stay
 * what they are: rounded, and limited to their type.
 * Errors: SHAPE for other ranks, or a ratio that is not known; VALUE for both ratios asked.
 * Source: keras.layers.Resizing; tf.image.resize. */
#include "layer/resizing.h"

static const char *const pad_modes[] = {"constant", NULL};

static const field resizing_fields[] = {
    LAYER_FIELDS(mica_resizing_options),
    INTEGER(mica_resizing_options, height, REQUIRED, .min = 1, .max = INT32_MAX, .help = "new"),
    INTEGER(mica_resizing_options, width, REQUIRED, .min = 1, .max = INT32_MAX, .help = "new"),
    INTERPOLATION_FIELD(mica_resizing_options, "bilinear"),
    BOOLEAN(mica_resizing_options, crop_to_aspect_ratio, .help = "of the largest middle part"),
    BOOLEAN(mica_resizing_options, pad_to_aspect_ratio, .flags = FIELD_SPARED,
            .help = "with borders of fill_value"),
    TEXT(mica_resizing_options, fill_mode, "constant", .choices = pad_modes, .flags = FIELD_SPARED,
         .help = "of borders"),
    REAL(mica_resizing_options, fill_value, .flags = FIELD_SPARED, .help = "of borders"),
    BOOLEAN(mica_resizing_options, antialias, .flags = FIELD_SPARED,
            .help = "blurs what would alias"),
    SPARED_DATA_FORMAT_FIELD(mica_resizing_options),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_resizing_options *o = options;
    if (!o->crop_to_aspect_ratio || !o->pad_to_aspect_ratio) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: crop_to_aspect_ratio and pad_to_aspect_ratio are both true, expected one",
                what);
}

int height_axis_of(const char *data_format, int rank) {
    return rank - (layout_of(data_format) == MICA_CHANNELS_FIRST ? 2 : 3);
}

mica_status require_known_space(const shape *x, const char *data_format, mica_error *err) {
    int axis = height_axis_of(data_format, x->rank);
    if (x->dims[axis] > 0 && x->dims[axis + 1] > 0) return MICA_OK;
    char text[128];
    shape_format(x, text);
    return fail(err, MICA_SHAPE, "input %s, expected a known height and width of at least 1", text);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_resizing_options *o = OPTIONS_OF(l, resizing);
    bool by_ratio = o->crop_to_aspect_ratio || o->pad_to_aspect_ratio;
    return by_ratio ? require_known_space(in, o->data_format, err) : MICA_OK;
}

mica_tensor *crop_middle(mica_tensor *x, const char *data_format, int64_t height, int64_t width) {
    int axis = height_axis_of(data_format, x->shape.rank);
    int64_t begin[MICA_MAX_RANK] = {0}, end[MICA_MAX_RANK] = {MICA_END, MICA_END};
    begin[axis] = (x->shape.dims[axis] - height) / 2, end[axis] = begin[axis] + height;
    begin[axis + 1] = (x->shape.dims[axis + 1] - width) / 2;
    end[axis + 1] = begin[axis + 1] + width;
    return mica_slice(x, axis + 2, begin, end, NULL); /* both at once: one copy */
}

/* n a / b as Keras counts it, in float32. */
static int64_t in_ratio(int64_t n, int64_t a, int64_t b) {
    return (int64_t)((float)(n * a) / (float)b);
}

static int64_t within(int64_t n, int64_t most) { return n < 1 ? 1 : n > most ? most : n; }

mica_tensor *crop_to_ratio(mica_tensor *x, const char *data_format, int64_t height, int64_t width) {
    int axis = height_axis_of(data_format, x->shape.rank);
    int64_t h = x->shape.dims[axis], w = x->shape.dims[axis + 1];
    return crop_middle(x, data_format, within(in_ratio(w, height, width), h),
                       within(in_ratio(h, width, height), w));
}

/* As many on both sides, so that an odd difference stays one short. */
static mica_tensor *pad_to_ratio(mica_tensor *x, const mica_resizing_options *o) {
    int axis = height_axis_of(o->data_format, x->shape.rank);
    int64_t h = x->shape.dims[axis], w = x->shape.dims[axis + 1], border[MICA_MAX_RANK] = {0};
    int64_t high = in_ratio(w, o->height, o->width), wide = in_ratio(h, o->width, o->height);
    if (high > h) border[axis] = (high - h) / 2;
    if (wide > w) border[axis + 1] = (wide - w) / 2;
    return mica_pad(x, axis + 2, border, border, MICA_PAD_CONSTANT, o->fill_value);
}

mica_tensor *resize_images(mica_tensor *x, const char *data_format, int64_t height, int64_t width,
                           mica_resize_method method, bool antialias) {
    int axis = height_axis_of(data_format, x->shape.rank);
    x = mica_resize(x, axis, height, method, antialias);
    return mica_resize(x, axis + 1, width, method, antialias);
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_resizing_options *o = OPTIONS_OF(l, resizing);
    mica_resize_method method = method_of(o->interpolation);
    mica_tensor *x = f->in[0];
    mica_dtype dtype = x->dtype;
    bool rounds = !dtype_is_float(dtype) && method != MICA_RESIZE_NEAREST;
    if (o->crop_to_aspect_ratio) x = crop_to_ratio(x, o->data_format, o->height, o->width);
    if (o->pad_to_aspect_ratio) x = pad_to_ratio(x, o);
    if (rounds) x = mica_cast(x, MICA_FLOAT32);
    x = resize_images(x, o->data_format, o->height, o->width, method, o->antialias);
    f->out[0] = rounds ? mica_cast(mica_round(x), dtype) : x; /* which limits it to the type */
}

const layer_kind layer_resizing = {.name = "Resizing",
                                   .fields = resizing_fields,
                                   .options_size = sizeof(mica_resizing_options),
                                   .check = check,
                                   .build = build,
                                   .call = call,
                                   .prepares = PREPARES_PICTURES,
                                   .min_rank = 3,
                                   .max_rank = 4,
                                   .keeps_integers = true,
                                   .ends_mask = true};

LAYER_CONSTRUCTOR(resizing)
