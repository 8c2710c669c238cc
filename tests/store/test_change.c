/* Aliases, going back, retiring. */
#include "store_case.h"

#include "base/file.h"
#include "store/change.h"

static mica_context *ctx;

/* A repository of its own, with versions 1 … count. */
static change_of versions(const char *name, int count) {
    const char *r = in_folder(name);
    ctx = mica_open(NULL);
    for (int i = 0; i < count; i++) publish_case(ctx, r, plain_file(3), NULL);
    return (change_of){ctx, r, "m", "anna"};
}

static void alias_to(const change_of *c, const char *alias, const char *version) {
    mica_error err = {0};
    int64_t now, before;
    ASSERT_OK(store_alias(c, alias, version, &now, &before, &err));
}

TEST(an_alias_stands_for_a_version) {
    mica_error err = {0};
    int64_t now, before;
    const change_of c = versions("aliases", 3);
    alias_to(&c, "candidate", "3");
    ASSERT_OK(store_alias(&c, "champion", "candidate", &now, &before, &err));
    assert_int_equal(now, 3);
    assert_int_equal(before, 0);
    ASSERT_OK(store_alias(&c, "champion", "1", &now, &before, &err));
    assert_int_equal(before, 3);
    ASSERT_OK(store_alias(&c, "candidate", NULL, &now, &before, &err));
    assert_int_equal(alias_of(c.repository, "candidate"), 0);
    ASSERT_FAILS(store_alias(&c, "candidate", NULL, &now, &before, &err), MICA_NAME,
                 "no alias \"candidate\"");
    ASSERT_FAILS(store_alias(&c, "champion", "9", &now, &before, &err), MICA_NAME,
                 "has no version \"9\"; it has 1, 2, 3, champion");
    ASSERT_FAILS(store_alias(&c, "9", "1", &now, &before, &err), MICA_VALUE, "cannot be an alias");
    const change_of other = {ctx, c.repository, "other", "anna"};
    ASSERT_FAILS(store_alias(&other, "champion", "1", &now, &before, &err), MICA_NAME,
                 "there is no model \"other\"");
    mica_close(&ctx);
}

static void back_to(const change_of *c, int64_t version, int skips) {
    mica_error err = {0};
    int64_t now, before;
    int skipped;
    ASSERT_OK(store_rollback(c, &now, &before, &skipped, &err));
    assert_int_equal(now, version);
    assert_int_equal(skipped, skips);
    assert_int_equal(alias_of(c->repository, CHAMPION), version);
}

TEST(rolling_back_goes_further_each_time) {
    mica_error err = {0};
    int64_t now, before;
    int skipped;
    const change_of c = versions("back", 4);
    alias_to(&c, CHAMPION, "1");
    alias_to(&c, CHAMPION, "2");
    alias_to(&c, CHAMPION, "3");
    back_to(&c, 2, 0);
    alias_to(&c, CHAMPION, "4");
    back_to(&c, 2, 0);
    back_to(&c, 1, 0);
    ASSERT_FAILS(store_rollback(&c, &now, &before, &skipped, &err), MICA_STATE,
                 "had no champion before");
    assert_int_equal(alias_of(c.repository, CHAMPION), 1);
    stored_model m;
    ASSERT_OK(stored_open(c.repository, "m", &m, &err));
    const stored_change *last = &m.index.change[m.index.changes - 1];
    assert_string_equal(last->what, "rollback");
    assert_string_equal(last->by, "anna");
    assert_int_equal(last->version, 1);
    assert_int_equal(last->before, 2);
    stored_close(&m);
    mica_close(&ctx);
}

TEST(rolling_back_passes_over_what_was_retired) {
    mica_error err = {0};
    int64_t number;
    const change_of c = versions("passed", 4);
    for (int i = 1; i <= 4; i++) alias_to(&c, CHAMPION, (char[]){(char)('0' + i), 0});
    ASSERT_OK(store_retire(&c, "3", RETIRE, &number, &err));
    ASSERT_OK(store_retire(&c, "2", RETIRE_DELETE, &number, &err));
    back_to(&c, 1, 2);
    mica_close(&ctx);
}

static void is_live(const change_of *c, int64_t version, bool wanted) {
    mica_error err = {0};
    stored_model m;
    ASSERT_OK(stored_open(c->repository, "m", &m, &err));
    assert_int_equal(stored_lives(index_version(&m.index, version)), wanted);
    stored_close(&m);
}

TEST(retired_versions_are_out_of_service) {
    mica_error err = {0};
    int64_t number, before;
    const change_of c = versions("retire", 3);
    alias_to(&c, CHAMPION, "1");
    alias_to(&c, "candidate", "2");
    ASSERT_FAILS(store_retire(&c, CHAMPION, RETIRE, &number, &err), MICA_STATE, "is its champion");
    ASSERT_OK(store_retire(&c, "candidate", RETIRE, &number, &err));
    assert_int_equal(number, 2);
    is_live(&c, 2, false);
    assert_int_equal(alias_of(c.repository, "candidate"), 0);
    ASSERT_FAILS(store_alias(&c, "candidate", "2", &number, &before, &err), MICA_VALUE,
                 "is retired");
    ASSERT_OK(store_retire(&c, "2", RETIRE_RESTORE, &number, &err));
    is_live(&c, 2, true);
    ASSERT_FAILS(store_retire(&c, "2", RETIRE_RESTORE, &number, &err), MICA_STATE,
                 "is not retired");
    ASSERT_OK(store_retire(&c, "2", RETIRE_DELETE, &number, &err));
    is_live(&c, 2, false);
    assert_false(file_is_folder(in_folder("retire/m/2")));
    ASSERT_FAILS(store_retire(&c, "2", RETIRE_RESTORE, &number, &err), MICA_NAME,
                 "has no version \"2\"");
    mica_close(&ctx);
}

TEST(files_of_a_deletion_that_was_cut_off_go_with_the_next_change) {
    mica_error err = {0};
    int64_t number;
    const change_of c = versions("cut", 2);
    ASSERT_OK(store_retire(&c, "1", RETIRE_DELETE, &number, &err));
    copy_file(plain_file(3), in_folder("cut/m/1/model.h5")); /* as if it had been killed */
    is_live(&c, 1, false);
    alias_to(&c, CHAMPION, "2");
    assert_false(file_is_folder(in_folder("cut/m/1")));
    mica_close(&ctx);
}

RUN_TESTS(UNIT(an_alias_stands_for_a_version), UNIT(rolling_back_goes_further_each_time),
          UNIT(rolling_back_passes_over_what_was_retired),
          UNIT(retired_versions_are_out_of_service),
          UNIT(files_of_a_deletion_that_was_cut_off_go_with_the_next_change))
