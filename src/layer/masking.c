/* Masking: a step all of whose features are mask_value is masked out, and becomes 0.
 * x (B, T…, C), y the same, mask (B, T…): true where any feature differs.
 * Source: keras.layers.Masking. */
#include "layer/layer.h"
#include "op/emit.h"

static const field masking_fields[] = {
    LAYER_FIELDS(mica_masking_options),
    REAL(mica_masking_options, mask_value, DEFAULT(0), .help = "of every feature of a step"),
    END_OF_FIELDS};

/* Keras 3 may write a number as {"class_name": "__numpy__", "config": {"value": …}}. */
static mica_status translate(json_t *config, const char *what, mica_error *err) {
    json_t *value = json_object_get(
        json_object_get(json_object_get(config, "mask_value"), "config"), "value");
    if (json_is_number(value)) json_object_set(config, "mask_value", value);
    return MICA_OK;
}

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *x = f->in[0];
    mica_tensor *other = mica_not_equal(x, scalar_like(x, OPTIONS_OF(l, masking)->mask_value));
    mica_tensor *mask = mica_any(other, MICA_AXES(-1), true);
    f->out[0] = mica_where(mask, x, scalar_like(x, 0));
    layer_set_mask(f, 0, mica_squeeze(mask, MICA_AXES(-1)));
}

const layer_kind layer_masking = {.name = "Masking",
                                  .fields = masking_fields,
                                  .options_size = sizeof(mica_masking_options),
                                  .translate = translate,
                                  .call = call,
                                  .min_rank = 2};

LAYER_CONSTRUCTOR(masking)
