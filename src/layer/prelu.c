/* PReLU: x > 0: x, else alpha x, with a learned alpha of the input's shape without the batch.
 * Dims in shared_axes have one alpha.  Source: keras.layers.PReLU; He et al. (2015). */
#include "layer/layer.h"

static const field prelu_fields[] = {
    LAYER_FIELDS(mica_prelu_options),
    INITIALIZER_FIELD(mica_prelu_options, alpha_initializer, "zeros"),
    REGULARIZER_FIELD(mica_prelu_options, alpha_regularizer),
    CONSTRAINT_FIELD(mica_prelu_options, alpha_constraint),
    SHAPE_FIELD(mica_prelu_options, shared_axes, NULLABLE,
                .help = "1 is the first after the batch"),
    END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_prelu_options *o = OPTIONS_OF(l, prelu);
    shape alpha = {in->rank - 1, {0}};
    for (int i = 1; i < in->rank; i++) alpha.dims[i - 1] = in->dims[i];
    for (int i = 0; i < o->shared_axes.rank; i++) {
        int64_t axis = o->shared_axes.dims[i];
        if (axis < 1 || axis >= in->rank)
            return fail(err, MICA_VALUE, "shared_axes holds %lld, expected 1 to %d",
                        (long long)axis, in->rank - 1);
        alpha.dims[axis - 1] = 1;
    }
    return layer_add_weight(l, "alpha", &alpha, o->alpha_initializer, o->alpha_regularizer,
                            o->alpha_constraint, true, err);
}

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *below = mica_multiply(layer_weight(l, "alpha"),
                                       mica_relu(mica_negative(f->in[0])));
    f->out[0] = mica_subtract(mica_relu(f->in[0]), below);
}

const layer_kind layer_prelu = {
    .name = "PReLU",
    .fields = prelu_fields,
    .options_size = sizeof(mica_prelu_options),
    .build = build,
    .call = call,
    .min_rank = 2,
};

LAYER_CONSTRUCTOR(prelu)
