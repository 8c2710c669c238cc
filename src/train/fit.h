/* A training in progress: what fit, callbacks, checkpoints share. */
#ifndef TRAIN_FIT_H
#define TRAIN_FIT_H

#include "train/evaluate.h"

typedef struct fitting {
    mica_fit_options options; /* with defaults in place */
    mica_fit_state state;
    mica_results logs;
    mica_dataset *data, *validation;
    mica_dataset *split; /* the data in the order of the split; NULL: they are not split */
    int64_t rows;        /* of data that train; INT64_MAX: of a stream, not known */
    int64_t steps;       /* that an epoch may have */
    double *balanced;    /* class weights that fit made itself */
    int64_t validation_first, validation_rows;
    step_program *program;
    batches batches;
    mixing mixing; /* of the training's batches */
    running running;
    mica_history *history;
    int history_room;
    uint64_t shuffle_key;
    bool guarded;
    bool rated;          /* learning_rate is among the results */
    int begun;           /* the epoch whose batches have begun, from 1; 0: none has */
    int64_t cursor;      /* of the first epoch's batches: not 0 after a resume */
    double checkpointed; /* when the last checkpoint was written */
    bool kept;           /* one was */
} fitting;

mica_status fit_run(fitting *f, mica_error *err);
/* "epoch 1, step 12: the loss is nan; the first output that is not finite is of layer dense_1":
 * runs the last batch again, layer by layer. Returns NUMERIC. */
mica_status explain_not_finite(fitting *f, mica_error *err);
/* balanced_classes: class_weight of the rows that are trained on. */
mica_status balance_classes(fitting *f, mica_error *err);
/* Every label has a class weight; a warning for weights whose class does not occur. */
mica_status check_class_weights(const fitting *f, mica_error *err);
/* Whether a callback is mica_terminate_on_nan. */
bool is_terminate_on_nan(const mica_callback *c);

#endif
