#include "base/busy.h"

#include "support/testing.h"

#define MS 1000000LL

static void feed(busy_state *b, int64_t *now, int samples, double share) {
    for (int i = 0; i < samples; i++) {
        *now += 5 * MS;
        busy_update(b, *now, 5 * MS, (int64_t)(share * 5 * MS));
    }
}

TEST(one_bad_sample_changes_nothing) {
    busy_state b = {.threads = 4, .limit = 4};
    int64_t now = 0;
    feed(&b, &now, 1, 0.9);
    feed(&b, &now, 1, 0.0);
    feed(&b, &now, 1, 0.9);
    assert_int_equal(b.limit, 4);
}

TEST(two_bad_samples_take_away_as_many_threads_as_waited) {
    int64_t now = 0;
    busy_state one = {.threads = 4, .limit = 4}, two = one, all = one;
    feed(&one, &now, 2, 0.5);
    assert_int_equal(one.limit, 3);
    feed(&two, &now, 2, 1.6);
    assert_int_equal(two.limit, 2);
    feed(&all, &now, 2, 9.0);
    assert_int_equal(all.limit, 1);
}

TEST(a_small_delay_is_borne) {
    busy_state b = {.threads = 2, .limit = 2};
    int64_t now = 0;
    feed(&b, &now, 100, 0.1);
    assert_int_equal(b.limit, 2);
}

TEST(a_failed_trial_doubles_the_pause_and_a_clean_one_ends_it) {
    busy_state b = {.threads = 2, .limit = 2};
    int64_t now = 0;
    feed(&b, &now, 2, 0.5);
    assert_int_equal(b.limit, 1);
    feed(&b, &now, 49, 0); /* 245 ms */
    assert_int_equal(b.limit, 1);
    feed(&b, &now, 1, 0);
    assert_int_equal(b.limit, 2);
    feed(&b, &now, 1, 0.5); /* the trial alone decides */
    assert_int_equal(b.limit, 1);
    feed(&b, &now, 99, 0); /* 495 ms */
    assert_int_equal(b.limit, 1);
    feed(&b, &now, 2, 0);
    assert_int_equal(b.limit, 2);
    feed(&b, &now, 250, 0);
    assert_int_equal(b.limit, 2);
    assert_int_equal(b.backoff_ns, 0); /* a second without delay: forgotten */
}

TEST(the_kernels_figure_grows_or_is_not_there) {
    int64_t first = run_delay_ns(thread_id_self()), second = run_delay_ns(thread_id_self());
    if (first >= 0) assert_true(second >= first);
    assert_int_equal(run_delay_ns(0x7ffffff0), -1);
}

RUN_TESTS(UNIT(one_bad_sample_changes_nothing),
          UNIT(two_bad_samples_take_away_as_many_threads_as_waited), UNIT(a_small_delay_is_borne),
          UNIT(a_failed_trial_doubles_the_pause_and_a_clean_one_ends_it),
          UNIT(the_kernels_figure_grows_or_is_not_there))
