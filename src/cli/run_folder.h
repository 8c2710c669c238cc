/* Writing the run folder of a training; what is in it: run.h. Once the training has begun, nothing
 * that goes wrong here ends it: a warning is said once, and no more is written. */
#ifndef CLI_RUN_FOLDER_H
#define CLI_RUN_FOLDER_H

#include "cli/report.h"
#include "cli/run.h"
#include "cli/training.h"

typedef struct run_folder {
    training *t;
    run_record run; /* run.folder NULL: none is written (any more) */
    language language;
    char *summary;
    class_report classes;
    bool on_test, waits;        /* waits: an earlier training's files are still there */
    const mica_callback *board; /* tensor_board */
    double written, pause;      /* when, and how long until the next time */
} run_folder;

/* Makes the folder, writes recipe and environment. What an earlier training left there is cleared
 * first; where that made epochs, only after this one's first epoch, or when it goes on with it.
 * Nothing is done where the recipe or an option leaves the folder out. */
mica_status run_folder_open(run_folder *f, training *t, mica_error *err);
/* Writes history, curves and page after epochs, at most for a hundredth of the time. */
mica_callback run_folder_callback(run_folder *f);
/* Counts who is taken for whom on the test data, else on the validation data (classifiers). */
void run_folder_evaluate(run_folder *f);
/* The last state: "done", "stopped", "failed" with the error. Frees. */
void run_folder_close(run_folder *f, mica_status status, const mica_error *error);

#endif
