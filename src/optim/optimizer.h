/* An optimizer from inside: its step is ops, so it runs eagerly and, fused into one loop a
 * variable, in plans. To add an optimizer foo:
 *
 *   1. write src/optim/foo.c: comment with formula and source; the fields table of mica_foo_options
 *      (include/mica/optimizers.h), OPTIMIZER_FIELDS first; step (and prepare); `const
 * optimizer_kind optimizer_foo`; OPTIMIZER_CONSTRUCTOR(foo);
 *   2. add OPTIMIZER(foo) to src/optim/optimizers.def;
 *   3. add a case to tools/record_training.py (values) and tools/record_trainings.py (20 steps):
 *      tests ask for them. What Keras has not: docs/contributing.md. */
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include "mica/array.h"
#include "mica/math.h"
#include "mica/optimizers.h"
#include "op/adam_update.h" /* moved */
#include "op/emit.h"
#include "part/constraint.h"
#include "part/kind.h"
#include "part/schedule.h"
#include "tensor/tensor.h"

#define MAX_KIND_SLOTS 4               /* of one parameter, that a kind asks for */
#define MAX_SLOTS (MAX_KIND_SLOTS + 2) /* with moving average and gradient accumulator */

/* One parameter's step: fills new_parameter and new_slot, which stand as in the kind's `slots`; a
 * slot that stays NULL keeps its value. Scalars are float32 of shape (). */
typedef struct step_frame {
    const void *options;
    mica_tensor *parameter, *gradient, *learning_rate;
    mica_tensor *step; /* 1 at the first step, as float32 */
    mica_tensor *slot[MAX_SLOTS], *new_slot[MAX_SLOTS], *new_parameter;
    mica_tensor *scalar[4];             /* what `prepare` made once for all parameters */
    mica_tensor *product, *new_product; /* of a kind with one; new_product by `prepare` */
} step_frame;

typedef struct optimizer_kind {
    KIND_MEMBERS /* OPTIMIZER_FIELDS first */
        const char
            *slots[MAX_KIND_SLOTS + 1];   /* Keras's names: "momentum", "velocity"; NULL ends */
    const char *tf_slots[MAX_KIND_SLOTS]; /* tf_keras's, of its older optimizers; NULL: the same */
    const char *newer_tf_slots[MAX_KIND_SLOTS]; /* of its newer ones, where they are others yet */
    bool (*has_slot)(const void *options, int slot); /* NULL: always; amsgrad, momentum 0 … */
    bool slots_together; /* tf_keras keeps both slots of a parameter together, not slot by slot */
    double (*slot_initial)(const void *options, int slot); /* NULL: 0; NAN: the parameter */
    /* NULL: the parameter's shape */
    void (*slot_shape)(const void *options, const mica_tensor *parameter, int slot, shape *out);
    /* Weight decay of one parameter; NULL: that of the options. */
    double (*decay)(const void *options, const mica_tensor *parameter);
    /* A scalar beside the slots that follows from the number of updates made; NULL: none. */
    double (*product)(const void *options, int64_t updates);
    void (*prepare)(step_frame *f); /* scalars that every parameter shares; may be NULL */
    void (*step)(step_frame *f);
} optimizer_kind;

struct mica_optimizer {
    mica_context *ctx;
    const optimizer_kind *kind;
    mica_optimizer_options *options; /* resolved; begins with the common fields */
    arena arena;
    bool failed; /* could not be made: its error is or was in the context */
    mica_tensor *iterations, *learning_rate; /* variables: int64 and float32 scalars */
    mica_tensor *product;                    /* variable, float32 scalar; NULL: the kind has none */
    const char *const *undecayed;            /* parts of names without weight decay; NULL ends */
    mica_tensor **parameters, **slots;       /* slots: slots_each a parameter, in order */
    struct loss_scaling *scaling;            /* NULL: none */
    int count, slots_each, kind_slots; /* after the kind's: "average", "gradient_accumulator" */
    int of_kind[MAX_KIND_SLOTS];       /* which of the kind's slots each is */
    int models;                        /* that are compiled with it */
    bool of_user;                      /* who has a handle: else it goes with the last model */
    void *compiled;                    /* eager apply: the compiled step, and its free */
    void (*compiled_free)(void *);
    mica_optimizer *next; /* in the context */
};

/* The fields that every optimizer has, first in every table. */
#define OPTIMIZER_FIELDS(o, name_, rate) OPTIMIZER_FIELDS_DECAY(o, name_, rate, NAN)
#define OPTIMIZER_FIELDS_DECAY(o, name_, rate, decay)                                              \
    TEXT(o, name, name_, .help = "in files"),                                                      \
        REAL(o, learning_rate, DEFAULT(rate), .min = 0, .max = INFINITY, .help = "of every step"), \
        CONFIG(o, learning_rate_schedule, NULL, .check = check_schedule,                           \
               .help = "instead of a number"),                                                     \
        LIMIT(o, weight_decay, decay, "share of a parameter, by the rate"),                        \
        LIMIT(o, clipnorm, NAN, "greatest norm of each gradient"),                                 \
        LIMIT(o, global_clipnorm, NAN, "greatest norm of all gradients"),                          \
        LIMIT(o, clipvalue, NAN, "greatest absolute gradient"),                                    \
        BOOLEAN(o, use_ema, .help = "keeps a moving average of parameters"),                       \
        REAL(o, ema_momentum, DEFAULT(0.99), .min = 0, .max = 1, .help = "of that average"),       \
        INTEGER(o, ema_overwrite_frequency, NULLABLE, .min = 1,                                    \
                .help = "steps until it is taken"),                                                \
        REAL(o, loss_scale_factor, DEFAULT(NAN), .flags = FIELD_NULLABLE | FIELD_POSITIVE,         \
             .help = "of the loss"),                                                               \
        INTEGER(o, gradient_accumulation_steps, NULLABLE, .min = 2,                                \
                .help = "that make one update")
#define LIMIT(o, member, default_, help_)                                                          \
    REAL(o, member, DEFAULT(default_), NULLABLE, .min = 0, .max = INFINITY, .help = help_)
/* One more number in a kind's table. */
#define FACTOR(o, member, default_, help_)                                                         \
    REAL(o, member, DEFAULT(default_), .min = 0, .max = INFINITY, .help = help_)
#define SHARE(o, member, default_, help_)                                                          \
    REAL(o, member, DEFAULT(default_), .min = 0, .max = 1, .help = help_)

/* Makes an optimizer: from options (NULL: defaults; a failure is in the context and sets `failed`),
 * or from an identifier: a name, a class name, or {"class_name", "config"} (NULL after an error).
 */
mica_optimizer *optimizer_new(mica_context *ctx, const optimizer_kind *kind, const void *options);
mica_optimizer *optimizer_from_config(mica_context *ctx, const json_t *config, mica_error *err);
/* What both Keras 3 and Keras 2 (as its legacy optimizer) read: only options that are used. */
json_t *optimizer_config(const mica_optimizer *o, mica_error *err);
void optimizer_free(mica_optimizer *o); /* before the context does; NULL allowed */
/* One model more is compiled with it; one less: the last one frees it, or, where the user has it
 * and the model is gone for good, it forgets what it trained. */
void optimizer_take(mica_optimizer *o);
void optimizer_drop(mica_optimizer *o, bool for_good);
void optimizer_begin_anew(mica_optimizer *o);

/* Makes iterations, learning_rate and the slots of these parameters. Again with the same parameters
 * it changes nothing; with others it is an error. */
mica_status optimizer_build(mica_optimizer *o, mica_tensor *const *parameters, int count,
                            mica_error *err);
/* "momentum" …, "average", "gradient_accumulator": slot number i of each parameter. */
const char *optimizer_slot_name(const mica_optimizer *o, int i);
/* Emits one step: new values of `iterations`, parameters and slots, in pairs (variable, value),
 * into pairs (2 (OPTIMIZER_SCALARS + count (1 + slots_each)) entries at most); returns how many
 * pairs. A gradient that is NULL leaves its parameter. */
#define OPTIMIZER_SCALARS 8
int optimizer_emit(mica_optimizer *o, mica_tensor *const *gradients, mica_tensor **pairs);
/* Makes the kind's product that of the count of iterations: after a file was read. */
mica_status optimizer_set_product(mica_optimizer *o, mica_error *err);
/* The loss that gradients are taken of: times loss_scale_factor, or the dynamic scale. */
mica_tensor *optimizer_scale_loss(const mica_optimizer *o, mica_tensor *loss);
/* After training: with use_ema every parameter becomes its moving average. */
mica_status optimizer_finalize(mica_optimizer *o, mica_error *err);
/* Dynamic loss scaling, for gradients of float16: the loss is multiplied by `scale`, gradients are
 * divided by it; where one is not finite the step changes nothing and the scale is halved; after
 * growth_steps good steps it is doubled. Source: keras.optimizers.LossScaleOptimizer. */
typedef struct loss_scaling {
    double initial_scale;
    int64_t growth_steps;
    bool given; /* by the user, so that configs hold it; else the policy asked for it */
    mica_tensor *scale, *good, *skipped; /* variables: float32, int64, int64 scalars */
} loss_scaling;

#define INITIAL_LOSS_SCALE 32768
#define LOSS_SCALE_GROWTH_STEPS 2000

/* Turns it on; again it changes nothing. */
mica_status optimizer_add_scaling(mica_optimizer *o, double initial_scale, int64_t growth_steps,
                                  bool given, mica_error *err);
/* {"class_name": "LossScaleOptimizer", "config": …}: the inner optimizer, with scaling; NULL: an
 * error. */
mica_optimizer *scaled_from_config(mica_context *ctx, const json_t *config, mica_error *err);
/* The config of the optimizer, wrapped where the scaling was given; takes `inner`. */
json_t *scaled_config(const mica_optimizer *o, json_t *inner);
mica_tensor *scaling_divisor(const mica_optimizer *o);
/* Pairs of a step become those of the old values where a gradient is not finite; adds the scaling's
 * own. Returns how many pairs. */
int scaling_guard(mica_optimizer *o, mica_tensor *const *gradients, mica_tensor **pairs, int count);
void scaling_free(loss_scaling *s);

extern const renamed_key optimizer_renamed[]; /* lr */
extern const char *const optimizer_ignored[]; /* keys of Keras 2 that change nothing */
const optimizer_kind *optimizer_kind_by_name(const char *name);
extern const optimizer_kind *const all_optimizers[];

/* For steps: arithmetic with numbers. */
static inline mica_tensor *times(mica_tensor *x, double y) {
    return mica_multiply(x, scalar_like(x, y));
}
static inline mica_tensor *plus(mica_tensor *x, double y) { return mica_add(x, scalar_like(x, y)); }
/* beta s + (1 - beta) x */
static inline mica_tensor *mixed(mica_tensor *s, mica_tensor *x, double beta) {
    return mica_add(times(s, beta), times(x, 1 - beta));
}
/* 1 - beta^t */
static inline mica_tensor *correction(double beta, mica_tensor *t) {
    return plus(mica_negative(mica_power(scalar_like(t, beta), t)), 1);
}
/* lr sqrt(1 - beta_2^t) / (1 - beta_1^t) */
static inline mica_tensor *corrected_rate(const step_frame *f, double beta_1, double beta_2) {
    mica_tensor *a = mica_multiply(f->learning_rate, mica_sqrt(correction(beta_2, f->step)));
    return mica_divide(a, correction(beta_1, f->step));
}

#define OPTIMIZER(name) extern const optimizer_kind optimizer_##name;
#include "optim/optimizers.def"
#undef OPTIMIZER

#define OPTIMIZER_CONSTRUCTOR(x)                                                                   \
    mica_##x##_options mica_##x##_defaults(void) {                                                 \
        return (mica_##x##_options){.size = sizeof(mica_##x##_options)};                           \
    }                                                                                              \
    mica_optimizer *mica_##x(mica_context *ctx, const mica_##x##_options *options) {               \
        return optimizer_new(ctx, &optimizer_##x, options);                                        \
    }

#endif
