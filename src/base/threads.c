/* How many threads and how much memory: see parallel.h. Sources: sched_getaffinity(2); cgroup v2
 * cpu.max and memory.max, v1 cpu.cfs_quota_us and memory.limit_in_bytes, of this process's group
 * and all above it; topology/thread_siblings_list of sysfs; MemAvailable of /proc/meminfo. */
#include "base/threads.h"

#include "mica/context.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 1024

/* The first line of a small file without its newline; false where there is none. */
static bool read_line(char *line, size_t room, const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool ok = fgets(line, (int)room, file) != NULL;
    fclose(file);
    if (ok) line[strcspn(line, "\n")] = 0;
    return ok;
}

/* The number after `key` at a line's begin, e.g. "MemAvailable:"; -1 where it is not. */
static int64_t number_after(const char *path, const char *key) {
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    char line[256];
    int64_t value = -1;
    while (value < 0 && fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key))) value = strtoll(line + strlen(key), NULL, 10);
    fclose(file);
    return value;
}

/* This process's group of a v1 controller, or of v2 (NULL): "/a/b". */
static bool group_of(const char *root, const char *controller, char *group, size_t room) {
    char path[PATH_ROOM], line[PATH_ROOM];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool found = false;
    while (!found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *names = strchr(line, ':'), *at = names ? strchr(names + 1, ':') : NULL;
        if (!at) continue;
        *at = 0;
        found = controller ? false : names[1] == 0;
        char *rest = NULL;
        for (char *name = strtok_r(names + 1, ",", &rest); controller && name;
             name = strtok_r(NULL, ",", &rest))
            found = found || !strcmp(name, controller);
        if (found) snprintf(group, room, "%s", at + 1);
    }
    fclose(file);
    return found;
}

/* Calls look(folder, arg) for the group's folder and every one above it. In a container the group's
 * name may be one that is not visible there; then those above answer. */
static void each_group(const char *root, const char *controller,
                       void (*look)(const char *folder, void *arg), void *arg) {
    char group[PATH_ROOM], folder[2 * PATH_ROOM];
    if (!group_of(root, controller, group, sizeof group)) return;
    for (;;) {
        snprintf(folder, sizeof folder, "%s/sys/fs/cgroup%s%s%s", root, controller ? "/" : "",
                 controller ? controller : "", group);
        look(folder, arg);
        char *slash = strrchr(group, '/');
        if (!slash) return;
        *slash = 0;
    }
}

static void take_quota(cpu_limits *c, double quota, int version) {
    if (quota < c->quota) c->quota = quota, c->quota_version = version;
}

static void least_quota_v2(const char *folder, void *arg) {
    char path[3 * PATH_ROOM], line[96], *end;
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (!read_line(line, sizeof line, path)) return;
    double quota = strtod(line, &end), period = strtod(end, NULL); /* "max 100000": 0 */
    if (quota > 0 && period > 0) take_quota(arg, quota / period, 2);
}

static void least_quota_v1(const char *folder, void *arg) {
    char path[3 * PATH_ROOM], quota[64], period[64];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(quota, sizeof quota, path)) return;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (!read_line(period, sizeof period, path)) return;
    double q = strtod(quota, NULL), p = strtod(period, NULL); /* no quota: -1 */
    if (q > 0 && p > 0) take_quota(arg, q / p, 1);
}

/* Logical processors of one core share a list of siblings: counts those that come first in it. */
static int physical_cores(const char *root, const cpu_set_t *affinity) {
    int cores = 0;
    cpu_set_t counted;
    CPU_ZERO(&counted);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, affinity) || CPU_ISSET(cpu, &counted)) continue;
        cores++;
        char path[PATH_ROOM], list[256];
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 root, cpu);
        if (!read_line(list, sizeof list, path)) continue;
        for (char *at = list; *at;) { /* "0,4" or "0-1" */
            char *end;
            long first = strtol(at, &end, 10), last = first;
            if (end == at) break;
            if (*end == '-') last = strtol(end + 1, &end, 10);
            for (long i = first; i <= last && i < CPU_SETSIZE; i++)
                if (i >= 0) CPU_SET((int)i, &counted);
            at = *end == ',' ? end + 1 : end;
        }
    }
    return cores;
}

cpu_limits cpu_limits_within(const char *root, const cpu_set_t *affinity, const char *wanted) {
    cpu_limits c = {.affinity = CPU_COUNT(affinity),
                    .cores = physical_cores(root, affinity),
                    .quota = INFINITY,
                    .wanted = wanted};
    each_group(root, NULL, least_quota_v2, &c);
    each_group(root, "cpu", least_quota_v1, &c);
    return c;
}

cpu_limits cpu_limits_here(void) {
    cpu_set_t affinity;
    CPU_ZERO(&affinity);
    sched_getaffinity(0, sizeof affinity, &affinity);
    return cpu_limits_within("", &affinity, getenv("MICA_NUM_THREADS"));
}

int threads_number(const char *text) {
    char *end = NULL;
    long n = strtol(text, &end, 10);
    return n >= 1 && n <= MICA_MAX_THREADS && !*end ? (int)n : 0;
}

int threads_within(const char *root, const cpu_set_t *affinity, const char *wanted,
                   const char **reason) {
    int asked = wanted ? threads_number(wanted) : 0;
    if (asked) return *reason = "MICA_NUM_THREADS", asked;
    cpu_limits c = cpu_limits_within(root, affinity, wanted);
    int threads = c.affinity;
    *reason = "CPU affinity";
    if (c.cores < threads) threads = c.cores, *reason = "physical cores";
    if (c.quota < threads) threads = (int)c.quota, *reason = "cgroup CPU quota";
    return threads < 1 ? 1 : threads;
}

int threads_available(const char **reason) {
    cpu_set_t affinity;
    CPU_ZERO(&affinity);
    if (sched_getaffinity(0, sizeof affinity, &affinity) != 0) { /* more than CPU_SETSIZE */
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        *reason = "processors online";
        return online < 1 ? 1 : (int)online;
    }
    return threads_within("", &affinity, getenv("MICA_NUM_THREADS"), reason);
}

/* What a group may still take: its limit less what it uses, page cache that can go not counted. */
static void least_memory(memory_limits *m, int version, const char *folder, const char *limit_name,
                         const char *used_name, const char *cache_key) {
    char path[3 * PATH_ROOM], line[64];
    snprintf(path, sizeof path, "%s/%s", folder, limit_name);
    if (!read_line(line, sizeof line, path) || line[0] == 'm') return; /* "max" */
    int64_t limit = strtoll(line, NULL, 10), used = 0;
    snprintf(path, sizeof path, "%s/%s", folder, used_name);
    if (read_line(line, sizeof line, path)) used = strtoll(line, NULL, 10);
    snprintf(path, sizeof path, "%s/memory.stat", folder);
    int64_t cache = number_after(path, cache_key), left = limit - used + (cache > 0 ? cache : 0);
    if (left > limit) left = limit;
    if (left < 0) left = 0;
    if (left >= m->group) return;
    m->group = left;
    m->limit = limit;
    m->group_version = version;
}

static void least_memory_v2(const char *folder, void *arg) {
    least_memory(arg, 2, folder, "memory.max", "memory.current", "inactive_file ");
}

static void least_memory_v1(const char *folder, void *arg) {
    least_memory(arg, 1, folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                 "total_inactive_file ");
}

/* What a limit of the process (ulimit -d, -v; systemd's LimitDATA, LimitAS) leaves of what it has
 * already. */
static int64_t process_left(const char *root, const char *limit_name, const char *used_name) {
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/proc/self/limits", root);
    const int64_t limit = number_after(path, limit_name); /* "unlimited" reads as 0 */
    snprintf(path, sizeof path, "%s/proc/self/status", root);
    const int64_t used = number_after(path, used_name);
    if (limit <= 0) return INT64_MAX;
    return used < 0 ? limit : used * 1024 < limit ? limit - used * 1024 : 0;
}

memory_limits memory_limits_within(const char *root) {
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    int64_t kib = number_after(path, "MemAvailable:");
    memory_limits m = {.machine = kib < 0 ? INT64_MAX : kib * 1024, .group = INT64_MAX};
    const int64_t data = process_left(root, "Max data size", "VmData:"),
                  all = process_left(root, "Max address space", "VmSize:");
    m.process = data < all ? data : all;
    each_group(root, NULL, least_memory_v2, &m);
    each_group(root, "memory", least_memory_v1, &m);
    if (m.limit < INT64_MAX / 2) return m; /* v1 writes "no limit" as a number near 2^63 */
    m.group = INT64_MAX;
    m.group_version = 0;
    return m;
}

memory_limits memory_limits_here(void) { return memory_limits_within(""); }

int64_t memory_least(const memory_limits *m, const char **reason) {
    *reason = "limit of the process";
    if (m->process < m->group && m->process < m->machine) return m->process;
    *reason = "free memory of the machine";
    if (m->group >= m->machine) return m->machine;
    *reason = m->group_version == 2 ? "cgroup v2 limit" : "cgroup v1 limit";
    return m->group;
}

int64_t memory_within(const char *root) {
    const char *reason;
    memory_limits m = memory_limits_within(root);
    return memory_least(&m, &reason);
}

int64_t memory_available(void) { return memory_within(""); }

int64_t memory_peak(void) {
    int64_t kib = number_after("/proc/self/status", "VmHWM:");
    return kib < 0 ? -1 : kib * 1024;
}
