/* CohenKappa: 1 - sum of w o / sum of w e, o how often class i was taken for j, e the same if the
 * two were independent, w 1 beside the diagonal, or |i - j|, or (i - j)^2. Source:
 * sklearn.metrics.cohen_kappa_score; Cohen (1960, 1968). Not a metric of Keras. */
#include "metric/confusion_matrix.h"

#include <string.h>

#define OWNER mica_cohen_kappa_options

static const char *const weightings[] = {"linear", "quadratic", NULL};

static const field cohen_kappa_fields[] = {
    METRIC_FIELDS(OWNER, "cohen_kappa"),
    TEXT(OWNER, weights, NULL, NULLABLE, .choices = weightings, .help = "of far-off classes"),
    END_OF_FIELDS};

static double weight_of(const OWNER *o, int64_t i, int64_t j) {
    double distance = fabs((double)(i - j));
    if (!o->weights) return i != j;
    return strcmp(o->weights, "linear") ? distance * distance : distance;
}

static int64_t result(result_frame *f) {
    const double *m = f->state[0];
    int64_t classes = (int64_t)(sqrt((double)f->counts[0]) + 0.5);
    double observed = 0, expected = 0, all = 0;
    for (int64_t i = 0; i < classes * classes; i++) all += m[i];
    for (int64_t i = 0; i < classes; i++)
        for (int64_t j = 0; j < classes; j++) {
            double is = 0, said = 0, w = weight_of(f->options, i, j);
            for (int64_t k = 0; k < classes; k++)
                is += m[i * classes + k], said += m[k * classes + j];
            observed += w * m[i * classes + j];
            expected += w * is * said / all;
        }
    f->out[0] = 1 - observed / expected;
    return 1;
}

const metric_kind metric_cohen_kappa = {
    .name = "cohen_kappa",
    .class_name = "CohenKappa",
    .fields = cohen_kappa_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .not_in_keras = true,
    .states = 1,
    .state_shape = confusion_shape,
    .update = confusion_update,
    .result = result,
};

METRIC_CONSTRUCTOR(cohen_kappa)
