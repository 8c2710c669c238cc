/* What the recurrent ops share. One op runs a whole sequence; its input z (B, T, G U) holds what
 * the steps get from x, z = x W + b for all steps at once, in G gates of U units each.
 *
 *   forward in:  z (B, T, G U), u (U, G U) the recurrent kernel, [bias (G U): GRU with
 * reset_after], h (B, U), [c (B, U): LSTM], [drop (G, B, U): what h is multiplied with on its way
 *                to each gate], [mask (B, T) bool]
 *   forward out: y (B, T, U), h (B, U), [c (B, U)], and for the gradient alone gates (B, T, G U)
 *                after their activations, before (B, T, U): h before each step, and [extra
 *                (B, T, U): LSTM and GRU]
 *   backward in: u, gates, before, [extra], [drop], [mask], [dy], [dh], [dc]
 *   backward out: dz, dh, [dc], [dr (B, T, G U): the gradient of h u + bias where it is not dz]
 *
 * Step s reads time t = s, or T - 1 - s with go_backwards; y is in the order of steps, all else in
 * that of time. Where the mask is false h and c stay and y repeats the step before it (zeros before
 * the first one, or everywhere with zero_output). Source: keras.layers.RNN. */
#ifndef OP_RNN_H
#define OP_RNN_H

#include "mica/recurrent.h"
#include "op/array.h"

/* Activations whose derivative follows from their value. */
typedef enum rnn_activation {
    RNN_LINEAR,
    RNN_TANH,
    RNN_SIGMOID,
    RNN_RELU,
    RNN_HARD_SIGMOID, /* Keras 3's: relu6(x + 3) / 6 */
} rnn_activation;

typedef struct rnn_attrs {
    int64_t activation, recurrent_activation;
    bool go_backwards, zero_output, reset_after;
    bool dropped, masked;           /* whether drop and mask are there */
    bool with_dy, with_dh, with_dc; /* of the backward ops: which gradients are there */
} rnn_attrs;

extern const field rnn_fields[];

#define RNN_MOST_GATES 4

/* A kind of cell. */
typedef struct rnn_cell {
    int gates;
    bool carries; /* has a second state c; extra is c before each step */
    bool resets;  /* a GRU; extra is what its candidate gets of h: h u + bias with reset_after, else
                     the reset h, r h */
} rnn_cell;

/* The cell of an op, forward or backward. */
const rnn_cell *rnn_cell_of(const op *o);

/* Which operand is which; -1: not there. Inputs and outputs count on their own. */
typedef struct rnn_places {
    struct {
        int z, u, bias, h, c, gates, before, extra, drop, mask, dy, dh, dc, count;
    } in;
    struct {
        int y, h, c, gates, before, extra, dz, dr, count;
    } out;
} rnn_places;
rnn_places rnn_forward_places(const rnn_cell *cell, const rnn_attrs *a);
rnn_places rnn_backward_places(const rnn_cell *cell, const rnn_attrs *a);

mica_status rnn_forward_shape(shape_frame *f);
mica_status rnn_backward_shape(shape_frame *f);
/* The gradient of a forward op: `backward`, and one product over all steps for u. */
void rnn_gradient(gradient_frame *g, const op *backward);

/* The gradients of what a forward op saves. */
typedef struct rnn_saved {
    mica_tensor *gates, *before, *extra;
} rnn_saved;
/* A backward op in other ops: its rule, by which it is differentiated. With `saved` (NULL: none)
 * the gradients of the saved outputs are added: the derivative of the forward op, whole. */
void rnn_compose_backward(const op *backward, const rnn_attrs *a, mica_tensor **in,
                          const rnn_saved *saved, mica_tensor **out);

bool rnn_forward_samples(const op *forward, int number, sample *s);
bool rnn_backward_samples(const op *backward, int number, sample *s);

/* f(x), and f'(x) from y = f(x). */
double rnn_activate(int64_t activation, double x);
double rnn_slope(int64_t activation, double y);

/* The whole of a public call: fills in what the options leave out, and emits. */
mica_tensor *rnn_emit(const op *forward, mica_tensor *z, mica_tensor *u,
                      const mica_recurrent_options *options, mica_tensor **h, mica_tensor **c);

/* ---- for references: one step of one sequence ---- */

typedef struct rnn_step {
    const kernel_call *call;
    const rnn_attrs *attrs;
    const rnn_cell *cell;
    rnn_places at;
    int64_t times, units, b, t; /* T, U, this sequence, this time */
    int64_t step;
} rnn_step;

/* Runs `step` for every sequence and step that is not masked. The reference loops of all cells. */
void rnn_forward_run(const kernel_call *c, void (*step)(const rnn_step *s));
void rnn_backward_run(const kernel_call *c, void (*step)(const rnn_step *s));

/* Element k of this step's row of a (B, T, n) operand. */
static inline int64_t rnn_row_at(const rnn_step *s, int64_t n, int64_t k) {
    return (s->b * s->times + s->t) * n + k;
}
/* Forward: h before the step, as gate g sees it; z of gate g; h u + bias of gate g, unit j. */
double rnn_dropped(const rnn_step *s, int64_t g, int64_t k);
double rnn_input(const rnn_step *s, int64_t g, int64_t j);
double rnn_recurrent(const rnn_step *s, int64_t g, int64_t j);
/* Element (k, j) of u's gate g. */
double rnn_kernel(const rnn_step *s, int64_t g, int64_t k, int64_t j);
/* h (or c) after the step, of unit j. */
void rnn_put_h(const rnn_step *s, int64_t j, double h);
void rnn_put_c(const rnn_step *s, int64_t j, double c);
void rnn_put_gate(const rnn_step *s, int64_t g, int64_t j, double value);
void rnn_put_extra(const rnn_step *s, int64_t j, double value);
/* Both: a gate's value; extra and before. */
double rnn_gate(const rnn_step *s, int64_t g, int64_t j);
double rnn_extra(const rnn_step *s, int64_t j);
double rnn_before(const rnn_step *s, int64_t j);
/* Backward: the gradient of h after the step, from y and later steps, and of c from later steps;
 * and what becomes of them before the step: set to, or added to. */
double rnn_dh(const rnn_step *s, int64_t j);
double rnn_dc(const rnn_step *s, int64_t j);
void rnn_set_dh(const rnn_step *s, int64_t j, double value);
void rnn_add_dh(const rnn_step *s, int64_t j, double value);
void rnn_set_dc(const rnn_step *s, int64_t j, double value);
/* Sets dz, or dr, of a gate. */
void rnn_put_dz(const rnn_step *s, int64_t g, int64_t j, double value);
void rnn_put_dr(const rnn_step *s, int64_t g, int64_t j, double value);
/* The gradient of what gate g sees of h, unit k: the sum over j of dr (or dz) of g times u. */
double rnn_back(const rnn_step *s, int64_t g, int64_t k);

#endif
