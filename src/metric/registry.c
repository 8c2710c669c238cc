/* Metrics by name: which one an identifier means. */
#include "metric/metric.h"

#define METRIC(name) &metric_##name,
const metric_kind *const all_metrics[] = {
#include "metric/metrics.def"
    NULL};
#undef METRIC

const char *const metric_ignored[] = {"dtype", NULL};

const metric_kind *metric_kind_by_name(const char *name) {
    return (const metric_kind *)kind_find(KINDS(all_metrics), name);
}
