/* Waiting, batches, deadlines, priorities, limits. */
#include "serve/engine.h"
#include "serve/served_batch.h"

#include "served_case.h"

#include <math.h>
#include <semaphore.h>
#include <unistd.h>

typedef struct asked {
    inference x;
    atomic_int done;
    mica_status status;
    int turn; /* in which it was answered */
} asked;

static atomic_int turns;

static void note(void *user, mica_status status, const mica_error *err) {
    asked *a = user;
    a->status = status;
    a->turn = atomic_fetch_add(&turns, 1);
    atomic_store(&a->done, 1);
}

static void fill(asked *a, served *s, int64_t rows, float first) {
    mica_error err = {0};
    *a = (asked){.x.contract = &s->contract};
    ASSERT_OK(inference_place(&a->x, 0, &(shape){.rank = 2, .dims = {rows, 3}}, &err));
    for (int64_t i = 0; i < rows * 3; i++) ((float *)a->x.in[0])[i] = first + (float)i;
    ASSERT_OK(inference_complete(&a->x, &err));
}

static void submit(engine *e, served *s, asked *a, bool lane) {
    mica_error err = {0};
    ASSERT_OK(engine_submit(e, s, &a->x, lane, note, a, &err));
}

/* What the model gives, run alone. */
static void check(served *s, asked *a) {
    mica_error err = {0};
    asked alone;
    assert_int_equal(a->status, MICA_OK);
    fill(&alone, s, a->x.rows, ((float *)a->x.in[0])[0]);
    ASSERT_OK(served_place_outputs(s, &alone.x, &err));
    ASSERT_OK(served_run(s, 3, alone.x.rows, alone.x.in, alone.x.out, &err));
    ASSERT_CLOSE((float *)a->x.out[0], (float *)alone.x.out[0], a->x.rows * 2, 1e-6);
    inference_free(&alone.x);
    inference_free(&a->x);
}

/* Whatever the clock said when it was loaded. */
static void set_batch(served *s, int64_t rows) {
    s->batch = rows;
    for (int i = 0; i < s->contract.inputs; i++)
        release_aligned(s->room[0].in[i]), s->room[0].in[i] = NULL;
    for (int i = 0; i < s->contract.outputs; i++)
        release_aligned(s->room[0].out[i]), s->room[0].out[i] = NULL;
}

/* One that waits long for others, and its engine. */
static served *open_patient(int64_t batch, engine **e) {
    mica_error err = {0};
    served *s = load_case(model_file("m.h5", false), "m", "1");
    set_batch(s, batch);
    s->options.max_delay = 1000;
    ASSERT_OK(engine_open(1, 2, e, &err));
    return s;
}

TEST(what_came_together_runs_together_and_each_gets_its_own) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked a[12];
    set_batch(s, 8);
    ASSERT_OK(engine_open(1, 2, &e, &err));
    for (int i = 0; i < 12; i++)
        fill(&a[i], s, i == 5 ? 3 : 1, (float)i), submit(e, s, &a[i], true);
    assert_int_equal(engine_waiting(e, s), 12);
    while (engine_drain(e, 0) == 0) continue;
    assert_int_equal(engine_waiting(e, s), 0);
    for (int i = 0; i < 12; i++) check(s, &a[i]);
    assert_true(meter_read(&s->counters.batch).total < 12);
    engine_close(e);
    served_release(s);
}

static sem_t entered, leave;

static void hold_up(void *user, mica_status status, const mica_error *err) {
    sem_post(&entered);
    sem_wait(&leave);
    note(user, status, err);
}

TEST(a_worker_that_does_not_move_on_is_seen) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked a;
    sem_init(&entered, 0, 0), sem_init(&leave, 0, 0);
    ASSERT_OK(engine_open(2, 2, &e, &err));
    while (engine_busy(e) > 0) usleep(100); /* threads that begin */
    fill(&a, s, 1, 0.5f);
    ASSERT_OK(engine_submit(e, s, &a.x, false, hold_up, &a, &err));
    sem_wait(&entered);
    const double busy = engine_busy(e);
    usleep(1000);
    assert_true(engine_busy(e) >= busy + 0.001);
    sem_post(&leave);
    while (engine_busy(e) > 0) usleep(100);
    engine_close(e);
    check(s, &a);
    served_release(s);
    sem_destroy(&entered), sem_destroy(&leave);
}

TEST(more_rows_than_a_batch_run_in_pieces) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked a;
    ASSERT_OK(engine_open(1, 2, &e, &err));
    fill(&a, s, 29, 0.5f);
    submit(e, s, &a, true);
    engine_drain(e, 1);
    check(s, &a);
    engine_close(e);
    served_release(s);
}

TEST(the_urgent_go_first_and_others_in_their_order) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked a[4];
    const int priority[] = {0, 2, 1, 2};
    set_batch(s, 1);
    atomic_store(&turns, 0);
    ASSERT_OK(engine_open(1, 2, &e, &err));
    for (int i = 0; i < 4; i++) {
        fill(&a[i], s, 1, (float)i);
        a[i].x.priority = priority[i];
        submit(e, s, &a[i], true);
    }
    while (engine_drain(e, 0) == 0) continue;
    const int turn[] = {3, 1, 0, 2};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(a[i].turn, turn[i]);
        check(s, &a[i]);
    }
    engine_close(e);
    served_release(s);
}

TEST(what_is_too_late_is_not_run) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked late, other;
    ASSERT_OK(engine_open(1, 2, &e, &err));
    fill(&late, s, 1, 0), fill(&other, s, 1, 1);
    late.x.timeout_us = 1;
    submit(e, s, &late, true), submit(e, s, &other, true);
    usleep(2000);
    while (engine_drain(e, 0) == 0) continue;
    assert_int_equal(late.status, MICA_TIMEOUT);
    assert_null(late.x.out[0]);
    inference_free(&late.x);
    check(s, &other);
    assert_int_equal(atomic_load(&s->counters.refused), 1);
    engine_close(e);
    served_release(s);
}

/* Nobody is free to run them, and no batch is due: they are told all the same. */
TEST(what_is_too_late_is_told_whatever_others_do) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked held, first, last, waits, between;
    sem_init(&entered, 0, 0), sem_init(&leave, 0, 0);
    s->options.max_delay = 1000;
    set_batch(s, 1);
    ASSERT_OK(engine_open(1, 2, &e, &err));
    fill(&held, s, 1, 0), fill(&first, s, 1, 1), fill(&waits, s, 1, 2), fill(&between, s, 1, 3);
    fill(&last, s, 1, 4);
    first.x.timeout_us = between.x.timeout_us = last.x.timeout_us = 1;
    first.x.priority = 1;
    ASSERT_OK(engine_submit(e, s, &held.x, false, hold_up, &held, &err));
    sem_wait(&entered); /* the only worker is busy from here on */
    set_batch(s, 8);
    submit(e, s, &waits, false), submit(e, s, &between, false), submit(e, s, &first, false);
    usleep(2000);
    while (engine_drain(e, 0) == 0) continue;
    assert_int_equal(first.status, MICA_TIMEOUT);
    assert_int_equal(between.status, MICA_TIMEOUT);
    assert_int_equal(atomic_load(&waits.done), 0);
    submit(e, s, &last, false); /* behind one that others were taken out around */
    usleep(2000);
    while (engine_drain(e, 0) == 0) continue;
    assert_int_equal(last.status, MICA_TIMEOUT);
    assert_int_equal(engine_waiting(e, s), 1);
    assert_true(isinf(engine_drain(e, 0))); /* no deadline is left, and no batch of a lane */
    sem_post(&leave);
    engine_close(e);
    check(s, &held), check(s, &waits);
    inference_free(&first.x), inference_free(&between.x), inference_free(&last.x);
    served_release(s);
    sem_destroy(&entered), sem_destroy(&leave);
}

TEST(a_full_queue_refuses) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked a[17];
    ASSERT_OK(engine_open(1, 2, &e, &err));
    for (int i = 0; i < 16; i++) fill(&a[i], s, 1, (float)i), submit(e, s, &a[i], true);
    fill(&a[16], s, 1, 0);
    ASSERT_FAILS(engine_submit(e, s, &a[16].x, true, note, &a[16], &err), MICA_BUSY,
                 "16 requests wait already");
    assert_int_equal(atomic_load(&a[16].done), 0);
    inference_free(&a[16].x);
    while (engine_drain(e, 0) == 0) continue;
    for (int i = 0; i < 16; i++) check(s, &a[i]);
    engine_close(e);
    served_release(s);
}

TEST(a_delay_waits_for_others_and_a_full_batch_ends_it) {
    engine *e = NULL;
    served *s = open_patient(2, &e);
    asked a[2];
    fill(&a[0], s, 1, 0), submit(e, s, &a[0], true);
    const double due = engine_drain(e, 0);
    assert_true(due > 900 && due <= 1000);
    assert_int_equal(atomic_load(&a[0].done), 0);
    fill(&a[1], s, 1, 1), submit(e, s, &a[1], true);
    engine_drain(e, 0);
    check(s, &a[0]), check(s, &a[1]);
    engine_close(e);
    served_release(s);
}

/* To wait for others must not make it too late, nor may urgent ones make others wait longer. */
TEST(a_delay_is_half_of_what_a_request_allows_and_counts_from_the_oldest) {
    engine *e = NULL;
    served *s = open_patient(8, &e);
    asked a[3];
    for (int i = 0; i < 3; i++) fill(&a[i], s, 1, (float)i);
    submit(e, s, &a[0], true);
    assert_true(engine_drain(e, 0) > 900);
    a[1].x.timeout_us = 400 * 1000000;
    submit(e, s, &a[1], true);
    const double due = engine_drain(e, 0);
    assert_true(due > 100 && due <= 200);
    s->first->entered -= 990; /* the oldest, which allows all of the delay */
    a[2].x.priority = 1;
    submit(e, s, &a[2], true);
    const double soon = engine_drain(e, 0);
    assert_true(soon > 0 && soon <= 10);
    s->options.max_delay = 0;
    while (engine_drain(e, 0) == 0) continue;
    for (int i = 0; i < 3; i++) check(s, &a[i]);
    engine_close(e);
    served_release(s);
}

TEST(workers_run_what_no_lane_will_and_closing_answers_all) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked a[8];
    ASSERT_OK(engine_open(2, 2, &e, &err));
    for (int i = 0; i < 8; i++) fill(&a[i], s, 2, (float)i), submit(e, s, &a[i], false);
    engine_close(e);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(atomic_load(&a[i].done), 1);
        check(s, &a[i]);
    }
    served_release(s);
}

TEST(what_ends_takes_nothing_and_lanes_drain_what_waits) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("m.h5", false), "m", "1");
    asked waits, late;
    s->options.max_delay = 1000;
    ASSERT_OK(engine_open(1, 2, &e, &err));
    fill(&waits, s, 1, 0), submit(e, s, &waits, true);
    engine_drain(e, 0);
    assert_int_equal(atomic_load(&waits.done), 0);
    engine_stop(e);
    fill(&late, s, 1, 1);
    ASSERT_FAILS(engine_submit(e, s, &late.x, true, note, &late, &err), MICA_INTERRUPTED, "ends");
    inference_free(&late.x);
    while (engine_drain(e, 0) == 0) continue;
    assert_int_equal(atomic_load(&waits.done), 1); /* nothing waits for others any more */
    check(s, &waits);
    engine_close(e);
    served_release(s);
}

/* `rows` sequences of `steps`, which `number` tells from others'. */
static void fill_steps(asked *a, served *s, int64_t rows, int64_t steps, int number) {
    mica_error err = {0};
    *a = (asked){.x.contract = &s->contract};
    ASSERT_OK(inference_place(&a->x, 0, &(shape){.rank = 3, .dims = {rows, steps, 3}}, &err));
    for (int64_t i = 0; i < rows * steps * 3; i++)
        ((float *)a->x.in[0])[i] = (float)((i * 7 + number * 5) % 11) / 11;
    ASSERT_OK(inference_complete(&a->x, &err));
}

/* Each is what it is alone. */
static void check_steps(served *s, asked *a, int number) {
    mica_error err = {0};
    asked alone;
    assert_int_equal(a->status, MICA_OK);
    fill_steps(&alone, s, a->x.rows, a->x.in_shape[0].dims[1], number);
    ASSERT_OK(served_run_batch(s, 0, &(gathered){&alone.x, 1, alone.x.rows}, &err));
    assert_int_equal(a->x.out_shape[0].dims[0], a->x.rows);
    ASSERT_CLOSE((float *)a->x.out[0], (float *)alone.x.out[0], a->x.rows * 2, 1e-6);
    inference_free(&alone.x);
    inference_free(&a->x);
}

TEST(sequences_of_one_length_run_together) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("free.h5", true), "m", "1");
    asked held, a[15];
    sem_init(&entered, 0, 0), sem_init(&leave, 0, 0);
    assert_int_equal(s->batch, 8);
    ASSERT_OK(engine_open(1, 2, &e, &err));
    fill_steps(&held, s, 1, 9, 99);
    ASSERT_OK(engine_submit(e, s, &held.x, true, hold_up, &held, &err));
    sem_wait(&entered);
    for (int i = 0; i < 15; i++) { /* 4 and 5 steps in turn, and one that is larger than a batch */
        fill_steps(&a[i], s, i == 14 ? 21 : 1 + i / 12, 4 + i % 2, i);
        submit(e, s, &a[i], true);
    }
    const uint64_t before = meter_read(&s->counters.batch).total;
    sem_post(&leave);
    engine_close(e);
    /* Of 4 steps 8 rows of 7 requests, then the large one; of 5 steps 8 rows of 7. */
    assert_int_equal(meter_read(&s->counters.batch).total - before, 3);
    check_steps(s, &held, 99);
    for (int i = 0; i < 15; i++) check_steps(s, &a[i], i);
    served_release(s);
    sem_destroy(&entered), sem_destroy(&leave);
}

TEST(sequences_wait_for_those_that_run_and_leave_workers_to_others) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("free.h5", true), "m", "1"),
           *other = load_case(model_file("m.h5", false), "other", "1");
    asked held, more, b;
    sem_init(&entered, 0, 0), sem_init(&leave, 0, 0);
    ASSERT_OK(engine_open(2, 2, &e, &err));
    fill_steps(&held, s, 1, 9, 99);
    ASSERT_OK(engine_submit(e, s, &held.x, true, hold_up, &held, &err));
    sem_wait(&entered);
    fill_steps(&more, s, 1, 5, 1);
    submit(e, s, &more, true);
    fill(&b, other, 1, 0.5f);
    submit(e, other, &b, false);
    while (!atomic_load(&b.done)) usleep(100);
    assert_int_equal(atomic_load(&more.done), 0);
    sem_post(&leave);
    engine_close(e);
    check_steps(s, &held, 99);
    check_steps(s, &more, 1);
    check(other, &b);
    served_release(s), served_release(other);
    sem_destroy(&entered), sem_destroy(&leave);
}

TEST(a_model_with_free_extents_takes_sequences_of_any_length) {
    mica_error err = {0};
    engine *e = NULL;
    served *s = load_case(model_file("free.h5", true), "m", "1");
    asked a[3] = {0};
    ASSERT_OK(engine_open(1, 2, &e, &err));
    for (int i = 0; i < 3; i++) {
        const shape steps = {.rank = 3, .dims = {2, 4 + i % 2, 3}};
        a[i].x.contract = &s->contract;
        ASSERT_OK(inference_place(&a[i].x, 0, &steps, &err));
        ASSERT_OK(inference_complete(&a[i].x, &err));
        submit(e, s, &a[i], true);
    }
    engine_close(e);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(a[i].status, MICA_OK);
        assert_int_equal(a[i].x.out_shape[0].dims[0], 2);
        ASSERT_CLOSE((float *)a[i].x.out[0], (float *)a[0].x.out[0], 4,
                     1); /* zeros in: all alike */
    }
    for (int i = 0; i < 3; i++) inference_free(&a[i].x);
    served_release(s);
}

/* A hundred bytes could ask for them. */
TEST(rows_of_nothing_and_outputs_of_too_much_are_refused) {
    mica_error err = {0};
    served *s = load_case(model_file("free.h5", true), "m", "1");
    inference x = {.contract = &s->contract};
    const shape some = {.rank = 3, .dims = {1, 2, 3}};
    for (int i = 0; i < 2; i++) {
        shape none = {.rank = 3, .dims = {1 << 20, 2, 3}};
        none.dims[i] = 0;
        ASSERT_FAILS(inference_place(&x, 0, &none, &err), MICA_SHAPE, "expected (None, None, 3)");
    }
    ASSERT_OK(inference_place(&x, 0, &some, &err));
    x.rows = MOST_OUTPUT_BYTES / 4096;
    ASSERT_OK(inference_place_output(&x, 0, &some, 4096, &err));
    x.rows++;
    ASSERT_FAILS(inference_place_output(&x, 0, &some, 4096, &err), MICA_VALUE,
                 "more than 256 MiB for 65537 rows");
    x.rows = INT64_MAX;
    ASSERT_FAILS(inference_place_output(&x, 0, &some, 4096, &err), MICA_VALUE, "more than 256 MiB");
    inference_free(&x);
    served_release(s);
}

RUN_TESTS(UNIT(what_came_together_runs_together_and_each_gets_its_own),
          UNIT(a_worker_that_does_not_move_on_is_seen), UNIT(more_rows_than_a_batch_run_in_pieces),
          UNIT(the_urgent_go_first_and_others_in_their_order), UNIT(what_is_too_late_is_not_run),
          UNIT(what_is_too_late_is_told_whatever_others_do), UNIT(a_full_queue_refuses),
          UNIT(a_delay_waits_for_others_and_a_full_batch_ends_it),
          UNIT(a_delay_is_half_of_what_a_request_allows_and_counts_from_the_oldest),
          UNIT(workers_run_what_no_lane_will_and_closing_answers_all),
          UNIT(what_ends_takes_nothing_and_lanes_drain_what_waits),
          UNIT(sequences_of_one_length_run_together),
          UNIT(sequences_wait_for_those_that_run_and_leave_workers_to_others),
          UNIT(a_model_with_free_extents_takes_sequences_of_any_length),
          UNIT(rows_of_nothing_and_outputs_of_too_much_are_refused))
