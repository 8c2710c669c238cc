/* Training, evaluating, predicting; as Keras's fit, evaluate, predict. */
#ifndef MICA_TRAIN_H
#define MICA_TRAIN_H

#include "mica/data.h"
#include "mica/model.h"

MICA_API_BEGIN

#define MICA_MAX_RESULTS 100 /* 17 losses and 32 metrics, of validation data too; learning_rate */

/* Named numbers: "loss", "accuracy", and with "val_" in front those of the validation data. */
typedef struct mica_results {
    int count;
    const char *name[MICA_MAX_RESULTS]; /* live as long as the context */
    double value[MICA_MAX_RESULTS];
} mica_results;

/* The value of that name; NaN where there is none. */
double mica_result(const mica_results *results, const char *name);

typedef struct mica_history {
    int epochs;
    mica_results *epoch; /* epochs of them */
    double *seconds;     /* per epoch, validation included */
} mica_history;
void mica_history_free(mica_history *history);

/* What callbacks see. */
typedef struct mica_fit_state {
    mica_model *model;
    int epoch, epochs;        /* from 0 */
    int64_t step, steps;      /* within the epoch; the number of the step that was just made. Of
                                 streams steps is INT64_MAX until the epoch is over */
    int64_t samples;          /* of this epoch so far */
    double seconds;           /* of this epoch so far */
    const mica_results *logs; /* on_step: loss and metrics so far; on_epoch_end: all; check: the
                                 names of an epoch's results, their values NaN */
    bool stop;                /* set it: training ends after this step or epoch */
    double waited; /* seconds of the epoch's steps so far in which no batch was there yet */
} mica_fit_state;

/* Any of the functions may be NULL. A failure ends the training with that status. They may evaluate
 * and predict with the model that is trained, but not compile or train it (STATE). */
typedef struct mica_callback {
    void *user;
    mica_status (*on_train_begin)(mica_fit_state *s, void *user, mica_error *err);
    mica_status (*on_epoch_begin)(mica_fit_state *s, void *user, mica_error *err);
    mica_status (*on_step)(mica_fit_state *s, void *user, mica_error *err);
    mica_status (*on_epoch_end)(mica_fit_state *s, void *user, mica_error *err);
    mica_status (*on_train_end)(mica_fit_state *s, void *user, mica_error *err);
    void (*destroy)(void *user); /* called when fit returns */
    /* What a checkpoint keeps of it: text that restore takes back (malloc'ed; fit frees it). */
    char *(*save)(const void *user);
    void (*restore)(void *user, const char *text);
    mica_status (*on_step_begin)(mica_fit_state *s, void *user, mica_error *err);
    /* Around the validation of an epoch. */
    mica_status (*on_test_begin)(mica_fit_state *s, void *user, mica_error *err);
    mica_status (*on_test_end)(mica_fit_state *s, void *user, mica_error *err);
    /* Variables that a checkpoint keeps, always the same ones; they stay the callback's. */
    mica_status (*tensors)(mica_fit_state *s, void *user, mica_tensor ***list, size_t *count,
                           mica_error *err);
    /* Before anything is trained or written: what can be found wrong now fails now. Leaves nothing
     * behind; `mica train --check` calls it alone. */
    mica_status (*check)(const mica_fit_state *s, void *user, mica_error *err);
    bool sets_learning_rate; /* on_epoch_end's logs then have "learning_rate" */
} mica_callback;

typedef struct mica_fit_options {
    size_t size;
    int epochs;                    /* (default 1) */
    int64_t batch_size;            /* (default 32, or that of the data or the model) */
    double validation_split;       /* the last part of the data, before shuffling; of class folders
                                      in an order that the seed chooses (default 0) */
    mica_dataset *validation;      /* instead of a part (default none) */
    int64_t validation_batch_size; /* (default batch_size) */
    bool no_shuffle;               /* (default false); streams, and data that are shuffled
                                      already, are not anyway */
    const double *class_weight;    /* by class number, of the only output (default none) */
    int class_weight_count;
    int64_t steps_per_epoch;            /* (default all); data that never end go on where the last
                                           epoch left them */
    int first_epoch;                    /* Keras's initial_epoch (default 0) */
    const mica_callback *callbacks[16]; /* ends at the first NULL */
    const char *checkpoint;    /* file that holds all that is needed to go on (default none) */
    double checkpoint_seconds; /* written so often within an epoch, and after epochs, though not
                                  twice a second (default 30) */
    bool resume;               /* go on from `checkpoint` where it is there (default false) */
    bool balanced_classes;     /* class_weight so that classes weigh alike among the rows that are
                                  trained on: scikit-learn's "balanced" (default false) */
    const char *augment[8];    /* of batches, in this order: "MixUp", "CutMix", or with options
                                  {"class_name": "MixUp", "config": {"alpha": 0.2}}; ends at the first
                                  NULL (default none) */
} mica_fit_options;
mica_fit_options mica_fit_defaults(void);

/* Ends the training with an error at the first step whose loss is not finite, before that step
 * changes a weight; the error names the step and the first layer whose output is not finite.
 * Source: keras.callbacks.TerminateOnNaN. */
const mica_callback *mica_terminate_on_nan(mica_context *ctx);

/* A callback by its name or class ("EarlyStopping"), with a config as JSON text of an object of the
 * options below (NULL: none). The context owns it. NULL: the error is in the context. */
const mica_callback *mica_callback_from_config(mica_context *ctx, const char *name,
                                               const char *json);

typedef struct mica_early_stopping_options {
    size_t size;
    const char *monitor;       /* (default "val_loss") */
    double min_delta;          /* less than this is no improvement (default 0) */
    int64_t patience;          /* epochs without improvement (default 0) */
    const char *mode;          /* "min", "max", "auto": by the name (default "auto") */
    double baseline;           /* must be beaten; 0 is MICA_ZERO (default none) */
    bool restore_best_weights; /* at the end (default false) */
    int64_t start_from_epoch;  /* (default 0) */
} mica_early_stopping_options;
mica_early_stopping_options mica_early_stopping_defaults(void);
/* Stops when a result no longer improves. A checkpoint holds the best weights too. Errors, before
 * the first step: NAME where no result is named as the monitor. Source:
 * keras.callbacks.EarlyStopping. */
const mica_callback *mica_early_stopping(mica_context *ctx,
                                         const mica_early_stopping_options *options);

typedef struct mica_reduce_lr_on_plateau_options {
    size_t size;
    const char *monitor; /* (default "val_loss") */
    double factor;       /* of the rate, below 1; 0 is MICA_ZERO (default 0.1) */
    int64_t patience;    /* epochs without improvement; 0 is MICA_ZERO (default 10) */
    const char *mode;    /* "min", "max", "auto": by the name (default "auto") */
    double min_delta;    /* less than this is no improvement; 0 is MICA_ZERO (default 0.0001) */
    int64_t cooldown;    /* epochs after a reduction that do not count (default 0) */
    double min_lr;       /* least rate (default 0) */
} mica_reduce_lr_on_plateau_options;
mica_reduce_lr_on_plateau_options mica_reduce_lr_on_plateau_defaults(void);
/* Lowers the learning rate when a result no longer improves. Source:
 * keras.callbacks.ReduceLROnPlateau. */
const mica_callback *mica_reduce_lr_on_plateau(mica_context *ctx,
                                               const mica_reduce_lr_on_plateau_options *options);

/* The learning rate of an epoch, from 0, given the one so far. */
typedef double mica_rate_of_epoch(int epoch, double learning_rate, void *user);
/* Sets the learning rate before each epoch. Source: keras.callbacks.LearningRateScheduler. */
const mica_callback *mica_learning_rate_scheduler(mica_context *ctx, mica_rate_of_epoch *of_epoch,
                                                  void *user);

typedef struct mica_swap_ema_weights_options {
    size_t size;
    bool swap_on_epoch; /* the averages stay from the end of an epoch to the next (default false) */
} mica_swap_ema_weights_options;
mica_swap_ema_weights_options mica_swap_ema_weights_defaults(void);
/* Validates with the moving averages of the weights (use_ema). Source:
 * keras.callbacks.SwapEMAWeights. */
const mica_callback *mica_swap_ema_weights(mica_context *ctx,
                                           const mica_swap_ema_weights_options *options);

typedef struct mica_tensor_board_options {
    size_t size;
    const char *log_dir;    /* (default "logs") */
    int64_t histogram_freq; /* epochs between histograms of the weights; 0: none (default 0) */
    int64_t update_freq;    /* steps between batch losses (default: none) */
} mica_tensor_board_options;
mica_tensor_board_options mica_tensor_board_defaults(void);
/* Event files for TensorBoard: LOG_DIR/train and LOG_DIR/validation with epoch_loss and every other
 * result, epoch_learning_rate, histograms of the weights. Source: keras.callbacks.TensorBoard. */
const mica_callback *mica_tensor_board(mica_context *ctx, const mica_tensor_board_options *options);

typedef struct mica_model_checkpoint_options {
    size_t size;
    const char *filepath;           /* in recipes; here the argument `path` (required) */
    const char *monitor;            /* (default "val_loss") */
    const char *mode;               /* "min", "max", "auto" (default "auto") */
    bool save_best_only;            /* (default false) */
    bool save_weights_only;         /* as mica_model_save_weights (default false) */
    int64_t save_freq;              /* steps between files (default: each epoch) */
    double initial_value_threshold; /* must be beaten; 0 is MICA_ZERO (default none) */
} mica_model_checkpoint_options;
mica_model_checkpoint_options mica_model_checkpoint_defaults(void);
/* Saves the model: {epoch} and {batch} in the path are numbers from 1, {val_loss} and the like
 * results. Source: keras.callbacks.ModelCheckpoint. */
const mica_callback *mica_model_checkpoint(mica_context *ctx, const char *path,
                                           const mica_model_checkpoint_options *options);
/* A line of every epoch's results. Source: keras.callbacks.CSVLogger. */
const mica_callback *mica_csv_logger(mica_context *ctx, const char *path, bool append);

/* Trains. history may be NULL. Errors name layer, expected and found; NaN in the loss is left to
 * the callback mica_terminate_on_nan. With a checkpoint, a training that was killed at any instant
 * and is resumed ends in the same bits as one that was not; changed model, data, compile settings,
 * seed or batch size are refused (MISMATCH) with the difference; more epochs are allowed. Two
 * trainings at once with one checkpoint are refused (BUSY); so is a second one of the model from a
 * callback (STATE). Source: keras.Model.fit. */
mica_status mica_model_fit(mica_model *model, mica_dataset *data, const mica_fit_options *options,
                           mica_history *history, mica_error *err);

typedef struct mica_evaluate_options {
    size_t size;
    int64_t batch_size; /* (default 32, or that of the data) */
} mica_evaluate_options;
mica_evaluate_options mica_evaluate_defaults(void);
/* The results for all rows. A model with a batch of its own takes that; then the rows must be a
 * multiple of it (VALUE), as in fit. Source: keras.Model.evaluate. */
mica_status mica_model_evaluate(mica_model *model, mica_dataset *data,
                                const mica_evaluate_options *options, mica_results *results,
                                mica_error *err);

/* The outputs for all rows of the inputs, in batches; a model with a batch of its own takes that
 * (batch_shape: its last batch is filled up with the last row; with stateful layers the rows must
 * be a multiple, VALUE). outputs[i] is a new tensor that the open scope owns. Source:
 * keras.Model.predict. */
mica_status mica_model_predict(mica_model *model, mica_tensor *const *inputs, int input_count,
                               int64_t batch_size, mica_tensor **outputs, mica_error *err);
/* One optimizer step on one batch; results of this batch alone (NULL: not asked). Not from a
 * callback of the model's own fit (STATE). Source: keras.Model.train_on_batch. */
mica_status mica_model_train_on_batch(mica_model *model, mica_tensor *const *inputs,
                                      int input_count, mica_tensor *const *targets,
                                      int target_count, mica_tensor *sample_weight,
                                      mica_results *results, mica_error *err);

MICA_API_END

#endif
