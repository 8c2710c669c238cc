/* A metric from inside: sums in variables; update is ops, so that it runs inside the training plan.
 * To add a metric foo:
 *
 *   1. write src/metric/foo.c: comment with formula and source; the fields table of
 *      mica_foo_options (include/mica/metrics.h), METRIC_FIELDS first; update and result; `const
 *      metric_kind metric_foo`; METRIC_CONSTRUCTOR(foo); or MEASURE_METRIC for the mean of a
 *      measure of part/measures.h;
 *   2. add METRIC(foo) to src/metric/metrics.def;
 *   3. add a case to tools/record_training.py, which records Keras's values: a test asks for it.
 *      What Keras has not: docs/contributing.md. */
#ifndef METRIC_METRIC_H
#define METRIC_METRIC_H

#include "mica/array.h"
#include "mica/math.h"
#include "mica/metrics.h"
#include "op/emit.h"
#include "part/kind.h"
#include "part/measures.h"
#include "part/ranks.h"
#include "tensor/tensor.h"

#define MAX_METRIC_STATES 5

/* One update: fills new_state. States are float32. */
typedef struct metric_frame {
    const struct metric_kind *kind;
    const void *options;
    mica_tensor *y_true, *y_pred, *sample_weight; /* weight NULL: all 1 */
    mica_tensor *mask; /* of y_pred's steps; NULL: all count. Read by mean_update alone, as Keras */
    mica_tensor *state[MAX_METRIC_STATES], *new_state[MAX_METRIC_STATES];
} metric_frame;

/* One result: the states' values, row-major, counts[i] of them. */
typedef struct result_frame {
    const void *options;
    const double *state[MAX_METRIC_STATES];
    int64_t counts[MAX_METRIC_STATES];
    double *out; /* room for counts[0] values */
} result_frame;

typedef struct metric_kind {
    KIND_MEMBERS /* METRIC_FIELDS first */
        int states;
    /* NULL: scalars */
    void (*state_shape)(const void *options, const shape *y_pred, shape *out);
    void (*update)(metric_frame *f);
    /* Fills out, returns how many values (at most counts[0]). */
    int64_t (*result)(result_frame *f);
    double (*one)(const result_frame *f,
                  int64_t values); /* metric_result of them; NULL: the mean */
} metric_kind;

struct mica_metric {
    mica_context *ctx;
    const metric_kind *kind;
    const char *name; /* as the user called it: "accuracy"; "val_" is put before by fit */
    mica_metric_options *options; /* resolved; begins with the common fields */
    arena arena;
    bool failed; /* could not be made: its error is or was in the context */
    mica_tensor *state[MAX_METRIC_STATES]; /* variables, once built */
    mica_metric *next;                     /* in the context */
};

/* The fields that every metric has, first in every table. */
#define METRIC_FIELDS(options, name_) TEXT(options, name, name_, .help = "in results")

/* Makes a metric: from options (NULL: defaults; a failure is in the context and sets `failed`), or
 * from an identifier (NULL after an error). As in Keras "accuracy" becomes the binary, categorical
 * or sparse one by the shapes of target and output; sparse_labels says that targets are class
 * numbers. */
mica_metric *metric_new(mica_context *ctx, const metric_kind *kind, const void *options);
mica_metric *metric_from_config(mica_context *ctx, const json_t *config, const shape *y_true,
                                const shape *y_pred, bool sparse_labels, mica_error *err);
/* As Keras writes it; what Keras does not have, in the same form. */
json_t *metric_config(const mica_metric *m, mica_error *err);
void metric_free(mica_metric *m); /* before the context does; NULL allowed */

/* Makes the states, once. */
mica_status metric_build(mica_metric *m, const shape *y_pred, mica_error *err);
void metric_reset(mica_metric *m);
double metric_result(const mica_metric *m);
/* An update with the frame's targets, outputs, weights and mask: pairs gets (state variable, new
 * value) for every state; returns how many pairs. */
int metric_emit(mica_metric *m, metric_frame *f, mica_tensor **pairs);
const metric_kind *metric_kind_by_name(const char *name);
extern const metric_kind *const all_metrics[];
extern const char *const metric_ignored[]; /* keys of files that change nothing */

/* For updates and results of kinds that are a mean of the samples' values: states total and count.
 */
void mean_update(metric_frame *f, mica_tensor *values);
/* The mean of a measure of part/measures.h, with targets and predictions in one rank and type. */
void measure_update(metric_frame *f, mica_tensor *(*measure)(mica_tensor *, mica_tensor *));
/* y_true in y_pred's type, both in one rank. */
void same_form(metric_frame *f);
/* values made one number a sample, times their weights (NULL: all 1), in which masks count: what
 * Mean and Sum add up. */
void per_sample(const metric_frame *f, mica_tensor **values, mica_tensor **weights,
                mica_tensor *(*reduce)(mica_tensor *, mica_axes, bool));
int64_t mean_result(result_frame *f);
/* For updates: class numbers (B, …) or (B, …, 1) beside y_pred (B, …, K) become one-hot; else
 * y_true in y_pred's rank. As float32. */
mica_tensor *targets_like(mica_tensor *y_true, mica_tensor *y_pred);
/* a / b, and 0 where b is 0. */
static inline double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

#define METRIC(name) extern const metric_kind metric_##name;
#include "metric/metrics.def"
#undef METRIC

#define METRIC_CONSTRUCTOR_OF(x, struct_)                                                          \
    mica_##struct_##_options mica_##struct_##_defaults(void) {                                     \
        return (mica_##struct_##_options){.size = sizeof(mica_##struct_##_options)};               \
    }                                                                                              \
    mica_metric *mica_metric_##x(mica_context *ctx, const mica_##struct_##_options *options) {     \
        return metric_new(ctx, &metric_##x, options);                                              \
    }
#define METRIC_CONSTRUCTOR(x) METRIC_CONSTRUCTOR_OF(x, x)

/* The mean of measure_y over the samples; struct_ is the options' name, apart from a loss's. The
 * fields .aliases and so on of its kind may follow. */
#define MEASURE_METRIC(x, struct_, class_, y, ...)                                                 \
    static const field x##_fields[] = {METRIC_FIELDS(mica_##struct_##_options, #x),                \
                                       END_OF_FIELDS};                                             \
    static void update(metric_frame *f) { measure_update(f, measure_##y); }                        \
    const metric_kind metric_##x = {.name = #x,                                                    \
                                    .class_name = class_,                                          \
                                    .fields = x##_fields,                                          \
                                    .options_size = sizeof(mica_##struct_##_options),              \
                                    .ignored = metric_ignored,                                     \
                                    .states = 2,                                                   \
                                    .update = update,                                              \
                                    .result = mean_result,                                         \
                                    ##__VA_ARGS__};                                                \
    METRIC_CONSTRUCTOR_OF(x, struct_)

#endif
