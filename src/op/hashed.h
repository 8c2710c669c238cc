/* What the ops that hash share. */
#ifndef OP_HASHED_H
#define OP_HASHED_H

#include "op/op.h"

/* The shape rule: every input of a type that is hashed, at least one bucket; out is int64 in the
 * shape of in[0]. */
mica_status hashed_check(shape_frame *f, int64_t buckets);

#endif
