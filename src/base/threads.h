/* How many threads and how much memory there are, and what says so. `root` stands before /sys and
 * /proc: "" on the machine itself, a made-up tree in tests. */
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include "base/parallel.h"

#include <stdbool.h>

#include <sched.h>

/* What bounds the number of threads. */
typedef struct cpu_limits {
    int affinity;       /* processors that this process may run on */
    int cores;          /* physical cores among them */
    double quota;       /* CPUs that its cgroups grant; INFINITY: as many as there are */
    int quota_version;  /* of the cgroup that grants least: 1, 2; 0: none */
    const char *wanted; /* MICA_NUM_THREADS; NULL: not set */
} cpu_limits;

/* What bounds memory, in bytes. */
typedef struct memory_limits {
    int64_t machine;   /* MemAvailable; INT64_MAX: not known */
    int64_t group;     /* what its cgroups leave; INT64_MAX: no limit */
    int64_t limit;     /* of the cgroup that leaves least */
    int group_version; /* of that cgroup: 1, 2; 0: none */
    int64_t process;   /* what RLIMIT_DATA and RLIMIT_AS leave; INT64_MAX: no limit */
} memory_limits;

cpu_limits cpu_limits_within(const char *root, const cpu_set_t *affinity, const char *wanted);
memory_limits memory_limits_within(const char *root);
/* Of this process. */
cpu_limits cpu_limits_here(void);
memory_limits memory_limits_here(void);
/* The least of them, and which it is: "cgroup v2 limit", "free memory of the machine", "limit of
 * the process". */
int64_t memory_least(const memory_limits *m, const char **reason);

/* 1 … MICA_MAX_THREADS; 0: the text is no such number. */
int threads_number(const char *text);
int threads_within(const char *root, const cpu_set_t *affinity, const char *wanted,
                   const char **reason);
int64_t memory_within(const char *root);

#endif
