/* Lion: p -= lr sign(beta_1 m + (1 - beta_1) g); m = beta_2 m + (1 - beta_2) g.
 * Source: keras.optimizers.Lion; Chen et al. (2023). */
#include "optim/optimizer.h"

#define OWNER mica_lion_options

static const field lion_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "lion", 0.001),
    REAL(OWNER, beta_1, DEFAULT(0.9), .min = 0, .max = 1, .flags = FIELD_POSITIVE,
         .help = "of the mean in the step"),
    SHARE(OWNER, beta_2, 0.99, "of the mean that is kept"), END_OF_FIELDS};

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *way = mica_sign(mixed(f->slot[0], f->gradient, o->beta_1));
    f->new_slot[0] = mixed(f->slot[0], f->gradient, o->beta_2);
    f->new_parameter = mica_subtract(f->parameter, mica_multiply(way, f->learning_rate));
}

const optimizer_kind optimizer_lion = {
    .name = "lion",
    .class_name = "Lion",
    .fields = lion_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum"},
    .tf_slots = {"m"},
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(lion)
