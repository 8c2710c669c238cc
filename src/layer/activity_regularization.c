/* ActivityRegularization: y = x, and adds (l1 sum |x| + l2 sum x^2) / B to the loss.
 * Source: keras.layers.ActivityRegularization. */
#include "layer/layer.h"
#include "op/emit.h"

#define OWNER mica_activity_regularization_options

static const field activity_regularization_fields[] = {
    LAYER_FIELDS(OWNER),
    REAL(OWNER, l1, DEFAULT(0), .min = 0, .max = INFINITY, .help = "factor of |x|"),
    REAL(OWNER, l2, DEFAULT(0), .min = 0, .max = INFINITY, .help = "factor of x^2"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, activity_regularization);
    char config[160];
    snprintf(config, sizeof config,
             "{\"class_name\": \"L1L2\", \"config\": {\"l1\": %.17g, \"l2\": %.17g}}", o->l1,
             o->l2);
    f->out[0] = f->in[0];
    layer_activity_loss(f, config, f->in[0]);
}

const layer_kind layer_activity_regularization = {.name = "ActivityRegularization",
                                                  .fields = activity_regularization_fields,
                                                  .options_size = sizeof(OWNER),
                                                  .call = call};

LAYER_CONSTRUCTOR(activity_regularization)
