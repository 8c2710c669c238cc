/* One step of Adam for one parameter, as one op. */
#ifndef OP_ADAM_UPDATE_H
#define OP_ADAM_UPDATE_H

#include "mica/math.h"
#include "op/op.h"

typedef struct adam_update_attrs {
    double beta_1, beta_2, epsilon;
} adam_update_attrs;

/* s + (x - s) (1 - beta) */
static inline mica_tensor *moved(mica_tensor *s, mica_tensor *x, double beta) {
    mica_tensor *change = mica_subtract(x, s);
    return mica_add(s, mica_multiply(change, scalar_like(change, 1 - beta)));
}

#endif
