/* Models freed before their context: what goes, what stays, and that nothing is left behind. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/allocations.h"
#include "support/digits.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/testing.h"

/* The sanitizer, where malloc is not replaced, tells what is left at the end. */
static long live(void) {
#ifdef COUNTS
    return live_blocks;
#else
    return 0;
#endif
}

static void assert_same_number(long before) {
    long more = live() - before;
    if (more > 4 || more < -4) /* libraries' threads come and go */
        fail_msg("%ld more blocks than before", more);
}

static int count_layers(void) {
    int n = 0;
    for (const mica_layer *l = ctx->slots[SLOT_LAYERS].data; l; l = l->next) n++;
    return n;
}

static mica_layer *dense(int units, const char *name) {
    return mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = units, .name = name));
}

static void mnist_layers(mica_model *m) {
    add_convolutions(ctx, m);
    mica_model_add(m, mica_layer_max_pooling2d(ctx, NULL));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 10, .activation = "softmax")));
}

static void save_mnist(const char *path) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(28, 28, 1));
    mnist_layers(m);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .loss = "sparse_categorical_crossentropy",
                                       .metrics = {"accuracy"}));
    ASSERT_OK(mica_model_save(m, path, &err));
    mica_model_destroy(&m);
}

/* Loads, predicts, destroys. */
static void serve_once(const char *path) {
    mica_model *m;
    mica_tensor *y;
    mica_scope *scope = mica_scope_open(ctx);
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 28, 28, 1), 3);
    ASSERT_OK(mica_model_load(ctx, path, &m, &err));
    ASSERT_OK(mica_model_predict(m, &x, 1, 2, &y, &err));
    mica_model_destroy(&m);
    assert_null(m);
    assert_int_equal(mica_tensor_shape(y).dims[1], 10);
    mica_scope_close(&scope);
}

TEST(a_model_loaded_and_destroyed_300_times_leaves_nothing) {
    const char *path = in_folder("mnist.h5");
    save_mnist(path);
    for (int i = 0; i < 20; i++) serve_once(path);
    long before = live();
    for (int i = 0; i < 300; i++) serve_once(path);
    assert_same_number(before);
    assert_int_equal(count_layers(), 0);
    folder_close();
}

/* Builds in the functional way, trains by an optimizer of the caller's, recompiles, destroys. */
static void train_once(mica_optimizer *adam) {
    mica_scope *scope = mica_scope_open(ctx);
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(4), NULL);
    mica_tensor *h = mica_apply(dense(8, NULL), x);
    mica_tensor *y = mica_apply(dense(1, NULL), h);
    mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "net");
    mica_tensor *in = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(8, 4), 1);
    mica_tensor *target = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(8, 1), 1);
    mica_results r;
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
    ASSERT_OK(mica_model_train_on_batch(m, &in, 1, &target, 1, NULL, &r, &err));
    mica_model_compile(m,
                       MICA_OPTIONS(compile, .optimizer = adam, .loss = "mse", .metrics = {"mae"}));
    ASSERT_OK(mica_model_train_on_batch(m, &in, 1, &target, 1, NULL, &r, &err));
    mica_model_destroy(&m);
    assert_string_equal(r.name[1], "mae");
    mica_scope_close(&scope);
}

TEST(models_built_trained_and_destroyed_leave_nothing) {
    mica_optimizer *adam = mica_adam(ctx, NULL);
    for (int i = 0; i < 20; i++) train_once(adam);
    long before = live();
    for (int i = 0; i < 100; i++) train_once(adam);
    assert_same_number(before);
    assert_int_equal(count_layers(), 0);
    mica_optimizer_destroy(&adam);
    assert_null(adam);
}

TEST(a_shared_layer_stays_with_the_model_that_is_left) {
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(3), NULL), *y, *ones;
    mica_tensor *shared = mica_apply(dense(4, "shared"), x);
    mica_tensor *a = mica_apply(dense(2, "a"), shared);
    mica_tensor *b = mica_apply(dense(2, "b"), shared);
    mica_model *first = mica_model_new(ctx, &x, 1, &a, 1, "first");
    mica_model *second = mica_model_new(ctx, &x, 1, &b, 1, "second");
    ASSERT_OK(mica_check(ctx, &err));
    mica_model_destroy(&first);
    assert_int_equal(count_layers(), 3); /* input, shared, b */
    ones = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 3), 1);
    y = mica_model_call(second, ones, false);
    assert_int_equal(mica_tensor_shape(y).dims[1], 2);

    mica_tensor *c = mica_apply(dense(1, "c"), shared); /* its symbol still counts */
    mica_model *third = mica_model_new(ctx, &x, 1, &c, 1, "third");
    ASSERT_OK(mica_check(ctx, &err));
    mica_model_destroy(&second);
    mica_model_destroy(&third);
    assert_int_equal(count_layers(), 0);
}

TEST(symbols_of_a_destroyed_model_are_refused) {
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(3), NULL);
    mica_tensor *y = mica_apply(dense(2, NULL), x);
    mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "gone");
    mica_model_destroy(&m);
    m = mica_model_new(ctx, &x, 1, &y, 1, "again");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "not of mica_input");
    mica_model_destroy(&m);
}

TEST(a_model_in_a_model_lives_as_long_as_that) {
    mica_model *inner = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(inner, dense(4, "inner_dense"));
    mica_model *outer = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(outer, mica_model_as_layer(inner));
    mica_model_add(outer, dense(2, "outer_dense"));
    mica_model_destroy(&inner);
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 3), 1), *y;
    ASSERT_OK(mica_model_predict(outer, &x, 1, 1, &y, &err));
    mica_model_destroy(&outer);
    assert_int_equal(count_layers(), 0);
}

static void wrap_once(void) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(m, mica_layer_spectral_normalization(
                          ctx, MICA_OPTIONS(spectral_normalization, .layer = dense(2, NULL))));
    ASSERT_OK(mica_check(ctx, &err));
    mica_model_destroy(&m);
}

TEST(a_wrapper_with_a_weight_of_its_own_leaves_nothing) {
    for (int i = 0; i < 5; i++) wrap_once();
    long before = live();
    for (int i = 0; i < 50; i++) wrap_once();
    assert_same_number(before);
}

TEST(wrappers_take_their_layers_with_them) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(5, 3));
    mica_layer *lstm = mica_layer_lstm(ctx,
                                       MICA_OPTIONS(lstm, .units = 4, .return_sequences = true));
    mica_model_add(m, mica_layer_bidirectional(ctx, MICA_OPTIONS(bidirectional, .layer = lstm)));
    mica_model_add(m, mica_layer_time_distributed(
                          ctx, MICA_OPTIONS(time_distributed, .layer = dense(2, NULL))));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(count_layers(), 6);
    mica_model_destroy(&m);
    assert_int_equal(count_layers(), 0);
}

static void doubled(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    out[0] = mica_multiply(in[0], user);
}

TEST(a_function_keeps_the_weight_that_it_reads) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(1));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1, .no_bias = true,
                                                         .kernel_initializer = "ones")));
    mica_tensor *weight = mica_layer_weight(mica_model_layer(m, 1), 0);
    mica_function *f = mica_function_new(ctx, doubled, weight, 1, 1, NULL);
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 1), 7), *y;
    mica_function_call(f, &x, &y);
    mica_model_destroy(&m);
    mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 1), 100), "another"); /* its place */
    mica_function_call(f, &x, &y);
    ASSERT_OK(mica_check(ctx, &err));
    assert_true(mica_tensor_item(y) == 7);
    mica_function_destroy(&f);
}

TEST(destroying_the_handle_of_a_weight_leaves_it_to_its_layer) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(1));
    mica_model_add(m, dense(1, "d"));
    mica_tensor *weight = mica_layer_weight(mica_model_layer(m, 1), 0);
    mica_tensor_destroy(&weight);
    assert_null(weight);
    weight = mica_layer_weight(mica_model_layer(m, 1), 0);
    assert_int_equal(mica_tensor_size(weight), 1);
    mica_model_destroy(&m);
}

TEST(a_predictor_outlives_the_handle_of_its_model) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1, .kernel_initializer = "ones")));
    mica_predictor *p;
    mica_session *s;
    float x[2] = {1, 2}, y[1];
    ASSERT_OK(mica_predictor_new(m, 1, &p, &err));
    mica_model_destroy(&m);
    ASSERT_OK(mica_session_new(p, 1, &s, &err));
    ASSERT_OK(mica_session_run(s, (const void *[]){x}, (void *[]){y}, &err));
    assert_true(y[0] == 3);
    mica_session_destroy(&s);
    mica_predictor_destroy(&p);
    assert_int_equal(count_layers(), 0);
}

static mica_status destroy_it(mica_fit_state *s, void *user, mica_error *e) {
    mica_model **model = user;
    mica_model_destroy(model);
    return MICA_OK;
}

TEST(a_callback_may_destroy_the_model_that_is_trained) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(m, dense(1, NULL));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2), 1);
    mica_tensor *y = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 1), 1);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
    mica_callback callback = {.user = &m, .on_epoch_begin = destroy_it};
    ASSERT_OK(mica_model_fit(m, d, MICA_OPTIONS(fit, .callbacks = {&callback}), NULL, &err));
    assert_null(m);
    assert_int_equal(count_layers(), 0);
}

static void refused(const char *text) {
    mica_model *m = NULL;
    json_t *tree = json_loads(text, 0, NULL);
    assert_non_null(tree);
    assert_int_not_equal(model_from_config(ctx, tree, "text", &m, &err), MICA_OK);
    assert_null(m);
    json_decref(tree);
    if (count_layers()) fail_msg("%d layers are left of %s", count_layers(), text);
}

TEST(a_config_that_is_refused_leaves_no_half_made_model) {
    refused("{\"input\": [4], \"layers\": [{\"Dense\": {\"units\": 2}}, \"Conv2D\"]}");
    refused("{\"input\": [4], \"layers\": [{\"Dense\": {\"units\": 2}}, "
            "{\"MaxPooling2D\": {}}]}");
    refused("{\"input\": [4], \"layers\": [{\"Bidirectional\": {\"merge_mode\": \"no\", "
            "\"layer\": {\"class_name\": \"LSTM\", \"config\": {\"units\": 2}}}}]}");
    refused("{\"class_name\": \"Functional\", \"config\": {\"layers\": [{\"class_name\": "
            "\"InputLayer\", \"config\": {\"name\": \"in\", \"batch_shape\": [null, 3]}}, "
            "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 3}, "
            "\"inbound_nodes\": [[[\"nothing\", 0, 0]]]}]}}");
    refused("{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": "
            "\"InputLayer\", \"config\": {\"batch_shape\": [null, 3]}}, {\"class_name\": "
            "\"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"InputLayer\", "
            "\"config\": {\"batch_shape\": [null, 4]}}, {\"class_name\": \"Dense\", "
            "\"config\": {\"units\": 3}}]}}]}}");
}

RUN_TESTS(IN_CONTEXT(a_wrapper_with_a_weight_of_its_own_leaves_nothing),
          IN_CONTEXT(a_model_loaded_and_destroyed_300_times_leaves_nothing),
          IN_CONTEXT(models_built_trained_and_destroyed_leave_nothing),
          IN_CONTEXT(a_shared_layer_stays_with_the_model_that_is_left),
          IN_CONTEXT(symbols_of_a_destroyed_model_are_refused),
          IN_CONTEXT(a_model_in_a_model_lives_as_long_as_that),
          IN_CONTEXT(wrappers_take_their_layers_with_them),
          IN_CONTEXT(a_function_keeps_the_weight_that_it_reads),
          IN_CONTEXT(destroying_the_handle_of_a_weight_leaves_it_to_its_layer),
          IN_CONTEXT(a_predictor_outlives_the_handle_of_its_model),
          IN_CONTEXT(a_callback_may_destroy_the_model_that_is_trained),
          IN_CONTEXT(a_config_that_is_refused_leaves_no_half_made_model))
