/* What the tests of scans share: the step of a recurrent layer. */
#ifndef PLAN_SCAN_RNN_H
#define PLAN_SCAN_RNN_H

#include "mica/mica.h"
#include "tensor/tensor.h"

#define INPUTS 5
#define STEPS 3
enum { X, H, W, U, B };
static const shape known[INPUTS] = {
    {3, {STEPS, 2, 3}}, {2, {2, 4}}, {2, {3, 4}}, {2, {4, 4}}, {1, {4}}};

static inline void rnn_step(void *user, mica_context *c, mica_tensor *const *in,
                            mica_tensor **out) {
    mica_tensor *const *p = user;
    (void)c;
    mica_tensor *sum = mica_add(mica_matmul(in[1], p[W]), mica_matmul(in[0], p[U]));
    out[0] = mica_tanh(mica_add(sum, p[B]));
    out[1] = mica_multiply(out[0], mica_sigmoid(in[0]));
}

static inline mica_tensor *mean(mica_tensor *x) { return mica_mean(x, MICA_ALL_AXES, false); }

#endif
