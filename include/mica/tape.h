/* Tapes: remember what is computed, and give gradients of it.
 *
 *     mica_tape *tape = mica_tape_open(ctx, NULL);
 *     mica_tensor *loss = mica_mean_squared_error(y, mica_matmul(x, parameters[0]));
 *     mica_tape_gradient(tape, loss, parameters, 1, gradients); // of variables, watched tensors
 *     mica_tape_close(&tape);
 *
 * Tapes nest: an outer one remembers what an inner one computes, its gradients too (second
 * derivatives). A tape is a scope: it owns the tensors made while it is open. */
#ifndef MICA_TAPE_H
#define MICA_TAPE_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_tape mica_tape;

typedef struct mica_tape_options {
    size_t size;
    bool persistent;    /* gradients can be asked for more than once (default false) */
    bool watch_by_hand; /* variables are not watched by themselves (default false) */
} mica_tape_options;

mica_tape_options mica_tape_defaults(void);

/* Opens a tape on ctx; NULL without memory. */
mica_tape *mica_tape_open(mica_context *ctx, const mica_tape_options *options);
/* Gradients with respect to t, concrete or traced, will be asked for. */
void mica_tape_watch(mica_tape *tape, mica_tensor *t);
/* gradients[i] = d sum(target) / d sources[i], of the source's shape; zeros where target does not
 * depend on it, or the tape cannot know: a source that is neither a variable nor watched before it
 * was used. That is tf.GradientTape's unconnected_gradients="zero"; its default gives None there.
 * Failures give poison (mica_check tells). Source: tf.GradientTape.gradient. */
void mica_tape_gradient(mica_tape *tape, mica_tensor *target, mica_tensor *const *sources,
                        int count, mica_tensor **gradients);
/* Forgets the tape; its tensors go to an outer tape that may need them, else they are freed. */
void mica_tape_close(mica_tape **tape);

MICA_API_END

#endif
