/* MatthewsCorrelation: (c n - sum of t_k p_k) / sqrt((n^2 - sum of p_k^2) (n^2 - sum of t_k^2)), n
 * the weight of all samples, c of those that were right, t_k of those that are of class k, p_k of
 * those said to be; 0 where the root is 0.  Source: sklearn.metrics.matthews_corrcoef; Gorodkin
 * (2004). Not a metric of Keras. */
#include "metric/confusion_matrix.h"

#define OWNER mica_matthews_correlation_options

static const field matthews_correlation_fields[] = {METRIC_FIELDS(OWNER, "matthews_correlation"),
                                                    END_OF_FIELDS};

static int64_t result(result_frame *f) {
    const double *m = f->state[0];
    int64_t classes = (int64_t)(sqrt((double)f->counts[0]) + 0.5);
    double all = 0, right = 0, both = 0, is_squares = 0, said_squares = 0;
    for (int64_t k = 0; k < classes; k++) {
        double is = 0, said = 0;
        for (int64_t j = 0; j < classes; j++) is += m[k * classes + j], said += m[j * classes + k];
        all += is;
        right += m[k * classes + k];
        both += is * said;
        is_squares += is * is;
        said_squares += said * said;
    }
    double root = sqrt((all * all - said_squares) * (all * all - is_squares));
    f->out[0] = root > 0 ? (right * all - both) / root : 0;
    return 1;
}

const metric_kind metric_matthews_correlation = {
    .name = "matthews_correlation",
    .class_name = "MatthewsCorrelation",
    .fields = matthews_correlation_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .not_in_keras = true,
    .states = 1,
    .state_shape = confusion_shape,
    .update = confusion_update,
    .result = result,
};

METRIC_CONSTRUCTOR(matthews_correlation)
