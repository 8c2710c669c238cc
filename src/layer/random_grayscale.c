/* RandomGrayscale: in training each image with the probability factor in grey, of as many channels.
 * Errors: SHAPE but for one or three channels. Source: keras.layers.RandomGrayscale. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_grayscale_options

static const field random_grayscale_fields[] = {
    LAYER_FIELDS(OWNER),
    REAL(OWNER, factor, DEFAULT(0.5), .min = 0, .max = 1, .help = "probability"),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    INTEGER(OWNER, seed, .flags = FIELD_NULLABLE | FIELD_SPARED, .help = "null: of the context"),
    END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return require_colours(in, ((const OWNER *)(const void *)l->options)->data_format, true, err);
}

static mica_tensor *grey(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_grayscale);
    mica_tensor *u = draw_each(l, f, x, o->seed, "grayscale", (range){0, 1});
    mica_tensor *chosen = mica_less(u, scalar_like(u, o->factor));
    return mica_where(chosen, mica_rgb_to_grayscale(x, layout_of(o->data_format)), x);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, grey); }

const layer_kind layer_random_grayscale = {.name = "RandomGrayscale",
                                           .fields = random_grayscale_fields,
                                           .options_size = sizeof(OWNER),
                                           .ignored = augment_ignored,
                                           .prepares = PREPARES_PICTURES,
                                           .build = build,
                                           .call = call,
                                           .min_rank = 3,
                                           .max_rank = 4,
                                           .ends_mask = true};

LAYER_CONSTRUCTOR(random_grayscale)
