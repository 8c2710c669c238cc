/* Busy cores: see busy.h. Source of the figures: Linux's /proc/PID/task/TID/schedstat, whose second
 * number is the time spent waiting on a run queue. */
#include "base/busy.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SHORTEST_BACKOFF_NS 250000000
#define LONGEST_BACKOFF_NS 4000000000
#define CLEAN_NS 1000000000
#define BAD_SHARE 0.2 /* of one thread's time; daemons that wake now and then stay below 0.05 */

int64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int thread_id_self(void) { return (int)syscall(SYS_gettid); }

int64_t run_delay_ns(int thread_id) {
    char path[64], text[96];
    snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", thread_id);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t n = read(file, text, sizeof text - 1);
    close(file);
    if (n <= 0) return -1;
    text[n] = 0;
    char *at = text;
    strtoll(at, &at, 10);
    return strtoll(at, NULL, 10);
}

static void lower(busy_state *b, int64_t now_ns, double share) {
    int fewer = (int)(share + 0.9); /* 0.2 … 1.1 threads' worth: one fewer */
    int from = b->probing ? b->threads : b->limit;
    b->limit = from - fewer < 1 ? 1 : from - fewer;
    b->backoff_ns = b->backoff_ns ? b->backoff_ns * 2 : SHORTEST_BACKOFF_NS;
    if (b->backoff_ns > LONGEST_BACKOFF_NS) b->backoff_ns = LONGEST_BACKOFF_NS;
    b->probe_ns = now_ns + b->backoff_ns;
    b->warned = false;
    b->clean_ns = 0;
}

void busy_update(busy_state *b, int64_t now_ns, int64_t wall_ns, int64_t delay_ns) {
    double share = wall_ns > 0 ? (double)delay_ns / (double)wall_ns : 0;
    bool bad = share > BAD_SHARE, decide = b->probing || b->warned;
    if (bad && decide && b->limit > 1) {
        lower(b, now_ns, share);
        b->probing = false;
        return;
    }
    b->warned = bad;
    b->probing = false;
    if (b->limit < b->threads) {
        if (now_ns < b->probe_ns) return;
        b->limit = b->threads;
        b->probing = true;
    } else if (bad) {
        b->clean_ns = 0;
    } else if (!b->clean_ns) {
        b->clean_ns = now_ns;
    } else if (now_ns - b->clean_ns > CLEAN_NS) {
        b->backoff_ns = 0;
    }
}
