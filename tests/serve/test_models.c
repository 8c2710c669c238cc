/* The list of models: versions, defaults, holders. */
#include "serve/models.h"

#include "served_case.h"

static models *three(void) {
    mica_error err = {0};
    models *m = NULL;
    const char *path = model_file("m.h5", false);
    ASSERT_OK(models_open(&m, &err));
    ASSERT_OK(models_put(m, load_case(path, "a", "2"), &err));
    ASSERT_OK(models_put(m, load_case(path, "a", "10"), &err));
    ASSERT_OK(models_put(m, load_case(path, "b", "1"), &err));
    return m;
}

static void default_is(models *m, const char *name, const char *version) {
    mica_error err = {0};
    served *s = NULL;
    ASSERT_OK(models_hold(m, name, NULL, &s, &err));
    assert_string_equal(s->options.version, version);
    served_release(s);
}

TEST(the_highest_number_is_the_default_until_one_is_chosen) {
    mica_error err = {0};
    models *m = three();
    default_is(m, "a", "10");
    ASSERT_OK(models_set_default(m, "a", "2", &err));
    default_is(m, "a", "2");
    ASSERT_FAILS(models_set_default(m, "a", "3", &err), MICA_NAME, "no version \"3\"");
    default_is(m, "a", "2");
    models_close(m);
}

TEST(names_stand_for_versions) {
    mica_error err = {0};
    models *m = three();
    served *s = NULL;
    const version_name names[] = {{"", "2"}, {"champion", "2"}, {"next", "11"}};
    ASSERT_OK(models_set_names(m, "a", names, 3, &err));
    default_is(m, "a", "2");
    default_is(m, "b", "1");
    ASSERT_OK(models_hold(m, "a", "champion", &s, &err));
    assert_string_equal(s->options.version, "2");
    served_release(s);
    ASSERT_FAILS(models_hold(m, "b", "champion", &s, &err), MICA_NAME, "no version \"champion\"");
    ASSERT_FAILS(models_hold(m, "a", "next", &s, &err), MICA_NAME,
                 "version \"11\" of model \"a\", its next, is not loaded");
    ASSERT_OK(models_set_names(m, "a", (version_name[]){{"", "3"}}, 1, &err));
    ASSERT_FAILS(models_hold(m, "a", NULL, &s, &err), MICA_NAME, "its default, is not loaded");
    ASSERT_OK(models_set_names(m, "a", names, 2, &err));
    ASSERT_OK(models_take_out(m, "a", "champion", &err));
    default_is(m, "a", "10");
    ASSERT_FAILS(models_hold(m, "a", "2", &s, &err), MICA_NAME, "no version \"2\"");
    ASSERT_FAILS(models_hold(m, "a", "champion", &s, &err), MICA_NAME, "no version \"champion\"");
    models_close(m);
}

TEST(what_is_not_there_is_named) {
    mica_error err = {0};
    models *m = three();
    served *s = NULL;
    ASSERT_FAILS(models_hold(m, "c", NULL, &s, &err), MICA_NAME, "no model \"c\"");
    ASSERT_FAILS(models_hold(m, "a", "7", &s, &err), MICA_NAME, "no version \"7\"");
    ASSERT_FAILS(models_take_out(m, "b", "2", &err), MICA_NAME, "no version \"2\"");
    models_close(m);
}

TEST(a_version_that_is_replaced_or_taken_out_lives_while_it_is_held) {
    mica_error err = {0};
    models *m = three();
    served *old = NULL, *now = NULL;
    ASSERT_OK(models_hold(m, "b", NULL, &old, &err));
    ASSERT_OK(models_put(m, load_case(model_file("n.h5", false), "b", "1"), &err));
    ASSERT_OK(models_hold(m, "b", "1", &now, &err));
    assert_ptr_not_equal(old, now);
    assert_int_equal(atomic_load(&old->holders), 1);
    ASSERT_OK(models_take_out(m, "b", NULL, &err));
    assert_int_equal(atomic_load(&now->holders), 1);
    assert_string_equal(now->contract.name, "b");
    served_release(old);
    served_release(now);
    models_close(m);
}

TEST(a_list_is_in_order_and_held) {
    mica_error err = {0};
    models *m = three();
    served_list all, one;
    ASSERT_OK(models_list(m, NULL, &all, &err));
    ASSERT_OK(models_list(m, "a", &one, &err));
    assert_int_equal(all.count, 3);
    assert_int_equal(one.count, 2);
    assert_string_equal(all.at[0]->options.version, "2");
    assert_string_equal(all.at[2]->options.name, "b");
    models_close(m);
    assert_string_equal(one.at[1]->options.version, "10");
    served_list_free(&all);
    served_list_free(&one);
}

TEST(a_number_outside_of_an_embedding_is_refused) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 5));
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    const char *path = in_folder("words.h5");
    mica_model_add(
        m, mica_layer_embedding(ctx, MICA_OPTIONS(embedding, .input_dim = 5, .output_dim = 3)));
    ASSERT_OK(mica_model_save(m, path, &err));
    mica_close(&ctx);
    served *s = load_case(path, "words", "1");
    const float numbers[][2] = {{0, 4}, {4.9F, 0}, {5, 0}, {0, -1}};
    for (int i = 0; i < 4; i++) {
        inference x = {.contract = &s->contract};
        ASSERT_OK(inference_place(&x, 0, &(shape){.rank = 2, .dims = {1, 2}}, &err));
        memcpy(x.in[0], numbers[i], sizeof numbers[i]);
        if (i < 2) ASSERT_OK(inference_complete(&x, &err));
        else ASSERT_FAILS(inference_complete(&x, &err), MICA_VALUE, "expected 0 to 4");
        inference_free(&x);
    }
    served_release(s);
}

RUN_TESTS(UNIT(a_number_outside_of_an_embedding_is_refused),
          UNIT(the_highest_number_is_the_default_until_one_is_chosen),
          UNIT(names_stand_for_versions), UNIT(what_is_not_there_is_named),
          UNIT(a_version_that_is_replaced_or_taken_out_lives_while_it_is_held),
          UNIT(a_list_is_in_order_and_held))
