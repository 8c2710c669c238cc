/* A loss from inside. To add a loss foo:
 *
 *   1. write src/loss/foo.c: comment with formula and source; the fields table of mica_foo_options
 *      (include/mica/losses.h), LOSS_FIELDS first; call; `const loss_kind loss_foo`;
 *      LOSS_CONSTRUCTOR(foo);
 *   2. add LOSS(foo) to src/loss/losses.def. */
#ifndef LOSS_LOSS_H
#define LOSS_LOSS_H

#include "mica/array.h"
#include "mica/losses.h"
#include "mica/math.h"
#include "op/emit.h"
#include "op/op.h"
#include "part/kind.h"
#include "part/ranks.h"
#include "tensor/tensor.h"

#define PROBABILITY_EPSILON 1e-7

/* One call. The targets come in y_pred's widened dtype and its rank where the kind is not sparse.
 */
typedef struct loss_frame {
    const struct loss_kind *kind;
    const void *options;
    mica_tensor *y_true, *y_pred;
    mica_tensor *sample_weight; /* NULL: all 1 */
    mica_tensor *mask; /* bool, of the samples' losses: those that count; NULL: all. A call may
                          set it (ignore_class) */
    bool warned;       /* set where from_logits was wrong: y_pred was probabilities */
} loss_frame;

typedef struct loss_kind {
    KIND_MEMBERS
    /* The loss of every sample: (B, …, K) -> (B, …). */
    mica_tensor *(*call)(loss_frame *f);
    bool sparse_labels; /* y_true holds class numbers, of shape (B, …) or (B, …, 1) */
} loss_kind;

struct mica_loss {
    mica_context *ctx;
    const loss_kind *kind;
    mica_loss_options *options; /* resolved; begins with the common fields */
    arena arena;
    bool failed;     /* could not be made: its error is or was in the context */
    mica_loss *next; /* in the context */
};

extern const char *const reductions[];
extern const char *const loss_ignored[]; /* keys of Keras 2 that mean nothing here */

/* The fields that every loss has, first in every table. */
#define LOSS_FIELDS(options, name_)                                                                \
    TEXT(options, name, name_, .help = "in logs"),                                                 \
        TEXT(options, reduction, "sum_over_batch_size", NULLABLE, .choices = reductions,           \
             .help = "of the samples' losses")

/* Makes a loss: from options (NULL: defaults; a failure is in the context and sets `failed`), or
 * from an identifier: a name, an alias, a class name, or {"class_name", "config"} (NULL after an
 * error). */
mica_loss *loss_new(mica_context *ctx, const loss_kind *kind, const void *options);
mica_loss *loss_from_config(mica_context *ctx, const json_t *config, mica_error *err);
json_t *loss_config(const mica_loss *l, mica_error *err);
void loss_free(mica_loss *l); /* before the context does; NULL allowed */

/* The loss of a batch, reduced as the options say; for "none" (B, …). Softmax or sigmoid output is
 * taken back to logits where the graph knows them. Failures are in the context. */
mica_tensor *loss_call(const mica_loss *l, loss_frame *f);
/* The samples' losses alone, (B, …), before weights, masks and reduction: for metrics. */
mica_tensor *loss_of_samples(const loss_kind *kind, loss_frame *f);

const loss_kind *loss_kind_by_name(const char *name);
extern const loss_kind *const all_losses[];

/* For calls: half floats as float32, others as they are. */
mica_tensor *widened(mica_tensor *t);
/* For calls: y_pred's logits, if it is activation's output in a graph or from_logits says so; else
 * NULL, and y_pred is probabilities. Widens either. */
mica_tensor *loss_logits(loss_frame *f, bool from_logits, const op *activation);
#define LOSS(name) extern const loss_kind loss_##name;
#include "loss/losses.def"
#undef LOSS

#define LOSS_CONSTRUCTOR(x)                                                                        \
    mica_##x##_options mica_##x##_defaults(void) {                                                 \
        return (mica_##x##_options){.size = sizeof(mica_##x##_options)};                           \
    }                                                                                              \
    mica_loss *mica_loss_##x(mica_context *ctx, const mica_##x##_options *options) {               \
        return loss_new(ctx, &loss_##x, options);                                                  \
    }

#endif
