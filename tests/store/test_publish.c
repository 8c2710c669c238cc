/* Publishing: what a version is, what is refused, processes that are killed or meet. */
#include "store_case.h"

#include "base/file.h"
#include "base/lock.h"
#include "store/change.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static const char *const steps[] = {"copy", "verify", "compare", "move", "index", "end"};

static int versions_that_live(const char *repository) {
    mica_error err = {0};
    stored_model m;
    int count = 0;
    mica_context *ctx = mica_open(NULL);
    if (!file_is_folder(repository)) return mica_close(&ctx), 0;
    const mica_status status = stored_open(repository, "m", &m, &err);
    if (status == MICA_NAME) return mica_close(&ctx), 0;
    ASSERT_OK(status);
    for (size_t i = 0; i < m.index.versions; i++) { /* each one can be used */
        const stored_version *v = &m.index.version[i];
        const char *path;
        arena a = {0};
        mica_model *model;
        assert_false(v->missing);
        ASSERT_OK(stored_path(&m, v, &a, &path, &err));
        ASSERT_OK(stored_check_sum(v, path, &err));
        ASSERT_OK(mica_model_load(ctx, path, &model, &err));
        arena_free(&a);
        count++;
    }
    stored_close(&m);
    mica_close(&ctx);
    return count;
}

static void nothing_is_left(const char *repository) {
    static const char *const left[] = {"m.lock", "m/.publishing", "m/index.json.part"};
    char path[600];
    for (size_t i = 0; i < LENGTH(left); i++) {
        snprintf(path, sizeof path, "%s/%s", repository, left[i]);
        assert_int_equal(access(path, F_OK), -1);
    }
}

TEST(a_version_has_number_sum_and_aliases) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *repository = in_folder("first/repository"); /* folders above are made */
    assert_int_equal(publish_case(ctx, repository, plain_file(3), "champion"), 1);
    assert_int_equal(publish_case(ctx, repository, plain_file(3), NULL), 2);
    assert_int_equal(alias_of(repository, "champion"), 1);
    assert_int_equal(versions_that_live(repository), 2);
    stored_model m;
    ASSERT_OK(stored_open(repository, "m", &m, &err));
    assert_int_equal(strlen(m.index.version[0].sha256), 64);
    assert_string_equal(m.index.version[0].by, "test");
    assert_string_equal(m.index.version[0].file, "model.h5");
    assert_int_equal(stored_default(&m), 1);
    stored_version *v;
    ASSERT_FAILS(stored_find(&m, "7", &v, &err), MICA_NAME,
                 "has no version \"7\"; it has 1, 2, champion");
    ASSERT_OK(stored_find(&m, "champion", &v, &err));
    assert_int_equal(v->number, 1);
    stored_close(&m);
    nothing_is_left(repository);
    mica_close(&ctx);
}

static void is_refused(mica_context *ctx, publish_options o, mica_status code, const char *words) {
    mica_error err = {0};
    published p;
    o.by = "test";
    ASSERT_FAILS(store_publish(ctx, &o, &p, &err), code, words);
    differences_free(&p.differences);
    nothing_is_left(o.repository);
}

TEST(what_cannot_be_used_is_refused_and_leaves_nothing) {
    mica_context *ctx = mica_open(NULL);
    const char *r = in_folder("refuse"), *broken = in_folder("broken.h5"), *good = plain_file(3);
    const char *const bad_alias[] = {"1"};
    put_file(broken, "no model", 8);
    is_refused(ctx, (publish_options){r, "m", "/nowhere.h5"}, MICA_IO, "/nowhere.h5");
    is_refused(ctx, (publish_options){r, "m", broken}, MICA_FORMAT, "broken.h5");
    is_refused(ctx, (publish_options){r, "a/b", good}, MICA_VALUE, "cannot be a model's name");
    is_refused(ctx, (publish_options){r, "..", good}, MICA_VALUE, "cannot be a model's name");
    is_refused(ctx, (publish_options){r, "x.lock", good}, MICA_VALUE, "cannot be a model's name");
    is_refused(ctx, (publish_options){r, "m", good, .aliases = bad_alias, .alias_count = 1},
               MICA_VALUE, "cannot be an alias");
    assert_int_equal(versions_that_live(r), 0);
    char folder[600];
    snprintf(folder, sizeof folder, "%s/m", r);
    assert_int_equal(access(folder, F_OK), -1);
    publish_case(ctx, r, good, NULL);
    is_refused(ctx, (publish_options){r, "m", good, .version = 1}, MICA_VALUE,
               "version 1: expected 2 or more");
    mica_close(&ctx);
}

TEST(another_contract_is_refused_unless_forced) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *r = in_folder("contract");
    published p;
    publish_options o = {.repository = r, .name = "m", .path = plain_file(4), .by = "test"};
    publish_case(ctx, r, plain_file(3), "champion");
    ASSERT_FAILS(store_publish(ctx, &o, &p, &err), MICA_MISMATCH,
                 "version 1: input \"x\": float32 (None, 4), expected float32 (None, 3)");
    assert_int_equal(p.differences.count, 1);
    differences_free(&p.differences);
    assert_int_equal(versions_that_live(r), 1);
    o.force = true;
    ASSERT_OK(store_publish(ctx, &o, &p, &err));
    assert_int_equal(p.differences.count, 1);
    assert_int_equal(p.version, 2);
    differences_free(&p.differences);
    /* With the champion, not with the newest. */
    assert_int_equal(publish_case(ctx, r, plain_file(3), NULL), 3);
    mica_close(&ctx);
}

TEST(numbers_never_come_twice) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *r = in_folder("numbers");
    int64_t number;
    const change_of c = {ctx, r, "m", "test"};
    publish_case(ctx, r, plain_file(3), "champion");
    publish_case(ctx, r, plain_file(3), NULL);
    ASSERT_OK(store_retire(&c, "2", RETIRE_DELETE, &number, &err));
    assert_int_equal(publish_case(ctx, r, plain_file(3), NULL), 3);
    mica_close(&ctx);
}

TEST(a_folder_of_others_is_taken_up) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *r = in_folder("foreign");
    copy_file(plain_file(3), in_folder("foreign/m/7/model.h5"));
    put_file(in_folder("foreign/m/config.pbtxt"), "", 0);
    put_file(in_folder("foreign/m/08/model.h5"), "", 0); /* no number as it is written */
    stored_model m;
    ASSERT_OK(stored_open(r, "m", &m, &err));
    assert_false(m.indexed);
    assert_int_equal(m.index.versions, 1);
    assert_int_equal(stored_default(&m), 7);
    stored_close(&m);
    assert_int_equal(publish_case(ctx, r, plain_file(3), NULL), 8);
    ASSERT_OK(stored_open(r, "m", &m, &err));
    assert_true(m.indexed);
    assert_int_equal(m.index.versions, 2);
    assert_int_equal(strlen(m.index.version[0].sha256), 64);
    assert_string_equal(m.index.change[0].what, "adopt");
    stored_close(&m);
    put_file(in_folder("foreign/m/9/model.h5"), "", 0);
    put_file(in_folder("foreign/m/9/model.onnx"), "", 0);
    ASSERT_OK(stored_open(r, "m", &m, &err));
    arena a = {0};
    const char *path;
    ASSERT_FAILS(stored_path(&m, &m.index.version[2], &a, &path, &err), MICA_FORMAT,
                 "expected one file model.*, found more");
    stored_close(&m);
    arena_free(&a);
    mica_close(&ctx);
}

TEST(a_file_that_changed_afterwards_is_told) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *r = in_folder("changed");
    publish_case(ctx, r, plain_file(3), NULL);
    copy_file(plain_file(4), in_folder("changed/m/1/model.h5"));
    stored_model m;
    arena a = {0};
    const char *path;
    ASSERT_OK(stored_open(r, "m", &m, &err));
    ASSERT_OK(stored_path(&m, &m.index.version[0], &a, &path, &err));
    ASSERT_FAILS(stored_check_sum(&m.index.version[0], path, &err), MICA_MISMATCH,
                 "changed after it was published");
    stored_close(&m);
    arena_free(&a);
    mica_close(&ctx);
}

/* ---- processes that are killed ---- */

static void die_at(void *user, const char *what) {
    if (!strcmp(user, what)) raise(SIGKILL);
}

static int publish_and_die(const char *repository, const char *step) {
    const char *path = plain_file(3), *alias = "champion";
    int status;
    const pid_t child = fork();
    if (!child) {
        mica_error err = {0};
        published p;
        mica_context *ctx = mica_open(NULL);
        const publish_options o = {.repository = repository,
                                   .name = "m",
                                   .path = path,
                                   .by = "test",
                                   .aliases = &alias,
                                   .alias_count = 1,
                                   .step = die_at,
                                   .user = (void *)step};
        _exit(store_publish(ctx, &o, &p, &err) != MICA_OK);
    }
    assert_true(waitpid(child, &status, 0) == child);
    return status;
}

/* Before "index" nothing is there; there, the version without its alias; after it, all. */
TEST(killed_at_any_step_the_repository_is_whole) {
    mica_context *ctx = mica_open(NULL);
    for (size_t i = 0; i < LENGTH(steps); i++) {
        char name[40];
        snprintf(name, sizeof name, "killed_%zu", i);
        const char *r = in_folder(name);
        const bool moved = i >= 4, all = i == 5;
        assert_int_equal(publish_case(ctx, r, plain_file(3), "champion"), 1);
        assert_true(WIFSIGNALED(publish_and_die(r, steps[i])));
        assert_int_equal(versions_that_live(r), 1 + moved);
        assert_int_equal(alias_of(r, "champion"), 1 + all);
        assert_int_equal(publish_case(ctx, r, plain_file(3), NULL), 2 + moved);
        assert_int_equal(versions_that_live(r), 2 + moved);
        assert_int_equal(alias_of(r, "champion"), 1 + all);
        nothing_is_left(r);
    }
    mica_close(&ctx);
}

TEST(killed_at_any_time_the_repository_is_whole) {
    mica_context *ctx = mica_open(NULL);
    const char *r = in_folder("any_time"), *path = plain_file(3);
    unsigned random = 7;
    publish_case(ctx, r, path, NULL);
    int before = 1;
    for (int i = 0; i < 40; i++) {
        const pid_t child = fork();
        if (!child) {
            mica_context *own = mica_open(NULL);
            for (;;) publish_case(own, r, path, NULL);
        }
        random = random * 1103515245 + 12345;
        nanosleep(&(struct timespec){.tv_nsec = 1000 * (long)(random >> 8 & 16383)}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        const int now = versions_that_live(r);
        assert_true(now >= before);
        before = now;
    }
    publish_case(ctx, r, path, "champion");
    assert_int_equal(versions_that_live(r), before + 1);
    nothing_is_left(r);
    mica_close(&ctx);
}

/* ---- processes that meet ---- */

TEST(publishers_at_once_lose_nothing) {
    enum { PUBLISHERS = 6, TURNS = 5 };
    const char *r = in_folder("at_once"), *path = plain_file(3);
    for (int i = 0; i < PUBLISHERS; i++) {
        if (fork()) continue;
        mica_context *ctx = mica_open(NULL);
        char alias[20];
        for (int k = 0; k < TURNS; k++) {
            snprintf(alias, sizeof alias, "p%d_%d", i, k);
            publish_case(ctx, r, path, alias);
        }
        mica_close(&ctx);
        _exit(0);
    }
    for (int i = 0, status; i < PUBLISHERS; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    bool taken[PUBLISHERS * TURNS + 1] = {0};
    assert_int_equal(versions_that_live(r), PUBLISHERS * TURNS);
    for (int i = 0; i < PUBLISHERS * TURNS; i++) {
        char alias[20];
        snprintf(alias, sizeof alias, "p%d_%d", i / TURNS, i % TURNS);
        const int64_t version = alias_of(r, alias);
        assert_in_range(version, 1, PUBLISHERS * TURNS);
        assert_false(taken[version]);
        taken[version] = true;
    }
    nothing_is_left(r);
}

RUN_TESTS(UNIT(a_version_has_number_sum_and_aliases),
          UNIT(what_cannot_be_used_is_refused_and_leaves_nothing),
          UNIT(another_contract_is_refused_unless_forced), UNIT(numbers_never_come_twice),
          UNIT(a_folder_of_others_is_taken_up), UNIT(a_file_that_changed_afterwards_is_told),
          UNIT(killed_at_any_step_the_repository_is_whole),
          UNIT(killed_at_any_time_the_repository_is_whole), UNIT(publishers_at_once_lose_nothing))
