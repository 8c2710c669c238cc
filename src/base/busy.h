/* Busy cores: how long this process's threads waited for a core although they could have run
 * (the kernel's run delay), and how many threads are worth using while they do. */
#ifndef BASE_BUSY_H
#define BASE_BUSY_H

#include <stdbool.h>
#include <stdint.h>

/* Decides from samples of the run delay. Zeroed with `threads` and `limit` set is ready. */
typedef struct busy_state {
    int threads, limit;   /* of the team; how many to use now */
    int64_t probe_ns;     /* while limited: when to try all again */
    int64_t backoff_ns;   /* how long the next limit holds */
    int64_t clean_ns;     /* since when all threads ran without delay; 0: they did not */
    bool probing, warned; /* trying all again; the last sample was bad */
} busy_state;

/* One sample: in the last wall_ns the team's threads waited delay_ns, summed. Two bad samples in a
 * row lower the limit by the threads' worth of delay; after a pause that doubles from 1/4 s to 4 s
 * one sample with all threads decides again. A second without delay forgets the doubling. */
void busy_update(busy_state *b, int64_t now_ns, int64_t wall_ns, int64_t delay_ns);

/* The run delay of a thread of this process in ns, -1 where the kernel does not tell. */
int64_t run_delay_ns(int thread_id);
int thread_id_self(void);
int64_t clock_ns(void); /* monotonic */

#endif
