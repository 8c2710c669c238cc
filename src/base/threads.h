/* What parallel.h's threads_available and memory_available do, for any root folder (tests). */
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include "base/parallel.h"

#include <stdbool.h>

#include <sched.h>

/* `root` stands before /sys and /proc: "" on the machine itself. `wanted` is MICA_NUM_THREADS. */
int threads_within(const char *root, const cpu_set_t *affinity, const char *wanted,
                   const char **reason);
int64_t memory_within(const char *root);

#endif
