/* Hashing: y = H(x) mod num_bins, H FarmHash's fingerprint of the text or the decimal digits, or
 * SipHash with a salt; with a mask_value that is 0, and others are 1 + H(x) mod (num_bins - 1). x
 * (…), y like x, or encoded as output_mode says.  Mask: not passed on.  Source:
 * keras.layers.Hashing. */
#include "layer/encoding.h"
#include "mica/categories.h"
#include "mica/layers_features.h"

#include <string.h>

#define OWNER mica_hashing_options

static mica_status check_mask_value(const char *value, const char *what, const char *name,
                                    mica_error *err) {
    json_t *tree = json_loads(value, JSON_DECODE_ANY, NULL);
    bool good = json_is_integer(tree) || json_is_string(tree);
    json_decref(tree);
    if (good) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: %s is '%.60s', expected JSON of a whole number or text", what,
                name, value);
}

static const field hashing_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, num_bins, REQUIRED, .min = 1, .help = "numbers of the output are below it"),
    CONFIG(OWNER, mask_value, NULL, .flags = FIELD_NULLABLE | FIELD_JSON, .check = check_mask_value,
           .help = "what becomes 0; null: nothing"),
    INTEGERS(OWNER, salt, 2, NULLABLE, .help = "key of SipHash; null: FarmHash"),
    TEXT(OWNER, output_mode, "int", .choices = encoding_modes, .help = "what the output says"),
    END_OF_FIELDS};

static bool is_int(const OWNER *o) { return !strcmp(o->output_mode, "int"); }

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    if (is_int(o) && strcmp(o->dtype, "int32") && strcmp(o->dtype, "int64"))
        return fail(err, MICA_VALUE,
                    "%s: dtype is %s with output_mode 'int', expected 'int32' or 'int64'", what,
                    o->dtype);
    return MICA_OK;
}

/* y, but 0 where x is the mask value, which is of x's type, or nothing is it. */
static mica_tensor *masked_by(const OWNER *o, mica_tensor *x, mica_tensor *y) {
    json_t *tree = json_loads(o->mask_value, JSON_DECODE_ANY, NULL);
    bool texts = x->dtype == MICA_STRING, fits = texts == json_is_string(tree);
    const mica_string text = {json_string_value(tree), json_string_length(tree)};
    const int64_t number = json_integer_value(tree);
    mica_tensor *key = !fits   ? NULL
                       : texts ? mica_tensor_new(x->ctx, MICA_STRING, MICA_SHAPE(1), &text)
                               : mica_tensor_new(x->ctx, MICA_INT64, MICA_SHAPE(1), &number);
    json_decref(tree);
    if (!fits) return y;
    mica_tensor *is_mask = mica_lookup(texts ? x : mica_cast(x, MICA_INT64), key,
                                       mica_ones(x->ctx, MICA_BOOL, MICA_SHAPE(1)),
                                       mica_zeros(x->ctx, MICA_BOOL, MICA_SCALAR));
    return mica_where(is_mask, scalar_like(y, 0), y);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, hashing);
    mica_tensor *x = f->in[0];
    int rank = x->shape.rank;
    bool masked = o->mask_value && o->num_bins > 1;
    if (dtype_is_float(x->dtype)) x = mica_cast(x, MICA_INT64);
    if (!strcmp(o->output_mode, "one_hot") && rank > 0 && x->shape.dims[rank - 1] == 1)
        x = mica_squeeze(x, MICA_AXES(-1));
    mica_tensor *y = mica_hash_bucket(x, masked ? o->num_bins - 1 : o->num_bins,
                                      o->salt[0] == NO_INTEGER ? NULL : o->salt);
    if (masked) y = masked_by(o, x, mica_add(y, scalar_like(y, 1)));
    f->out[0] = encode_categories(y, o->output_mode, o->num_bins, l->variable_dtype, NULL);
}

const layer_kind layer_hashing = {.name = "Hashing",
                                  .fields = hashing_fields,
                                  .options_size = sizeof(OWNER),
                                  .translate = encoding_translate,
                                  .check = check,
                                  .call = call,
                                  .max_rank = MAX_RANK - 1,
                                  .whole_by_default = true,
                                  .keeps_integers = true,
                                  .keeps_strings = true,
                                  .keeps_floats = true,
                                  .ends_mask = true};

LAYER_CONSTRUCTOR(hashing)
