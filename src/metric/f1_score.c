/* F1Score: FBetaScore with beta 1.  Source: keras.metrics.F1Score. */
#include "metric/f_score.h"

#define OWNER mica_f1_score_options

static const field f1_score_fields[] = {METRIC_FIELDS(OWNER, "f1_score"), F_SCORE_FIELDS(OWNER),
                                        END_OF_FIELDS};

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    f_score_shape(((const OWNER *)options)->average, y_pred, out);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    f_score_update(f, o->average, o->threshold);
}

static int64_t result(result_frame *f) {
    return f_score_result(f, ((const OWNER *)f->options)->average, 1);
}

const metric_kind metric_f1_score = {
    .name = "f1_score",
    .class_name = "F1Score",
    .fields = f1_score_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 4,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(f1_score)
