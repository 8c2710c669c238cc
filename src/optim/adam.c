/* Adam: m += (g - m) (1 - beta_1); v += (g^2 - v) (1 - beta_2); p -= m a / (sqrt(v) + epsilon),
 * a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); amsgrad: the greatest v so far.
 * Source: keras.optimizers.Adam; Kingma and Ba (2015); Reddi et al. (2018). */
#include "optim/adam.h"

static const field adam_fields[] = {OPTIMIZER_FIELDS(adam_options, "adam", 0.001),
                                    ADAM_FIELDS(adam_options), END_OF_FIELDS};

bool adam_has_slot(const void *options, int slot) {
    return slot < 2 || ((const adam_options *)options)->amsgrad;
}

void adam_prepare(step_frame *f) {
    const adam_options *o = f->options;
    f->scalar[0] = corrected_rate(f, o->beta_1, o->beta_2);
}

/* amsgrad divides by another slot than the one that moves. */
static void amsgrad_step(step_frame *f) {
    const adam_options *o = f->options;
    mica_tensor *m = f->new_slot[0] = moved(f->slot[0], f->gradient, o->beta_1);
    mica_tensor *v = f->new_slot[1] = moved(f->slot[1], mica_square(f->gradient), o->beta_2);
    mica_tensor *greatest = f->new_slot[2] = mica_maximum(f->slot[2], v);
    mica_tensor *divisor = plus(mica_sqrt(greatest), o->epsilon);
    mica_tensor *change = mica_divide(mica_multiply(m, f->scalar[0]), divisor);
    f->new_parameter = mica_subtract(f->parameter, change);
}

void adam_move(step_frame *f, double beta_1, double beta_2, double epsilon) {
    const adam_update_attrs attrs = {beta_1, beta_2, epsilon};
    mica_tensor *in[] = {f->parameter, f->slot[0], f->slot[1], f->gradient,
                         mica_cast(f->scalar[0], f->parameter->dtype)};
    mica_tensor *out[3];
    emit_many(f->parameter->ctx, &op_adam_update, &attrs, 5, in, 3, out);
    f->new_parameter = out[0], f->new_slot[0] = out[1], f->new_slot[1] = out[2];
}

void adam_step(step_frame *f) {
    const adam_options *o = f->options;
    if (o->amsgrad) amsgrad_step(f);
    else adam_move(f, o->beta_1, o->beta_2, o->epsilon);
}

const optimizer_kind optimizer_adam = {
    .name = "adam",
    .class_name = "Adam",
    .fields = adam_fields,
    .options_size = sizeof(adam_options),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity", "velocity_hat"},
    .tf_slots = {"m", "v", "vhat"},
    .has_slot = adam_has_slot,
    .prepare = adam_prepare,
    .step = adam_step,
};

OPTIMIZER_CONSTRUCTOR(adam)
