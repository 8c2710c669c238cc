/* Copies of requests: what their answers are compared with, and what is counted. */
#include "serve/shadow.h"

#include "served_case.h"

#include <time.h>

/* Version 1 answers; 2 is the same, 3 has other weights, 4 another width. */
typedef struct stage {
    engine *engine;
    models *models;
    traffic *traffic;
    shadows *shadows;
    served *version[5];
} stage;

static void open_stage(stage *s) {
    mica_error err = {0};
    const char *path[] = {NULL, model_file("1.h5", false), model_file("2.h5", false),
                          model_file_of("3.h5", false, 3, 8), model_file_of("4.h5", false, 4, 5)};
    *s = (stage){0};
    ASSERT_OK(engine_open(1, 2, &s->engine, &err));
    ASSERT_OK(models_open(&s->models, &err));
    ASSERT_OK(traffic_open(&s->traffic, &err));
    ASSERT_OK(shadows_open(s->engine, s->models, s->traffic, &s->shadows, &err));
    for (int i = 1; i < 5; i++) {
        char number[8];
        snprintf(number, sizeof number, "%d", i);
        s->version[i] = load_case(path[i], "a", number);
        ASSERT_OK(models_put(s->models, served_hold(s->version[i]), &err));
    }
    ASSERT_OK(models_set_default(s->models, "a", "1", &err));
}

static void close_stage(stage *s) {
    engine_close(s->engine);
    shadows_close(s->shadows);
    traffic_close(s->traffic);
    models_close(s->models);
    for (int i = 1; i < 5; i++) served_release(s->version[i]);
}

static void rule(stage *s, const char *text) {
    mica_error err = {0};
    json_t *tree = NULL;
    ASSERT_OK(config_parse(text, strlen(text), "rule", &tree, &err));
    ASSERT_OK(traffic_set(s->traffic, s->models, "a", tree, &err));
    json_decref(tree);
}

/* Answers rows by version 1, and sends copies. */
static void ask(stage *s, int times) {
    mica_error err = {0};
    served *v = s->version[1];
    inference x = {.contract = &v->contract};
    ASSERT_OK(inference_place(&x, 0, &(shape){.rank = 2, .dims = {8, 3}}, &err));
    for (int i = 0; i < 24; i++) ((float *)x.in[0])[i] = (float)(i % 7) - 3;
    ASSERT_OK(inference_complete(&x, &err));
    ASSERT_OK(served_place_outputs(v, &x, &err));
    ASSERT_OK(served_run(v, 0, x.rows, x.in, x.out, &err));
    for (int i = 0; i < times; i++) shadow_send(s->shadows, v, &x, "id");
    inference_free(&x);
}

static uint64_t sum(const shadow_counters *c) {
    return atomic_load(&c->same) + atomic_load(&c->different) + atomic_load(&c->failed) +
           atomic_load(&c->dropped);
}

/* However long it takes. */
static const shadow_counters *wait_for(stage *s, int version, uint64_t count) {
    const shadow_counters *c = &s->version[version]->counters.shadow;
    while (sum(c) < count) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(sum(c), count);
    return c;
}

TEST(the_same_model_agrees_and_another_does_not) {
    stage s;
    open_stage(&s);
    rule(&s, "{\"shadow\": {\"version\": \"2\"}}");
    ask(&s, 1);
    const shadow_counters *c = wait_for(&s, 2, 1);
    assert_int_equal(atomic_load(&c->same), 1);
    assert_int_equal(meter_read(&s.version[2]->counters.shadow_difference).counts[0],
                     1); /* to the bit */
    rule(&s, "{\"shadow\": {\"version\": \"3\"}}");
    ask(&s, 1);
    c = wait_for(&s, 3, 1);
    assert_int_equal(atomic_load(&c->different), 1);
    assert_true(meter_read(&s.version[3]->counters.shadow_difference).sum > 1e-3);
    close_stage(&s);
}

TEST(a_copy_that_the_shadow_does_not_take_has_failed) {
    stage s;
    open_stage(&s);
    rule(&s, "{\"shadow\": {\"version\": \"4\"}}");
    ask(&s, 3);
    assert_int_equal(atomic_load(&wait_for(&s, 4, 3)->failed), 3);
    close_stage(&s);
}

TEST(copies_are_not_counted_as_requests_and_are_few_at_a_time) {
    stage s;
    open_stage(&s);
    rule(&s, "{\"shadow\": {\"version\": \"2\"}}");
    ask(&s, 4 * MOST_SHADOWS);
    const shadow_counters *c = wait_for(&s, 2, 4 * MOST_SHADOWS);
    assert_true(atomic_load(&c->same) > 0);
    assert_int_equal(atomic_load(&c->same) + atomic_load(&c->dropped), 4 * MOST_SHADOWS);
    const served_counters *all = &s.version[2]->counters;
    assert_int_equal(atomic_load(&all->done), 0);
    assert_int_equal(atomic_load(&all->refused), 0);
    assert_int_equal(meter_read(&all->request).total, 0);
    close_stage(&s);
}

TEST(a_version_is_no_shadow_of_itself) {
    stage s;
    open_stage(&s);
    rule(&s, "{\"shadow\": {\"version\": \"1\"}}");
    ask(&s, 3);
    wait_for(&s, 1, 0);
    assert_int_equal(atomic_load(&s.version[1]->holders), 2);
    close_stage(&s);
}

/* A copy outlives the request whose bytes it was made of. */
TEST(texts_are_the_copys_own) {
    mica_error err = {0};
    inference x = {0};
    char bytes[] = "LinzGraz";
    mica_string texts[] = {{bytes, 4}, {bytes + 4, 4}};
    ASSERT_OK(inference_own(&x, MICA_STRING, texts, 2, &err));
    memset(bytes, '?', sizeof bytes);
    assert_memory_equal(texts[0].bytes, "Linz", 4);
    assert_memory_equal(texts[1].bytes, "Graz", 4);
    inference_free(&x);
}

RUN_TESTS(UNIT(texts_are_the_copys_own), UNIT(the_same_model_agrees_and_another_does_not),
          UNIT(a_copy_that_the_shadow_does_not_take_has_failed),
          UNIT(copies_are_not_counted_as_requests_and_are_few_at_a_time),
          UNIT(a_version_is_no_shadow_of_itself))
