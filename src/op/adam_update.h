/* One step of Adam for one parameter, as one op. */
#ifndef OP_ADAM_UPDATE_H
#define OP_ADAM_UPDATE_H

#include "op/op.h"

typedef struct adam_update_attrs {
    double beta_1, beta_2, epsilon;
} adam_update_attrs;

#endif
