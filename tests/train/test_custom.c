/* Classes of the user's own: registered, called, trained, saved and loaded; and what is refused. */
#include "layer/layer.h"
#include "mica/mica.h"
#include "mica/tape.h"
#include "model/model.h"
#include "support/in_context.h"

#include <unistd.h>

/* y = factor x + shift, a learned number a feature. */
typedef struct affine_options {
    MICA_LAYER_OPTIONS
    double factor;
    int64_t repeat;
    bool negative;
    const char *unit;
} affine_options;

static const mica_option affine_table[] = {
    {.name = "factor",
     .type = MICA_OPTION_REAL,
     .offset = offsetof(affine_options, factor),
     .initial = 2},
    {.name = "repeat",
     .type = MICA_OPTION_INTEGER,
     .offset = offsetof(affine_options, repeat),
     .initial = 1,
     .min = 1,
     .max = 4},
    {.name = "negative", .type = MICA_OPTION_BOOLEAN, .offset = offsetof(affine_options, negative)},
    {.name = "unit",
     .type = MICA_OPTION_TEXT,
     .offset = offsetof(affine_options, unit),
     .initial_text = "m"},
    {.name = NULL}};

static mica_status affine_build(mica_layer *l, const void *options, const mica_shape *in,
                                int inputs, mica_error *e) {
    return mica_layer_add_weight(l, "shift", MICA_SHAPE(in->dims[in->rank - 1]), "zeros", "l2",
                                 true, e);
}

static void affine_call(mica_call *c) {
    const affine_options *o = c->options;
    double factor = o->negative ? -o->factor : o->factor;
    mica_tensor *y = mica_multiply(c->in[0], mica_fill_like(c->in[0], factor));
    for (int64_t i = 0; i < o->repeat; i++)
        y = mica_add(y, mica_layer_get_weight(c->layer, "shift"));
    if (c->training) mica_call_add_loss(c, mica_mean(mica_square(y), MICA_ALL_AXES, false));
    c->out[0] = y;
}

static mica_layer_class_options affine(void) {
    mica_layer_class_options c = mica_layer_class_defaults();
    c.name = "Affine";
    c.options = affine_table;
    c.options_size = sizeof(affine_options);
    c.build = affine_build;
    c.call = affine_call;
    c.min_rank = 2;
    return c;
}

static mica_tensor *absolute(const void *options, mica_tensor *y_true, mica_tensor *y_pred) {
    return mica_mean(mica_abs(mica_subtract(y_true, y_pred)), MICA_AXES(-1), false);
}

static mica_tensor *cube(mica_tensor *x) { return mica_multiply(x, mica_square(x)); }

static void register_all(mica_context *c) {
    mica_layer_class_options layer = affine();
    ASSERT_OK(mica_register_layer(c, &layer, &err));
    ASSERT_OK(mica_register_loss(
        c, MICA_OPTIONS(loss_class, .name = "absolute", .class_name = "Absolute", .call = absolute),
        &err));
    ASSERT_OK(mica_register_metric(
        c,
        MICA_OPTIONS(metric_class, .name = "distance", .class_name = "Distance", .call = absolute),
        &err));
    ASSERT_OK(mica_register_activation(c, "Custom>cube", cube, &err));
}

TEST(a_layer_of_ones_own_has_options_weights_and_gradients) {
    mica_layer_class_options class = affine();
    ASSERT_OK(mica_register_layer(ctx, &class, &err));
    affine_options o = {.size = sizeof o, .factor = 3, .repeat = 2, .negative = true};
    mica_layer *l = mica_layer_new(ctx, "Affine", &o);
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1), *gradient;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *y = mica_layer_call(l, x, false), *shift = mica_layer_weight(l, 0);
    assert_true(mica_tensor_item(mica_sum(y, MICA_ALL_AXES, false)) == -18);
    mica_tape_gradient(tape, mica_sum(y, MICA_ALL_AXES, false), &shift, 1, &gradient);
    assert_true(mica_tensor_item(mica_sum(gradient, MICA_ALL_AXES, false)) == 12);
    mica_tape_close(&tape);
    ASSERT_OK(mica_check(ctx, &err));
    assert_string_equal(mica_layer_name(l), "affine");
    json_t *config = layer_config(l, &err);
    const json_t *own = json_object_get(config, "config");
    assert_string_equal(json_string_value(json_object_get(own, "unit")), "m");
    assert_string_equal(json_string_value(json_object_get(config, "registered_name")), "Affine");
    json_decref(config);
}

TEST(wrong_classes_and_options_are_told) {
    mica_layer_class_options class = affine(), empty = mica_layer_class_defaults();
    ASSERT_FAILS(mica_register_layer(ctx, &empty, &err), MICA_VALUE, "a class needs a name");
    empty.name = "Empty";
    ASSERT_FAILS(mica_register_layer(ctx, &empty, &err), MICA_VALUE, "call must be given");
    ASSERT_OK(mica_register_layer(ctx, &class, &err));
    ASSERT_FAILS(mica_register_layer(ctx, &class, &err), MICA_NAME, "a layer Affine already");
    class.name = "Dense";
    ASSERT_FAILS(mica_register_layer(ctx, &class, &err), MICA_NAME, "a layer Dense already");
    mica_layer_from_config(ctx, "Affine", "{\"repeat\": 9}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "repeat is 9, expected 1 to 4");
    mica_layer_from_config(ctx, "Affin", NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'Affine'?");
    mica_layer_from_config(ctx, "Affine", "{\"factr\": 9}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'factor'?");
    ASSERT_FAILS(mica_register_activation(ctx, "cube", cube, &err), MICA_VALUE, "Custom>");
    mica_layer *l = mica_layer_dense(ctx,
                                     MICA_OPTIONS(dense, .units = 2, .activation = "Custom>none"));
    mica_layer_call(l, mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 2), 1), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "unknown activation 'Custom>none'");
}

static void gives_nothing(mica_call *c) {}

TEST(a_call_without_an_output_is_told) {
    ASSERT_OK(mica_register_layer(
        ctx, MICA_OPTIONS(layer_class, .name = "Nothing", .call = gives_nothing), &err));
    mica_layer *l = mica_layer_new(ctx, "Nothing", NULL);
    mica_layer_call(l, mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 2), 1), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "layer nothing: its call gave no output 0");
}

static void two_branches(void *user, mica_tensor *const *x, mica_tensor **y) {
    mica_context *c = user;
    mica_tensor *a = mica_apply(mica_layer_new(c, "Affine", NULL), x[0]);
    mica_tensor *b = mica_apply(
        mica_layer_dense(c, MICA_OPTIONS(dense, .units = 3, .activation = "Custom>cube")), x[0]);
    y[0] = mica_apply_many(mica_layer_add(c, NULL), (mica_tensor *[]){a, b}, 2);
}

static mica_dataset *data(mica_context *c) {
    float x[24 * 3], y[24 * 3];
    for (int i = 0; i < 72; i++) x[i] = (float)(i % 7) / 7 - 0.5f, y[i] = x[i] * 2 - 0.25f;
    mica_tensor *in = mica_tensor_new(c, MICA_FLOAT32, MICA_SHAPE(24, 3), x);
    mica_tensor *out = mica_tensor_new(c, MICA_FLOAT32, MICA_SHAPE(24, 3), y);
    return mica_dataset_new(c, &in, 1, &out, 1, NULL);
}

TEST(a_model_of_ones_own_is_trained_saved_and_loaded) {
    char path[] = "/tmp/mica_custom_XXXXXX.h5";
    close(mkstemps(path, 3));
    mica_shape input = MICA_SHAPE(3);
    mica_results before, after, again;
    register_all(ctx);
    mica_model *m = mica_model_custom(ctx, "branches", &input, 1, 1, two_branches, ctx);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "absolute",
                                       .metrics = {"distance"}));
    ASSERT_OK(mica_model_evaluate(m, data(ctx), NULL, &before, &err));
    ASSERT_OK(
        mica_model_fit(m, data(ctx), MICA_OPTIONS(fit, .epochs = 10, .batch_size = 8), NULL, &err));
    ASSERT_OK(mica_model_evaluate(m, data(ctx), NULL, &after, &err));
    assert_true(after.value[1] < before.value[1]);
    assert_string_equal(after.name[1], "distance");
    ASSERT_OK(mica_model_save(m, path, &err));
    mica_context *other = mica_open(NULL);
    ASSERT_FAILS(mica_model_load(other, path, &m, &err), MICA_NAME, "unknown class 'Affine'");
    register_all(other);
    ASSERT_OK(mica_model_load(other, path, &m, &err));
    ASSERT_OK(mica_model_evaluate(m, data(other), NULL, &again, &err));
    assert_true(again.value[0] == after.value[0] && again.value[1] == after.value[1]);
    mica_close(&other);
    unlink(path);
}

RUN_TESTS(IN_CONTEXT(a_layer_of_ones_own_has_options_weights_and_gradients),
          IN_CONTEXT(wrong_classes_and_options_are_told),
          IN_CONTEXT(a_call_without_an_output_is_told),
          IN_CONTEXT(a_model_of_ones_own_is_trained_saved_and_loaded))
