/* Adam: m += (g - m) (1 - beta_1); v += (g^2 - v) (1 - beta_2); p -= m a / (sqrt(v) + epsilon),
 * a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); amsgrad: the greatest v so far.
 * Source: keras.optimizers.Adam; Kingma and Ba (2015); Reddi et al. (2018). */
#include "optim/optimizer.h"

static const field adam_fields[] = {
    OPTIMIZER_FIELDS(mica_adam_options, "adam", 0.001),
    REAL(mica_adam_options, beta_1, DEFAULT(0.9), .min = 0, .max = 1, .help = "of the mean"),
    REAL(mica_adam_options, beta_2, DEFAULT(0.999), .min = 0, .max = 1, .help = "of the square"),
    REAL(mica_adam_options, epsilon, DEFAULT(1e-7), .min = 0, .max = INFINITY,
         .help = "of the divisor"),
    BOOLEAN(mica_adam_options, amsgrad, .help = "the greatest square so far"),
    END_OF_FIELDS};

static int slot_count(const void *options) {
    return ((const mica_adam_options *)options)->amsgrad ? 3 : 2;
}

/* 1 - beta^t */
static mica_tensor *correction(double beta, mica_tensor *t) {
    return plus(mica_negative(mica_power(scalar_like(t, beta), t)), 1);
}

static void prepare(step_frame *f) {
    const mica_adam_options *o = f->options;
    mica_tensor *a = mica_multiply(f->learning_rate, mica_sqrt(correction(o->beta_2, f->step)));
    f->scalar[0] = mica_divide(a, correction(o->beta_1, f->step));
}

/* s + (x - s) (1 - beta) */
static mica_tensor *moved(mica_tensor *s, mica_tensor *x, double beta) {
    return mica_add(s, times(mica_subtract(x, s), 1 - beta));
}

static void step(step_frame *f) {
    const mica_adam_options *o = f->options;
    mica_tensor *m = f->new_slot[0] = moved(f->slot[0], f->gradient, o->beta_1);
    mica_tensor *v = f->new_slot[1] = moved(f->slot[1], mica_square(f->gradient), o->beta_2);
    if (o->amsgrad) v = f->new_slot[2] = mica_maximum(f->slot[2], v);
    mica_tensor *divisor = plus(mica_sqrt(v), o->epsilon);
    mica_tensor *change = mica_divide(mica_multiply(m, f->scalar[0]), divisor);
    f->new_parameter = mica_subtract(f->parameter, change);
}

const optimizer_kind optimizer_adam = {
    .name = "adam",
    .class_name = "Adam",
    .fields = adam_fields,
    .options_size = sizeof(mica_adam_options),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity", "velocity_hat"},
    .slot_count = slot_count,
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(adam)
