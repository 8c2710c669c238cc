/* AUC: the area under a curve of rates at num_thresholds thresholds, those i / (n - 1) or those
 * given, 0 - 1e-7 and 1 + 1e-7 beside them. ROC: TP / (TP + FN) over FP / (FP + TN); PR: TP / (TP +
 * FP) over TP / (TP + FN); PRGAIN: 1 - s FP / TP over max(1 - s FN / TP, 0), s = (TP + FN) / (TN +
 * FP). Between two thresholds the height is the mean (interpolation), the least (minoring) or the
 * greatest (majoring); PR with interpolation follows Davis and Goadrich (2006). multi_label: of
 * each label, then their mean, by label_weights.  y_true, y_pred (B, …), for multi_label (B, L).
 * Source: keras.metrics.AUC. */
#include "metric/positives.h"

#include <stdlib.h>
#include <string.h>

#define OWNER mica_auc_options

static const char *const curves[] = {"ROC", "PR", "PRGAIN", NULL};
static const char *const methods[] = {"interpolation", "minoring", "majoring", NULL};

static const field auc_fields[] = {
    METRIC_FIELDS(OWNER, "auc"),
    INTEGER(OWNER, num_thresholds, DEFAULT(200), .min = 2, .max = 1e6, .help = "even ones"),
    TEXT(OWNER, curve, "ROC", .choices = curves, .help = "of which rates"),
    TEXT(OWNER, summation_method, "interpolation", .choices = methods,
         .help = "between thresholds"),
    NUMBERS(OWNER, thresholds, NULLABLE, .min = 0, .max = 1, .help = "instead of even ones"),
    BOOLEAN(OWNER, multi_label, .help = "an area for each label"),
    INTEGER(OWNER, num_labels, NULLABLE, .min = 1, .help = "of multi_label; else it is seen"),
    NUMBERS(OWNER, label_weights, NULLABLE, .help = "of labels, or of the last axis"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the sigmoid"),
    END_OF_FIELDS};

enum { TP, FP, FN, TN };

static int64_t thresholds_of(const OWNER *o) {
    return o->thresholds.count ? o->thresholds.count + 2 : o->num_thresholds;
}

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    const OWNER *o = options;
    int64_t n = thresholds_of(o);
    *out = MICA_SHAPE(n, y_pred->rank ? y_pred->dims[y_pred->rank - 1] : 1);
    if (!o->multi_label) out->rank = 1;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* (T, N, …): above each threshold */
static mica_tensor *said_of(const OWNER *o, mica_tensor *p) {
    if (!o->thresholds.count) return above_even_thresholds(p, o->num_thresholds, true);
    mica_reals own = o->thresholds;
    qsort(own.values, (size_t)own.count, sizeof *own.values, ascending);
    mica_tensor *between = above_thresholds(p, &own);
    mica_tensor *none = mica_less(p, scalar_like(p, -INFINITY)), *all = mica_logical_not(none);
    return mica_concatenate((mica_tensor *[]){all, between, none}, 3, 0);
}

static mica_tensor *label_weights(const OWNER *o, mica_tensor *like) {
    mica_tensor *w = mica_tensor_new(like->ctx, MICA_FLOAT64, MICA_SHAPE(o->label_weights.count),
                                     o->label_weights.values);
    return mica_broadcast_like(mica_cast(w, MICA_FLOAT32), like);
}

/* Every label apart, along the last axis. */
static counting labels_apart(metric_frame *f, mica_tensor **p) {
    mica_tensor *t = f->y_true, *w = f->sample_weight;
    *p = mica_expand_dims(mica_cast(f->y_pred, MICA_FLOAT32), 0);
    if (w) w = mica_broadcast_like(weights_like(w, f->y_pred), f->y_pred);
    return (counting){.is = mica_expand_dims(mica_not_equal(t, scalar_like(t, 0)), 0),
                      .weights = w ? mica_expand_dims(w, 0) : NULL};
}

/* In one row, where label_weights count as sample weights. */
static counting in_one_row(metric_frame *f, mica_tensor **p) {
    const OWNER *o = f->options;
    if (o->label_weights.count) {
        mica_tensor *w = label_weights(o, mica_cast(f->y_pred, MICA_FLOAT32));
        if (f->sample_weight) w = mica_multiply(w, weights_like(f->sample_weight, w));
        f->sample_weight = w;
    }
    return counting_of(f, NO_INTEGER, NO_INTEGER, p);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *p;
    if (o->from_logits) f->y_pred = mica_sigmoid(f->y_pred);
    counting c = o->multi_label ? labels_apart(f, &p) : in_one_row(f, &p);
    c.said = said_of(o, p);
    count_all(f, &c);
}

/* The curve at one threshold of one label. */
static void rates(const OWNER *o, const double count[4], double *x, double *y) {
    double recall = ratio(count[TP], count[TP] + count[FN]);
    if (!strcmp(o->curve, "ROC")) {
        *x = ratio(count[FP], count[FP] + count[TN]), *y = recall;
    } else if (!strcmp(o->curve, "PR")) {
        *x = recall, *y = ratio(count[TP], count[TP] + count[FP]);
    } else {
        double s = ratio(count[TP] + count[FN], count[TN] + count[FP]);
        bool some = count[TP] != 0;
        *x = some ? fmax(1 - s * ratio(count[FN], count[TP]), 0) : 0;
        *y = some ? 1 - s * ratio(count[FP], count[TP]) : 1;
    }
}

static double strip(const OWNER *o, const double now[4], const double next[4]) {
    double x, y, next_x, next_y;
    rates(o, now, &x, &y), rates(o, next, &next_x, &next_y);
    double height = (y + next_y) / 2;
    if (!strcmp(o->summation_method, "minoring")) height = fmin(y, next_y);
    if (!strcmp(o->summation_method, "majoring")) height = fmax(y, next_y);
    return (x - next_x) * height;
}

/* Davis and Goadrich: true positives grow linearly with all positives. */
static double interpolated_strip(const double now[4], const double next[4]) {
    double grown = now[TP] - next[TP], p = now[TP] + now[FP], next_p = next[TP] + next[FP];
    double slope = ratio(grown, fmax(p - next_p, 0)), intercept = next[TP] - slope * next_p;
    double share = p > 0 && next_p > 0 ? p / next_p : 1;
    return ratio(slope * (grown + intercept * log(share)), fmax(next[TP] + next[FN], 0));
}

static double area(const result_frame *f, int64_t thresholds, int64_t labels, int64_t label) {
    const OWNER *o = f->options;
    bool davis = !strcmp(o->curve, "PR") && !strcmp(o->summation_method, "interpolation");
    double sum = 0, at[2][4];
    for (int64_t i = 0; i < thresholds; i++) {
        double *next = at[i % 2], *now = at[(i + 1) % 2];
        for (int k = TP; k <= TN; k++) next[k] = f->state[k][i * labels + label];
        if (i) sum += davis ? interpolated_strip(now, next) : strip(o, now, next);
    }
    return sum;
}

static int64_t result(result_frame *f) {
    const OWNER *o = f->options;
    int64_t thresholds = thresholds_of(o), labels = f->counts[0] / thresholds;
    double sum = 0, weights = 0;
    for (int64_t i = 0; i < labels; i++) {
        double w = o->multi_label && i < o->label_weights.count ? o->label_weights.values[i] : 1;
        sum += w * area(f, thresholds, labels, i);
        weights += w;
    }
    f->out[0] = ratio(sum, weights);
    return 1;
}

const metric_kind metric_auc = {
    .name = "auc",
    .class_name = "AUC",
    .fields = auc_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 4,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(auc)
