/* Watching one result: better, or not. */
#ifndef TRAIN_MONITOR_H
#define TRAIN_MONITOR_H

#include "mica/train.h"

typedef struct monitor {
    const char *name;
    bool greater; /* greater is better */
    double min_delta, best;
} monitor;

/* mode "min", "max", "auto": greater for accuracy, precision, recall, f1, auc. False: another mode.
 */
bool monitor_open(monitor *w, const char *name, const char *mode, double min_delta);
/* Takes the value from the logs; false where it is not there. *better: it improved on the best. */
bool monitor_update(monitor *w, const mica_results *logs, bool *better);

#endif
