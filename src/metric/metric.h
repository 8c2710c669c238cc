/* A metric from inside: one file and one line in metrics.def (METRIC(accuracy)). A metric keeps sums
 * in variables; update and result are ops, so that they run inside the training plan. */
#ifndef METRIC_METRIC_H
#define METRIC_METRIC_H

#include "base/fields.h"
#include "mica/metrics.h"
#include "mica/math.h"
#include "mica/array.h"
#include "tensor/tensor.h"

#define MAX_METRIC_STATES 4

typedef struct metric_frame {
    const void *options;
    mica_tensor *y_true, *y_pred, *sample_weight; /* weight NULL: all 1 */
    mica_tensor *state[MAX_METRIC_STATES], *new_state[MAX_METRIC_STATES];
} metric_frame;

typedef struct metric_kind {
    const char *name, *class_name; /* "sparse_categorical_accuracy", "SparseCategoricalAccuracy" */
    const char *aliases[4];
    const field *fields;
    size_t options_size;
    int states;
    void (*state_shape)(const void *options, const shape *y_pred, int state, shape *out); /* NULL: () */
    void (*update)(metric_frame *f); /* adds a batch */
    /* From the states' values (as double, row-major, counts[i] of them) to the result. */
    double (*result)(const void *options, const double *const *state, const int64_t *counts);
} metric_kind;

struct mica_metric {
    mica_context *ctx;
    const metric_kind *kind;
    const char *name; /* as the user called it: "accuracy", "val_" is put before by fit */
    void *options;
    arena arena;
    mica_tensor *state[MAX_METRIC_STATES];
    mica_metric *next;
};

/* From an identifier, as Keras: "accuracy" becomes the binary, categorical or sparse one by the
 * shapes of target and output (y_true may be unknown: pass its rank and last dim via shapes). */
mica_metric *metric_from_config(mica_context *ctx, const json_t *config, const shape *y_true,
                                const shape *y_pred, bool sparse_labels, mica_error *err);
json_t *metric_config(const mica_metric *m, mica_error *err);
mica_status metric_build(mica_metric *m, const shape *y_pred, mica_error *err);
void metric_reset(mica_metric *m);
double metric_result(const mica_metric *m);
/* pairs gets (state variable, new value) for every state; returns how many pairs. */
int metric_emit(mica_metric *m, mica_tensor *y_true, mica_tensor *y_pred, mica_tensor *sample_weight,
                mica_tensor **pairs);
extern const metric_kind *const all_metrics[];

#endif
