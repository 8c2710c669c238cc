/* Nodes in half precision, and the kernels of float32. */
#ifndef PLAN_WIDEN_H
#define PLAN_WIDEN_H

#include "plan/rewrite.h"

/* How the plan will compute it. */
how_fast widen_asks(const rewrite *r, const node *n);

#endif
