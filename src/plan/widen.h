/* Nodes in half precision, and the kernels of float32. */
#ifndef PLAN_WIDEN_H
#define PLAN_WIDEN_H

#include "plan/rewrite.h"

typedef enum how_fast {
    SLOW,            /* nothing but the reference, or nothing at all */
    FAST,            /* a kernel of a backend, as it is */
    FAST_IN_FLOAT32, /* one where its halves are float32 */
} how_fast;

how_fast widen_asks(const rewrite *r, const node *n);

#endif
