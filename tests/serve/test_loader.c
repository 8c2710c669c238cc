/* The thread that loads: order, limits, and its end while something runs. */
#include "serve/loader.h"

#include "support/testing.h"

#include <sched.h>
#include <semaphore.h>
#include <string.h>

enum { JOBS = 4 };

/* What a job was, and how it went. */
typedef struct told {
    char text[64];
    mica_status status;
    char why[64];
    int times;
} told;

typedef struct room {
    sem_t begun, go, done; /* of each job */
    char order[JOBS + 1];
    int count;
} room;

static void room_open(room *r) {
    *r = (room){.count = 0};
    sem_init(&r->begun, 0, 0), sem_init(&r->go, 0, 0), sem_init(&r->done, 0, 0);
}

static void room_close(room *r) {
    sem_destroy(&r->begun), sem_destroy(&r->go), sem_destroy(&r->done);
}

/* Fails where the version is "bad". */
static mica_status work(void *user, const char *model, const char *version, mica_error *err) {
    room *r = user;
    sem_post(&r->begun);
    sem_wait(&r->go);
    r->order[r->count++] = *model;
    sem_post(&r->done);
    return version && !strcmp(version, "bad") ? fail(err, MICA_NAME, "no version %s", version)
                                              : MICA_OK;
}

static void done(void *waiter, mica_status status, const mica_error *err) {
    told *t = waiter;
    t->status = status;
    t->times++;
    if (status != MICA_OK) snprintf(t->why, sizeof t->why, "%.60s", err->message);
}

static mica_status put(loader *l, room *r, const char *model, const char *version, int most,
                       told *t, mica_error *err) {
    char own[8]; /* copied by the loader */
    snprintf(own, sizeof own, "%s", model);
    const mica_status status = loader_put(l, &(load_job){work, r, own, version, most, done, t},
                                          err);
    memset(own, 0, sizeof own);
    return status;
}

TEST(jobs_run_in_order_and_each_is_told_how_it_went) {
    mica_error err = {0};
    loader *l = NULL;
    room r;
    told t[JOBS] = {0};
    const char *names[JOBS] = {"a", "b", "c", "d"};
    room_open(&r);
    ASSERT_OK(loader_open(&l, &err));
    assert_false(loader_busy(l));
    for (int i = 0; i < JOBS; i++)
        ASSERT_OK(put(l, &r, names[i], i == 2 ? "bad" : NULL, 0, &t[i], &err));
    sem_wait(&r.begun);
    assert_true(loader_busy(l));
    for (int i = 0; i < JOBS; i++) sem_post(&r.go);
    for (int i = 0; i < JOBS; i++) sem_wait(&r.done);
    while (loader_busy(l)) sched_yield();
    assert_string_equal(r.order, "abcd");
    loader_stop(l);
    loader_close(l);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(t[i].times, 1);
        assert_int_equal(t[i].status, i == 2 ? MICA_NAME : MICA_OK);
    }
    assert_string_equal(t[2].why, "no version bad");
    room_close(&r);
}

TEST(so_many_wait_and_no_more) {
    mica_error err = {0};
    loader *l = NULL;
    room r;
    told t[JOBS] = {0};
    room_open(&r);
    ASSERT_OK(loader_open(&l, &err));
    ASSERT_OK(put(l, &r, "a", NULL, 2, &t[0], &err));
    sem_wait(&r.begun); /* it waits no more */
    ASSERT_OK(put(l, &r, "b", NULL, 2, &t[1], &err));
    ASSERT_OK(put(l, &r, "c", NULL, 2, &t[2], &err));
    ASSERT_FAILS(put(l, &r, "d", NULL, 2, &t[3], &err), MICA_BUSY, "2 requests");
    ASSERT_OK(put(l, &r, "d", NULL, 0, &t[3], &err)); /* not a request's */
    for (int i = 0; i < JOBS; i++) sem_post(&r.go);
    for (int i = 0; i < JOBS; i++) sem_wait(&r.done);
    while (loader_busy(l)) sched_yield();
    loader_stop(l);
    loader_close(l);
    for (int i = 0; i < JOBS; i++) assert_int_equal(t[i].times, 1);
    assert_string_equal(r.order, "abcd");
    room_close(&r);
}

TEST(the_end_tells_who_waits_and_does_not_wait_for_what_runs) {
    mica_error err = {0};
    loader *l = NULL;
    room r;
    told t[2] = {0};
    room_open(&r);
    ASSERT_OK(loader_open(&l, &err));
    ASSERT_OK(put(l, &r, "a", NULL, 0, &t[0], &err));
    sem_wait(&r.begun);
    ASSERT_OK(put(l, &r, "b", NULL, 0, &t[1], &err));
    loader_stop(l);
    loader_stop(l);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(t[i].times, 1);
        assert_int_equal(t[i].status, MICA_INTERRUPTED);
        assert_string_equal(t[i].why, "the server ends");
    }
    ASSERT_FAILS(put(l, &r, "c", NULL, 0, &t[1], &err), MICA_INTERRUPTED, "the server ends");
    assert_true(loader_busy(l));
    sem_post(&r.go);
    sem_wait(&r.done);
    loader_close(l); /* waits for it */
    assert_string_equal(r.order, "a");
    assert_int_equal(t[0].times, 1); /* not told twice */
    room_close(&r);
}

RUN_TESTS(UNIT(jobs_run_in_order_and_each_is_told_how_it_went), UNIT(so_many_wait_and_no_more),
          UNIT(the_end_tells_who_waits_and_does_not_wait_for_what_runs))
