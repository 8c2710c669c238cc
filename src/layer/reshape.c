/* Reshape: (B, …) -> (B, target_shape…), row-major; one dim of the target may be -1: what is left.
 * Errors: SHAPE if the sizes differ.  Source: keras.layers.Reshape. */
#include "layer/layer.h"

static const field reshape_fields[] = {
    LAYER_FIELDS(mica_reshape_options),
    SHAPE_FIELD(mica_reshape_options, target_shape, REQUIRED, .help = "without the batch"),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_reshape_options *o = options;
    int open = 0;
    for (int i = 0; i < o->target_shape.rank; i++) open += o->target_shape.dims[i] < 0;
    if (open > 1 || o->target_shape.rank >= MAX_RANK)
        return fail(err, MICA_VALUE,
                    "%s: target_shape has %d dims, %d of them -1; expected at most %d "
                    "and 1",
                    what, o->target_shape.rank, open, MAX_RANK - 1);
    return MICA_OK;
}

/* The target with the batch, its -1 filled in where the input's dims are known. */
static mica_status target_of(const mica_reshape_options *o, const shape *in, shape *out,
                             mica_error *err) {
    shape rest = {in->rank - 1, {0}};
    for (int i = 1; i < in->rank; i++) rest.dims[i - 1] = in->dims[i];
    int64_t size = shape_size(&rest), given = 1, open = -1;
    *out = (shape){o->target_shape.rank + 1, {in->dims[0]}};
    for (int i = 0; i < o->target_shape.rank; i++) {
        out->dims[i + 1] = o->target_shape.dims[i];
        if (out->dims[i + 1] < 0) open = i + 1;
        else given *= out->dims[i + 1];
    }
    bool fits = size < 0 || (open < 0 ? size == given : given > 0 && size % given == 0);
    if (!fits) {
        char found[128], wanted[128];
        shape_format(in, found), shape_format(&o->target_shape, wanted);
        return fail(err, MICA_SHAPE,
                    "input %s has %lld elements a sample, target_shape %s expects %s%lld", found,
                    (long long)size, wanted, open < 0 ? "" : "a multiple of ", (long long)given);
    }
    if (open > 0 && size >= 0) out->dims[open] = size / given;
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    shape target;
    return target_of(OPTIONS_OF(l, reshape), in, &target, err);
}

static void call(mica_layer *l, layer_frame *f) {
    shape target = {0, {0}};
    mica_error err = {0};
    if (target_of(OPTIONS_OF(l, reshape), &f->in[0]->shape, &target, &err) != MICA_OK)
        context_fail_with(l->ctx, &err);
    f->out[0] = mica_reshape(f->in[0], target);
}

const layer_kind layer_reshape = {.name = "Reshape",
                                  .fields = reshape_fields,
                                  .options_size = sizeof(mica_reshape_options),
                                  .check = check,
                                  .build = build,
                                  .call = call,
                                  .prepares = PREPARES_NUMBERS,
                                  .min_rank = 1,
                                  .keeps_integers = true,
                                  .keeps_strings = true,
                                  .ends_mask = true};

LAYER_CONSTRUCTOR(reshape)
