#include "base/config.h"

#include "support/folder.h"

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

TEST(config_errors_say_what_was_found_and_expected) {
    static const char *const cases[][2] = {
        {"", "x: empty, expected JSON"},
        {" \n\t", "x: empty, expected JSON"},
        {"{\"a\": ", "line 1, column 6: the text ends too early"},
        {"{\"a\": [3,]}",
         "line 1, column 10: found ], expected a value: there is a comma too many"},
        {"{\"a\": 3,}", "line 1, column 9: found }, expected a key: there is a comma too many"},
        {"{'a': 3}", "line 1, column 2: found ', expected \""},
        {"{\"a\": 3 \"bcd\": 4}", "line 1, column 9: found \"bcd\", expected a comma or }"},
        {"{\"a\" 3}", "found 3, expected : after the key"},
        {"{\n // no\n}", "line 2, column 2: found /: JSON has no comments"},
        {"{\"a\": tru}", "line 1, column 7: found tru, expected a value"},
        {"{} x", "line 1, column 4: found x after the end"},
        {"{\"a\": \"b\nc\"}", "a text ends in its line"},
        {"{\"a\": \"\\x\"}", "after \\ only"},
        {"{\"a\": 1e999}", "the number 1e999 is too large"},
        {"{\"a\": \"\xff\"}", "no UTF-8"},
        {"{\"a\": 1, \"a\": 2}", "line 1, column 10: duplicate key \"a\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *tree = NULL;
        mica_error err = {0};
        ASSERT_FAILS(config_parse(cases[i][0], strlen(cases[i][0]), "x", &tree, &err), MICA_FORMAT,
                     cases[i][1]);
    }
}

TEST(config_load_takes_a_byte_order_mark_and_tells_empty_files) {
    json_t *tree = NULL;
    mica_error err = {0};
    put_file(in_folder("mark.json"), "\xef\xbb\xbf{\"a\": 1}", 11);
    ASSERT_OK(config_load(in_folder("mark.json"), &tree, &err));
    json_decref(tree);
    put_file(in_folder("empty.json"), "", 0);
    ASSERT_FAILS(config_load(in_folder("empty.json"), &tree, &err), MICA_FORMAT,
                 "empty.json: empty, expected JSON");
    put_file(in_folder("three.json"), "3", 1);
    ASSERT_FAILS(config_load(in_folder("three.json"), &tree, &err), MICA_FORMAT,
                 "found 3, expected an object");
    ASSERT_FAILS(config_load(folder_open(), &tree, &err), MICA_IO, "a folder, expected a file");
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

/* What Keras writes beside class_name passes, and what the caller allows; options do not. */
TEST(config_class_check_tells_keys_beside_class_name) {
    static const char *const more[] = {"inbound_nodes", NULL};
    mica_error err = {0};
    json_t *keras = parse("{\"module\": \"keras.layers\", \"class_name\": \"Dense\", \"config\": "
                          "{}, \"registered_name\": null, \"build_config\": {}, "
                          "\"compile_config\": {}, \"shared_object_id\": 3}"),
           *beside = parse("{\"class_name\": \"Adam\", \"learning_rate\": 0.01}"),
           *slip = parse("{\"class_name\": \"Adam\", \"conifg\": {}}"),
           *applied = parse("{\"class_name\": \"Dense\", \"inbound_nodes\": []}"),
           *bare = parse("\"adam\"");
    ASSERT_OK(config_class_check(keras, "optimizer", NULL, &err));
    ASSERT_OK(config_class_check(bare, "optimizer", NULL, &err));
    ASSERT_OK(config_class_check(applied, "layer", more, &err));
    ASSERT_FAILS(config_class_check(applied, "layer", NULL, &err), MICA_NAME, "inbound_nodes");
    ASSERT_FAILS(
        config_class_check(beside, "optimizer Adam", NULL, &err), MICA_NAME,
        "optimizer Adam: 'learning_rate' stands beside class_name, expected within config: "
        "{\"class_name\": \"Adam\", \"config\": {\"learning_rate\": …}}");
    ASSERT_FAILS(config_class_check(slip, "optimizer Adam", NULL, &err), MICA_NAME,
                 "unknown key 'conifg' beside class_name (did you mean 'config'?)");
    json_decref(keras), json_decref(beside), json_decref(slip), json_decref(applied);
    json_decref(bare);
}

TEST(config_kind_reads_like_words) {
    json_t *list = parse("[]");
    assert_string_equal(config_kind(list), "an array");
    assert_string_equal(config_kind(NULL), "nothing");
    json_decref(list);
}

RUN_TESTS(UNIT(config_errors_say_what_was_found_and_expected),
          UNIT(config_load_takes_a_byte_order_mark_and_tells_empty_files),
          UNIT(config_error_names_file_line_and_column), UNIT(config_load_tells_a_missing_file),
          UNIT(config_text_reads_back_the_same_with_short_reals),
          UNIT(config_class_takes_a_name_or_an_object),
          UNIT(config_class_check_tells_keys_beside_class_name), UNIT(config_kind_reads_like_words))
