/* RMSNormalization: y = scale x / sqrt(mean(x^2) + epsilon), the mean of each sample over the axes.
 * scale: the dims of the axes, rising.  Mask: none, as Keras.
 * Source: keras.layers.RMSNormalization; Zhang and Sennrich (2019). */
#include "layer/axes.h"

#define OWNER mica_rms_normalization_options

static const field rms_normalization_fields[] = {
    LAYER_FIELDS(OWNER),
    SHAPE_FIELD(OWNER, axis, DEFAULT(-1), .help = "over which the mean is taken"),
    REAL(OWNER, epsilon, DEFAULT(1e-6), .min = 0, .max = INFINITY, .help = "added to the mean"),
    END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    mica_axes axes;
    TRY(axes_check(&OPTIONS_OF(l, rms_normalization)->axis, in, &axes, err));
    shape s = axes_dims(&axes, in);
    return layer_add_weight(l, "scale", &s, "ones", NULL, NULL, true, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, rms_normalization);
    f->out[0] = mica_rms_norm(f->in[0], layer_weight(l, "scale"), axes_for(&o->axis, f->in[0]),
                              o->epsilon);
}

const layer_kind layer_rms_normalization = {.name = "RMSNormalization",
                                            .fields = rms_normalization_fields,
                                            .options_size = sizeof(OWNER),
                                            .build = build,
                                            .call = call,
                                            .min_rank = 2,
                                            .ends_mask = true};

LAYER_CONSTRUCTOR(rms_normalization)
