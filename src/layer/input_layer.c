/* InputLayer: where a model's input enters; its shape and type.  y = x.
 * Source: keras.layers.InputLayer. */
#include "layer/layer.h"

/* Without "trainable", which Keras refuses here; batch_input_shape is what both Keras 3 and 2 read.
 */
static const char *const input_dtypes[] = {
    "float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "int8",
    "int16",   "int32",   "int64",   "uint8",    "uint16",        "uint32",         "uint64",
    "bool",    "string",  NULL};

static const field input_layer_fields[] = {
    TEXT(mica_input_layer_options, name, NULL, NULLABLE, .help = "unique in a model"),
    TEXT(mica_input_layer_options, dtype, "float32", .choices = input_dtypes,
         .help = "of the input"),
    {.name = "batch_input_shape",
     .type = FIELD_SHAPE,
     .count = 1,
     .flags = FIELD_REQUIRED | FIELD_UNKNOWN,
     .offset = offsetof(mica_input_layer_options, batch_shape),
     .help = "with the batch"},
    END_OF_FIELDS};

static const renamed_key renamed[] = {{"batch_shape", "batch_input_shape"}, {NULL, NULL}};
static const char *const ignored[] = {"trainable", NULL};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_input_layer_options *o = options;
    if (o->batch_shape.rank < 0 || o->batch_shape.rank > MAX_RANK)
        return fail(err, MICA_SHAPE, "%s: an input of rank %d with the batch, expected at most %d",
                    what, o->batch_shape.rank, MAX_RANK);
    for (int i = 0; i < o->batch_shape.rank; i++)
        if (o->batch_shape.dims[i] == 0 || o->batch_shape.dims[i] < -1)
            return fail(err, MICA_VALUE,
                        "%s: dim %d of batch_input_shape is %lld, expected at least 1 "
                        "or not known",
                        what, i, (long long)o->batch_shape.dims[i]);
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_input_layer_options *o = OPTIONS_OF(l, input_layer);
    if (shape_fits(&o->batch_shape, in)) return MICA_OK;
    char found[128], expected[128];
    shape_format(in, found), shape_format(&o->batch_shape, expected);
    return fail(err, MICA_SHAPE, "input %s, expected %s", found, expected);
}

static void call(mica_layer *l, layer_frame *f) { f->out[0] = f->in[0]; }

const layer_kind layer_input_layer = {.name = "InputLayer",
                                      .fields = input_layer_fields,
                                      .options_size = sizeof(mica_input_layer_options),
                                      .renamed = renamed,
                                      .ignored = ignored,
                                      .check = check,
                                      .build = build,
                                      .call = call,
                                      .keeps_integers = true,
                                      .keeps_strings = true};

LAYER_CONSTRUCTOR(input_layer)
