/* Loops of the recurrent ops (op/rnn.h) over one row: one sequence at one step, U units. Sums with
 * h are there already; gates lie one after the other, U floats each. */
#ifndef BACKEND_CPU_RNN_H
#define BACKEND_CPU_RNN_H

#include "base/isa.h"

#include <stdint.h>

typedef struct rnn_row {
    int64_t units, activation, recurrent_activation; /* rnn_activations */
    const float *z, *bias;      /* forward: z of this step; of a GRU's sums, or NULL */
    float *sums;                /* forward: h u, then the gates' values */
    const float *gates;         /* backward: the gates' values */
    const float *before, *drop; /* h before the step; of the GRU's candidate, NULL: 1 */
    float *extra;
    float *h, *c;   /* forward: out; backward: their gradients, in and out */
    float *dz, *dr; /* backward: out */
} rnn_row;

typedef struct rnn_table {
    void (*simple)(const rnn_row *r);
    void (*lstm)(const rnn_row *r); /* extra: c before */
    /* GRU: the gates z and r, and extra. */
    void (*gru_gates)(const rnn_row *r, int reset_after);
    void (*gru_state)(const rnn_row *r, int reset_after);
    void (*simple_backward)(const rnn_row *r);
    void (*lstm_backward)(const rnn_row *r);
    /* dz but for r where the reset comes first; leaves dh z in h. */
    void (*gru_backward)(const rnn_row *r, int reset_after);
    /* Of the reset that comes first: q is the gradient of r h. */
    void (*gru_reset)(const rnn_row *r, const float *q);
    void (*add)(int64_t n, const float *x, float *y);                         /* y += x */
    void (*multiply)(int64_t n, const float *x, float *y);                    /* y *= x */
    void (*add_product)(int64_t n, const float *a, const float *b, float *y); /* y += a b */
    void (*product)(int64_t n, const float *a, const float *b, float *y);     /* y = a b */
} rnn_table;

ISA_DECLARE(rnn_table, rnn_rows);

#endif
