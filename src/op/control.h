/* What loops and choices share: bodies as functions that are run or traced. */
#ifndef OP_CONTROL_H
#define OP_CONTROL_H

#include "op/op.h"

/* Calls a body's function now; assigning a variable in it fails. False: an output is poison or was
 * left unset. */
bool body_run(mica_context *ctx, const char *what, mica_body function, void *user,
              mica_tensor *const *in, int outputs, mica_tensor **out);
/* The same calls, traced; false: the error is in the context. */
bool body_trace_into(mica_context *ctx, body_trace *b);
/* That a carry ends as it began: the same dtype, extents that agree where both are known. */
mica_status carry_check(const char *what, int carry, const operand *began, const operand *became,
                        mica_error *err);
/* Whether dtypes are the same, and extents where both are known. */
bool operands_agree(const operand *a, const operand *b);
/* That it is a bool scalar. */
mica_status predicate_check(const char *what, const operand *predicate, mica_error *err);
void all_poison(mica_context *ctx, int count, mica_tensor **out);
bool any_poison(int count, mica_tensor *const *t);
/* A step's scope is closed; what it gives goes to the scope around. */
void close_step(mica_scope **scope, int count, mica_tensor *const *kept);

#endif
