/* Data and program, brought together: which column feeds which input. */
#ifndef TRAIN_BIND_H
#define TRAIN_BIND_H

#include "batch/batches.h"
#include "train/program.h"

/* The program of that kind for this dataset, and the feeds of its inputs, in order. weighted:
 * sample weights are fed (ones where the data has none). Errors name input, found and expected
 * shape. */
mica_status bind_data(mica_model *m, step_kind kind, const mica_dataset *d, bool weighted,
                      bool guarded, step_program **p, feed *feeds, mica_error *err);
/* The feeds of the model's inputs alone and the shapes that come, for who runs the model elsewhere.
 */
mica_status bind_inputs(const mica_model *m, const mica_dataset *d, feed *feeds, shape *shapes,
                        mica_error *err);
/* The column of the data that input i of the model reads: the one of its name where every input has
 * one, else the i-th. -1: there is none. */
int input_column(const mica_model *m, const mica_dataset *d, int i);
/* STATE while the model is trained: a second training would trace the running step's program anew;
 * `what` is what is asked for. */
mica_status check_idle(const mica_model *m, const char *what, mica_error *err);
/* The batch size of a pass: the model's own, or what was asked for, or 32. */
int64_t batch_for(const mica_model *m, int64_t asked);
/* VALUE where the model has a batch of its own and rows are not a multiple of it; `what` is what is
 * done. */
mica_status check_whole(const mica_model *m, const char *what, int64_t rows, mica_error *err);
/* Every label of a sparse loss is within the classes of its output. */
mica_status check_labels(const mica_model *m, const mica_dataset *d, mica_error *err);
/* The same for the rows of a batch, of data that were not looked at before. */
mica_status check_batch_labels(const mica_model *m, const mica_dataset *d, const batches *b,
                               int64_t rows, mica_error *err);
/* Every number that goes straight into an Embedding is one of its rows. Errors name data, input,
 * row, found and expected. */
mica_status check_indices(const mica_model *m, const mica_dataset *d, mica_error *err);
/* How many rows the smallest Embedding has that reads this input, and its name; 0: none does. */
int64_t input_table_rows(const mica_model *m, int input, const char **layer);
/* Whether a number is one of those rows: without its fraction. */
bool in_table(double index, int64_t rows);

#endif
