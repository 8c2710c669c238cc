/* The gradient of a composite that has no rule of its own: that of its parts. */
#ifndef GRAD_PARTS_H
#define GRAD_PARTS_H

#include "op/op.h"

/* Fills f->din as a rule would: composes the op once more, with its parts remembered, and walks
 * them backwards. Calls go to the innermost emitter. */
mica_status gradient_of_parts(gradient_frame *f, mica_error *err);

#endif
