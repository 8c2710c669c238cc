/* Which lane takes a connection: without sockets, threads and waiting. */
#include "serve/http_exchange.h"

#include "support/testing.h"

enum { LANES = 3 };

typedef struct lanes {
    server s;
    lane lane[LANES + 1]; /* the last is that of administration */
} lanes;

static void set(lanes *all, int first, int second, int third) {
    const int counts[] = {first, second, third};
    *all = (lanes){.s.o.lanes = LANES};
    for (int i = 0; i <= LANES; i++) {
        all->lane[i].http_server = &all->s;
        all->lane[i].number = i;
        all->lane[i].control = i == LANES;
        atomic_store(&all->lane[i].connections, i < LANES ? counts[i] : 1000);
    }
}

TEST(who_has_more_than_another_leaves_one_for_a_moment) {
    static lanes all;
    set(&all, 9, 5, 4);
    assert_false(peers_take(&all.lane[0], true)); /* 5 more; 4 would be as many */
    assert_true(all.lane[0].paused > 0);
    assert_true(peers_take(&all.lane[1], true));
    assert_true(peers_take(&all.lane[2], true));
    assert_true(all.lane[1].paused == 0);
    set(&all, 8, 8, 4);
    for (int i = 0; i < LANES; i++) assert_true(peers_take(&all.lane[i], true));
}

/* Others may be at work for long. */
TEST(what_nobody_else_took_is_taken) {
    static lanes all;
    set(&all, 100, 0, 0);
    for (int i = 0; i < 3; i++) {
        assert_false(peers_take(&all.lane[0], true));
        assert_true(peers_take(&all.lane[0], true));
    }
}

TEST(administration_and_who_ends_take_all) {
    static lanes all;
    set(&all, 100, 0, 0);
    assert_true(peers_take(&all.lane[LANES], true));
    atomic_store(&all.lane[0].quiet, true);
    assert_true(peers_take(&all.lane[0], true));
}

/* Whoever wakes first, each time the same lane: a connection that it leaves is the next one's. */
TEST(many_connections_are_shared_evenly) {
    static lanes all;
    for (int eager = 0; eager < LANES; eager++) {
        set(&all, 0, 0, 0);
        for (int i = 0; i < 3000; i++) {
            int at = eager;
            while (!peers_take(&all.lane[at], true)) at = (at + 1) % LANES;
            atomic_fetch_add(&all.lane[at].connections, 1);
            for (int k = 0; k < LANES; k++) assert_false(peers_take(&all.lane[k], false));
        }
        for (int i = 0; i < LANES; i++) {
            const int count = atomic_load(&all.lane[i].connections);
            assert_true(count >= 1000 - 5 && count <= 1000 + 5);
        }
    }
}

TEST(what_another_took_is_forgotten) {
    static lanes all;
    set(&all, 100, 0, 0);
    for (int i = 0; i < 3; i++) {
        assert_false(peers_take(&all.lane[0], true));
        assert_false(peers_take(&all.lane[0], false)); /* nothing waits any more */
    }
}

RUN_TESTS(UNIT(who_has_more_than_another_leaves_one_for_a_moment),
          UNIT(what_nobody_else_took_is_taken), UNIT(administration_and_who_ends_take_all),
          UNIT(many_connections_are_shared_evenly), UNIT(what_another_took_is_forgotten))
