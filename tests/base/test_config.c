#include "base/config.h"

#include "support/testing.h"

#include <locale.h>

static json_t *parse(const char *text) {
    json_t *tree = NULL;
    mica_error err = {0};
    ASSERT_OK(config_parse(text, strlen(text), "test", &tree, &err));
    return tree;
}

TEST(config_error_names_file_line_and_column) {
    json_t *tree = NULL;
    mica_error err = {0};
    const char *text = "{\"a\": 1,\n \"b\": }";
    ASSERT_FAILS(config_parse(text, strlen(text), "recipe.json", &tree, &err), MICA_FORMAT,
                 "recipe.json: line 2");
    const char *twice = "{\"a\": 1, \"a\": 2}";
    ASSERT_FAILS(config_parse(twice, strlen(twice), "x", &tree, &err), MICA_FORMAT, "duplicate");
}

TEST(config_load_tells_a_missing_file) {
    json_t *tree = NULL;
    mica_error err = {0};
    ASSERT_FAILS(config_load("/nowhere/recipe.json", &tree, &err), MICA_IO, "/nowhere/recipe.json");
}

TEST(config_text_reads_back_the_same_with_short_reals) {
    const char *text = "{\"a\": [1, 2.5, 0.1, 1e-07, 3.0], \"b\": null, \"c\": {\"d\": true}, "
                       "\"e\": \"x\\\"y\\u00e9\"}";
    json_t *tree = parse(text);
    char *again = config_text(tree);
    assert_non_null(strstr(again, "0.1,"));
    assert_non_null(strstr(again, "3.0"));
    json_t *second = parse(again);
    assert_true(json_equal(tree, second));
    json_decref(tree);
    json_decref(second);
    free(again);
}

TEST(config_class_takes_a_name_or_an_object) {
    const char *name;
    const json_t *config;
    json_t *bare = parse("\"Dense\""),
           *whole = parse("{\"class_name\": \"Dense\", \"config\": {}}"), *number = parse("3");
    assert_true(config_class(bare, &name, &config));
    assert_string_equal(name, "Dense");
    assert_null(config);
    assert_true(config_class(whole, &name, &config));
    assert_string_equal(name, "Dense");
    assert_true(json_is_object(config));
    assert_false(config_class(number, &name, &config));
    json_decref(bare), json_decref(whole), json_decref(number);
}

TEST(config_kind_reads_like_words) {
    json_t *list = parse("[]");
    assert_string_equal(config_kind(list), "an array");
    assert_string_equal(config_kind(NULL), "nothing");
    json_decref(list);
}

RUN_TESTS(UNIT(config_error_names_file_line_and_column), UNIT(config_load_tells_a_missing_file),
          UNIT(config_text_reads_back_the_same_with_short_reals),
          UNIT(config_class_takes_a_name_or_an_object), UNIT(config_kind_reads_like_words))
