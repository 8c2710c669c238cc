/* Adafactor: squares q = g^2 + epsilon_1 are kept by rows and columns: for a parameter of rank 2
 * and more r = b r + (1 - b) mean of q over the columns, c the same over the rows, v = r / mean(r)
 * c; of rank below 2 v = b v + (1 - b) q. With b = 1 - t^beta_2_decay, u = g / sqrt(v): p -= a u /
 * max(1, rms(u) / clip_threshold), a = max(epsilon_2, rms(p)) min(lr, 1 / sqrt(t)). Source:
 * keras.optimizers.Adafactor (in which relative_step changes nothing: the minimum is always taken);
 * Shazeer and Stern (2018). */
#include "optim/optimizer.h"

#define OWNER mica_adafactor_options

static const field adafactor_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "adafactor", 0.001),
    REAL(OWNER, beta_2_decay, DEFAULT(-0.8), .help = "of the squares, by the step"),
    FACTOR(OWNER, epsilon_1, 1e-30, "of the squares"),
    FACTOR(OWNER, epsilon_2, 1e-3, "least size of a parameter"),
    FACTOR(OWNER, clip_threshold, 1, "greatest size of a step"),
    NEGATED(OWNER, absolute_step, "relative_step", .help = "changes nothing"),
    END_OF_FIELDS};

enum { ROWS, COLUMNS, SQUARES };

/* r without the last dim, c without the one before it; both () for rank below 2 */
static void slot_shape(const void *options, const mica_tensor *parameter, int slot, shape *out) {
    int rank = parameter->shape.rank;
    if (slot == SQUARES) return;
    if (rank < 2) {
        *out = MICA_SCALAR;
        return;
    }
    if (slot == COLUMNS) out->dims[rank - 2] = out->dims[rank - 1];
    out->rank--;
}

static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *t = f->step;
    f->scalar[0] = mica_minimum(f->learning_rate, mica_rsqrt(t));
    f->scalar[1] = mica_power(t, scalar_like(t, o->beta_2_decay)); /* 1 - b */
}

/* s + (x - s) (1 - b) */
static mica_tensor *kept(const step_frame *f, int slot, mica_tensor *x) {
    mica_tensor *s = f->slot[slot];
    return mica_add(s, mica_multiply(mica_subtract(x, s), f->scalar[1]));
}

static mica_tensor *rms_of(mica_tensor *x) {
    return mica_sqrt(mica_mean(mica_square(x), MICA_ALL_AXES, false));
}

static mica_tensor *squares(step_frame *f, mica_tensor *q) {
    if (f->parameter->shape.rank < 2) return kept(f, SQUARES, q);
    mica_tensor *r = f->new_slot[ROWS] = kept(f, ROWS, mica_mean(q, MICA_AXES(-1), false));
    mica_tensor *c = f->new_slot[COLUMNS] = kept(f, COLUMNS, mica_mean(q, MICA_AXES(-2), false));
    mica_tensor *share = mica_divide(r, mica_mean(r, MICA_AXES(-1), true));
    return mica_multiply(mica_expand_dims(share, -1), mica_expand_dims(c, -2));
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *v = squares(f, plus(mica_square(f->gradient), o->epsilon_1));
    mica_tensor *u = mica_multiply(f->gradient, mica_rsqrt(v)), *size = rms_of(f->parameter);
    mica_tensor *over = mica_divide(rms_of(u), scalar_like(u, o->clip_threshold));
    mica_tensor *a = mica_multiply(mica_maximum(scalar_like(size, o->epsilon_2), size),
                                   f->scalar[0]);
    a = mica_divide(a, mica_maximum(scalar_like(over, 1), over));
    f->new_slot[SQUARES] = v;
    f->new_parameter = mica_subtract(f->parameter, mica_multiply(u, a));
}

const optimizer_kind optimizer_adafactor = {
    .name = "adafactor",
    .class_name = "Adafactor",
    .fields = adafactor_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"r", "c", "velocity"},
    .tf_slots = {"r", "c", "v"},
    .slot_shape = slot_shape,
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(adafactor)
