/* adam_update: m' = m + (g - m) (1 - beta_1); v' = v + (g^2 - v) (1 - beta_2);
 * p' = p - rate m' / (sqrt(v') + epsilon).  p, m, v, g of one shape, rate (); outputs p', m', v'.
 * With a sixth input, bool (): where it is false, they are p, m, v.
 * Source: Kingma and Ba, Adam (2015), the order of operations of keras.optimizers.Adam; the
 * correction of the first steps is in the rate. */
#include "op/adam_update.h"

#include "op/elementwise.h"
#include "op/samples.h"

static mica_status adam_update_shape(shape_frame *f) {
    char found[128], expected[128];
    if (f->inputs < 5 || f->inputs > 6)
        return shape_fail(f, "%d inputs, expected 5 or 6", f->inputs);
    TRY(require_float(f, 0));
    TRY(require_rank_between(f, 4, 0, 0));
    if (f->inputs > 5) {
        TRY(require_rank_between(f, 5, 0, 0));
        if (f->in[5].dtype != MICA_BOOL)
            return shape_fail(f, "input 5 is %s, expected bool", mica_dtype_name(f->in[5].dtype));
    }
    for (int i = 1; i < 5; i++) {
        if (f->in[i].dtype != f->in[0].dtype)
            return shape_fail(f, "input %d is %s, expected %s", i, mica_dtype_name(f->in[i].dtype),
                              mica_dtype_name(f->in[0].dtype));
        if (i == 4 || shape_equal(&f->in[i].shape, &f->in[0].shape)) continue;
        shape_format(&f->in[i].shape, found), shape_format(&f->in[0].shape, expected);
        return shape_fail(f, "input %d has shape %s, expected the parameter's %s", i, found,
                          expected);
    }
    for (int i = 0; i < 3; i++) f->out[i] = (operand){f->in[0].dtype, f->in[0].shape, NULL};
    return MICA_OK;
}

static void adam_update_compose(compose_frame *c) {
    const adam_update_attrs *a = c->attrs;
    mica_tensor *p = c->in[0], *g = c->in[3], *rate = c->in[4];
    mica_tensor *m = moved(c->in[1], g, a->beta_1);
    mica_tensor *v = moved(c->in[2], mica_square(g), a->beta_2);
    mica_tensor *divisor = shifted(mica_sqrt(v), a->epsilon);
    c->out[0] = mica_subtract(p, mica_divide(mica_multiply(m, rate), divisor));
    c->out[1] = m, c->out[2] = v;
    for (int i = 0; i < 3 && c->inputs > 5; i++)
        c->out[i] = mica_where(c->in[5], c->out[i], c->in[i]);
}

static bool adam_update_samples(int number, sample *s) {
    static const int64_t extents[] = {1, 7, 70, 300};
    adam_update_attrs *a = s->attrs;
    if (number >= 6) return false;
    *a = (adam_update_attrs){0.9, 0.99, 1e-3};
    for (int i = 0; i < 4; i++) sample_real(s, (shape){.rank = 1, .dims = {extents[number % 4]}});
    sample_real(s, (shape){.rank = 0});
    s->in[2].low = 0.5, s->in[2].high = 2; /* squares: the root has a kink at 0 */
    if (number > 3) sample_whole(s, (shape){.rank = 0}, number - 4, number - 4, MICA_BOOL);
    return true;
}

static const field adam_update_fields[] = {
    REAL(adam_update_attrs, beta_1, .help = "share of the mean that stays"),
    REAL(adam_update_attrs, beta_2, .help = "share of the square that stays"),
    REAL(adam_update_attrs, epsilon, .help = "added to the divisor"), END_OF_FIELDS};

const op op_adam_update = {
    .name = "adam_update",
    .inputs = VARIADIC,
    .outputs = 3,
    .traits = PURE,
    .fields = adam_update_fields,
    .attrs_size = sizeof(adam_update_attrs),
    .shape = adam_update_shape,
    .compose = adam_update_compose,
    .samples = adam_update_samples,
    .tolerance = ROUNDED,
};
