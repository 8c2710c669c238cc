/* Which way a short plan takes, by what trials of both ways took. */
#include "plan/pace.h"
#include "support/testing.h"

/* A whole trial: so long on the team, so long alone. */
static void try_both(pace *p, int64_t together, int64_t alone) {
    for (int i = 0; i < 2 * PACE_TRIES; i++) {
        assert_true(pace_trying(p));
        assert_int_equal(pace_is_alone(p), i >= PACE_TRIES);
        int64_t odd = i % 4 == 0 ? 900000 : 0; /* somebody else had the core: no matter */
        pace_note(p, (i < PACE_TRIES ? together : alone) + odd);
    }
}

/* Runs on a team of two until the next trial is due; how many of them were alone. */
static int64_t run_until_trial(pace *p, team *t, int64_t *runs) {
    int64_t alone = 0;
    for (*runs = 0; !pace_trying(p); ++*runs) {
        pace_begin(p, t);
        alone += team_stands_aside(t);
        pace_end(p, t);
        assert_false(team_stands_aside(t));
    }
    return alone;
}

TEST(a_short_plan_keeps_to_the_faster_way_and_tries_again) {
    team *t = team_open(2);
    pace p = {0};
    int64_t runs;
    try_both(&p, 40000, 30000);
    assert_int_equal(run_until_trial(&p, t, &runs), PACE_BETWEEN);
    assert_int_equal(runs, PACE_BETWEEN);
    try_both(&p, 20000, 30000); /* the machine is another one now */
    assert_int_equal(run_until_trial(&p, t, &runs), 0);
    team_close(t);
}

TEST(a_long_plan_is_left_to_the_team) {
    pace p = {0};
    for (int i = 0; i < PACE_TRIES; i++) {
        assert_true(pace_trying(&p));
        pace_note(&p, 9000000);
    }
    assert_false(pace_trying(&p));
    assert_false(pace_is_alone(&p));
}

TEST(a_run_within_another_leaves_its_team_alone) {
    team *t = team_open(2);
    pace outer = {.left = 10, .alone = true}, inner = {.left = 10};
    pace_begin(&outer, t);
    assert_true(team_stands_aside(t));
    pace_begin(&inner, t);
    pace_end(&inner, t);
    assert_true(team_stands_aside(t));
    pace_end(&outer, t);
    assert_false(team_stands_aside(t));
    team_close(t);
}

static void count(void *arg, int64_t begin, int64_t end) { *(int64_t *)arg += end - begin; }

TEST(a_team_that_stands_aside_leaves_the_caller_to_work) {
    team *t = team_open(3);
    int64_t done = 0; /* no atomic: one thread adds */
    team_stand_aside(t, true);
    assert_int_equal(team_effective_threads(t), 1);
    for (int i = 0; i < 100; i++) parallel_for(t, 1000, 1, count, &done);
    assert_int_equal(done, 100000);
    team_stand_aside(t, false);
    team_close(t);
}

RUN_TESTS(UNIT(a_short_plan_keeps_to_the_faster_way_and_tries_again),
          UNIT(a_long_plan_is_left_to_the_team), UNIT(a_run_within_another_leaves_its_team_alone),
          UNIT(a_team_that_stands_aside_leaves_the_caller_to_work))
