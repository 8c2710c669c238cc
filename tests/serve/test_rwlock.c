/* Who waits to write is not passed by those that come to read. */
#include "serve/rwlock.h"

#include "support/testing.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_rwlock_t lock;
static atomic_int writer;

static void *write_once(void *unused) {
    atomic_store(&writer, gettid());
    pthread_rwlock_wrlock(&lock);
    pthread_rwlock_unlock(&lock);
    return NULL;
}

/* Whether it sleeps: there is nothing but the lock that it could wait for. */
static bool sleeps(int thread) {
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    const char *end = strrchr(text, ')');
    return end && end[2] == 'S';
}

TEST(a_writer_that_waits_goes_before_later_readers) {
#ifndef __GLIBC__
    skip();
#endif
    pthread_t thread;
    rwlock_open(&lock);
    assert_int_equal(pthread_rwlock_rdlock(&lock), 0);
    assert_int_equal(pthread_rwlock_tryrdlock(&lock), 0); /* nobody waits */
    pthread_rwlock_unlock(&lock);
    assert_int_equal(pthread_create(&thread, NULL, write_once, NULL), 0);
    while (!atomic_load(&writer) || !sleeps(atomic_load(&writer))) sched_yield();
    assert_int_equal(pthread_rwlock_tryrdlock(&lock), EBUSY);
    pthread_rwlock_unlock(&lock);
    pthread_join(thread, NULL);
    assert_int_equal(pthread_rwlock_tryrdlock(&lock), 0);
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_destroy(&lock);
}

RUN_TESTS(UNIT(a_writer_that_waits_goes_before_later_readers))
