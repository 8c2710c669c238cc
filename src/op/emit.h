/* Emitters: the fate of a call. Every mica_<op>() ends in emit(), which hands it to the innermost
 * emitter of the context: eager runs it, a tape runs and remembers it, a tracer appends a node. */
#ifndef OP_EMIT_H
#define OP_EMIT_H

#include "mica/tensor.h"

struct op;

typedef struct emitter {
    /* Fills out (as many as the op has outputs, or *outputs for a VARIADIC one). False: the error
     * is in the context. */
    bool (*emit)(struct emitter *self, const struct op *op, const void *attrs, int inputs,
                 mica_tensor *const *in, int *outputs, mica_tensor **out);
    struct emitter *outer;
    mica_context *ctx;
} emitter;

/* The innermost emitter of ctx, and opening and closing one (they nest). */
emitter *emitter_of(mica_context *ctx);
void emitter_push(mica_context *ctx, emitter *e);
void emitter_pop(mica_context *ctx, emitter *e);

/* One output. Any poisoned input, or a failure, gives poison. Inputs are mixed freely: concrete,
 * variables, symbols of the graph that is being traced. */
mica_tensor *emit(const struct op *op, const void *attrs, int inputs, mica_tensor *const *in);
#define EMIT(op, attrs, ...)                                                                       \
    emit(op, attrs, (int)(sizeof((mica_tensor *[]){__VA_ARGS__}) / sizeof(mica_tensor *)),         \
         (mica_tensor *[]){__VA_ARGS__})
/* Several outputs into out; all poison after a failure. ctx for ops without inputs. */
void emit_many(mica_context *ctx, const struct op *op, const void *attrs, int inputs,
               mica_tensor *const *in, int outputs, mica_tensor **out);
/* Casts a and b to their common dtype (dtype_promote), then emits. */
mica_tensor *emit_binary(const struct op *op, mica_tensor *a, mica_tensor *b);

/* Sums g over the axes along which `like` was broadcast: the gradient of broadcasting. */
mica_tensor *sum_to_like(mica_tensor *g, mica_tensor *like);
/* A scalar constant of t's dtype. */
mica_tensor *scalar_like(mica_tensor *t, double value);

#endif
