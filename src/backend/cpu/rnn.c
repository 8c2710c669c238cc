/* The recurrent ops in float32, forward and backward. Sequences are independent, so each piece of
 * work owns some of them for all steps and waits for nobody; a row's sums are the same in whatever
 * piece it lies. In every step a piece adds h u to z with tiles of the matrix product (u packed
 * once a call, gate by gate), then runs the cell's loops while the row is in the cache. The
 * gradient of u is one product over all steps, outside. */
#include "op/rnn.h"

#include "backend/cpu/gemm.h"
#include "backend/cpu/rnn.h"
#include "backend/kernel.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 48 /* sequences of one piece, about */

typedef struct rnn_state {
    const gemm_table *gemm;
    const rnn_table *rows;
    const rnn_cell *cell;
    rnn_attrs own;
    const rnn_attrs *attrs; /* own */
    rnn_places at;
    bool backward;
    int64_t sequences, times, units, wide; /* B, T, U, G U */
    int64_t piece;                         /* sequences of a piece */
    int64_t gate_floats, packed_floats;    /* scratch: of u, packed, one gate and all */
    int64_t row_floats;                    /* scratch: of one sequence */
} rnn_state;

static bool supports(const kernel_spec *s) {
    static const op *const all[] = {&op_simple_rnn, &op_simple_rnn_backward,
                                    &op_lstm,       &op_lstm_backward,
                                    &op_gru,        &op_gru_backward};
    bool found = false;
    for (size_t i = 0; i < LENGTH(all); i++) found |= s->op == all[i];
    for (int i = 0; i < s->inputs && found; i++)
        if (s->in[i].dtype != MICA_FLOAT32 && s->in[i].dtype != MICA_BOOL) return false;
    for (int i = 0; i < s->outputs && found; i++)
        if (shape_size(&s->out[i].shape) == 0) return false;
    return found;
}

/* Sequences of a piece: whole tiles, and more of them where u must come from afar. */
static int64_t piece_of(const gemm_table *gemm, int64_t packed_floats) {
    return gemm->rows * (packed_floats <= 131072 ? 2 : MOST_ROWS / gemm->rows);
}

static mica_status prepare(const kernel_spec *spec, kernel_plan *p, mica_error *err) {
    rnn_state *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, "rnn");
    const rnn_cell *cell = rnn_cell_of(spec->op);
    bool backward = spec->op == &op_simple_rnn_backward || spec->op == &op_lstm_backward ||
                    spec->op == &op_gru_backward;
    *s = (rnn_state){.gemm = ISA_CHOOSE(gemm, isa_best()),
                     .rows = ISA_CHOOSE(rnn_rows, isa_best()),
                     .cell = cell,
                     .own = *(const rnn_attrs *)spec->attrs,
                     .attrs = &s->own,
                     .backward = backward,
                     .at = backward ? rnn_backward_places(cell, spec->attrs)
                                    : rnn_forward_places(cell, spec->attrs)};
    const shape *wide = &spec->in[backward ? s->at.in.gates : s->at.in.z].shape;
    s->sequences = wide->dims[0], s->times = wide->dims[1], s->wide = wide->dims[2];
    s->units = s->wide / cell->gates;
    int64_t columns = s->gemm->columns;
    s->gate_floats = (s->units + columns - 1) / columns * columns * s->units;
    s->packed_floats = s->gate_floats * cell->gates;
    s->piece = piece_of(s->gemm, s->packed_floats);
    /* forward: sums, and h as a gate sees it; backward: dz, dr, and two rows of U */
    s->row_floats = backward ? 2 * s->wide + 2 * s->units : s->wide + s->units;
    p->scratch_bytes = (size_t)(s->packed_floats + s->sequences * s->row_floats) * sizeof(float);
    p->state = s;
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

/* ---- one piece ---- */

typedef struct piece {
    const rnn_state *s;
    const kernel_call *call;
    const float *packed;
    int64_t first, rows, step, t; /* sequences; this step, its time */
    float *own;                   /* scratch of these sequences, row_floats each */
} piece;

/* Rows of an operand of the piece: from the first one on, so many floats apart. */
typedef struct row_set {
    float *at;
    int64_t apart;
} row_set;

static const float *input(const piece *p, int i, int64_t row, int64_t n) {
    return i < 0 ? NULL : (const float *)p->call->in[i] + row * n;
}

static float *output(const piece *p, int i, int64_t row, int64_t n) {
    return i < 0 ? NULL : (float *)p->call->out[i] + row * n;
}

/* The number of sequence r's row at a time among all rows (B, T). */
static int64_t row_at(const piece *p, int64_t r, int64_t t) {
    return (p->first + r) * p->s->times + t;
}

/* Scratch of sequence r, from float `offset` on. */
static float *own_row(const piece *p, int64_t r, int64_t offset) {
    return p->own + r * p->s->row_floats + offset;
}

static row_set own_rows(const piece *p, int64_t offset) {
    return (row_set){own_row(p, 0, offset), p->s->row_floats};
}

static bool masked(const piece *p, int64_t r) {
    const rnn_state *s = p->s;
    return s->at.in.mask >= 0 &&
           !((const unsigned char *)p->call->in[s->at.in.mask])[row_at(p, r, p->t)];
}

static const float *drop_of(const piece *p, int64_t gate, int64_t r) {
    return input(p, p->s->at.in.drop, gate * p->s->sequences + p->first + r, p->s->units);
}

static size_t bytes(int64_t floats) { return (size_t)floats * sizeof(float); }

/* c (+)= a (k columns) times packed panels (U columns), for all rows of the piece. */
static void multiply(const piece *p, row_set a, row_set c, const float *b, int64_t panel_floats,
                     int64_t k, bool accumulate) {
    const gemm_table *gemm = p->s->gemm;
    int64_t n = p->s->units, columns = gemm->columns;
    for (int64_t j = 0; j < n; j += columns, b += panel_floats)
        gemm->panel(&(gemm_panel){.a = a.at,
                                  .a_row = a.apart,
                                  .a_step = 1,
                                  .b = b,
                                  .b_step = columns,
                                  .c = c.at + j,
                                  .c_row = c.apart,
                                  .rows = p->rows,
                                  .k = k,
                                  .columns = (int)(n - j < columns ? n - j : columns),
                                  .accumulate = accumulate});
}

/* What both ways have in common. */
static rnn_row row_of(const piece *p, int64_t r) {
    const rnn_state *s = p->s;
    return (rnn_row){.units = s->units,
                     .activation = s->attrs->activation,
                     .recurrent_activation = s->attrs->recurrent_activation,
                     .drop = drop_of(p, 2, r)};
}

/* ---- forward: scratch is sums (G U), seen (U) ---- */

static rnn_row forward_row(const piece *p, int64_t r) {
    const rnn_state *s = p->s;
    int64_t row = row_at(p, r, p->t);
    rnn_row out = row_of(p, r);
    out.z = input(p, s->at.in.z, row, s->wide);
    out.bias = input(p, s->at.in.bias, 0, 0);
    out.sums = own_row(p, r, 0);
    out.before = output(p, s->at.out.before, row, s->units);
    out.extra = output(p, s->at.out.extra, row, s->units);
    return out;
}

/* Where a step puts a state: the next time's row of `rows`, or the last state. */
static float *next_state(const piece *p, int rows, int last, int64_t r) {
    const rnn_state *s = p->s;
    int64_t next = p->t + (s->attrs->go_backwards ? -1 : 1);
    if (next < 0 || next == s->times) return output(p, last, p->first + r, s->units);
    return output(p, rows, row_at(p, r, next), s->units);
}

/* Rows (B, T, U) of this time. */
static row_set at_time(const piece *p, int i) {
    const rnn_state *s = p->s;
    return (row_set){output(p, i, row_at(p, 0, p->t), s->units), s->times * s->units};
}

/* The gate's sums become h u, as it sees h; a GRU that resets first has it in extra. */
static void sum_gate(const piece *p, int gate, bool of_extra) {
    const rnn_state *s = p->s;
    row_set h = at_time(p, of_extra ? s->at.out.extra : s->at.out.before);
    if (s->attrs->dropped && !of_extra) {
        row_set seen = own_rows(p, s->wide);
        for (int64_t r = 0; r < p->rows; r++)
            s->rows->product(s->units, h.at + r * h.apart, drop_of(p, gate, r),
                             seen.at + r * seen.apart);
        h = seen;
    }
    multiply(p, h, own_rows(p, gate * s->units), p->packed + gate * s->gate_floats,
             s->units * s->gemm->columns, s->units, false);
}

/* A masked step: the states stay, y repeats or is 0. */
static void skip(const piece *p, int64_t r, const rnn_row *row) {
    const rnn_state *s = p->s;
    float *y = output(p, s->at.out.y, row_at(p, r, p->step), s->units);
    memcpy(row->h, row->before, bytes(s->units));
    if (p->step > 0 && !s->attrs->zero_output) memcpy(y, y - s->units, bytes(s->units));
    else memset(y, 0, bytes(s->units));
    memset(row->sums, 0, bytes(s->wide));
    if (row->c) memcpy(row->c, row->extra, bytes(s->units));
    else if (row->extra) memset(row->extra, 0, bytes(s->units));
}

static void finish_step(const piece *p) {
    const rnn_state *s = p->s;
    for (int64_t r = 0; r < p->rows; r++) {
        rnn_row row = forward_row(p, r);
        row.h = next_state(p, s->at.out.before, s->at.out.h, r);
        if (s->cell->carries) row.c = next_state(p, s->at.out.extra, s->at.out.c, r);
        if (masked(p, r)) {
            skip(p, r, &row);
        } else {
            if (s->cell->resets) s->rows->gru_state(&row, s->attrs->reset_after);
            else if (s->cell->carries) s->rows->lstm(&row);
            else s->rows->simple(&row);
            memcpy(output(p, s->at.out.y, row_at(p, r, p->step), s->units), row.h, bytes(s->units));
        }
        memcpy(output(p, s->at.out.gates, row_at(p, r, p->t), s->wide), row.sums, bytes(s->wide));
    }
}

static void forward_step(const piece *p) {
    const rnn_state *s = p->s;
    bool reset_before = s->cell->resets && !s->attrs->reset_after;
    for (int g = 0; g < s->cell->gates; g++)
        if (!(reset_before && g == 2)) sum_gate(p, g, false);
    for (int64_t r = 0; r < p->rows && s->cell->resets; r++) {
        rnn_row row = forward_row(p, r);
        s->rows->gru_gates(&row, s->attrs->reset_after);
    }
    if (reset_before) sum_gate(p, 2, true);
    finish_step(p);
}

static void forward_piece(piece *p) {
    const rnn_state *s = p->s;
    bool reversed = s->attrs->go_backwards;
    p->t = reversed ? s->times : -1;
    for (int64_t r = 0; r < p->rows; r++) {
        memcpy(next_state(p, s->at.out.before, s->at.out.h, r),
               input(p, s->at.in.h, p->first + r, s->units), bytes(s->units));
        if (s->cell->carries)
            memcpy(next_state(p, s->at.out.extra, s->at.out.c, r),
                   input(p, s->at.in.c, p->first + r, s->units), bytes(s->units));
    }
    for (p->step = 0; p->step < s->times; p->step++) {
        p->t = reversed ? s->times - 1 - p->step : p->step;
        forward_step(p);
    }
}

/* ---- backward: scratch is held (U), product (U), dz (G U), dr (G U) ---- */

static rnn_row backward_row(const piece *p, int64_t r) {
    const rnn_state *s = p->s;
    int64_t row = row_at(p, r, p->t);
    rnn_row out = row_of(p, r);
    out.gates = input(p, s->at.in.gates, row, s->wide);
    out.before = input(p, s->at.in.before, row, s->units);
    out.extra = (float *)input(p, s->at.in.extra, row, s->units);
    out.h = output(p, s->at.out.h, p->first + r, s->units);
    out.c = output(p, s->at.out.c, p->first + r, s->units);
    out.dz = own_row(p, r, 2 * s->units);
    out.dr = s->at.out.dr < 0 ? NULL : out.dz + s->wide;
    return out;
}

/* c (+)= the gradient of `count` gates' sums, from gate `gate` on, times u^T. */
static void back(const piece *p, int gate, int count, row_set c, bool accumulate) {
    const rnn_state *s = p->s;
    int64_t columns = s->gemm->columns, dr = s->at.out.dr < 0 ? 0 : s->wide;
    multiply(p, own_rows(p, 2 * s->units + dr + gate * s->units), c,
             p->packed + gate * s->units * columns, s->wide * columns, count * s->units,
             accumulate);
}

/* The same added to dh; masked rows have sums' gradients of 0. */
static void add_back(const piece *p, int gate, int count) {
    const rnn_state *s = p->s;
    row_set dh = {output(p, s->at.out.h, p->first, s->units), s->units};
    if (!s->attrs->dropped) {
        back(p, gate, count, dh, true);
        return;
    }
    for (int g = gate; g < gate + count; g++) {
        back(p, g, 1, own_rows(p, s->units), false);
        for (int64_t r = 0; r < p->rows; r++)
            s->rows->add_product(s->units, own_row(p, r, s->units), drop_of(p, g, r),
                                 dh.at + r * dh.apart);
    }
}

/* dh gets y's gradient, and that of the later steps that repeated y. */
static void add_dy(const piece *p, int64_t r, const rnn_row *row) {
    const rnn_state *s = p->s;
    const float *dy = input(p, s->at.in.dy, row_at(p, r, p->step), s->units);
    float *held = own_row(p, r, 0);
    if (!dy) return;
    if (!s->attrs->masked || s->attrs->zero_output) {
        if (!masked(p, r)) s->rows->add(s->units, dy, row->h);
        return;
    }
    s->rows->add(s->units, dy, held);
    if (masked(p, r)) return;
    s->rows->add(s->units, held, row->h);
    memset(held, 0, bytes(s->units));
}

/* What needs no product; leaves in dh what goes past the gates: dh z of a GRU, 0 of the others. */
static void through_gates(const piece *p) {
    const rnn_state *s = p->s;
    for (int64_t r = 0; r < p->rows; r++) {
        rnn_row row = backward_row(p, r);
        add_dy(p, r, &row);
        if (masked(p, r)) {
            memset(row.dz, 0, bytes(2 * s->wide));
        } else if (s->cell->resets) {
            s->rows->gru_backward(&row, s->attrs->reset_after);
        } else {
            if (s->cell->carries) s->rows->lstm_backward(&row);
            else s->rows->simple_backward(&row);
            memset(row.h, 0, bytes(s->units));
        }
    }
}

/* A GRU that resets first: the candidate's gradient, then that of r. */
static void through_reset(const piece *p) {
    const rnn_state *s = p->s;
    back(p, 2, 1, own_rows(p, s->units), false);
    for (int64_t r = 0; r < p->rows; r++) {
        rnn_row row = backward_row(p, r);
        float *q = own_row(p, r, s->units);
        if (masked(p, r)) continue;
        if (row.drop) s->rows->multiply(s->units, row.drop, q);
        s->rows->gru_reset(&row, q);
    }
}

static void backward_step(const piece *p) {
    const rnn_state *s = p->s;
    bool reset_before = s->cell->resets && !s->attrs->reset_after;
    through_gates(p);
    if (reset_before) through_reset(p);
    add_back(p, 0, reset_before ? 2 : s->cell->gates);
    for (int64_t r = 0; r < p->rows; r++) {
        int64_t row = row_at(p, r, p->t);
        const float *dz = own_row(p, r, 2 * s->units);
        memcpy(output(p, s->at.out.dz, row, s->wide), dz, bytes(s->wide));
        if (s->at.out.dr >= 0)
            memcpy(output(p, s->at.out.dr, row, s->wide), dz + s->wide, bytes(s->wide));
    }
}

/* A state's gradient begins as what is given, or 0. */
static void begin_gradient(const piece *p, int in, int out) {
    int64_t n = p->s->units;
    if (out < 0) return;
    if (in >= 0) memcpy(output(p, out, p->first, n), input(p, in, p->first, n), bytes(p->rows * n));
    else memset(output(p, out, p->first, n), 0, bytes(p->rows * n));
}

static void backward_piece(piece *p) {
    const rnn_state *s = p->s;
    begin_gradient(p, s->at.in.dh, s->at.out.h);
    begin_gradient(p, s->at.in.dc, s->at.out.c);
    memset(p->own, 0, bytes(p->rows * s->row_floats));
    for (p->step = s->times - 1; p->step >= 0; p->step--) {
        p->t = s->attrs->go_backwards ? s->times - 1 - p->step : p->step;
        backward_step(p);
    }
}

/* ---- all ---- */

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const rnn_state *s = c->state;
    for (int64_t first = begin; first < end; first += s->piece) {
        piece p = {.s = s, .call = c, .packed = c->scratch, .first = first};
        p.rows = end - first < s->piece ? end - first : s->piece;
        p.own = (float *)c->scratch + s->packed_floats + first * s->row_floats;
        if (s->backward) backward_piece(&p);
        else forward_piece(&p);
    }
}

static void run(const kernel_call *c) {
    const rnn_state *s = c->state;
    const float *u = c->in[s->at.in.u];
    float *packed = c->scratch;
    if (s->backward) s->gemm->pack(s->wide, s->units, u, 1, s->wide, packed);
    else
        for (int g = 0; g < s->cell->gates; g++)
            s->gemm->pack(s->units, s->units, u + g * s->units, s->wide, 1,
                          packed + g * s->gate_floats);
    parallel_for(c->team, s->sequences, s->piece, run_pieces, (void *)c);
}

/* Rows are copied out when all of them that are read have been: gates over z, dz over gates. */
static bool over(const op *o, int in, int out) {
    bool forward = o == &op_simple_rnn || o == &op_lstm || o == &op_gru;
    return forward ? in == 0 && out == (o == &op_lstm ? 3 : 2) : in == 1 && out == 0;
}

extern const kernel kernel_cpu_rnn;
const kernel kernel_cpu_rnn = {.name = "cpu rnn",
                               .supports = supports,
                               .prepare = prepare,
                               .run = run,
                               .release = free,
                               .over = over};
