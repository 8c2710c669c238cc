/* What a server that has put the filter on itself can still do, and what not: each in a process of
 * its own, whose exit status tells. */
#include "serve/sandbox.h"

#include "support/testing.h"

#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SQLITE
#include <sqlite3.h>
#endif
#ifdef HAVE_LIBPQ
#include "data/libpq.h"
#endif

typedef bool (*deed)(void); /* whether it could be done */

enum { DONE = 10, REFUSED, NO_FILTER };

static int fate(sandbox_mode mode, bool generated_code, deed d) {
    int status;
    const pid_t child = fork();
    if (!child) {
        mica_error err;
        if (sandbox_enter(mode, generated_code, &err) != MICA_OK) _exit(NO_FILTER);
        errno = 0;
        _exit(d() ? DONE : errno == EPERM ? REFUSED : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool runs_program(void) {
    char *const arguments[] = {"/bin/true", NULL}, *const none[] = {NULL};
    return execve("/bin/true", arguments, none) == 0;
}
static bool forks(void) { return fork() >= 0; }
static bool traces(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static bool opens_packets(void) { return socket(AF_PACKET, SOCK_RAW, 0) >= 0; }
static bool listens(void) {
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    return s >= 0 && !listen(s, 1);
}
static bool changes_user(void) { return setuid(getuid()) == 0; }
static bool mounts(void) { return chroot("/") == 0; }
static bool signals_others(void) { return kill(getppid(), 0) == 0; }

static void *a_thread(void *flag) {
    *(bool *)flag = true;
    return flag;
}
static bool works_on(void) {
    pthread_t thread;
    bool ran = false;
    const int file = open("/dev/null", O_WRONLY);
    return file >= 0 && write(file, "x", 1) == 1 && !close(file) &&
           !pthread_create(&thread, NULL, a_thread, &ran) && !pthread_join(thread, NULL) && ran &&
           socket(AF_INET6, SOCK_STREAM, 0) >= 0 && prctl(PR_SET_NAME, "mica") == 0;
}
/* Databases, as logs of predictions are kept in. */
static bool asks_sqlite(void) {
#ifdef HAVE_SQLITE
    sqlite3 *db;
    char folder[] = "/tmp/mica-sandbox-XXXXXX", path[64];
    if (!mkdtemp(folder)) return false;
    snprintf(path, sizeof path, "%s/t.db", folder);
    const bool good = !sqlite3_open(path, &db) &&
                      !sqlite3_exec(
                          db,
                          "PRAGMA journal_mode=WAL; CREATE TABLE t(x); BEGIN; "
                          "INSERT INTO t VALUES (1); COMMIT; SELECT sum(x) FROM t; VACUUM",
                          NULL, NULL, NULL) &&
                      !sqlite3_close(db);
    return good && !unlink(path) && !rmdir(folder);
#else
    return true;
#endif
}

static bool looks_for_postgresql(void) {
#ifdef HAVE_LIBPQ
    PGconn *c = pq.PQconnectdb("host=localhost port=1 dbname=none connect_timeout=2");
    const bool refused = pq.PQstatus(c) ==
                         CONNECTION_BAD; /* nobody is there: an error, no signal */
    pq.PQfinish(c);
    return refused;
#else
    return true;
#endif
}

static bool maps_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}
static bool turns_into_code(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && !mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static const deed refused[] = {runs_program, forks,        traces, opens_packets,
                               listens,      changes_user, mounts, signals_others};

TEST(what_serving_does_not_need_is_refused) {
    for (size_t i = 0; i < LENGTH(refused); i++) {
        assert_int_equal(fate(SANDBOX_ON, true, refused[i]), REFUSED);
        assert_int_equal(fate(SANDBOX_KILL, true, refused[i]), -SIGSYS);
    }
    assert_int_equal(fate(SANDBOX_OFF, true, forks), DONE);
    assert_int_equal(fate(SANDBOX_LOG, true, forks), DONE);
}

TEST(files_connections_and_threads_go_on) {
    assert_int_equal(fate(SANDBOX_KILL, true, works_on), DONE);
    assert_int_equal(fate(SANDBOX_KILL, false, works_on), DONE);
    assert_int_equal(fate(SANDBOX_KILL, false, asks_sqlite), DONE);
#ifdef HAVE_LIBPQ
    /* before the filter, which lets no code be mapped */
    assert_int_equal(libpq_load("postgresql", NULL), MICA_OK);
#endif
    assert_int_equal(fate(SANDBOX_KILL, false, looks_for_postgresql), DONE);
}

TEST(code_is_generated_where_that_was_allowed) {
    const deed deeds[] = {maps_code, turns_into_code};
    for (size_t i = 0; i < LENGTH(deeds); i++) {
        assert_int_equal(fate(SANDBOX_ON, true, deeds[i]), DONE);
        assert_int_equal(fate(SANDBOX_ON, false, deeds[i]), REFUSED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(what_serving_does_not_need_is_refused),
        UNIT(files_connections_and_threads_go_on),
        UNIT(code_is_generated_where_that_was_allowed),
    };
    /* Where there is no filter (no libseccomp, an emulator), this says so. */
    if (fate(SANDBOX_ON, true, works_on) == NO_FILTER) return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
