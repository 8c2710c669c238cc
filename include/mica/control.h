/* Control flow: loops and choices whose bodies are functions. In a trace (mica_function, a model
 * being compiled) a body is called once and becomes a graph that the loop owns; it may use whatever
 * is in reach, and gradients flow to that. Run eagerly, a body is called once a step, as if the
 * loop were written out, and a tape remembers the steps.
 *
 * A body has no effects: what changes from step to step is carried, and assigning a variable in it
 * is an error. Random ops that count by themselves draw the same numbers at every step of a traced
 * loop; give them a counter that holds the step instead: mica_dropout(x, counter, …) with
 * counter = outer * 2^32 + step, where an int64 carry or sequence tells the step. */
#ifndef MICA_CONTROL_H
#define MICA_CONTROL_H

#include "mica/tensor.h"

MICA_API_BEGIN

/* Fills out from in; how many there are of each is said where the body is used. */
typedef void (*mica_body)(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out);

typedef struct mica_scan_options {
    size_t size;
    int carries;    /* from step to step (default 0) */
    int sequences;  /* taken apart along axis 0 (default 0) */
    int outputs;    /* of every step, stacked along a new axis 0 (default 0) */
    bool reverse;   /* the last step first; what is stacked keeps its place (default false) */
    int64_t length; /* steps, where no sequence says it (default 0) */
} mica_scan_options;

mica_scan_options mica_scan_defaults(void);

/* T steps of a body. in: carries, then sequences (T, …), at least one tensor in all. Each step the
 * body gets carries and slices (…), and gives carries of the same dtypes and shapes, then outputs
 * (…). out: the last carries, then the outputs (T, …). T may be 0.
 * Errors: SHAPE, TYPE where a carry changes or lengths differ.
 * Source: keras.ops.scan, jax.lax.scan; ONNX Scan. */
void mica_scan(mica_body body, void *user, const mica_scan_options *options, mica_tensor *const *in,
               mica_tensor **out);

/* One of two bodies, without inputs of their own (in is not to be read): outputs (at least one) of
 * the same dtypes and shapes. predicate: a bool scalar. Traced, both are; only the chosen one runs.
 * Source: keras.ops.cond; ONNX If. */
void mica_cond(mica_tensor *predicate, mica_body if_true, mica_body if_false, void *user,
               int outputs, mica_tensor **out);

typedef struct mica_while_loop_options {
    size_t size;
    int carries;                /* at least 1 */
    int64_t maximum_iterations; /* at most so many steps; 0: any number (default 0) */
} mica_while_loop_options;

mica_while_loop_options mica_while_loop_defaults(void);

/* Carries go through the body while the condition holds, whose one output is a bool scalar. in and
 * out: the carries; a body keeps their dtypes and shapes. A traced loop has a gradient where
 * maximum_iterations is given: so many steps are then kept. Source: keras.ops.while_loop; ONNX
 * Loop. */
void mica_while_loop(mica_body condition, mica_body body, void *user,
                     const mica_while_loop_options *options, mica_tensor *const *in,
                     mica_tensor **out);

MICA_API_END

#endif
