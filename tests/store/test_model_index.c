/* The index of a model: what is written is read again, what is wrong is refused with its place. */
#include "store/model_index.h"

#include "support/testing.h"

#include <stdlib.h>

static void is_refused(const char *text, mica_status code, const char *words) {
    model_index x;
    mica_error err = {0};
    ASSERT_FAILS(index_read(text, strlen(text), "index.json", &x, &err), code, words);
    assert_int_equal(x.versions, 0);
}

#define VERSION(rest)                                                                              \
    "{\"version\": 1, \"versions\": [{\"version\": 2, \"file\": \"model.h5\", \"sha256\": "        \
    "\"\"" rest
#define ONE(more) "{\"version\": 1, \"versions\": [" more "]}"

TEST(what_is_wrong_is_named_with_its_place) {
    is_refused("{", MICA_FORMAT, "index.json");
    is_refused("[]", MICA_FORMAT, "no index of a model");
    is_refused("{\"version\": 2, \"mica\": \"9.1\"}", MICA_UNSUPPORTED, "written by mica 9.1");
    is_refused("{\"version\": 1}", MICA_FORMAT, "versions is missing, expected a list");
    is_refused(ONE("7"), MICA_FORMAT, "versions[0].version is missing");
    is_refused(ONE("{\"version\": 0}"), MICA_FORMAT, "versions[0].version is 0");
    is_refused(ONE("{\"version\": 9007199254740993}"), MICA_FORMAT, "versions[0].version");
    is_refused(ONE("{\"version\": 1}"), MICA_FORMAT, "versions[0].file is missing");
    is_refused(ONE("{\"version\": 1, \"file\": \"../model.h5\"}"), MICA_FORMAT,
               "versions[0].file is \"../model.h5\", expected the name of a file, model.*");
    is_refused(ONE("{\"version\": 1, \"file\": \"model.h5\", \"sha256\": \"12\"}"), MICA_FORMAT,
               "versions[0].sha256 is \"12\", expected 64 hexadecimal letters");
    is_refused(VERSION("}, {\"version\": 2}]}"), MICA_FORMAT,
               "versions[1].version is 2, expected a greater number");
    is_refused(VERSION(", \"retired\": 1}]}"), MICA_FORMAT, "versions[0].retired is 1");
    is_refused(VERSION("}], \"aliases\": []}"), MICA_FORMAT, "aliases is an array");
    is_refused(VERSION("}], \"aliases\": {\"2\": 2}}"), MICA_FORMAT, "\"2\" is no name");
    is_refused(VERSION("}], \"aliases\": {\"champion\": 3}}"), MICA_FORMAT,
               "aliases.champion is 3, expected a version that is there");
    is_refused(VERSION(", \"retired\": true}], \"aliases\": {\"a\": 2}}"), MICA_FORMAT,
               "aliases.a is 2");
    is_refused(VERSION("}], \"before\": [\"1\"]}"), MICA_FORMAT, "before[0] is \"1\", expected");
    is_refused(VERSION("}], \"changes\": [{}]}"), MICA_FORMAT, "changes[0].at is missing");
}

static void fill(model_index *x) {
    stored_version *v = index_add_version(x, 12);
    memset(v->sha256, 'a', 64);
    v->file = "model.h5", v->by = "anna@host", v->published = "2026-01-31T10:00:00Z";
    v->bytes = 77, v->forced = true;
    index_add_version(x, 3)->file = "model.hdf5";
    index_version(x, 3)->retired = index_version(x, 3)->deleted = true;
    index_add_version(x, 20)->found = true;
    assert_true(index_set_alias(x, "candidate", 12));
    assert_true(index_set_alias(x, "champion", 12));
    assert_true(index_push_before(x, 3));
    assert_true(index_add_change(
        x, &(stored_change){
               .by = "b", .what = "alias", .version = 12, .alias = "champion", .before = 3}));
}

TEST(what_is_written_is_read_again) {
    model_index x = {0}, y;
    mica_error err = {0};
    fill(&x);
    char *text = index_text(&x);
    ASSERT_OK(index_read(text, strlen(text), "index.json", &y, &err));
    char *again = index_text(&y);
    assert_string_equal(text, again);
    assert_int_equal(y.versions, 2); /* not what was only found */
    assert_int_equal(y.version[0].number, 3);
    assert_true(y.version[0].deleted);
    assert_true(y.version[1].forced);
    assert_int_equal(y.version[1].bytes, 77);
    assert_string_equal(y.version[1].by, "anna@host");
    assert_int_equal(index_alias(&y, "champion")->version, 12);
    assert_int_equal(y.before[0], 3);
    assert_string_equal(y.change[0].alias, "champion");
    free(text), free(again);
    index_clear(&x), index_clear(&y);
}

TEST(changes_are_the_newest_ones) {
    model_index x = {0};
    for (int i = 1; i <= MOST_CHANGES + 5; i++)
        assert_true(index_add_change(&x, &(stored_change){.by = "b", .what = "w", .version = i}));
    assert_int_equal(x.changes, MOST_CHANGES);
    assert_int_equal(x.change[0].version, 6);
    assert_int_equal(x.change[x.changes - 1].version, MOST_CHANGES + 5);
    index_clear(&x);
}

TEST(aliases_are_words_that_are_no_numbers) {
    assert_true(alias_fits("champion") && alias_fits("_a-1.b"));
    assert_false(alias_fits("") || alias_fits("1") || alias_fits("a/b") || alias_fits("a b"));
    char longest[ALIAS_ROOM + 1];
    memset(longest, 'a', ALIAS_ROOM);
    longest[ALIAS_ROOM] = 0;
    assert_false(alias_fits(longest));
    longest[ALIAS_ROOM - 1] = 0;
    assert_true(alias_fits(longest));
}

TEST(files_of_versions_are_plain_names) {
    assert_true(version_file_fits("model.h5") && version_file_fits("model.onnx"));
    assert_false(version_file_fits("model.") || version_file_fits("other.h5") ||
                 version_file_fits("model.h5/../x") || version_file_fits("model.h5.part"));
}

RUN_TESTS(UNIT(what_is_wrong_is_named_with_its_place), UNIT(what_is_written_is_read_again),
          UNIT(changes_are_the_newest_ones), UNIT(aliases_are_words_that_are_no_numbers),
          UNIT(files_of_versions_are_plain_names))
