/* What the recurrent ops share: operands, shapes, gradients. See rnn.h. */
#include "op/rnn.h"

#include "mica/math.h"

const field rnn_fields[] = {
    INTEGER(rnn_attrs, activation, .help = "of the state: an rnn_activation"),
    INTEGER(rnn_attrs, recurrent_activation, .help = "of the gates"),
    BOOLEAN(rnn_attrs, go_backwards, .help = "reads the times from the last to the first"),
    BOOLEAN(rnn_attrs, zero_output, .help = "y is 0 where the mask is false"),
    BOOLEAN(rnn_attrs, reset_after, .help = "GRU: the reset gate multiplies h u + bias"),
    BOOLEAN(rnn_attrs, dropped, .help = "has an operand drop"),
    BOOLEAN(rnn_attrs, masked, .help = "has an operand mask"),
    BOOLEAN(rnn_attrs, with_dy, .help = "backward: has an operand dy"),
    BOOLEAN(rnn_attrs, with_dh, .help = "backward: has an operand dh"),
    BOOLEAN(rnn_attrs, with_dc, .help = "backward: has an operand dc"),
    END_OF_FIELDS};

static const rnn_cell cell_simple = {.gates = 1}, cell_lstm = {.gates = 4, .carries = true},
                      cell_gru = {.gates = 3, .resets = true};

const rnn_cell *rnn_cell_of(const op *o) {
    if (o == &op_lstm || o == &op_lstm_backward) return &cell_lstm;
    return o == &op_gru || o == &op_gru_backward ? &cell_gru : &cell_simple;
}

static int place(bool there, int *count) { return there ? (*count)++ : -1; }

static const rnn_places nowhere = {{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0},
                                   {-1, -1, -1, -1, -1, -1, -1, -1, 0}};

rnn_places rnn_forward_places(const rnn_cell *cell, const rnn_attrs *a) {
    rnn_places p = nowhere;
    int *in = &p.in.count, *out = &p.out.count;
    p.in.z = place(true, in);
    p.in.u = place(true, in);
    p.in.bias = place(cell->resets && a->reset_after, in);
    p.in.h = place(true, in);
    p.in.c = place(cell->carries, in);
    p.in.drop = place(a->dropped, in);
    p.in.mask = place(a->masked, in);
    p.out.y = place(true, out);
    p.out.h = place(true, out);
    p.out.c = place(cell->carries, out);
    p.out.gates = place(true, out);
    p.out.before = place(true, out);
    p.out.extra = place(cell->carries || cell->resets, out);
    return p;
}

rnn_places rnn_backward_places(const rnn_cell *cell, const rnn_attrs *a) {
    rnn_places p = nowhere;
    int *in = &p.in.count, *out = &p.out.count;
    p.in.u = place(true, in);
    p.in.gates = place(true, in);
    p.in.before = place(true, in);
    p.in.extra = place(cell->carries || cell->resets, in);
    p.in.drop = place(a->dropped, in);
    p.in.mask = place(a->masked, in);
    p.in.dy = place(a->with_dy, in);
    p.in.dh = place(a->with_dh, in);
    p.in.dc = place(cell->carries && a->with_dc, in);
    p.out.dz = place(true, out);
    p.out.h = place(true, out);
    p.out.c = place(cell->carries, out);
    p.out.dr = place(cell->resets && a->reset_after, out);
    return p;
}

/* ---- shapes ---- */

/* Input `i`, where it is there, has this shape and x's dtype. */
static mica_status require(shape_frame *f, int i, const shape *s, mica_dtype dtype) {
    if (i < 0) return MICA_OK;
    if (f->in[i].dtype != dtype)
        return type_fail(f, "input %d is %s, expected %s", i, mica_dtype_name(f->in[i].dtype),
                         mica_dtype_name(dtype));
    return require_shape(f, i, s);
}

static mica_status require_count(shape_frame *f, int expected) {
    if (f->inputs == expected) return MICA_OK;
    return value_fail(f, "%d inputs, expected %d", f->inputs, expected);
}

/* Checks a (B, T, G U) and u (U, G U); their extents. */
static mica_status sizes(shape_frame *f, int wide, int u, int gates, shape *row, shape *state) {
    const shape *w = &f->in[wide].shape;
    TRY(require_float(f, wide));
    TRY(require_rank_between(f, wide, 3, 3));
    TRY(require_rank_between(f, u, 2, 2));
    int64_t units = f->in[u].shape.dims[0];
    shape kernel = {2, {units, units < 0 ? -1 : gates * units}};
    TRY(require(f, u, &kernel, f->in[wide].dtype));
    const shape z = {3, {w->dims[0], w->dims[1], kernel.dims[1]}};
    TRY(require_shape(f, wide, &z));
    *row = (shape){3, {w->dims[0], w->dims[1], units}};
    *state = (shape){2, {w->dims[0], units}};
    return MICA_OK;
}

static void put(shape_frame *f, int i, const shape *s, mica_dtype dtype) {
    if (i >= 0) f->out[i] = (operand){.dtype = dtype, .shape = *s};
}

mica_status rnn_forward_shape(shape_frame *f) {
    const rnn_cell *cell = rnn_cell_of(f->op);
    const rnn_places p = rnn_forward_places(cell, f->attrs);
    shape row, state;
    TRY(require_count(f, p.in.count));
    TRY(sizes(f, p.in.z, p.in.u, cell->gates, &row, &state));
    const mica_dtype dtype = f->in[p.in.z].dtype;
    const shape wide = f->in[p.in.z].shape, bias = {1, {f->in[p.in.u].shape.dims[1]}},
                drop = {3, {cell->gates, row.dims[0], row.dims[2]}},
                mask = {2, {row.dims[0], row.dims[1]}};
    TRY(require(f, p.in.bias, &bias, dtype));
    TRY(require(f, p.in.h, &state, dtype));
    TRY(require(f, p.in.c, &state, dtype));
    TRY(require(f, p.in.drop, &drop, dtype));
    TRY(require(f, p.in.mask, &mask, MICA_BOOL));
    f->outputs = p.out.count;
    put(f, p.out.y, &row, dtype);
    put(f, p.out.h, &state, dtype);
    put(f, p.out.c, &state, dtype);
    put(f, p.out.gates, &wide, dtype);
    put(f, p.out.before, &row, dtype);
    put(f, p.out.extra, &row, dtype);
    return MICA_OK;
}

mica_status rnn_backward_shape(shape_frame *f) {
    const rnn_cell *cell = rnn_cell_of(f->op);
    const rnn_places p = rnn_backward_places(cell, f->attrs);
    shape row, state;
    TRY(require_count(f, p.in.count));
    TRY(sizes(f, p.in.gates, p.in.u, cell->gates, &row, &state));
    const mica_dtype dtype = f->in[p.in.gates].dtype;
    const shape wide = f->in[p.in.gates].shape, mask = {2, {row.dims[0], row.dims[1]}},
                drop = {3, {cell->gates, row.dims[0], row.dims[2]}};
    TRY(require(f, p.in.before, &row, dtype));
    TRY(require(f, p.in.extra, &row, dtype));
    TRY(require(f, p.in.drop, &drop, dtype));
    TRY(require(f, p.in.mask, &mask, MICA_BOOL));
    TRY(require(f, p.in.dy, &row, dtype));
    TRY(require(f, p.in.dh, &state, dtype));
    TRY(require(f, p.in.dc, &state, dtype));
    f->outputs = p.out.count;
    put(f, p.out.dz, &wide, dtype);
    put(f, p.out.h, &state, dtype);
    put(f, p.out.c, &state, dtype);
    put(f, p.out.dr, &wide, dtype);
    return MICA_OK;
}

/* ---- gradients ---- */

static mica_tensor *rows_of(mica_tensor *t) {
    return mica_reshape(t, MICA_SHAPE(-1, t->shape.dims[2]));
}

/* The columns of gate g. */
static mica_tensor *gate_of(mica_tensor *t, int64_t g, int64_t units) {
    int64_t begin[] = {0, 0, g * units}, end[] = {MICA_END, MICA_END, (g + 1) * units};
    return mica_slice(t, 3, begin, end, NULL);
}

/* h before every step, (B, T, U), as gate g saw it: without its dropout's zeros. */
static mica_tensor *seen_by(gradient_frame *g, const rnn_places *p, int gate, bool reset) {
    mica_tensor *before = g->out[p->out.before];
    if (reset) return g->out[p->out.extra];
    if (p->in.drop < 0) return before;
    int64_t begin = gate, end = gate + 1;
    mica_tensor *drop = mica_slice(g->in[p->in.drop], 1, &begin, &end, NULL); /* (1, B, U) */
    return mica_multiply(before, mica_transpose(drop, MICA_AXES(1, 0, 2)));
}

/* du = sum over sequences and steps of (what the gate saw of h)^T dr: one product for all gates
 * where all saw the same, else one a gate. */
static mica_tensor *kernel_gradient(gradient_frame *g, const rnn_places *p, mica_tensor *dr) {
    const rnn_cell *cell = rnn_cell_of(g->op);
    const rnn_attrs *a = g->attrs;
    bool reset_before = cell->resets && !a->reset_after;
    mica_tensor *part[RNN_MOST_GATES];
    if (!a->dropped && !reset_before)
        return mica_matmul_t(rows_of(g->out[p->out.before]), rows_of(dr), true, false);
    for (int i = 0; i < cell->gates; i++) {
        mica_tensor *seen = seen_by(g, p, i, reset_before && i == 2);
        mica_tensor *own = gate_of(dr, i, g->in[p->in.u]->shape.dims[0]);
        part[i] = mica_matmul_t(rows_of(seen), rows_of(own), true, false);
    }
    return mica_concatenate(part, cell->gates, 1);
}

/* drop's gradient at each gate: the sum over steps of h times dr u^T, (G, B, U). */
static mica_tensor *drop_gradient(gradient_frame *g, const rnn_places *p, mica_tensor *dr,
                                  const rnn_saved *saved) {
    const rnn_cell *cell = rnn_cell_of(g->op);
    const rnn_attrs *a = g->attrs;
    int64_t units = g->in[p->in.u]->shape.dims[0];
    mica_tensor *part[RNN_MOST_GATES], *h = g->out[p->out.before];
    for (int i = 0; i < cell->gates; i++) {
        int64_t begin[] = {0, i * units}, end[] = {MICA_END, (i + 1) * units};
        mica_tensor *u = mica_slice(g->in[p->in.u], 2, begin, end, NULL);
        mica_tensor *seen = mica_matmul_t(gate_of(dr, i, units), u, false, true);
        bool reset = cell->resets && !a->reset_after && i == 2; /* r h is what it drops of */
        if (reset && saved->extra) seen = mica_add(seen, saved->extra);
        if (reset) seen = mica_multiply(seen, gate_of(g->out[p->out.gates], 1, units));
        part[i] = mica_sum(mica_multiply(seen, h), MICA_AXES(1), false);
    }
    return mica_stack(part, cell->gates, 0);
}

/* What somebody wants of the saved outputs, zeros where of some only; false: of none. */
static bool saved_gradients(gradient_frame *g, const rnn_places *p, rnn_saved *saved) {
    const int at[] = {p->out.gates, p->out.before, p->out.extra};
    mica_tensor **to[] = {&saved->gates, &saved->before, &saved->extra};
    bool any = false;
    for (int i = 0; i < 3; i++) any |= at[i] >= 0 && g->dout[at[i]];
    for (int i = 0; i < 3 && any; i++) {
        if (at[i] < 0) continue;
        *to[i] = g->dout[at[i]] ? g->dout[at[i]] : mica_zeros_like(g->out[at[i]]);
    }
    return any;
}

void rnn_gradient(gradient_frame *g, const op *backward) {
    const rnn_cell *cell = rnn_cell_of(g->op);
    const rnn_places p = rnn_forward_places(cell, g->attrs);
    rnn_attrs a = *(const rnn_attrs *)g->attrs; /* with its padding: compared as bytes */
    a.with_dy = g->dout[p.out.y];
    a.with_dh = g->dout[p.out.h];
    a.with_dc = cell->carries && g->dout[p.out.c];
    const rnn_places q = rnn_backward_places(cell, &a);
    mica_tensor *in[16], *out[MAX_OUTPUTS];
    rnn_saved saved = {NULL, NULL, NULL};
    in[q.in.u] = g->in[p.in.u];
    in[q.in.gates] = g->out[p.out.gates];
    in[q.in.before] = g->out[p.out.before];
    if (q.in.extra >= 0) in[q.in.extra] = g->out[p.out.extra];
    if (q.in.drop >= 0) in[q.in.drop] = g->in[p.in.drop];
    if (q.in.mask >= 0) in[q.in.mask] = g->in[p.in.mask];
    if (q.in.dy >= 0) in[q.in.dy] = g->dout[p.out.y];
    if (q.in.dh >= 0) in[q.in.dh] = g->dout[p.out.h];
    if (q.in.dc >= 0) in[q.in.dc] = g->dout[p.out.c];
    if (saved_gradients(g, &p, &saved)) rnn_compose_backward(backward, &a, in, &saved, out);
    else emit_many(g->in[0]->ctx, backward, &a, q.in.count, in, q.out.count, out);
    mica_tensor *dr = out[q.out.dr >= 0 ? q.out.dr : q.out.dz];
    g->din[p.in.z] = out[q.out.dz];
    g->din[p.in.h] = out[q.out.h];
    if (p.in.c >= 0) g->din[p.in.c] = out[q.out.c];
    if (g->need[p.in.u]) g->din[p.in.u] = kernel_gradient(g, &p, dr);
    if (p.in.bias >= 0) g->din[p.in.bias] = mica_sum(dr, MICA_AXES(0, 1), false);
    if (p.in.drop >= 0 && g->need[p.in.drop]) g->din[p.in.drop] = drop_gradient(g, &p, dr, &saved);
}
