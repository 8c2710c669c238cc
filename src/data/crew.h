/* Threads that work on the samples of a block. */
#ifndef DATA_CREW_H
#define DATA_CREW_H

#include "base/error.h"

#include <stdint.h>

typedef struct crew crew;

/* `threads` of them, the caller among them. NULL without memory. */
crew *crew_open(int threads);
void crew_close(crew *c);
int crew_threads(const crew *c);
/* Calls work for 0 … count - 1 on the threads; `worker` counts them from 0. The error is that of
 * the least number that fails, whoever works on it. Callers take turns. */
typedef mica_status (*crew_work)(void *arg, int worker, int64_t number, mica_error *err);
mica_status crew_run(crew *c, int64_t count, crew_work work, void *arg, mica_error *err);

#endif
