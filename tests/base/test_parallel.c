#include "base/parallel.h"

#include "base/memory.h"
#include "support/testing.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct seen {
    atomic_int times[1000];
    int64_t grain, n;
    atomic_int wrong;
} seen;

static void mark(void *arg, int64_t begin, int64_t end) {
    seen *s = arg;
    if (begin % s->grain || (end - begin != s->grain && end != s->n))
        atomic_fetch_add(&s->wrong, 1);
    for (int64_t i = begin; i < end; i++) atomic_fetch_add(&s->times[i], 1);
}

static void check_cover(team *t, int64_t n, int64_t grain) {
    seen *s = allocate(1, sizeof *s);
    assert_non_null(s);
    s->grain = grain, s->n = n;
    parallel_for(t, n, grain, mark, s);
    assert_int_equal(s->wrong, 0);
    for (int64_t i = 0; i < 1000; i++) assert_int_equal(s->times[i], i < n);
    free(s);
}

TEST(pieces_cover_every_item_once) {
    const int64_t sizes[] = {0, 1, 2, 7, 64, 65, 999, 1000}, grains[] = {1, 3, 64, 1000};
    for (int threads = 1; threads <= 5; threads++) {
        team *t = team_open(threads);
        assert_int_equal(team_threads(t), threads);
        for (size_t i = 0; i < LENGTH(sizes); i++)
            for (size_t j = 0; j < LENGTH(grains); j++) check_cover(t, sizes[i], grains[j]);
        team_close(t);
    }
}

TEST(no_team_runs_in_the_caller) {
    assert_int_equal(team_threads(NULL), 1);
    assert_int_equal(team_effective_threads(NULL), 1);
    check_cover(NULL, 1000, 7);
    team_close(NULL);
}

TEST(effective_threads_stay_within_the_team) {
    team *t = team_open(3);
    for (int i = 0; i < 1000; i++) assert_in_range(team_effective_threads(t), 1, 3);
    team_close(t);
}

typedef struct nest {
    team *team;
    atomic_int sum;
} nest;

static void add_piece(void *arg, int64_t begin, int64_t end) {
    atomic_fetch_add(&((nest *)arg)->sum, (int)(end - begin));
}

static void outer_piece(void *arg, int64_t begin, int64_t end) {
    parallel_for(((nest *)arg)->team, 10, 1, add_piece, arg);
}

TEST(a_region_within_a_region_runs_in_its_caller) {
    nest n = {.team = team_open(4)};
    for (int i = 0; i < 50; i++) parallel_for(n.team, 20, 1, outer_piece, &n);
    assert_int_equal(n.sum, 50 * 20 * 10);
    team_close(n.team);
}

static void *use_own_team(void *arg) {
    nest n = {.team = team_open(3)};
    for (int i = 0; i < 200; i++) parallel_for(n.team, 100, 1, add_piece, &n);
    team_close(n.team);
    return (void *)(intptr_t)(n.sum == 200 * 100);
}

TEST(teams_of_several_threads_run_side_by_side) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_own_team, NULL), 0);
    for (int i = 0; i < 3; i++) {
        void *right = NULL;
        pthread_join(threads[i], &right);
        assert_non_null(right);
    }
}

TEST(many_short_regions_lose_nothing) {
    nest n = {.team = team_open(4)};
    for (int i = 0; i < 5000; i++) parallel_for(n.team, 8, 1, add_piece, &n);
    assert_int_equal(n.sum, 5000 * 8);
    team_close(n.team);
}

#ifdef _OPENMP
#include <omp.h>
TEST(the_callers_openmp_settings_stay) {
    omp_set_num_threads(3);
    nest n = {.team = team_open(2)};
    parallel_for(n.team, 8, 1, add_piece, &n);
    assert_int_equal(omp_get_max_threads(), 3);
    team_close(n.team);
}
#else
TEST(the_callers_openmp_settings_stay) {} /* there are none */
#endif

RUN_TESTS(UNIT(pieces_cover_every_item_once), UNIT(no_team_runs_in_the_caller),
          UNIT(effective_threads_stay_within_the_team),
          UNIT(a_region_within_a_region_runs_in_its_caller),
          UNIT(teams_of_several_threads_run_side_by_side), UNIT(many_short_regions_lose_nothing),
          UNIT(the_callers_openmp_settings_stay))
