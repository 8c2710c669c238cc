/* A loss from inside. To add a loss foo:
 *
 *   1. write src/loss/foo.c: comment with formula and source; the fields table of mica_foo_options
 *      (include/mica/losses.h), LOSS_FIELDS first; call; `const loss_kind loss_foo`;
 *      LOSS_CONSTRUCTOR(foo); or PLAIN_LOSS(foo, "Foo") where it has no options;
 *   2. add LOSS(foo) to src/loss/losses.def;
 *   3. add a case to tools/record_training.py, which records values and gradients of Keras's loss
 * (or of the formula in NumPy, where Keras has none): a test asks for it. */
#ifndef LOSS_LOSS_H
#define LOSS_LOSS_H

#include "mica/array.h"
#include "mica/losses.h"
#include "mica/math.h"
#include "op/emit.h"
#include "op/op.h"
#include "part/kind.h"
#include "part/measures.h"
#include "part/ranks.h"
#include "tensor/tensor.h"

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
    bool free_labels;   /* with sparse_labels: any whole numbers, (B) or (B, L) */
    /* with sparse_labels: whether this one counts for nothing (ignore_class); may be NULL */
    bool (*ignores)(const void *options, double label);
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

/* For calls: y_pred's logits as measure_logits finds them. */
static inline mica_tensor *loss_logits(loss_frame *f, bool from_logits, const op *activation) {
    return measure_logits(&f->y_pred, from_logits, activation, &f->warned);
}
/* The mean over all samples, for custom loops. options: resolved; NULL for a kind without any. */
mica_tensor *loss_mean(const loss_kind *kind, const void *options, mica_tensor *y_true,
                       mica_tensor *y_pred);
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

/* A loss without options of its own, which is measure_x of part/measures.h; the fields .aliases and
 * so on of its kind may follow. */
#define PLAIN_LOSS(x, class_, ...)                                                                 \
    static const field x##_fields[] = {LOSS_FIELDS(mica_##x##_options, #x), END_OF_FIELDS};        \
    static mica_tensor *call(loss_frame *f) { return measure_##x(f->y_true, widened(f->y_pred)); } \
    const loss_kind loss_##x = {.name = #x,                                                        \
                                .class_name = class_,                                              \
                                .fields = x##_fields,                                              \
                                .options_size = sizeof(mica_##x##_options),                        \
                                .ignored = loss_ignored,                                           \
                                .call = call,                                                      \
                                ##__VA_ARGS__};                                                    \
    LOSS_CONSTRUCTOR(x)                                                                            \
    mica_tensor *mica_##x(mica_tensor *y_true, mica_tensor *y_pred) {                              \
        NEEDS(y_true, y_pred);                                                                     \
        return loss_mean(&loss_##x, NULL, y_true, y_pred);                                         \
    }

#endif
