/* Permute: the dims after the batch in another order.  dims {2, 1}: (B, T, C) -> (B, C, T).
 * Source: keras.layers.Permute. */
#include "layer/layer.h"

static const field permute_fields[] = {
    LAYER_FIELDS(mica_permute_options),
    SHAPE_FIELD(mica_permute_options, dims, REQUIRED, .help = "1 is the first after the batch"),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_permute_options *o = options;
    char text[128];
    unsigned seen = 0;
    for (int i = 0; i < o->dims.rank; i++)
        if (o->dims.dims[i] >= 1 && o->dims.dims[i] <= o->dims.rank) seen |= 1u << o->dims.dims[i];
    if (seen == (2u << o->dims.rank) - 2 && o->dims.rank < MAX_RANK) return MICA_OK;
    shape_format(&o->dims, text);
    return fail(err, MICA_VALUE, "%s: dims is %s, expected each of 1 to %d once", what, text,
                o->dims.rank);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    int expected = OPTIONS_OF(l, permute)->dims.rank + 1;
    char text[128];
    shape_format(in, text);
    if (in->rank == expected) return MICA_OK;
    return fail(err, MICA_SHAPE, "input %s has rank %d, expected %d", text, in->rank, expected);
}

static void call(mica_layer *l, layer_frame *f) {
    const shape *dims = &OPTIONS_OF(l, permute)->dims;
    mica_axes order = {.count = dims->rank + 1};
    for (int i = 0; i < dims->rank; i++) order.axes[i + 1] = dims->dims[i];
    f->out[0] = mica_transpose(f->in[0], order);
}

const layer_kind layer_permute = {.name = "Permute",
                                  .fields = permute_fields,
                                  .options_size = sizeof(mica_permute_options),
                                  .check = check,
                                  .build = build,
                                  .call = call,
                                  .min_rank = 2,
                                  .keeps_integers = true,
                                  .ends_mask = true};

LAYER_CONSTRUCTOR(permute)
