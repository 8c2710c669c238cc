/* The backward ops of the recurrent cells in other ops: a scan over the steps, the last one first.
 * It is what makes them differentiable, and what the forward ops' gradient is made of where
 * somebody wants that of what they save, as second derivatives do. All that no later step is needed
 * for stands before the scan. See rnn.h; the formulas stand in each cell's backward file. */
#include "mica/array.h"
#include "op/elementwise.h"
#include "op/rnn.h"

/* What a step gets, carries first. _MORE: what is added for gradients of saved outputs. */
enum {
    DH,           /* of h after the step */
    DC,           /* of c after the step */
    HELD,         /* of y, from masked steps that repeat it */
    DY,           /* of y */
    MASK,         /* (B, 1) */
    LOCAL,        /* (B, G U): what dh, or dc, is multiplied with to be dz */
    LOCAL_MORE,   /* behind LOCAL: by_gates relies on it */
    THROUGH,      /* as LOCAL, to be dr where it is not dz */
    THROUGH_MORE, /* behind THROUGH */
    KEPT,         /* what dh (LSTM: dc) is multiplied with on its way past the gates */
    TO_C,         /* LSTM: what dh is multiplied with to reach c */
    RESET,        /* reset before: what the reset h's gradient is multiplied with to be r's dz */
    RESET_TO_H,   /* and to reach h */
    BEFORE_MORE,  /* added to what becomes of h's gradient */
    EXTRA_MORE,   /* and of extra's */
    SLOTS
};

typedef struct walk {
    const rnn_cell *cell;
    const rnn_attrs *attrs;
    int64_t units;
    mica_tensor *u, *drop[RNN_MOST_GATES];                     /* drop (B, U), NULL: none */
    mica_tensor *gate[RNN_MOST_GATES], *slope[RNN_MOST_GATES]; /* (B, T, U) */
    mica_tensor *more[RNN_MOST_GATES], *before, *extra;
    const rnn_saved *saved; /* NULL: nothing is added */
    int at[SLOTS], count;
    mica_tensor *in[SLOTS]; /* of the scan */
} walk;

/* ---- short forms ---- */

static mica_tensor *activated(int64_t activation, mica_tensor *x) {
    switch (activation) {
    case RNN_TANH: return mica_tanh(x);
    case RNN_SIGMOID: return mica_sigmoid(x);
    case RNN_RELU: return mica_relu(x);
    case RNN_HARD_SIGMOID: return mica_hard_sigmoid(x, 1.0 / 6, 0.5);
    default: return x;
    }
}

static mica_tensor *slope_of(int64_t activation, mica_tensor *y) {
    mica_tensor *inside;
    switch (activation) {
    case RNN_TANH: return one_minus(mica_square(y));
    case RNN_SIGMOID: return mica_multiply(y, one_minus(y));
    case RNN_RELU: return mica_cast(mica_greater(y, zero_of(y)), y->dtype);
    case RNN_HARD_SIGMOID:
        inside = mica_logical_and(mica_greater(y, zero_of(y)), mica_less(y, scalar_like(y, 1)));
        return scaled(mica_cast(inside, y->dtype), 1.0 / 6);
    default: return mica_ones_like(y);
    }
}

/* Columns of gate g of (…, G U). */
static mica_tensor *columns(const walk *w, mica_tensor *t, int g) {
    int64_t begin[MAX_RANK] = {0}, end[] = {MICA_END, MICA_END, MICA_END};
    int last = t->shape.rank - 1;
    begin[last] = g * w->units, end[last] = (g + 1) * w->units;
    return w->cell->gates == 1 ? t : mica_slice(t, last + 1, begin, end, NULL);
}

static mica_tensor *joined(mica_tensor *const *part, int count) {
    return count == 1 ? part[0] : mica_concatenate((mica_tensor **)part, count, -1);
}

static mica_tensor *swapped(mica_tensor *x) { return mica_transpose(x, MICA_AXES(1, 0, 2)); }

static void carry(walk *w, int slot, mica_tensor *t) {
    w->at[slot] = w->count;
    w->in[w->count++] = t;
}

/* A sequence of the scan, from (B, T, n). */
static void sequence(walk *w, int slot, mica_tensor *t) { carry(w, slot, swapped(t)); }

/* ---- before the scan ---- */

static void prepare_simple(walk *w) {
    sequence(w, LOCAL, w->slope[0]);
    if (w->saved) sequence(w, LOCAL_MORE, mica_multiply(w->more[0], w->slope[0]));
}

static void prepare_lstm(walk *w) {
    mica_tensor *const *v = w->gate; /* i, f, g, o */
    mica_tensor *c = mica_add(mica_multiply(v[1], w->extra), mica_multiply(v[0], v[2]));
    mica_tensor *e = activated(w->attrs->activation, c), *other[] = {v[2], w->extra, v[0], e};
    mica_tensor *slopes = joined(w->slope, 4);
    sequence(w, LOCAL, mica_multiply(joined(other, 4), slopes));
    sequence(w, TO_C, mica_multiply(v[3], slope_of(w->attrs->activation, e)));
    sequence(w, KEPT, v[1]);
    if (!w->saved) return;
    sequence(w, LOCAL_MORE, mica_multiply(w->saved->gates, slopes));
    sequence(w, EXTRA_MORE, w->saved->extra);
}

/* z, r, g by dh, where the reset comes after the product. */
static void prepare_reset_after(walk *w) {
    mica_tensor *r = w->gate[1], *to_r = mica_multiply(w->extra, w->slope[1]), *part[3];
    part[0] = mica_multiply(mica_subtract(w->before, w->gate[2]), w->slope[0]);
    part[2] = mica_multiply(one_minus(w->gate[0]), w->slope[2]);
    part[1] = mica_multiply(part[2], to_r);
    sequence(w, LOCAL, joined(part, 3));
    part[2] = mica_multiply(part[2], r);
    sequence(w, THROUGH, joined(part, 3));
    if (!w->saved) return;
    part[0] = mica_multiply(w->more[0], w->slope[0]);
    part[2] = mica_multiply(w->more[2], w->slope[2]);
    part[1] = mica_add(mica_multiply(w->more[1], w->slope[1]), mica_multiply(part[2], to_r));
    sequence(w, LOCAL_MORE, joined(part, 3));
    part[2] = mica_add(mica_multiply(part[2], r), w->saved->extra);
    sequence(w, THROUGH_MORE, joined(part, 3));
}

/* z and g by dh; r's follows in the step. */
static void prepare_reset_before(walk *w) {
    mica_tensor *h = w->before, *r = w->gate[1];
    if (w->drop[2]) {
        mica_tensor *drop = mica_expand_dims(w->drop[2], 1);
        h = mica_multiply(h, drop), r = mica_multiply(r, drop);
    }
    mica_tensor *part[] = {mica_multiply(mica_subtract(w->before, w->gate[2]), w->slope[0]),
                           mica_zeros_like(h), mica_multiply(one_minus(w->gate[0]), w->slope[2])};
    sequence(w, LOCAL, joined(part, 3));
    sequence(w, RESET, mica_multiply(h, w->slope[1]));
    sequence(w, RESET_TO_H, r);
    if (!w->saved) return;
    sequence(w, LOCAL_MORE, mica_multiply(w->saved->gates, joined(w->slope, 3)));
    sequence(w, EXTRA_MORE, w->saved->extra);
}

static void prepare_cell(walk *w) {
    if (w->cell->carries) prepare_lstm(w);
    else if (!w->cell->resets) prepare_simple(w);
    else {
        if (w->attrs->reset_after) prepare_reset_after(w);
        else prepare_reset_before(w);
        sequence(w, KEPT, w->gate[0]);
    }
    if (w->saved) sequence(w, BEFORE_MORE, w->saved->before);
}

/* ---- a step ---- */

static mica_tensor *slot(const walk *w, mica_tensor *const *in, int which) {
    return w->at[which] < 0 ? NULL : in[w->at[which]];
}

static mica_tensor *plus(mica_tensor *a, mica_tensor *b) { return b ? mica_add(a, b) : a; }

/* What gate g's dr gives to what the gate saw of h; `dropped`: to h itself. */
static mica_tensor *back_through(const walk *w, mica_tensor *dr, int g, bool dropped) {
    mica_tensor *seen = mica_matmul_t(columns(w, dr, g), columns(w, w->u, g), false, true);
    return dropped && w->drop[g] ? mica_multiply(seen, w->drop[g]) : seen;
}

/* dr u^T of the first gates. */
static mica_tensor *back(const walk *w, mica_tensor *dr, int gates) {
    if (gates == w->cell->gates && !w->drop[0]) return mica_matmul_t(dr, w->u, false, true);
    mica_tensor *sum = NULL;
    for (int g = 0; g < gates; g++) sum = plus(back_through(w, dr, g, true), sum);
    return sum;
}

/* By `slope`, with what is added to it; dh once a gate, but dc where it is c that they make. */
static mica_tensor *by_gates(const walk *w, mica_tensor *const *in, int slope, mica_tensor *dh,
                             mica_tensor *dc) {
    mica_tensor *each[RNN_MOST_GATES];
    for (int g = 0; g < w->cell->gates; g++) each[g] = dc && g < 3 ? dc : dh;
    mica_tensor *by = mica_multiply(joined(each, w->cell->gates), slot(w, in, slope));
    return plus(by, slot(w, in, slope + 1));
}

/* dz of all gates where the reset comes before the product; what reaches h through it. */
static mica_tensor *with_reset(const walk *w, mica_tensor *const *in, mica_tensor *dz,
                               mica_tensor **to_h) {
    mica_tensor *q = plus(back_through(w, dz, 2, false), slot(w, in, EXTRA_MORE));
    mica_tensor *r = mica_multiply(q, slot(w, in, RESET));
    mica_tensor *part[] = {columns(w, dz, 0), mica_add(columns(w, dz, 1), r), columns(w, dz, 2)};
    dz = joined(part, 3);
    *to_h = mica_add(mica_multiply(q, slot(w, in, RESET_TO_H)), back(w, dz, 2));
    return dz;
}

static mica_tensor *where_seen(mica_tensor *mask, mica_tensor *seen, mica_tensor *otherwise) {
    return mask ? mica_where(mask, seen, otherwise ? otherwise : zero_of(seen)) : seen;
}

/* out: the carries, dz, [dr]. */
static void step_back(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    const walk *w = user;
    mica_tensor *mask = slot(w, in, MASK), *dy = slot(w, in, DY), *dh = in[DH], *to_h, *dc = NULL;
    (void)ctx;
    if (dy) {
        dy = plus(dy, slot(w, in, HELD));
        dh = mica_add(dh, dy);
    }
    if (w->cell->carries) dc = mica_add(in[DC], mica_multiply(dh, slot(w, in, TO_C)));
    mica_tensor *dz = by_gates(w, in, LOCAL, dh, dc), *dr = NULL;
    if (w->at[THROUGH] >= 0) dr = by_gates(w, in, THROUGH, dh, NULL);
    if (w->at[RESET] >= 0) dz = with_reset(w, in, dz, &to_h);
    else to_h = back(w, dr ? dr : dz, w->cell->gates);
    if (w->cell->resets) to_h = mica_add(to_h, mica_multiply(dh, slot(w, in, KEPT)));
    *out++ = plus(where_seen(mask, to_h, in[DH]), slot(w, in, BEFORE_MORE));
    if (dc) {
        dc = where_seen(mask, mica_multiply(dc, slot(w, in, KEPT)), in[DC]);
        *out++ = plus(dc, slot(w, in, EXTRA_MORE));
    }
    if (w->at[HELD] >= 0) *out++ = mica_where(mask, zero_of(dy), dy);
    *out++ = where_seen(mask, dz, NULL);
    if (dr) *out = where_seen(mask, dr, NULL);
}

/* ---- the whole ---- */

/* Zeros (B, U). */
static mica_tensor *no_state(mica_tensor *rows) {
    int64_t end[] = {MICA_END, 1, MICA_END};
    return mica_zeros_like(mica_squeeze(mica_slice(rows, 3, NULL, end, NULL), MICA_AXES(1)));
}

static mica_tensor *given(mica_tensor **in, int at) { return at < 0 ? NULL : in[at]; }

static void add_carries(walk *w, const rnn_places *p, mica_tensor **in) {
    mica_tensor *dh = given(in, p->in.dh), *dc = given(in, p->in.dc), *zero = no_state(w->before);
    carry(w, DH, dh ? dh : zero);
    if (w->cell->carries) carry(w, DC, dc ? dc : zero);
    if (w->attrs->masked && w->attrs->with_dy && !w->attrs->zero_output) carry(w, HELD, zero);
}

/* y is in the order of steps. */
static mica_tensor *in_time(const walk *w, mica_tensor *dy) {
    if (!w->attrs->go_backwards) return dy;
    return mica_slice(dy, 2, (int64_t[]){0, -1}, NULL, (int64_t[]){1, -1});
}

static void take_gates(walk *w, const rnn_places *p, mica_tensor **in) {
    for (int64_t g = 0, next = 1; g < w->cell->gates; g++, next++) {
        bool state = g == (w->cell->gates == 1 ? 0 : 2);
        w->gate[g] = columns(w, in[p->in.gates], (int)g);
        w->slope[g] = slope_of(state ? w->attrs->activation : w->attrs->recurrent_activation,
                               w->gate[g]);
        if (w->saved) w->more[g] = columns(w, w->saved->gates, (int)g);
        if (p->in.drop >= 0)
            w->drop[g] = mica_squeeze(mica_slice(in[p->in.drop], 1, &g, &next, NULL), MICA_AXES(0));
    }
}

void rnn_compose_backward(const op *backward, const rnn_attrs *a, mica_tensor **in,
                          const rnn_saved *saved, mica_tensor **out) {
    const rnn_cell *cell = rnn_cell_of(backward);
    const rnn_places p = rnn_backward_places(cell, a);
    walk w = {.cell = cell,
              .attrs = a,
              .units = in[p.in.u]->shape.dims[0],
              .u = in[p.in.u],
              .before = in[p.in.before],
              .extra = given(in, p.in.extra),
              .saved = saved};
    mica_tensor *made[SLOTS];
    for (int i = 0; i < SLOTS; i++) w.at[i] = -1;
    take_gates(&w, &p, in);
    add_carries(&w, &p, in);
    int carries = w.count;
    if (p.in.dy >= 0) sequence(&w, DY, in_time(&w, in[p.in.dy]));
    if (p.in.mask >= 0) sequence(&w, MASK, mica_expand_dims(in[p.in.mask], -1));
    prepare_cell(&w);
    mica_scan(step_back, &w,
              MICA_OPTIONS(scan, .carries = carries, .sequences = w.count - carries,
                           .outputs = p.out.dr >= 0 ? 2 : 1, .reverse = !a->go_backwards),
              w.in, made);
    out[p.out.dz] = swapped(made[carries]);
    out[p.out.h] = made[w.at[DH]];
    if (cell->carries) out[p.out.c] = made[w.at[DC]];
    if (p.out.dr >= 0) out[p.out.dr] = swapped(made[carries + 1]);
}
