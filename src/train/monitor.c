/* See monitor.h. Source: keras.src.callbacks.monitor_callback. */
#include "train/monitor.h"

#include <math.h>
#include <string.h>

const char *const monitor_modes[] = {"auto", "min", "max", NULL};

/* The metrics that Keras says go up. */
static bool greater_by_name(const char *name) {
    static const char *const good[] = {"acc",
                                       "precision",
                                       "recall",
                                       "f1",
                                       "fbeta",
                                       "auc",
                                       "r2",
                                       "iou",
                                       "sensitivity",
                                       "specificity",
                                       "kappa",
                                       "correlation",
                                       "cosine_similarity"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strstr(name, good[i])) return true;
    return false;
}

void monitor_open(monitor *w, const char *name, const char *mode, double min_delta) {
    *w = (monitor){.name = name, .min_delta = fabs(min_delta), .best = NAN};
    bool automatic = !mode || !strcmp(mode, "auto");
    w->greater = automatic ? greater_by_name(name) : !strcmp(mode, "max");
}

void monitor_begin(monitor *w, double best) { w->best = best; }

bool monitor_beats(const monitor *w, double value, double reference) {
    if (reference != reference) return true;
    return w->greater ? value - w->min_delta > reference : value + w->min_delta < reference;
}

bool monitor_update(monitor *w, const mica_results *logs, bool *better) {
    double value = NAN;
    bool there = false;
    for (int i = 0; i < logs->count; i++)
        if (!strcmp(logs->name[i], w->name)) value = logs->value[i], there = true;
    *better = there && monitor_beats(w, value, w->best);
    if (*better) w->best = value;
    return there;
}
