/* Loops on several threads. A team belongs to one calling thread at a time. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct team team;

/* A team of `threads` (at least 1), the caller among them. NULL without memory. */
team *team_open(int threads);
void team_close(team *t);
int team_threads(const team *t); /* 1 for NULL */
/* How many of them to use now, 1 … team_threads: fewer while other processes keep cores busy, so
 * that a region does not wait for a thread that waits for its core. parallel_for does so by itself;
 * others (oneDNN) ask before work whose bits do not depend on the number of threads. */
int team_effective_threads(team *t);
/* From here on the caller works alone, until it says otherwise. */
void team_stand_aside(team *t, bool aside);
bool team_stands_aside(const team *t);

/* Calls body(arg, begin, end) for pieces that cover 0 … n; every piece but the last holds `grain`
 * items. What a piece computes must not depend on who runs it: pieces are handed out as threads
 * come, so that a busy core gets fewer. A NULL team, one piece, or a call from within a body runs
 * in the caller. The caller's OpenMP settings stay as they are. */
void parallel_for(team *t, int64_t n, int64_t grain, void (*body)(void *, int64_t, int64_t),
                  void *arg);

/* How many threads to use here, and why: the least of CPU affinity, cgroup quota (v1, v2) and
 * physical cores; MICA_NUM_THREADS in the environment goes before. */
int threads_available(const char **reason);
/* The memory this process may use in bytes: the least of its limits, the cgroup's
 * and what is free. */
int64_t memory_available(void);
/* The most memory this program had so far, in bytes; -1: not known. getrusage() would count what
 * the process was before its exec. */
int64_t memory_peak(void);

#endif
