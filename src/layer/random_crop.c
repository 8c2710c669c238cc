/* RandomCrop: in training height x width of the images at a random place, the same of the whole
 * batch; where they are not larger in both directions, as many rows and columns as there are from
 * the corner of the middle part with that ratio, stretched. In inference the largest middle part
 * with that ratio, resized, as Keras's documentation says (Keras 3's layer leaves the images as
 * they are, of another shape than its compute_output_shape). Errors: SHAPE for a height and width
 * that are not known. Source: keras.layers.RandomCrop. */
#include "layer/augment.h"
#include "op/array.h"
#include "op/emit.h"

#define OWNER mica_random_crop_options

static const field random_crop_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, height, REQUIRED, .min = 1, .max = INT32_MAX, .help = "new"),
    INTEGER(OWNER, width, REQUIRED, .min = 1, .max = INT32_MAX, .help = "new"),
    SEED_FIELD(OWNER),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return require_known_space(in, OPTIONS_OF(l, random_crop)->data_format, err);
}

/* n indices from a random one on. */
static mica_tensor *window(mica_layer *l, layer_frame *f, mica_tensor *x, int axis, int64_t n,
                           const char *purpose) {
    range r = {0, (double)(x->shape.dims[axis] - n + 1)};
    mica_tensor *u = draw_like(l, f, extent_of(x, axis), OPTIONS_OF(l, random_crop)->seed, purpose,
                               r);
    mica_tensor *first = mica_cast(mica_floor(u), MICA_INT64);
    return mica_add(mica_arange(x->ctx, MICA_INT64, 0, (double)n, 1), first);
}

/* At most n of the axis, from where the middle part of `part` begins. */
static mica_tensor *middle(mica_tensor *x, int axis, int64_t part, int64_t n) {
    int64_t all = x->shape.dims[axis];
    part = part < 1 ? 1 : part < all ? part : all;
    int64_t first = (all - part) / 2;
    return slice_axis(x, axis, first, first + n < all ? first + n : all);
}

static mica_tensor *crop(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_crop);
    int axis = height_axis_of(o->data_format, x->shape.rank);
    int64_t h = x->shape.dims[axis], w = x->shape.dims[axis + 1];
    if (h > o->height && w > o->width) {
        x = mica_gather(x, window(l, f, x, axis, o->height, "top"), axis);
        return mica_gather(x, window(l, f, x, axis + 1, o->width, "left"), axis + 1);
    }
    x = middle(x, axis, w * o->height / o->width, o->height);
    x = middle(x, axis + 1, h * o->width / o->height, o->width);
    return resize_images(x, o->data_format, o->height, o->width, MICA_RESIZE_BILINEAR, false);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, random_crop);
    mica_tensor *x = f->in[0];
    f->out[0] = f->training ? crop(l, f, x)
                            : resize_images(crop_to_ratio(x, o->data_format, o->height, o->width),
                                            o->data_format, o->height, o->width,
                                            MICA_RESIZE_BILINEAR, false);
}

const layer_kind layer_random_crop = {.name = "RandomCrop",
                                      .fields = random_crop_fields,
                                      .options_size = sizeof(OWNER),
                                      .ignored = augment_ignored,
                                      .prepares = PREPARES_PICTURES,
                                      .build = build,
                                      .call = call,
                                      .min_rank = 3,
                                      .max_rank = 4,
                                      .ends_mask = true};

LAYER_CONSTRUCTOR(random_crop)
