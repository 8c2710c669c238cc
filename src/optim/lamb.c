/* Lamb: d = m' / (sqrt(v') + epsilon) with m' and v' as Adam's mean and square, corrected; p -= r
 * lr d, r = |p| / |d|, and 1 where either norm is 0.  Source: keras.optimizers.Lamb; You et al.
 * (2020).
 */
#include "optim/optimizer.h"

#define OWNER mica_lamb_options

static const field lamb_fields[] = {OPTIMIZER_FIELDS(OWNER, "lamb", 0.001),
                                    SHARE(OWNER, beta_1, 0.9, "of the mean"),
                                    SHARE(OWNER, beta_2, 0.999, "of the square"),
                                    FACTOR(OWNER, epsilon, 1e-7, "of the divisor"), END_OF_FIELDS};

static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    f->scalar[0] = mica_reciprocal(correction(o->beta_1, f->step));
    f->scalar[1] = mica_reciprocal(correction(o->beta_2, f->step));
}

static mica_tensor *norm_of(mica_tensor *x) {
    return mica_sqrt(mica_sum(mica_square(x), MICA_ALL_AXES, false));
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *m = f->new_slot[0] = moved(f->slot[0], f->gradient, o->beta_1);
    mica_tensor *v = f->new_slot[1] = moved(f->slot[1], mica_square(f->gradient), o->beta_2);
    mica_tensor *divisor = plus(mica_sqrt(mica_multiply(v, f->scalar[1])), o->epsilon);
    mica_tensor *d = mica_divide(mica_multiply(m, f->scalar[0]), divisor);
    mica_tensor *of_p = norm_of(f->parameter), *of_d = norm_of(d), *zero = scalar_like(of_d, 0);
    mica_tensor *both = mica_logical_and(mica_greater(of_p, zero), mica_greater(of_d, zero));
    mica_tensor *ratio = mica_where(both, mica_divide(of_p, of_d), scalar_like(of_d, 1));
    mica_tensor *rate = mica_multiply(ratio, f->learning_rate);
    f->new_parameter = mica_subtract(f->parameter, mica_multiply(d, rate));
}

const optimizer_kind optimizer_lamb = {
    .name = "lamb",
    .class_name = "Lamb",
    .fields = lamb_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity"},
    .tf_slots = {"m", "v"},
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(lamb)
