/* See pace.h. First all tries on the team, then those on one thread: threads that have just worked
 * are still awake. */
#include "plan/pace.h"

#include "base/busy.h"

#include <stdlib.h>

bool pace_trying(const pace *p) { return !p->long_runs && p->left == 0; }

bool pace_is_alone(const pace *p) { return pace_trying(p) ? p->tried >= PACE_TRIES : p->alone; }

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void pace_note(pace *p, int64_t took_ns) {
    p->times[p->tried++ % PACE_TRIES] = took_ns;
    if (p->tried % PACE_TRIES) return;
    qsort(p->times, PACE_TRIES, sizeof *p->times, by_size);
    int64_t median = p->times[PACE_TRIES / 2];
    if (p->tried == PACE_TRIES) {
        p->together = median;
        p->long_runs = median > PACE_MOST_NS;
        return;
    }
    p->alone = median < p->together;
    p->tried = 0;
    p->left = PACE_BETWEEN;
}

void pace_begin(pace *p, team *t) {
    if (team_threads(t) == 1 || team_stands_aside(t)) return; /* nothing to choose */
    if (pace_trying(p)) p->started_ns = clock_ns();
    p->set = pace_is_alone(p);
    if (p->set) team_stand_aside(t, true);
    if (p->left > 0) p->left--;
}

void pace_end(pace *p, team *t) {
    if (p->set) team_stand_aside(t, false);
    p->set = false;
    if (p->started_ns) pace_note(p, clock_ns() - p->started_ns);
    p->started_ns = 0;
}
