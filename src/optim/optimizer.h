/* An optimizer from inside: one file and one line in optimizers.def (OPTIMIZER(adam)). Its step is
 * ops, so it runs eagerly, on tapes and, fused into one loop a variable, in plans. */
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include "base/fields.h"
#include "mica/optimizers.h"
#include "mica/math.h"
#include "mica/array.h"
#include "tensor/tensor.h"

#define MAX_SLOTS 4 /* of one parameter */

/* One parameter's step: fills new_parameter and new_slot. Scalars are float32 of shape (). */
typedef struct step_frame {
    const void *options;
    mica_tensor *parameter, *gradient, *learning_rate;
    mica_tensor *step;       /* 1 at the first step, as float32 */
    mica_tensor *slot[MAX_SLOTS], *new_slot[MAX_SLOTS], *new_parameter;
    mica_tensor *scalar[4];  /* what `prepare` made once for all parameters */
} step_frame;

typedef struct optimizer_kind {
    const char *name, *class_name; /* "adam", "Adam" */
    const field *fields;           /* OPTIMIZER_FIELDS first */
    size_t options_size;
    const char *slots[MAX_SLOTS + 1]; /* Keras's names: "momentum", "velocity" */
    int (*slot_count)(const void *options); /* NULL: all of them; amsgrad, momentum 0 … */
    double (*slot_initial)(const void *options, int slot); /* NULL: 0 */
    void (*prepare)(step_frame *f); /* scalars that every parameter shares; may be NULL */
    void (*step)(step_frame *f);
} optimizer_kind;

struct mica_optimizer {
    mica_context *ctx;
    const optimizer_kind *kind;
    mica_optimizer_options *options; /* resolved */
    arena arena;
    mica_tensor *iterations, *learning_rate; /* variables: int64 and float32 scalars */
    mica_tensor **parameters, **slots;       /* slots: slot_count a parameter, in order */
    int count, slots_each;
    void *compiled;                          /* eager apply: the compiled step, and its free */
    void (*compiled_free)(void *);
    mica_optimizer *next;                    /* in the context */
};

mica_optimizer *optimizer_from_config(mica_context *ctx, const json_t *config, mica_error *err);
json_t *optimizer_config(const mica_optimizer *o, mica_error *err);
/* Makes iterations, learning_rate and the slots of these parameters; once. */
mica_status optimizer_build(mica_optimizer *o, mica_tensor *const *parameters, int count,
                            mica_error *err);
/* Emits one step: new values of `iterations`, parameters and slots, in pairs (variable, value), into
 * pairs (2 + 2 * count * (1 + slots_each) entries at most); returns how many pairs. */
int optimizer_emit(mica_optimizer *o, mica_tensor *const *gradients, mica_tensor **pairs);
const optimizer_kind *optimizer_kind_by_name(const char *name);
extern const optimizer_kind *const all_optimizers[];

#endif
