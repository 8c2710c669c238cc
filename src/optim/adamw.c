/* AdamW: Adam, with a weight decay that is 0.004 unless it is said: p -= lr decay p before the
 * step. Source: keras.optimizers.AdamW; Loshchilov and Hutter (2019). */
#include "optim/adam.h"

#define OWNER mica_adamw_options

static const field adamw_fields[] = {OPTIMIZER_FIELDS_DECAY(OWNER, "adamw", 0.001, 0.004),
                                     ADAM_FIELDS(OWNER), END_OF_FIELDS};

const optimizer_kind optimizer_adamw = {
    .name = "adamw",
    .class_name = "AdamW",
    .fields = adamw_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity", "velocity_hat"},
    .tf_slots = {"m", "v", "vhat"},
    .has_slot = adam_has_slot,
    .prepare = adam_prepare,
    .step = adam_step,
};

OPTIMIZER_CONSTRUCTOR(adamw)
