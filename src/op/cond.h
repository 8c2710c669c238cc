/* The node of a choice. In: the predicate, what the first body captured, what the second did. The
 * bodies give the same dtypes and shapes. */
#ifndef OP_COND_H
#define OP_COND_H

#include "op/control.h"

typedef struct cond_attrs {
    int64_t captured; /* of the body for true; the rest is the other's */
    int64_t outputs;
} cond_attrs;

/* Traces both as a node of the open trace. */
void emit_cond(mica_tensor *predicate, mica_body if_true, mica_body if_false, void *user,
               int outputs, mica_tensor **out);

#endif
