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

/* One update of `count` variables by their gradients. NULL in their place: that variable and its
 * slots stay as they are, as with Keras's None, without an error. Always the same variables in the
 * same order. Failures are in the context. Not recorded by tapes. */
void mica_optimizer_apply(mica_optimizer *optimizer, mica_tensor *const *parameters,
                          mica_tensor *const *gradients, int count);
/* That of the next step; a schedule's too. NaN where the optimizer was not made. */
double mica_optimizer_learning_rate(const mica_optimizer *optimizer);
mica_status mica_optimizer_set_learning_rate(mica_optimizer *optimizer, double learning_rate,
                                             mica_error *err);
/* Variables whose name holds one of these parts (NULL ends) lose nothing by weight_decay. Call it
 * before the first step. Source: keras.optimizers.Optimizer.exclude_from_weight_decay. */
void mica_optimizer_exclude_from_weight_decay(mica_optimizer *optimizer, const char *const *names);
/* An optimizer by its name or class, with a config as JSON text of an object (NULL: none). */
mica_optimizer *mica_optimizer_from_config(mica_context *ctx, const char *name, const char *json);
/* Frees it before the context does, once no model is compiled with it; sets *optimizer to NULL. */
void mica_optimizer_destroy(mica_optimizer **optimizer);

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

/* Adam with weight_decay 0.004. Source: keras.optimizers.AdamW; Loshchilov and Hutter (2019). */
typedef struct mica_adamw_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001), weight_decay (default 0.004) */
        double beta_1;     /* 0 is MICA_ZERO (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.999) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
    bool amsgrad;          /* (default false) */
} mica_adamw_options;
mica_adamw_options mica_adamw_defaults(void);
mica_optimizer *mica_adamw(mica_context *ctx, const mica_adamw_options *options);

/* a = rho a + (1 - rho) g^2; d = -g sqrt(u + epsilon) / sqrt(a + epsilon); u = rho u + (1 - rho)
 * d^2; p += lr d. Source: keras.optimizers.Adadelta; Zeiler (2012). */
typedef struct mica_adadelta_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double rho;        /* 0 is MICA_ZERO (default 0.95) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
} mica_adadelta_options;
mica_adadelta_options mica_adadelta_defaults(void);
mica_optimizer *mica_adadelta(mica_context *ctx, const mica_adadelta_options *options);

/* m += (g - m) (1 - beta_1); u = max(beta_2 u, |g|); p -= lr m / ((1 - beta_1^t) (u + epsilon)).
 * Source: keras.optimizers.Adamax; Kingma and Ba (2015). */
typedef struct mica_adamax_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double beta_1;     /* 0 is MICA_ZERO (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.999) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
} mica_adamax_options;
mica_adamax_options mica_adamax_defaults(void);
mica_optimizer *mica_adamax(mica_context *ctx, const mica_adamax_options *options);

/* Adam with Nesterov's momentum and a schedule of beta_1: u_t = beta_1 (1 - 0.96^t / 2).
 * Source: keras.optimizers.Nadam; Dozat (2015). */
typedef struct mica_nadam_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double beta_1;     /* 0 is MICA_ZERO (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.999) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
} mica_nadam_options;
mica_nadam_options mica_nadam_defaults(void);
mica_optimizer *mica_nadam(mica_context *ctx, const mica_nadam_options *options);

/* v = rho v + (1 - rho) g^2; p -= lr g / sqrt(v + epsilon); centered: v less the square of g's
 * mean; momentum: b = momentum b + that change, p -= b. Source: keras.optimizers.RMSprop. */
typedef struct mica_rmsprop_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double rho;        /* 0 is MICA_ZERO (default 0.9) */
    double momentum;       /* (default 0) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
    bool centered;         /* (default false) */
} mica_rmsprop_options;
mica_rmsprop_options mica_rmsprop_defaults(void);
mica_optimizer *mica_rmsprop(mica_context *ctx, const mica_rmsprop_options *options);

/* Follow the regularized leader: n += g^2; z += g + 2 s p - p (n'^-k - n^-k) / lr; p = (clip(z,
 * -l1, l1) - z) / (n'^-k / lr + 2 l2 + beta / lr). Source: keras.optimizers.Ftrl; McMahan et al.
 * (2013). */
typedef struct mica_ftrl_options {
    MICA_OPTIMIZER_OPTIONS                       /* learning_rate (default 0.001) */
        double learning_rate_power;              /* k, at most 0; 0 is MICA_ZERO (default -0.5) */
    double initial_accumulator_value;            /* of n; 0 is MICA_ZERO (default 0.1) */
    double l1_regularization_strength;           /* l1 (default 0) */
    double l2_regularization_strength;           /* l2 (default 0) */
    double l2_shrinkage_regularization_strength; /* s (default 0) */
    double beta;                                 /* (default 0) */
} mica_ftrl_options;
mica_ftrl_options mica_ftrl_defaults(void);
mica_optimizer *mica_ftrl(mica_context *ctx, const mica_ftrl_options *options);

/* p -= lr sign(beta_1 m + (1 - beta_1) g); m = beta_2 m + (1 - beta_2) g.
 * Source: keras.optimizers.Lion; Chen et al. (2023). */
typedef struct mica_lion_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double beta_1;     /* above 0 (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.99) */
} mica_lion_options;
mica_lion_options mica_lion_defaults(void);
mica_optimizer *mica_lion(mica_context *ctx, const mica_lion_options *options);

/* d as Adam's step without lr; p -= lr d |p| / |d|. Source: keras.optimizers.Lamb; You et al.
 * (2020). */
typedef struct mica_lamb_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.001) */
        double beta_1;     /* 0 is MICA_ZERO (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.999) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-7) */
} mica_lamb_options;
mica_lamb_options mica_lamb_defaults(void);
mica_optimizer *mica_lamb(mica_context *ctx, const mica_lamb_options *options);

/* Adam's square, of matrices kept by rows and columns alone; steps by the size of the parameter, at
 * most min(lr, 1 / sqrt(t)). Source: keras.optimizers.Adafactor; Shazeer and Stern (2018). */
typedef struct mica_adafactor_options {
    MICA_OPTIMIZER_OPTIONS   /* learning_rate (default 0.001) */
        double beta_2_decay; /* 1 - t^beta_2_decay is kept of the squares; 0 is MICA_ZERO (default
                                -0.8) */
    double epsilon_1;        /* of the squares; 0 is MICA_ZERO (default 1e-30) */
    double epsilon_2;        /* least size of a parameter; 0 is MICA_ZERO (default 1e-3) */
    double clip_threshold;   /* greatest size of a step; 0 is MICA_ZERO (default 1) */
    bool absolute_step; /* Keras's relative_step=False; changes nothing there either (default false)
                         */
} mica_adafactor_options;
mica_adafactor_options mica_adafactor_defaults(void);
mica_optimizer *mica_adafactor(mica_context *ctx, const mica_adafactor_options *options);

/* m = momentum m + g; p -= lr rms_rate sqrt(greater extent) times m (with Nesterov g + momentum m)
 * made nearly orthogonal by ns_steps steps of Newton and Schulz. Only matrices; AdamW takes the
 * others, embeddings and exclude_layers. Source: keras.optimizers.Muon; Jordan et al. (2024). */
typedef struct mica_muon_options {
    MICA_OPTIMIZER_OPTIONS     /* learning_rate (default 0.001), weight_decay (default 0.004) */
        double adam_beta_1;    /* 0 is MICA_ZERO (default 0.9) */
    double adam_beta_2;        /* 0 is MICA_ZERO (default 0.999) */
    double adam_weight_decay;  /* of AdamW's parameters; 0 is MICA_ZERO (default 0.004) */
    double epsilon;            /* 0 is MICA_ZERO (default 1e-7) */
    mica_texts exclude_layers; /* parts of names that AdamW takes (default none) */
    bool include_embeddings;   /* Muon takes embeddings too (default false) */
    double muon_a;             /* 0 is MICA_ZERO (default 3.4445) */
    double muon_b;             /* 0 is MICA_ZERO (default -4.775) */
    double muon_c;             /* 0 is MICA_ZERO (default 2.0315) */
    double adam_lr_ratio;      /* AdamW's rate by Muon's; 0 is MICA_ZERO (default 1) */
    double momentum;           /* 0 is MICA_ZERO (default 0.95) */
    int64_t ns_steps;          /* 0 is MICA_ZERO (default 5) */
    bool plain;                /* without Nesterov (default false) */
    double rms_rate;           /* NAN: as it comes; 0 is MICA_ZERO (default 0.2) */
} mica_muon_options;
mica_muon_options mica_muon_defaults(void);
mica_optimizer *mica_muon(mica_context *ctx, const mica_muon_options *options);

/* AdamW that needs no schedule: p lies between z, which makes the steps, and the average of all z.
 * Source: keras.optimizers.ScheduleFreeAdamW; Defazio et al. (2024). */
typedef struct mica_schedule_free_adamw_options {
    MICA_OPTIMIZER_OPTIONS /* learning_rate (default 0.0025) */
        double beta_1;     /* above 0 (default 0.9) */
    double beta_2;         /* 0 is MICA_ZERO (default 0.999) */
    double epsilon;        /* 0 is MICA_ZERO (default 1e-8) */
    int64_t warmup_steps;  /* steps of a rising rate (default 0) */
} mica_schedule_free_adamw_options;
mica_schedule_free_adamw_options mica_schedule_free_adamw_defaults(void);
mica_optimizer *mica_schedule_free_adamw(mica_context *ctx,
                                         const mica_schedule_free_adamw_options *options);

/* Scales the loss for gradients of float16: times a scale that is halved when a gradient is not
 * finite (that step changes nothing) and doubled after dynamic_growth_steps good steps. A model
 * with the policy mixed_float16 has it without being asked. Returns inner, changed. Source:
 * keras.optimizers.LossScaleOptimizer. */
typedef struct mica_loss_scale_options {
    size_t size;
    const char *name;             /* unused */
    const char *inner_optimizer;  /* in configs; here the argument */
    double initial_scale;         /* (default 32768) */
    int64_t dynamic_growth_steps; /* (default 2000) */
} mica_loss_scale_options;
mica_loss_scale_options mica_loss_scale_defaults(void);
mica_optimizer *mica_loss_scale_optimizer(mica_context *ctx, mica_optimizer *inner,
                                          const mica_loss_scale_options *options);
/* The scale now; 1: none. Steps that it left out. */
double mica_optimizer_loss_scale(const mica_optimizer *optimizer);
int64_t mica_optimizer_skipped_steps(const mica_optimizer *optimizer);

MICA_API_END

#endif
