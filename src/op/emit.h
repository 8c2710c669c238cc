/* Emitters: the fate of a call. Every mica_<op>() ends in emit(), which hands it to the innermost
 * emitter of the context: eager runs it, a tape runs and remembers it, a tracer appends a node. */
#ifndef OP_EMIT_H
#define OP_EMIT_H

#include "mica/control.h"
#include "mica/tensor.h"

struct op;
struct operand;
struct graph;

typedef struct op_call {
    const struct op *op;
    const void *attrs;
    struct graph *const *bodies; /* as many as the op has; who keeps them takes references */
    int inputs, outputs;         /* outputs: as many as the op has, or as a VARIADIC one is asked */
    mica_tensor *const *in;
    mica_tensor **out; /* to be filled */
} op_call;

/* A function that becomes a body: traced once, into a graph of its own. Handles of the trace around
 * it that it uses become further inputs, `captured`: traced tensors, variables, what a tape
 * follows. */
typedef struct body_trace {
    const char *what; /* for errors: "scan" */
    mica_body function;
    void *user;
    int inputs, outputs;
    const struct operand *in; /* dtype and shape of each input */
    struct graph *graph;      /* the result: one reference, for the caller to release */
    void (*release)(struct graph *g);
    int captures;
    mica_tensor **captured; /* room for MAX_INPUTS; the open scope owns them */
} body_trace;

/* What an emitter does not do (NULL) the one outside of it does. */
typedef struct emitter {
    /* False: the error is in the context. */
    bool (*emit)(struct emitter *self, op_call *c);
    /* A handle of the value that t has now, whatever is assigned to it later. */
    mica_tensor *(*snapshot)(struct emitter *self, mica_tensor *t);
    mica_status (*assign)(struct emitter *self, mica_tensor *variable, const mica_tensor *value,
                          mica_error *err);
    /* The counter of the next random op that has none of its own: an int64 scalar. No emitter
     * does: the context counts. */
    mica_tensor *(*counter)(struct emitter *self);
    /* Traces a body. No emitter does: calls are run, not traced. False: the error is in the
     * context. */
    bool (*trace)(struct emitter *self, body_trace *b);
    /* Whether gradients by t may be asked for: tapes know. */
    bool (*follows)(struct emitter *self, const mica_tensor *t);
    struct emitter *outer;
    mica_context *ctx;
} emitter;

/* The innermost emitter of ctx, and opening and closing one (they nest). */
emitter *emitter_of(mica_context *ctx);
void emitter_push(mica_context *ctx, emitter *e);
void emitter_pop(mica_context *ctx, emitter *e);
/* The error of assigning a variable in a body. */
mica_status refuse_assign(const mica_tensor *variable, mica_error *err);
/* Who traces, from e outwards; NULL: calls are run. */
emitter *emitter_tracing(emitter *e);
/* What e does, or the first outside of it that does. */
bool emitter_emit(emitter *e, op_call *c);
mica_tensor *emitter_snapshot(emitter *e, mica_tensor *t);
mica_tensor *emitter_counter(mica_context *ctx);
/* Hands a call to the innermost emitter; out is all poison after a failure. */
void emit_call(mica_context *ctx, op_call *c);

/* One output. Any poisoned input, or a failure, gives poison. Inputs are mixed freely: concrete,
 * variables, symbols of the graph that is being traced. */
mica_tensor *emit(const struct op *op, const void *attrs, int inputs, mica_tensor *const *in);
#define EMIT(op, attrs, ...)                                                                       \
    emit(op, attrs, (int)(sizeof((mica_tensor *[]){__VA_ARGS__}) / sizeof(mica_tensor *)),         \
         (mica_tensor *[]){__VA_ARGS__})
/* Of the first handle that is not NULL; NULL: there is none. */
mica_context *context_among(mica_tensor *const *in, int count);
/* For functions that read handles before they emit: NEEDS(a, b) returns poison where one of them is
 * NULL, with the error "name: b is NULL" in the context of the others (NULL where there is none).
 */
bool lacks(const char *function, const char *names, mica_tensor *const *in, int count,
           mica_tensor **failed);
#define NEEDS(...)                                                                                 \
    do {                                                                                           \
        mica_tensor *const needs_[] = {__VA_ARGS__};                                               \
        mica_tensor *failed_;                                                                      \
        if (lacks(__func__, #__VA_ARGS__, needs_, (int)LENGTH(needs_), &failed_)) return failed_;  \
    } while (0)
/* Several outputs into out; all poison after a failure. ctx for ops without inputs. */
void emit_many(mica_context *ctx, const struct op *op, const void *attrs, int inputs,
               mica_tensor *const *in, int outputs, mica_tensor **out);
/* Casts a and b to their common dtype (dtype_promote), then emits. */
mica_tensor *emit_binary(const struct op *op, mica_tensor *a, mica_tensor *b);

/* Sums g over the axes along which `like` was broadcast: the gradient of broadcasting. */
mica_tensor *sum_to_like(mica_tensor *g, mica_tensor *like);
mica_tensor *merge_leading(mica_tensor *x);                         /* (B, T, ...) as (B T, ...) */
mica_tensor *split_leading_like(mica_tensor *x, mica_tensor *like); /* and back, as in like */
/* A scalar constant of t's dtype. */
mica_tensor *scalar_like(mica_tensor *t, double value);

#endif
