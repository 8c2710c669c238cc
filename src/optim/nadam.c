/* Nadam: m += (g - m) (1 - beta_1); v += (g^2 - v) (1 - beta_2); p -= lr h / (sqrt(v / (1 -
 * beta_2^t)) + epsilon), h = u_{t+1} m / (1 - U u_{t+1}) + (1 - u_t) g / (1 - U), u_t = beta_1 (1 -
 * 0.96^t / 2), U = u_1 … u_t.  Source: keras.optimizers.Nadam; Dozat (2015). */
#include "optim/optimizer.h"

#define OWNER mica_nadam_options
#define DECAY 0.96

static const field nadam_fields[] = {OPTIMIZER_FIELDS(OWNER, "nadam", 0.001),
                                     SHARE(OWNER, beta_1, 0.9, "of the mean"),
                                     SHARE(OWNER, beta_2, 0.999, "of the square"),
                                     FACTOR(OWNER, epsilon, 1e-7, "of the divisor"), END_OF_FIELDS};

/* u_1 … u_t, in float32 as the steps make it: 0 after some hundred steps */
static double product(const void *options, int64_t updates) {
    const OWNER *o = options;
    float all = 1;
    for (int64_t t = 1; t <= updates && all > 0; t++)
        all *= (float)(o->beta_1 * (1 - 0.5 * pow(DECAY, (double)t)));
    return (double)all;
}

/* beta_1 (1 - 0.96^t / 2) */
static mica_tensor *u_of(const OWNER *o, mica_tensor *t) {
    mica_tensor *power = mica_power(scalar_like(t, DECAY), t);
    return times(plus(times(power, -0.5), 1), o->beta_1);
}

static mica_tensor *one_minus(mica_tensor *x) { return plus(mica_negative(x), 1); }

/* The factors of m and g in lr h, and 1 / (1 - beta_2^t). */
static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *u = u_of(o, f->step), *next = u_of(o, plus(f->step, 1));
    mica_tensor *all = f->new_product = mica_multiply(f->product, u), *lr = f->learning_rate;
    mica_tensor *of_m = mica_divide(next, one_minus(mica_multiply(all, next)));
    mica_tensor *of_g = mica_divide(one_minus(u), one_minus(all));
    f->scalar[0] = mica_multiply(lr, of_m);
    f->scalar[1] = mica_multiply(lr, of_g);
    f->scalar[2] = mica_reciprocal(correction(o->beta_2, f->step));
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *m = f->new_slot[0] = moved(f->slot[0], f->gradient, o->beta_1);
    mica_tensor *v = f->new_slot[1] = moved(f->slot[1], mica_square(f->gradient), o->beta_2);
    mica_tensor *h = mica_add(mica_multiply(m, f->scalar[0]),
                              mica_multiply(f->gradient, f->scalar[1]));
    mica_tensor *divisor = plus(mica_sqrt(mica_multiply(v, f->scalar[2])), o->epsilon);
    f->new_parameter = mica_subtract(f->parameter, mica_divide(h, divisor));
}

const optimizer_kind optimizer_nadam = {
    .name = "nadam",
    .class_name = "Nadam",
    .fields = nadam_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity"},
    .tf_slots = {"m", "v"},
    .product = product,
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(nadam)
