/* The recurrent ops' loops over one row: see rnn.h, formulas in op/simple_rnn.c, lstm.c, gru.c and
 * their backward twins. */
#include "backend/cpu/rnn.h"

#include "backend/cpu/vmath.h"
#include "op/rnn.h"

#define EACH(n) for (int64_t j = 0; j < (n); j++)

/* x = f(x). */
static void activate(int64_t f, int64_t n, float *restrict x) {
    if (f == RNN_TANH) EACH(n) x[j] = v_tanh(x[j]);
    else if (f == RNN_SIGMOID) EACH(n) x[j] = v_sigmoid(x[j]);
    else if (f == RNN_RELU) EACH(n) x[j] = v_pick(x[j] < 0.0f, 0.0f, x[j]);
    else if (f == RNN_HARD_SIGMOID) EACH(n) {
            float y = x[j] * (1.0f / 6.0f) + 0.5f;
            y = v_pick(y < 0.0f, 0.0f, y);
            x[j] = v_pick(y > 1.0f, 1.0f, y);
        }
}

/* d = d f'(x), from y = f(x). */
static void slope(int64_t f, int64_t n, const float *restrict y, float *restrict d) {
    if (f == RNN_TANH) EACH(n) d[j] *= 1.0f - y[j] * y[j];
    else if (f == RNN_SIGMOID) EACH(n) d[j] *= y[j] * (1.0f - y[j]);
    else if (f == RNN_RELU) EACH(n) d[j] = v_pick(y[j] > 0.0f, d[j], 0.0f);
    else if (f == RNN_HARD_SIGMOID) EACH(n) {
            float inside = v_pick(y[j] > 0.0f, d[j] * (1.0f / 6.0f), 0.0f);
            d[j] = v_pick(y[j] < 1.0f, inside, 0.0f);
        }
}

static void add(int64_t n, const float *restrict x, float *restrict y) { EACH(n) y[j] += x[j]; }

static void product(int64_t n, const float *restrict a, const float *restrict b,
                    float *restrict y) {
    EACH(n) y[j] = a[j] * b[j];
}

static void multiply(int64_t n, const float *restrict x, float *restrict y) {
    EACH(n) y[j] *= x[j];
}

static void add_product(int64_t n, const float *restrict a, const float *restrict b,
                        float *restrict y) {
    EACH(n) y[j] += a[j] * b[j];
}

static void simple(const rnn_row *r) {
    add(r->units, r->z, r->sums);
    activate(r->activation, r->units, r->sums);
    memcpy(r->h, r->sums, (size_t)r->units * sizeof *r->h);
}

static void simple_backward(const rnn_row *r) {
    memcpy(r->dz, r->h, (size_t)r->units * sizeof *r->dz);
    slope(r->activation, r->units, r->gates, r->dz);
}

static void lstm(const rnn_row *r) {
    int64_t n = r->units;
    const float *restrict in = r->sums, *restrict forget = r->sums + n;
    const float *restrict new = r->sums + 2 * n, *restrict out = r->sums + 3 * n;
    const float *restrict before = r->extra;
    float *restrict c = r->c, *restrict h = r->h;
    add(4 * n, r->z, r->sums);
    activate(r->recurrent_activation, 2 * n, r->sums);
    activate(r->activation, n, r->sums + 2 * n);
    activate(r->recurrent_activation, n, r->sums + 3 * n);
    EACH(n) h[j] = c[j] = forget[j] * before[j] + in[j] * new[j];
    activate(r->activation, n, h);
    EACH(n) h[j] *= out[j];
}

static void lstm_backward(const rnn_row *r) {
    int64_t n = r->units;
    const float *restrict in = r->gates, *restrict forget = r->gates + n;
    const float *restrict new = r->gates + 2 * n, *restrict out = r->gates + 3 * n;
    const float *restrict before = r->extra, *restrict dh = r->h;
    float *restrict d_in = r->dz, *restrict d_forget = r->dz + n, *restrict d_new = r->dz + 2 * n;
    float *restrict d_out = r->dz + 3 * n, *restrict dc = r->c;
    EACH(n) d_out[j] = forget[j] * before[j] + in[j] * new[j];
    activate(r->activation, n, d_out);
    EACH(n) d_in[j] = dh[j] * out[j];
    slope(r->activation, n, d_out, d_in);
    EACH(n) {
        float d = dc[j] + d_in[j];
        d_in[j] = d * new[j];
        d_new[j] = d * in[j];
        d_forget[j] = d * before[j];
        dc[j] = d * forget[j];
        d_out[j] *= dh[j];
    }
    slope(r->recurrent_activation, 2 * n, r->gates, r->dz);
    slope(r->activation, n, new, d_new);
    slope(r->recurrent_activation, n, out, d_out);
}

static void gru_gates(const rnn_row *r, int reset_after) {
    int64_t n = r->units;
    add(2 * n, r->z, r->sums);
    if (r->bias) add(3 * n, r->bias, r->sums);
    activate(r->recurrent_activation, 2 * n, r->sums);
    if (reset_after) memcpy(r->extra, r->sums + 2 * n, (size_t)n * sizeof *r->extra);
    else product(n, r->sums + n, r->before, r->extra);
    if (!reset_after && r->drop) multiply(n, r->drop, r->extra);
}

static void gru_state(const rnn_row *r, int reset_after) {
    int64_t n = r->units;
    const float *restrict update = r->sums, *restrict before = r->before;
    float *restrict new = r->sums + 2 * n, *restrict h = r->h;
    if (reset_after) multiply(n, r->sums + n, new);
    add(n, r->z + 2 * n, new);
    activate(r->activation, n, new);
    EACH(n) h[j] = new[j] + update[j] * (before[j] - new[j]);
}

static void gru_backward(const rnn_row *r, int reset_after) {
    int64_t n = r->units;
    const float *restrict update = r->gates, *restrict reset = r->gates + n;
    const float *restrict new = r->gates + 2 * n, *restrict before = r->before;
    float *restrict dh = r->h, *restrict d_update = r->dz, *restrict d_new = r->dz + 2 * n;
    EACH(n) {
        float d = dh[j];
        d_new[j] = d * (1.0f - update[j]);
        d_update[j] = d * (before[j] - new[j]);
        dh[j] = d * update[j];
    }
    slope(r->activation, n, new, d_new);
    slope(r->recurrent_activation, n, update, d_update);
    if (!reset_after) return;
    product(n, d_new, r->extra, r->dz + n);
    slope(r->recurrent_activation, n, reset, r->dz + n);
    memcpy(r->dr, r->dz, (size_t)(2 * n) * sizeof *r->dr);
    product(n, d_new, reset, r->dr + 2 * n);
}

static void gru_reset(const rnn_row *r, const float *q) {
    int64_t n = r->units;
    product(n, q, r->before, r->dz + n);
    slope(r->recurrent_activation, n, r->gates + n, r->dz + n);
    add_product(n, q, r->gates + n, r->h);
}

extern const rnn_table SIMD_NAME(rnn_rows);
const rnn_table SIMD_NAME(rnn_rows) = {.simple = simple,
                                       .lstm = lstm,
                                       .gru_gates = gru_gates,
                                       .gru_state = gru_state,
                                       .simple_backward = simple_backward,
                                       .lstm_backward = lstm_backward,
                                       .gru_backward = gru_backward,
                                       .gru_reset = gru_reset,
                                       .add = add,
                                       .multiply = multiply,
                                       .add_product = add_product,
                                       .product = product};
