/* The node of a loop while a condition holds. In: carries, what the condition captured, what the
 * body did. Its bodies: the condition, from carries and captured to a bool scalar; the body, to the
 * next carries. */
#ifndef OP_WHILE_LOOP_H
#define OP_WHILE_LOOP_H

#include "op/control.h"

typedef struct while_attrs {
    int64_t carries;
    int64_t captured; /* by the condition */
    int64_t most;     /* steps; -1: any number */
} while_attrs;

#endif
