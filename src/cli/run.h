/* A run: what is known of a training, of the one that is going on or of one in a run folder.
 * OUTPUT.run/ holds
 *   run.json          state, results, places: {"version", "mica", "state", "started", "seconds",
 *                     "epochs", "parameters", "output", "checkpoint", "best", "last", "saved",
 *                     "test", "broken", "error"}; saved: {"epoch", "results"} of the weights in the
 * model recipe.json       the recipe as it was run: mica train OUTPUT.run/recipe.json runs it again
 *   environment.json  what `mica info --json` says; neither host nor user
 *   history.csv       epoch (from 1), seconds, results of every epoch
 *   curves.svg, confusion.svg, report.html
 *   tensorboard/      TensorBoard's event files, train/ and validation/
 * Every file but the event files, which grow, is replaced whole. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "chart/chart.h"
#include "cli/words.h"

#define RUN_VERSION 1
#define RUN_BOARD "tensorboard"

/* Numbers by epoch. */
typedef struct run_history {
    int epochs, results;
    char names[MICA_MAX_RESULTS][64];
    double *seconds;
    double *values; /* epochs x results */
} run_history;

typedef struct run_record {
    char *folder;
    json_t *info, *recipe, *environment; /* run.json, recipe.json, environment.json */
    run_history history;
} run_record;

void run_free(run_record *r);
/* From a run folder, or the model file beside it. */
mica_status run_read(const char *path, run_record *out, mica_error *err);

/* ---- run_history.c ---- */

mica_status history_copy(const mica_history *h, run_history *out, mica_error *err);
void history_free(run_history *h);
/* As CSV with a header, and back. */
void history_csv(const run_history *h, strbuf *out);
mica_status history_read(const char *path, run_history *out, mica_error *err);
/* The number of a result, -1: there is none. */
int history_find(const run_history *h, const char *name);
double history_value(const run_history *h, int epoch, int result);
/* The epoch (from 0) in which that result was best; -1 where it was never a number, and of the
 * learning rate. */
int history_best(const run_history *h, int result);
/* {"loss": {"value", "epoch"}, …}, epochs from 1. */
json_t *history_best_json(const run_history *h);
json_t *history_epoch_json(const run_history *h, int epoch); /* from 0; -1: none */

/* ---- run_curves.c ---- */

/* Loss and every metric of one run, training beside validation; of several runs every result with
 * a curve for each run. */
mica_status run_curves(const run_record *runs, int count, language l, strbuf *svg, mica_error *err);

/* ---- run_report.c ---- */

/* The page; matrix, class table and summary may be NULL. */
typedef struct report_parts {
    const run_record *run;
    const char *curves, *confusion, *summary; /* SVG, SVG, text */
    const json_t *classes;                    /* as report_json gives it */
    bool on_test;                             /* classes were counted on the test data */
} report_parts;
void run_report(const report_parts *parts, language l, strbuf *html);

/* "started", "done", … of run.json in words. */
const char *run_state(language l, const char *state);

/* Every leaf of a tree as "a.b[2]" and its value as text, in the order of the tree. */
void flatten(const json_t *tree, const char *path,
             void (*leaf)(void *user, const char *path, const char *value), void *user);

#endif
