/* Optimizers, as keras.optimizers: from gradients to new parameters. Each constructor takes options
 * (NULL: all defaults); the context owns what it returns. p parameter, g gradient, lr learning
 * rate, t the number of the step, 1 at the first.
 *
 *     mica_optimizer *adam = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = 1e-3));
 *     mica_optimizer_apply(adam, parameters, gradients, count); */
#ifndef MICA_OPTIMIZERS_H
#define MICA_OPTIMIZERS_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_optimizer mica_optimizer;

/* What every optimizer's options begin with. A real 0 of a rate is MICA_ZERO. */
#define MICA_OPTIMIZER_OPTIONS                                                                     \
    size_t size;                                                                                   \
    const char *name;                   /* (default: the class in snake case) */                   \
    double learning_rate;               /* (default: the optimizer's own) */                       \
    const char *learning_rate_schedule; /* of mica/schedules.h, instead of learning_rate (default  \
                                           none) */                                                \
    double weight_decay;                /* p loses p lr weight_decay each step (default none) */   \
    double clipnorm;                    /* greatest norm of each gradient (default none) */        \
    double global_clipnorm; /* greatest norm of all gradients together (default none) */           \
    double clipvalue;       /* greatest absolute gradient (default none) */                        \
    bool use_ema;           /* keeps a moving average of each parameter (default false) */         \
    double ema_momentum;    /* of that average (default 0.99) */                                   \
    int64_t                                                                                        \
        ema_overwrite_frequency; /* steps after which it becomes the parameter (default none) */   \
    double loss_scale_factor;    /* the loss is multiplied, gradients divided (default none) */    \
    int64_t gradient_accumulation_steps; /* gradients of so many steps make one update (default    \
                                            none) */

typedef struct mica_optimizer_options {
    MICA_OPTIMIZER_OPTIONS
} mica_optimizer_options;

/* One update of `count` variables by their gradients (NULL: that one stays). Always the same
 * variables in the same order. Failures are in the context. Not recorded by tapes. */
void mica_optimizer_apply(mica_optimizer *optimizer, mica_tensor *const *parameters,
                          mica_tensor *const *gradients, int count);
double mica_optimizer_learning_rate(const mica_optimizer *optimizer);
mica_status mica_optimizer_set_learning_rate(mica_optimizer *optimizer, double learning_rate,
                                             mica_error *err);
/* An optimizer by its name or class, with a config as JSON text of an object (NULL: none). */
mica_optimizer *mica_optimizer_from_config(mica_context *ctx, const char *name, const char *json);

/* v = momentum v - lr g; p += v, nesterov: p += momentum v - lr g; without momentum p -= lr g.
 * Source: keras.optimizers.SGD. */
typedef struct mica_sgd_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.01) */
        double momentum;   /* 0 to 1 (default 0) */
    bool nesterov;         /* (default false) */
} mica_sgd_options;
mica_sgd_options mica_sgd_defaults(void);
mica_optimizer *mica_sgd(mica_context *ctx, const mica_sgd_options *options);

/* m += (g - m) (1 - beta_1); v += (g^2 - v) (1 - beta_2); p -= m a / (sqrt(v) + epsilon) with
 * a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); amsgrad: the greatest v so far.
 * Source: keras.optimizers.Adam; Kingma and Ba (2015). */
typedef struct mica_adam_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double beta_1;     /* 0 is MICA_ZERO (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.999) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
    bool amsgrad;          /* (default false) */
} mica_adam_options;
mica_adam_options mica_adam_defaults(void);
mica_optimizer *mica_adam(mica_context *ctx, const mica_adam_options *options);

/* s += g^2; p -= lr g / sqrt(s + epsilon). Source: keras.optimizers.Adagrad; Duchi et al. (2011).
 */
typedef struct mica_adagrad_options {
    MICA_OPTIMIZER_OPTIONS                /* learning_rate (default 0.001) */
        double initial_accumulator_value; /* of s; 0 is MICA_ZERO (default 0.1) */
    double epsilon;                       /* 0 is MICA_ZERO (default 1e-7) */
} mica_adagrad_options;
mica_adagrad_options mica_adagrad_defaults(void);
mica_optimizer *mica_adagrad(mica_context *ctx, const mica_adagrad_options *options);

MICA_API_END

#endif
