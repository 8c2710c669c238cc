/* What has no number in a vocabulary is an error. */
#ifndef OP_FOUND_H
#define OP_FOUND_H

#include "tensor/tensor.h"

/* numbers (int64) as they are; a run fails at the first that is below 0, and names the element of x
 * (integers or strings, of the same shape) there. */
mica_tensor *require_found(mica_tensor *numbers, mica_tensor *x);

#endif
