/* The reference loops of the recurrent ops: see rnn.h. Everything that a step hands on is kept in
 * the outputs, so that no cell needs memory of its own. */
#include "op/rnn.h"

double rnn_activate(int64_t activation, double x) {
    switch (activation) {
    case RNN_TANH: return tanh(x);
    case RNN_SIGMOID: return 1 / (1 + exp(-x));
    case RNN_RELU: return x > 0 ? x : x == x ? 0 : x;
    case RNN_HARD_SIGMOID: return fmin(fmax(x / 6 + 0.5, 0), 1);
    default: return x;
    }
}

double rnn_slope(int64_t activation, double y) {
    switch (activation) {
    case RNN_TANH: return 1 - y * y;
    case RNN_SIGMOID: return y * (1 - y);
    case RNN_RELU: return y > 0;
    case RNN_HARD_SIGMOID: return y > 0 && y < 1 ? 1.0 / 6 : 0;
    default: return 1;
    }
}

/* ---- one element ---- */

double rnn_dropped(const rnn_step *s, int64_t g, int64_t k) {
    const kernel_call *c = s->call;
    if (s->at.in.drop < 0) return rnn_before(s, k);
    int64_t sequences = c->in_info[s->at.in.drop].shape.dims[1];
    return rnn_before(s, k) * element(c, s->at.in.drop, (g * sequences + s->b) * s->units + k);
}

/* Element i of a (B, T, n) row that is an output of the forward op and an input of the backward. */
static double saved(const rnn_step *s, int input, int output, int64_t i) {
    const kernel_call *c = s->call;
    if (input >= 0) return element(c, input, i);
    mica_dtype dtype = c->out_info[output].dtype;
    return dtype_load(dtype, (const char *)c->out[output] + (size_t)i * mica_dtype_size(dtype));
}

double rnn_before(const rnn_step *s, int64_t j) {
    return saved(s, s->at.in.before, s->at.out.before, rnn_row_at(s, s->units, j));
}
double rnn_extra(const rnn_step *s, int64_t j) {
    return saved(s, s->at.in.extra, s->at.out.extra, rnn_row_at(s, s->units, j));
}
double rnn_gate(const rnn_step *s, int64_t g, int64_t j) {
    int64_t at = rnn_row_at(s, s->cell->gates * s->units, g * s->units + j);
    return saved(s, s->at.in.gates, s->at.out.gates, at);
}

double rnn_input(const rnn_step *s, int64_t g, int64_t j) {
    return element(s->call, s->at.in.z, rnn_row_at(s, s->cell->gates * s->units, g * s->units + j));
}

double rnn_kernel(const rnn_step *s, int64_t g, int64_t k, int64_t j) {
    return element(s->call, s->at.in.u, (k * s->cell->gates + g) * s->units + j);
}

double rnn_recurrent(const rnn_step *s, int64_t g, int64_t j) {
    double sum = s->at.in.bias < 0 ? 0 : element(s->call, s->at.in.bias, g * s->units + j);
    for (int64_t k = 0; k < s->units; k++) sum += rnn_dropped(s, g, k) * rnn_kernel(s, g, k, j);
    return sum;
}

void rnn_put_gate(const rnn_step *s, int64_t g, int64_t j, double value) {
    int64_t at = rnn_row_at(s, s->cell->gates * s->units, g * s->units + j);
    set_element(s->call, s->at.out.gates, at, value);
}

void rnn_put_extra(const rnn_step *s, int64_t j, double value) {
    set_element(s->call, s->at.out.extra, rnn_row_at(s, s->units, j), value);
}

/* What the step hands on: to the row of the next time, or to the state at the end. */
static void hand_on(const rnn_step *s, int rows, int last, int64_t j, double value) {
    int64_t next = s->t + (s->attrs->go_backwards ? -1 : 1);
    if (next < 0 || next == s->times) set_element(s->call, last, s->b * s->units + j, value);
    else set_element(s->call, rows, (s->b * s->times + next) * s->units + j, value);
}

void rnn_put_h(const rnn_step *s, int64_t j, double h) {
    hand_on(s, s->at.out.before, s->at.out.h, j, h);
    set_element(s->call, s->at.out.y, (s->b * s->times + s->step) * s->units + j, h);
}

void rnn_put_c(const rnn_step *s, int64_t j, double c) {
    hand_on(s, s->at.out.extra, s->at.out.c, j, c);
}

static bool seen(const rnn_step *s, int64_t step) {
    int64_t t = s->attrs->go_backwards ? s->times - 1 - step : step;
    return s->at.in.mask < 0 || element(s->call, s->at.in.mask, s->b * s->times + t) != 0;
}

/* y's gradient, with that of the masked steps that repeat this y. */
double rnn_dh(const rnn_step *s, int64_t j) {
    double sum = saved(s, -1, s->at.out.h, s->b * s->units + j);
    if (s->at.in.dy < 0) return sum;
    int64_t step = s->step;
    do sum += element(s->call, s->at.in.dy, (s->b * s->times + step) * s->units + j);
    while (++step < s->times && !seen(s, step) && !s->attrs->zero_output);
    return sum;
}

double rnn_dc(const rnn_step *s, int64_t j) {
    return saved(s, -1, s->at.out.c, s->b * s->units + j);
}

void rnn_set_dh(const rnn_step *s, int64_t j, double value) {
    set_element(s->call, s->at.out.h, s->b * s->units + j, value);
}

void rnn_add_dh(const rnn_step *s, int64_t j, double value) {
    rnn_set_dh(s, j, saved(s, -1, s->at.out.h, s->b * s->units + j) + value);
}

void rnn_set_dc(const rnn_step *s, int64_t j, double value) {
    set_element(s->call, s->at.out.c, s->b * s->units + j, value);
}

void rnn_put_dz(const rnn_step *s, int64_t g, int64_t j, double value) {
    int64_t at = rnn_row_at(s, s->cell->gates * s->units, g * s->units + j);
    set_element(s->call, s->at.out.dz, at, value);
}

void rnn_put_dr(const rnn_step *s, int64_t g, int64_t j, double value) {
    int64_t at = rnn_row_at(s, s->cell->gates * s->units, g * s->units + j);
    set_element(s->call, s->at.out.dr, at, value);
}

double rnn_back(const rnn_step *s, int64_t g, int64_t k) {
    int from = s->at.out.dr >= 0 ? s->at.out.dr : s->at.out.dz;
    double sum = 0;
    for (int64_t j = 0; j < s->units; j++)
        sum += saved(s, -1, from, rnn_row_at(s, s->cell->gates * s->units, g * s->units + j)) *
               rnn_kernel(s, g, k, j);
    if (s->at.in.drop < 0) return sum;
    int64_t sequences = s->call->in_info[s->at.in.drop].shape.dims[1];
    return sum * element(s->call, s->at.in.drop, (g * sequences + s->b) * s->units + k);
}

/* ---- all steps ---- */

static rnn_step begin(const kernel_call *c, const rnn_places *at, int wide) {
    const rnn_cell *cell = rnn_cell_of(c->op);
    const shape *w = &c->in_info[wide].shape;
    return (rnn_step){.call = c,
                      .attrs = c->attrs,
                      .cell = cell,
                      .at = *at,
                      .times = w->dims[1],
                      .units = w->dims[2] / cell->gates};
}

/* A masked step: the states stay, y repeats. */
static void skip(const rnn_step *s) {
    const kernel_call *c = s->call;
    for (int64_t j = 0; j < s->units; j++) {
        int64_t at = (s->b * s->times + s->step) * s->units + j;
        bool repeats = s->step > 0 && !s->attrs->zero_output;
        double y = repeats ? saved(s, -1, s->at.out.y, at - s->units) : 0;
        rnn_put_h(s, j, rnn_before(s, j));
        set_element(c, s->at.out.y, at, y);
        if (s->cell->carries) rnn_put_c(s, j, rnn_extra(s, j));
        else if (s->at.out.extra >= 0) rnn_put_extra(s, j, 0);
        for (int64_t g = 0; g < s->cell->gates; g++) rnn_put_gate(s, g, j, 0);
    }
}

void rnn_forward_run(const kernel_call *c, void (*step)(const rnn_step *s)) {
    const rnn_places p = rnn_forward_places(rnn_cell_of(c->op), c->attrs);
    rnn_step s = begin(c, &p, p.in.z);
    const int64_t sequences = c->in_info[p.in.z].shape.dims[0];
    for (s.b = 0; s.b < sequences; s.b++) {
        s.t = s.attrs->go_backwards ? s.times
                                    : -1; /* hands the first states on to the first step */
        for (int64_t j = 0; j < s.units; j++) {
            hand_on(&s, p.out.before, p.out.h, j, element(c, p.in.h, s.b * s.units + j));
            if (s.cell->carries) rnn_put_c(&s, j, element(c, p.in.c, s.b * s.units + j));
        }
        for (s.step = 0; s.step < s.times; s.step++) {
            s.t = s.attrs->go_backwards ? s.times - 1 - s.step : s.step;
            if (seen(&s, s.step)) step(&s);
            else skip(&s);
        }
    }
}

void rnn_backward_run(const kernel_call *c, void (*step)(const rnn_step *s)) {
    const rnn_places p = rnn_backward_places(rnn_cell_of(c->op), c->attrs);
    rnn_step s = begin(c, &p, p.in.gates);
    const int64_t sequences = c->in_info[p.in.gates].shape.dims[0];
    for (s.b = 0; s.b < sequences; s.b++) {
        for (int64_t j = 0, i = s.b * s.units; j < s.units; j++, i++) {
            set_element(c, p.out.h, i, p.in.dh >= 0 ? element(c, p.in.dh, i) : 0);
            if (s.cell->carries)
                set_element(c, p.out.c, i, p.in.dc >= 0 ? element(c, p.in.dc, i) : 0);
        }
        for (s.step = s.times - 1; s.step >= 0; s.step--) {
            s.t = s.attrs->go_backwards ? s.times - 1 - s.step : s.step;
            if (seen(&s, s.step)) step(&s);
            else
                for (int64_t j = 0; j < s.cell->gates * s.units; j++) {
                    rnn_put_dz(&s, 0, j, 0);
                    if (p.out.dr >= 0) rnn_put_dr(&s, 0, j, 0);
                }
        }
    }
}
