/* UnitNormalization: y = x / |x|, |x| the length along the axes (at least 1e-12).
 * Source: keras.layers.UnitNormalization. */
#include "layer/axes.h"

static const field unit_normalization_fields[] = {LAYER_FIELDS(mica_unit_normalization_options),
                                                  SHAPE_FIELD(mica_unit_normalization_options, axis,
                                                              DEFAULT(-1),
                                                              .help = "along which vectors lie"),
                                                  END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    mica_axes axes;
    return axes_check(&OPTIONS_OF(l, unit_normalization)->axis, in, &axes, err);
}

static void call(mica_layer *l, layer_frame *f) {
    f->out[0] = mica_normalize(f->in[0],
                               axes_for(&OPTIONS_OF(l, unit_normalization)->axis, f->in[0]), 1e-12);
}

const layer_kind layer_unit_normalization = {
    .name = "UnitNormalization",
    .fields = unit_normalization_fields,
    .options_size = sizeof(mica_unit_normalization_options),
    .build = build,
    .call = call,
    .min_rank = 1};

LAYER_CONSTRUCTOR(unit_normalization)
