/* The card: kept in the file, refused where a newer mica wrote it. */
#include "format_support.h"

static mica_model *tiny(mica_context *ctx) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2)));
    return m;
}

TEST(card_is_read_back_with_the_model) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = tiny(ctx);
    ASSERT_OK(card_set(m, "classes", json_pack("[s, s]", "cat", "d\xc3\xb6g"), &err));
    ASSERT_OK(card_set(m, "gone", json_integer(1), &err));
    ASSERT_OK(card_set(m, "gone", NULL, &err));
    ASSERT_OK(mica_model_save(m, own_path("card.h5"), &err));
    m = load_model(ctx, own_path("card.h5"));
    const json_t *classes = card_get(m, "classes");
    assert_int_equal(json_array_size(classes), 2);
    assert_string_equal(json_string_value(json_array_get(classes, 1)), "d\xc3\xb6g");
    assert_null(card_get(m, "gone"));
    assert_int_equal(json_integer_value(card_get(m, "version")), CARD_VERSION);
    mica_close(&ctx);
}

TEST(card_of_keras_files_is_empty) {
    mica_context *ctx = mica_open(NULL);
    mica_model *m = load_model(ctx, case_path("keras3_mlp", "model.h5"));
    assert_null(card_get(m, "classes"));
    mica_close(&ctx);
}

TEST(card_of_a_newer_mica_is_refused_by_name) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = tiny(ctx);
    const char *newer = "{\"version\": 2, \"mica\": \"9.1.0\"}";
    ASSERT_FAILS(card_read(m, newer, "m.h5", &err), MICA_UNSUPPORTED,
                 "m.h5: written by mica 9.1.0");
    ASSERT_FAILS(card_read(m, "[1]", "m.h5", &err), MICA_FORMAT, "an array, expected an object");
    ASSERT_FAILS(card_read(m, "{}", "m.h5", &err), MICA_FORMAT, "version");
    ASSERT_FAILS(card_read(m, "{", "m.h5", &err), MICA_FORMAT, "m.h5: mica_card");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(card_is_read_back_with_the_model), UNIT(card_of_keras_files_is_empty),
          UNIT(card_of_a_newer_mica_is_refused_by_name))
