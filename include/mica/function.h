/* Compiled functions: calls that are traced once into a graph, compiled, and then run as one step.
 *
 *     mica_tensor *loss;
 *     mica_function *step = mica_function_new(ctx, body, model, 2, 1, NULL);
 *     for (int i = 0; i < 100; i++) mica_function_call(step, (mica_tensor *[]){x, y}, &loss);
 *
 * The body is C that calls mica; it is called again only for dtypes and shapes that it has not met.
 * What it does to tensors is in the graph: assigned variables, steps of optimizers, updates of
 * metrics, random numbers (those that the same calls would draw eagerly), gradients by a tape that
 * it opens and closes. What else it does (printing, reading an element) happens while tracing. */
#ifndef MICA_FUNCTION_H
#define MICA_FUNCTION_H

#include "mica/control.h"

MICA_API_BEGIN

typedef struct mica_function mica_function;

typedef struct mica_function_options {
    size_t size;
    const mica_shape *shapes; /* of each input; an extent of -1 is left open in the trace, which
                                 then serves them all (default: traced for the shapes of a call) */
} mica_function_options;

mica_function_options mica_function_defaults(void);

/* A function of `inputs` tensors that gives `outputs` (at most 64 each). The context owns it;
 * variables that the body uses must live as long. Failures are in the context. */
mica_function *mica_function_new(mica_context *ctx, mica_body body, void *user, int inputs,
                                 int outputs, const mica_function_options *options);
/* Fills out with new tensors. In a trace or under an open tape the body is called there instead, so
 * that gradients flow through it. Failures give poison; of a function that is NULL (there was no
 * context or no memory) nobody knows how many outputs it has, and out stays as it is. Source:
 * tf.function. */
void mica_function_call(mica_function *f, mica_tensor *const *in, mica_tensor **out);
/* The same into concrete tensors of the right dtypes and shapes, whose elements are overwritten;
 * nothing is allocated once these shapes have been met. Errors: STATE under a tape or in a trace,
 * or where an out shares its bytes with an input, another out or any tensor. */
mica_status mica_function_run(mica_function *f, mica_tensor *const *in, mica_tensor *const *out,
                              mica_error *err);
/* How often the body has been traced. */
int mica_function_traces(const mica_function *f);
/* Frees it before the context does; sets *f to NULL. */
void mica_function_destroy(mica_function **f);

MICA_API_END

#endif
