/* SGD: v = momentum v - lr g; p += v, with Nesterov p += momentum v - lr g; without momentum p -=
 * lr g. Source: keras.optimizers.SGD. */
#include "optim/optimizer.h"

static const field sgd_fields[] = {OPTIMIZER_FIELDS(mica_sgd_options, "SGD", 0.01),
                                   REAL(mica_sgd_options, momentum, DEFAULT(0), .min = 0, .max = 1,
                                        .help = "share of the last step"),
                                   BOOLEAN(mica_sgd_options, nesterov, .help = "looks ahead"),
                                   END_OF_FIELDS};

static bool has_slot(const void *options, int slot) {
    return ((const mica_sgd_options *)options)->momentum != 0;
}

static void step(step_frame *f) {
    const mica_sgd_options *o = f->options;
    mica_tensor *change = mica_multiply(f->gradient, f->learning_rate);
    if (o->momentum == 0) {
        f->new_parameter = mica_subtract(f->parameter, change);
        return;
    }
    mica_tensor *v = f->new_slot[0] = mica_subtract(times(f->slot[0], o->momentum), change);
    if (o->nesterov) v = mica_subtract(times(v, o->momentum), change);
    f->new_parameter = mica_add(f->parameter, v);
}

const optimizer_kind optimizer_sgd = {
    .name = "sgd",
    .class_name = "SGD",
    .fields = sgd_fields,
    .options_size = sizeof(mica_sgd_options),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum"},
    .has_slot = has_slot,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(sgd)
