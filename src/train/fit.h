/* A training in progress: what fit, callbacks, checkpoints share. */
#ifndef TRAIN_FIT_H
#define TRAIN_FIT_H

#include "train/evaluate.h"

typedef struct fitting {
    mica_fit_options options; /* with defaults in place */
    mica_fit_state state;
    mica_results logs;
    mica_dataset *data, *validation;
    int64_t rows;                          /* of data that train */
    int64_t validation_first, validation_rows;
    step_program *program;
    batches batches;
    running running;
    mica_history *history;
    int history_room;
    uint64_t shuffle_key;
    bool guarded;
} fitting;

/* Continues where `done` epochs and `at` rows of the next are over: for resuming. */
mica_status fit_run(fitting *f, mica_error *err);

#endif
