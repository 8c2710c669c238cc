/* Watching one result: better, or not. */
#ifndef TRAIN_MONITOR_H
#define TRAIN_MONITOR_H

#include "base/fields.h"
#include "mica/train.h"

typedef struct monitor {
    const char *name;
    bool greater;           /* greater is better */
    double min_delta, best; /* best NaN: none yet */
} monitor;

extern const char *const monitor_modes[];

#define MONITOR_FIELDS(options)                                                                    \
    TEXT(options, monitor, "val_loss", .help = "the result that is watched"),                      \
        TEXT(options, mode, "auto", .choices = monitor_modes,                                      \
             .help = "auto: by the result's name")

/* mode "min", "max", "auto" (or NULL): greater for accuracy, precision, recall, auc and their like.
 */
void monitor_open(monitor *w, const char *name, const char *mode, double min_delta);
/* Whether the logs will have it; `names` of all results (see mica_callback.check). Errors: NAME,
 * with the nearest and all that there are. */
mica_status monitor_check(const monitor *w, const char *callback, const mica_results *names,
                          mica_error *err);
/* As monitor_check for any name; what: "monitor" … */
mica_status result_check(const char *name, const char *what, const mica_results *names,
                         mica_error *err);
/* Forgets what was; best is what must be beaten, NAN: nothing. */
void monitor_begin(monitor *w, double best);
/* Takes the value from the logs; false where it is not there. *better: it improved on the best. */
bool monitor_update(monitor *w, const mica_results *logs, bool *better);
#define MONITOR_BEST 24 /* bytes of its text */
/* The best as text of a checkpoint, its bits; taken back, also from the hexadecimal reals of older
 * checkpoints, which have the decimal point of some locale. */
void monitor_best_write(const monitor *w, char out[MONITOR_BEST]);
void monitor_best_read(monitor *w, const char *text);
/* Whether value improves on reference (NaN: always). */
bool monitor_beats(const monitor *w, double value, double reference);

#endif
