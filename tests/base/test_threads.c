#include "base/threads.h"

#include "base/context.h"

#include "support/testing.h"

#include <sys/stat.h>
#include <unistd.h>

/* A root folder with the files that a test wants there. */
static char root[64];

static int make_root(void **state) {
    snprintf(root, sizeof root, "/tmp/mica_threads_XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static void put(const char *path, const char *text) {
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *at = whole + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(whole, 0700);
        *at = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void put_siblings(int cpu, const char *list) {
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    put(path, list);
}

static int count(int cpus, const char *wanted, const char **reason) {
    cpu_set_t affinity;
    CPU_ZERO(&affinity);
    for (int i = 0; i < cpus; i++) CPU_SET(i, &affinity);
    return threads_within(root, &affinity, wanted, reason);
}

TEST(affinity_alone_counts_its_processors) {
    const char *reason = NULL;
    assert_int_equal(count(6, NULL, &reason), 6);
    assert_string_equal(reason, "CPU affinity");
}

TEST(two_threads_of_a_core_count_once) {
    const char *reason = NULL;
    put_siblings(0, "0,2\n"), put_siblings(1, "1,3\n");
    put_siblings(2, "0,2\n"), put_siblings(3, "1,3\n");
    assert_int_equal(count(4, NULL, &reason), 2);
    assert_string_equal(reason, "physical cores");
    put_siblings(0, "0-1\n"), put_siblings(1, "0-1\n");
    put_siblings(2, "2-3\n"), put_siblings(3, "2-3\n");
    assert_int_equal(count(4, NULL, &reason), 2);
    assert_int_equal(count(3, NULL, &reason), 2);
}

TEST(a_v2_quota_of_the_group_or_one_above_holds) {
    const char *reason = NULL;
    put("/proc/self/cgroup", "0::/system/job\n");
    put("/sys/fs/cgroup/system/job/cpu.max", "max 100000\n");
    assert_int_equal(count(8, NULL, &reason), 8);
    put("/sys/fs/cgroup/system/cpu.max", "250000 100000\n");
    assert_int_equal(count(8, NULL, &reason), 2);
    assert_string_equal(reason, "cgroup CPU quota");
    put("/sys/fs/cgroup/system/job/cpu.max", "50000 100000\n");
    assert_int_equal(count(8, NULL, &reason), 1);
}

TEST(a_v1_quota_holds) {
    const char *reason = NULL;
    put("/proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n");
    put("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "300000\n");
    put("/sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(count(8, NULL, &reason), 3);
    assert_string_equal(reason, "cgroup CPU quota");
}

TEST(the_environment_goes_before_and_nonsense_is_ignored) {
    const char *reason = NULL;
    assert_int_equal(count(2, "7", &reason), 7);
    assert_string_equal(reason, "MICA_NUM_THREADS");
    assert_int_equal(count(2, "0", &reason), 2);
    assert_int_equal(count(2, "many", &reason), 2);
    assert_int_equal(count(2, "3x", &reason), 2);
    assert_int_equal(count(2, "", &reason), 2);
}

TEST(memory_is_the_least_of_group_and_machine) {
    put("/proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 500000 kB\n");
    assert_int_equal(memory_within(root), 500000LL * 1024);
    put("/proc/self/cgroup", "5:memory:/box\n0::/job\n");
    put("/sys/fs/cgroup/job/memory.max", "max\n");
    assert_int_equal(memory_within(root), 500000LL * 1024);
    put("/sys/fs/cgroup/job/memory.max", "100000000\n");
    put("/sys/fs/cgroup/job/memory.current", "60000000\n");
    put("/sys/fs/cgroup/job/memory.stat", "anon 1\ninactive_file 10000000\n");
    assert_int_equal(memory_within(root), 50000000);
    put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "40000000\n");
    put("/sys/fs/cgroup/memory/box/memory.usage_in_bytes", "39000000\n");
    assert_int_equal(memory_within(root), 1000000);
}

TEST(limits_say_where_they_come_from) {
    cpu_set_t affinity;
    const char *reason = NULL;
    CPU_ZERO(&affinity);
    for (int i = 0; i < 4; i++) CPU_SET(i, &affinity);
    cpu_limits c = cpu_limits_within(root, &affinity, "3");
    assert_int_equal(c.affinity, 4);
    assert_int_equal(c.cores, 4);
    assert_int_equal(c.quota_version, 0);
    assert_string_equal(c.wanted, "3");
    put("/proc/meminfo", "MemAvailable: 500000 kB\n");
    memory_limits m = memory_limits_within(root);
    assert_int_equal(m.group_version, 0);
    assert_int_equal(memory_least(&m, &reason), 500000LL * 1024);
    assert_string_equal(reason, "free memory of the machine");

    put("/proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n0::/job\n");
    put("/sys/fs/cgroup/job/cpu.max", "350000 100000\n");
    put("/sys/fs/cgroup/job/memory.max", "100000000\n");
    c = cpu_limits_within(root, &affinity, NULL);
    assert_int_equal(c.quota_version, 2);
    assert_true(c.quota == 3.5);
    m = memory_limits_within(root);
    assert_int_equal(m.group_version, 2);
    assert_int_equal(m.limit, 100000000);
    assert_int_equal(memory_least(&m, &reason), 100000000);
    assert_string_equal(reason, "cgroup v2 limit");

    put("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "150000\n");
    put("/sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "40000000\n");
    c = cpu_limits_within(root, &affinity, NULL);
    assert_int_equal(c.quota_version, 1);
    assert_true(c.quota == 1.5);
    m = memory_limits_within(root);
    assert_int_equal(m.group_version, 1);
    memory_least(&m, &reason);
    assert_string_equal(reason, "cgroup v1 limit");
}

/* v1 writes a number near 2^63 where there is no limit. */
TEST(a_v1_group_without_a_limit_is_no_limit) {
    put("/proc/meminfo", "MemAvailable: 500000 kB\n");
    put("/proc/self/cgroup", "5:memory:/box\n");
    put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/memory/box/memory.usage_in_bytes", "39000000\n");
    memory_limits m = memory_limits_within(root);
    assert_int_equal(m.group_version, 0);
    assert_int_equal(memory_within(root), 500000LL * 1024);
}

TEST(a_limit_of_the_process_bounds_memory) {
    const char *reason;
    put("/proc/meminfo", "MemAvailable: 500000 kB\n");
    put("/proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max data size             136314880            136314880            bytes\n"
        "Max address space         unlimited            unlimited            bytes\n");
    put("/proc/self/status", "VmSize:\t  900000 kB\nVmData:\t   33120 kB\n");
    memory_limits m = memory_limits_within(root);
    assert_int_equal(m.process, 136314880 - 33120LL * 1024);
    assert_int_equal(memory_least(&m, &reason), m.process);
    assert_string_equal(reason, "limit of the process");
    put("/proc/self/limits",
        "Max data size             unlimited            unlimited            bytes\n"
        "Max address space         4096                 4096                 bytes\n");
    assert_int_equal(memory_within(root), 0);
}

TEST(this_machine_has_threads_and_memory) {
    const char *reason = NULL;
    assert_true(threads_available(&reason) >= 1);
    assert_non_null(reason);
    assert_true(memory_available() > 0);
}

#define IN_ROOT(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
TEST(too_many_threads_are_refused) {
    mica_error err = {0};
    char text[96];
    mica_context *ctx = context_new(MICA_OPTIONS(context, .threads = 100000));
    snprintf(text, sizeof text, "threads is 100000, expected 0 to %d", MICA_MAX_THREADS);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, text);
    mica_close(&ctx);
    ctx = context_new(MICA_OPTIONS(context, .threads = -1));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "threads is -1");
    mica_close(&ctx);
    static const char *const wrong[] = {"100000", "0", "two", "3x", "-4"};
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        setenv("MICA_NUM_THREADS", wrong[i], 1);
        ctx = context_new(NULL);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, wrong[i]);
        mica_close(&ctx);
    }
    unsetenv("MICA_NUM_THREADS");
}

RUN_TESTS(UNIT(too_many_threads_are_refused), IN_ROOT(affinity_alone_counts_its_processors),
          IN_ROOT(two_threads_of_a_core_count_once),
          IN_ROOT(a_v2_quota_of_the_group_or_one_above_holds), IN_ROOT(a_v1_quota_holds),
          IN_ROOT(the_environment_goes_before_and_nonsense_is_ignored),
          IN_ROOT(memory_is_the_least_of_group_and_machine),
          IN_ROOT(limits_say_where_they_come_from), IN_ROOT(a_v1_group_without_a_limit_is_no_limit),
          IN_ROOT(a_limit_of_the_process_bounds_memory), UNIT(this_machine_has_threads_and_memory))
