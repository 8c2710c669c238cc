/* Whether a short plan is faster on one thread than on the team. Waking and waiting for the others
 * costs some microseconds a step, by machine and by what else runs there: a plan that takes less
 * than a millisecond tries both now and then and keeps to the faster way. Bits do not depend on it.
 */
#ifndef PLAN_PACE_H
#define PLAN_PACE_H

#include "base/parallel.h"

#include <stdbool.h>
#include <stdint.h>

#define PACE_TRIES 9      /* runs each way */
#define PACE_BETWEEN 4096 /* runs from one trial to the next */
#define PACE_MOST_NS 1000000

/* Zeroed is ready, and begins with a trial. */
typedef struct pace {
    int64_t times[PACE_TRIES]; /* of this way so far */
    int64_t together;          /* the median on the team */
    int64_t started_ns;        /* 0: this run is not of a trial */
    int tried, left;           /* runs of the trial; until the next one */
    bool alone, long_runs;     /* the choice; it takes too long to matter */
    bool set;                  /* this run made the team stand aside */
} pace;

/* Around a run of the plan by that team. */
void pace_begin(pace *p, team *t);
void pace_end(pace *p, team *t);

/* ---- inside, for tests ---- */

/* Whether the next run is of a trial, and whether it is on one thread. */
bool pace_trying(const pace *p);
bool pace_is_alone(const pace *p);
/* A run of the trial took so long. */
void pace_note(pace *p, int64_t took_ns);

#endif
