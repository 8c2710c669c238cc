/* Operations of recurrent networks: whole sequences at once. They take and return handles
 * (tensor.h): a failed call returns poison, and mica_check tells the first error. */
#ifndef MICA_RECURRENT_H
#define MICA_RECURRENT_H

#include "mica/tensor.h"

MICA_API_BEGIN

/* What a recurrent op computes with. 0 is the default: tanh, and sigmoid for the gates. */
typedef enum mica_recurrent_activation {
    MICA_RECURRENT_DEFAULT,
    MICA_RECURRENT_TANH,
    MICA_RECURRENT_SIGMOID,
    MICA_RECURRENT_RELU,
    MICA_RECURRENT_HARD_SIGMOID, /* relu6(x + 3) / 6 */
    MICA_RECURRENT_LINEAR,
} mica_recurrent_activation;

/* Operands of x's floating type; B sequences of T steps, U units, G gates. */
typedef struct mica_recurrent_options {
    size_t size;
    mica_recurrent_activation activation, recurrent_activation;
    mica_tensor *h, *c; /* the first states, (B, U) (default zeros); c is the LSTM's */
    mica_tensor *bias;  /* of h u, (G U): GRU alone, and makes it reset after the product; NULL: r
                           multiplies h before */
    mica_tensor *drop;  /* (G, B, U): what h is multiplied with on its way to each gate, the same at
                           all steps (Gal and Ghahramani 2016); NULL: 1 */
    mica_tensor *mask;  /* (B, T) bool: where false the states stay and y repeats its last value, 0
                           before the first; NULL: true everywhere */
    bool go_backwards;  /* reads T - 1 … 0; y is in the order of reading */
    bool zero_output;   /* y is 0 where the mask is false */
} mica_recurrent_options;

mica_recurrent_options mica_recurrent_defaults(void);

/* Whole sequences. z (B, T, G U) is x W + b of all steps at once, u (U, G U) the recurrent kernel;
 * y (B, T, U), *h and *c (NULL: not wanted) the last states (B, U). a is the activation, s the
 * recurrent one, h = h_{t-1}. Differentiable any number of times: once by one kernel, then by a
 * scan over the steps, which is slower. Errors: SHAPE and TYPE where operands do not fit. Sources:
 * keras.layers.SimpleRNN, LSTM, GRU.
 *
 * simple_rnn, G = 1: y_t = a(z_t + h u).
 *
 * lstm, G = 4, gates i, f, g, o: i, f, o = s(z_t + h u), g = a(z_t + h u), c_t = f c_{t-1} + i g,
 * y_t = o a(c_t).
 *
 * gru, G = 3, gates z, r, g: z, r = s(z_t + h u [+ bias]), g = a(z_t + r (h u + bias)) or
 * a(z_t + (r h) u), y_t = z h + (1 - z) g. */
mica_tensor *mica_simple_rnn(mica_tensor *z, mica_tensor *u, const mica_recurrent_options *options,
                             mica_tensor **h);
mica_tensor *mica_lstm(mica_tensor *z, mica_tensor *u, const mica_recurrent_options *options,
                       mica_tensor **h, mica_tensor **c);
mica_tensor *mica_gru(mica_tensor *z, mica_tensor *u, const mica_recurrent_options *options,
                      mica_tensor **h);

MICA_API_END

#endif
