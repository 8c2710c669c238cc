/* Shares of versions, shadows. */
#include "serve/traffic.h"

#include "served_case.h"

static models *two(void) {
    mica_error err = {0};
    models *m = NULL;
    const char *path = model_file("m.h5", false);
    ASSERT_OK(models_open(&m, &err));
    ASSERT_OK(models_put(m, load_case(path, "a", "1"), &err));
    ASSERT_OK(models_put(m, load_case(path, "a", "2"), &err));
    return m;
}

static mica_status set(traffic *t, models *m, const char *rule, mica_error *err) {
    json_t *tree = NULL;
    mica_status status = config_parse(rule, strlen(rule), "rule", &tree, err);
    if (status == MICA_OK) status = traffic_set(t, m, "a", tree, err);
    json_decref(tree);
    return status;
}

/* Of 4,000 ids, how many go to version 1. */
static int to_first(traffic *t, models *m) {
    mica_error err = {0};
    int first = 0;
    for (int i = 0; i < 4000; i++) {
        char id[16];
        served *s = NULL, *again = NULL;
        snprintf(id, sizeof id, "id-%d", i);
        ASSERT_OK(traffic_hold(t, m, "a", id, &s, &err));
        ASSERT_OK(traffic_hold(t, m, "a", id, &again, &err));
        assert_ptr_equal(s, again);
        first += !strcmp(s->options.version, "1");
        served_release(s);
        served_release(again);
    }
    return first;
}

TEST(versions_have_their_shares_and_an_id_goes_the_same_way) {
    mica_error err = {0};
    models *m = two();
    traffic *t = NULL;
    ASSERT_OK(traffic_open(&t, &err));
    assert_int_equal(to_first(t, m), 0);
    ASSERT_OK(set(t, m, "{\"split\": {\"1\": 0.25}}", &err));
    assert_in_range(to_first(t, m), 1000 - 110, 1000 + 110); /* four deviations of 27 */
    ASSERT_OK(set(t, m, "{\"split\": {\"2\": 0.1, \"1\": 0.9}}", &err));
    assert_in_range(to_first(t, m), 3600 - 76, 3600 + 76);
    ASSERT_OK(set(t, m, "{}", &err));
    assert_int_equal(to_first(t, m), 0);
    traffic_close(t);
    models_close(m);
}

TEST(a_version_that_went_leaves_its_share_to_the_default_and_is_counted) {
    mica_error err = {0};
    models *m = two();
    traffic *t = NULL;
    ASSERT_OK(traffic_open(&t, &err));
    ASSERT_OK(set(t, m, "{\"split\": {\"1\": 1}}", &err));
    assert_int_equal(to_first(t, m), 4000);
    assert_int_equal(traffic_unmet(t), 0);
    ASSERT_OK(models_take_out(m, "a", "1", &err));
    assert_int_equal(to_first(t, m), 0);
    assert_int_equal(traffic_unmet(t), 8000);
    traffic_forget(t, "a");
    assert_int_equal(to_first(t, m), 0);
    assert_int_equal(traffic_unmet(t), 8000);
    traffic_close(t);
    models_close(m);
}

TEST(shadows_have_their_share) {
    mica_error err = {0};
    models *m = two();
    traffic *t = NULL;
    shadow_rule rule;
    int copied = 0;
    ASSERT_OK(traffic_open(&t, &err));
    assert_false(traffic_shadow(t, "a", "x", &rule));
    ASSERT_OK(set(t, m, "{\"shadow\": {\"version\": \"1\", \"share\": 0.5}}", &err));
    for (int i = 0; i < 4000; i++) {
        char id[16];
        snprintf(id, sizeof id, "id-%d", i);
        copied += traffic_shadow(t, "a", id, &rule);
    }
    assert_in_range(copied, 2000 - 127, 2000 + 127);
    assert_string_equal(rule.version, "1");
    assert_true(rule.tolerance == 1e-3);
    ASSERT_OK(set(t, m, "{\"shadow\": {\"version\": \"1\", \"share\": 0}}", &err));
    assert_false(traffic_shadow(t, "a", "x", &rule));
    traffic_close(t);
    models_close(m);
}

TEST(wrong_rules_are_refused_and_the_old_one_stays) {
    static const struct {
        const char *rule;
        mica_status status;
        const char *text;
    } cases[] = {
        {"[]", MICA_TYPE, "an array"},
        {"{\"spilt\": {}}", MICA_NAME, "did you mean 'split'"},
        {"{\"split\": {\"3\": 0.5}}", MICA_NAME, "no version \"3\""},
        {"{\"split\": {\"1\": 1.5}}", MICA_VALUE, "1.5"},
        {"{\"split\": {\"1\": \"half\"}}", MICA_TYPE, "\"half\""},
        {"{\"split\": {\"1\": 0.6, \"2\": 0.6}}", MICA_VALUE, "1.2 together"},
        {"{\"shadow\": \"1\"}", MICA_TYPE, "shadow"},
        {"{\"shadow\": {\"share\": 1}}", MICA_VALUE, "version"},
        {"{\"shadow\": {\"version\": \"1\", \"share\": 2}}", MICA_VALUE, "share"},
        {"{\"shadow\": {\"version\": \"9\"}}", MICA_NAME, "no version \"9\""},
        {"{\"shadow\": {\"version\": \"1\", \"tolerence\": 2}}", MICA_NAME, "tolerance"},
    };
    mica_error err = {0};
    models *m = two();
    traffic *t = NULL;
    ASSERT_OK(traffic_open(&t, &err));
    ASSERT_OK(set(t, m, "{\"split\": {\"1\": 1}}", &err));
    for (size_t i = 0; i < LENGTH(cases); i++)
        ASSERT_FAILS(set(t, m, cases[i].rule, &err), cases[i].status, cases[i].text);
    assert_int_equal(to_first(t, m), 4000);
    traffic_close(t);
    models_close(m);
}

TEST(a_version_may_come_later) {
    mica_error err = {0};
    models *m = two();
    traffic *t = NULL;
    ASSERT_OK(traffic_open(&t, &err));
    ASSERT_OK(set(t, NULL, "{\"split\": {\"3\": 1}}", &err));
    assert_int_equal(to_first(t, m), 0);
    assert_int_equal(traffic_unmet(t), 8000);
    ASSERT_OK(models_put(m, load_case(model_file("m.h5", false), "a", "3"), &err));
    ASSERT_OK(models_set_default(m, "a", "1", &err));
    assert_int_equal(to_first(t, m), 0);
    assert_int_equal(traffic_unmet(t), 8000);
    traffic_close(t);
    models_close(m);
}

RUN_TESTS(UNIT(versions_have_their_shares_and_an_id_goes_the_same_way),
          UNIT(a_version_that_went_leaves_its_share_to_the_default_and_is_counted),
          UNIT(shadows_have_their_share), UNIT(a_version_may_come_later),
          UNIT(wrong_rules_are_refused_and_the_old_one_stays))
