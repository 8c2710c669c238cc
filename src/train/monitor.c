/* See monitor.h. */
#include "train/monitor.h"

#include <math.h>
#include <string.h>

static bool greater_by_name(const char *name) {
    static const char *const good[] = {"acc", "precision", "recall", "f1", "auc", "r2", "iou"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strstr(name, good[i])) return true;
    return false;
}

bool monitor_open(monitor *w, const char *name, const char *mode, double min_delta) {
    bool automatic = !mode || !strcmp(mode, "auto");
    *w = (monitor){.name = name ? name : "val_loss", .min_delta = fabs(min_delta)};
    w->greater = automatic ? greater_by_name(w->name) : !strcmp(mode, "max");
    w->best = w->greater ? -INFINITY : INFINITY;
    return automatic || !strcmp(mode, "max") || !strcmp(mode, "min");
}

bool monitor_update(monitor *w, const mica_results *logs, bool *better) {
    double value = NAN;
    bool there = false;
    for (int i = 0; i < logs->count; i++)
        if (!strcmp(logs->name[i], w->name)) value = logs->value[i], there = true;
    *better = w->greater ? value - w->min_delta > w->best : value + w->min_delta < w->best;
    if (*better) w->best = value;
    return there;
}
