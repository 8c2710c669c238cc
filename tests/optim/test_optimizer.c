#include "mica/schedules.h"
#include "mica/tape.h"
#include "optim/optimizer.h"
#include "support/in_context.h"
#include "support/options_header.h"

static mica_tensor *parameter(double value) {
    return mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), value), "dense/kernel");
}

TEST(every_optimizer_is_found_by_each_of_its_names) {
    for (const optimizer_kind *const *k = all_optimizers; *k; k++) {
        assert_ptr_equal(optimizer_kind_by_name((*k)->name), *k);
        assert_ptr_equal(optimizer_kind_by_name((*k)->class_name), *k);
        mica_optimizer *o = mica_optimizer_from_config(ctx, (*k)->class_name, NULL);
        assert_ptr_equal(o->kind, *k);
    }
}

TEST(a_config_is_the_same_after_writing_and_reading) {
    mica_optimizer *o = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = MICA_ZERO,
                                                    .beta_1 = MICA_ZERO, .beta_2 = MICA_ZERO,
                                                    .epsilon = MICA_ZERO, .clipnorm = MICA_ZERO,
                                                    .use_ema = true, .ema_momentum = MICA_ZERO));
    json_t *first = optimizer_config(o, &err);
    json_t *second = optimizer_config(optimizer_from_config(ctx, first, &err), &err);
    assert_true(json_equal(first, second));
    const json_t *config = json_object_get(second, "config");
    for (const char *const *key =
             (const char *const[]){"learning_rate", "beta_1", "beta_2", "epsilon", "clipnorm",
                                   "ema_momentum", NULL};
         *key; key++)
        if (json_number_value(json_object_get(config, *key)) != 0 || !json_object_get(config, *key))
            fail_msg("%s is not 0", *key);
    assert_null(json_object_get(config, "weight_decay")); /* Keras 2 would refuse it */
    json_decref(first);
    json_decref(second);
}

TEST(a_changed_learning_rate_is_written) {
    mica_optimizer *o = mica_sgd(ctx, NULL);
    ASSERT_OK(mica_optimizer_set_learning_rate(o, 0.25, &err));
    json_t *tree = optimizer_config(o, &err);
    const json_t *rate = json_object_get(json_object_get(tree, "config"), "learning_rate");
    assert_true(json_real_value(rate) == 0.25);
    json_decref(tree);
    ASSERT_FAILS(mica_optimizer_set_learning_rate(o, -1, &err), MICA_VALUE, "at least 0");
}

TEST(keras_1_called_the_rate_lr) {
    mica_optimizer *o = mica_optimizer_from_config(ctx, "Adam", "{\"lr\": 0.5, \"decay\": 0.0}");
    assert_true(mica_optimizer_learning_rate(o) == 0.5);
}

TEST(a_schedule_is_written_in_place_of_the_rate) {
    mica_optimizer *o = mica_sgd(
        ctx, MICA_OPTIONS(sgd, .learning_rate_schedule = mica_schedule_piecewise_constant_decay(
                                   ctx, (double[]){2}, (double[]){0.5, 0.25}, 1)));
    mica_tensor *p = parameter(0), *g = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), -1);
    for (int i = 0; i < 4; i++) mica_optimizer_apply(o, &p, &g, 1);
    ASSERT_OK(mica_check(ctx, &err));
    float value[2];
    ASSERT_OK(mica_tensor_read(p, MICA_FLOAT32, value, sizeof value, &err));
    assert_true(value[0] == 1.75f); /* steps 0, 1, 2 at 0.5, step 3 at 0.25 */
    json_t *tree = optimizer_config(o, &err);
    const json_t *rate = json_object_get(json_object_get(tree, "config"), "learning_rate");
    assert_string_equal(json_string_value(json_object_get(rate, "class_name")),
                        "PiecewiseConstantDecay");
    assert_non_null(optimizer_from_config(ctx, tree, &err));
    json_decref(tree);
}

TEST(wrong_options_are_told) {
    assert_true(mica_adam(ctx, MICA_OPTIONS(adam, .beta_1 = 2))->failed);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "beta_1 is 2, expected 0 to 1");
    mica_sgd(ctx, MICA_OPTIONS(sgd, .clipnorm = 1, .clipvalue = 1));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "expected one of clipnorm");
    mica_sgd(ctx, MICA_OPTIONS(sgd, .learning_rate_schedule = "CosineDecai"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'CosineDecay'?");
    mica_optimizer_from_config(ctx, "adm", NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'adam'?");
    mica_optimizer_from_config(ctx, "adam", "{\"beta1\": 0.5}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'beta_1'?");
}

TEST(other_variables_than_at_first_are_refused) {
    mica_optimizer *o = mica_sgd(ctx, NULL);
    mica_tensor *p = parameter(1), *q = parameter(2),
                *g = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 1);
    mica_optimizer_apply(o, &p, &g, 1);
    mica_optimizer_apply(o, &q, &g, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "always the same");
    mica_optimizer_apply(mica_sgd(ctx, NULL), &g, &g, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "not a variable");
}

TEST(slots_are_named_as_keras_names_them) {
    mica_optimizer *o = mica_adam(ctx, NULL);
    mica_tensor *p = parameter(1);
    ASSERT_OK(optimizer_build(o, &p, 1, &err));
    assert_int_equal(o->slots_each, 2);
    assert_string_equal(o->slots[1]->variable->name, "adam/dense_kernel_velocity");
    assert_string_equal(o->iterations->variable->name, "adam/iterations");
}

TEST(a_missing_gradient_leaves_its_parameter) {
    mica_optimizer *o = mica_adam(ctx, NULL);
    mica_tensor *p[] = {parameter(1), parameter(2)},
                *g[] = {NULL, mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 1)};
    mica_optimizer_apply(o, p, g, 2);
    ASSERT_OK(mica_check(ctx, &err));
    float value[4];
    ASSERT_OK(mica_tensor_read(p[0], MICA_FLOAT32, value, 8, &err));
    ASSERT_OK(mica_tensor_read(p[1], MICA_FLOAT32, value + 2, 8, &err));
    assert_true(value[0] == 1 && value[2] < 2);
}

TEST(a_constraint_holds_after_a_step) {
    mica_optimizer *o = mica_sgd(ctx, MICA_OPTIONS(sgd, .learning_rate = 1));
    mica_tensor *p = parameter(1), *g = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 3);
    p->variable->constraint = "non_neg";
    mica_optimizer_apply(o, &p, &g, 1);
    float value[2];
    ASSERT_OK(mica_tensor_read(p, MICA_FLOAT32, value, sizeof value, &err));
    assert_true(value[0] == 0);
}

TEST(a_step_works_inside_a_tape_and_is_not_recorded) {
    mica_optimizer *o = mica_sgd(ctx, MICA_OPTIONS(sgd, .learning_rate = 0.5));
    mica_tensor *p = parameter(3), *g;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tape_gradient(tape, mica_sum(mica_square(p), MICA_ALL_AXES, false), &p, 1, &g);
    mica_optimizer_apply(o, &p, &g, 1);
    mica_tape_close(&tape);
    ASSERT_OK(mica_check(ctx, &err));
    float value[2];
    ASSERT_OK(mica_tensor_read(p, MICA_FLOAT32, value, sizeof value, &err));
    assert_true(value[0] == 0); /* 3 - 0.5 * 6 */
}

TEST(the_average_is_taken_at_the_end) {
    mica_optimizer *o = mica_sgd(
        ctx, MICA_OPTIONS(sgd, .learning_rate = 1, .use_ema = true, .ema_momentum = 0.5));
    mica_tensor *p = parameter(0), *g = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), -1);
    mica_optimizer_apply(o, &p, &g, 1); /* average 1 */
    mica_optimizer_apply(o, &p, &g, 1); /* average 1.5 */
    ASSERT_OK(optimizer_finalize(o, &err));
    float value[2];
    ASSERT_OK(mica_tensor_read(p, MICA_FLOAT32, value, sizeof value, &err));
    assert_true(value[0] == 1.5f);
}

#define OPTIMIZER(id) #id,
static const char *const ids[] = {
#include "optim/optimizers.def"
    NULL};
#undef OPTIMIZER

TEST(headers_equal_the_tables) {
    for (int i = 0; ids[i]; i++)
        assert_header_matches("include/mica/optimizers.h", ids[i], all_optimizers[i]->fields,
                              sizeof(mica_optimizer_options));
}

/* As keras.optimizers.LossScaleOptimizer: a gradient that is not finite halves the scale and
 * changes nothing; dynamic_growth_steps good ones double it. */
TEST(a_dynamic_scale_skips_steps_and_grows) {
    mica_optimizer *o = mica_optimizer_from_config(
        ctx, "LossScaleOptimizer",
        "{\"inner_optimizer\": {\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.5, "
        "\"momentum\": 0.9}}, \"initial_scale\": 8.0, \"dynamic_growth_steps\": 2}");
    ASSERT_OK(mica_check(ctx, &err));
    mica_tensor *p = parameter(1), *g = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 8);
    mica_tensor *bad = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), INFINITY);
    const double scales[] = {4, 4, 8, 4}, values[] = {1, 0, -1.9, -1.9};
    mica_tensor *gradients[] = {bad, g, g, bad};
    for (int i = 0; i < 4; i++) { /* v = 0.9 v - 0.5 g / scale */
        mica_optimizer_apply(o, &p, &gradients[i], 1);
        ASSERT_OK(mica_check(ctx, &err));
        float value[2];
        ASSERT_OK(mica_tensor_read(p, MICA_FLOAT32, value, sizeof value, &err));
        if (fabs(value[0] - values[i]) > 1e-6 || mica_optimizer_loss_scale(o) != scales[i])
            fail_msg("step %d: %g, scale %g", i, (double)value[0], mica_optimizer_loss_scale(o));
    }
    assert_int_equal(mica_optimizer_skipped_steps(o), 2);
    assert_true(mica_tensor_item(o->iterations) == 2);
}

TEST(a_scaled_optimizer_scales_the_loss_and_is_made_in_c) {
    mica_optimizer *o = mica_loss_scale_optimizer(ctx, mica_sgd(ctx, NULL),
                                                  MICA_OPTIONS(loss_scale, .initial_scale = 16));
    mica_tensor *loss = optimizer_scale_loss(o, mica_scalar(ctx, MICA_FLOAT32, 3));
    assert_true(mica_tensor_item(loss) == 48);
    json_t *tree = scaled_config(o, optimizer_config(o, &err));
    mica_optimizer *again = optimizer_from_config(ctx, tree, &err);
    assert_true(mica_optimizer_loss_scale(again) == 16);
    json_decref(tree);
    mica_loss_scale_optimizer(ctx, mica_sgd(ctx, NULL),
                              MICA_OPTIONS(loss_scale, .initial_scale = -1));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "initial_scale is -1");
}

TEST(excluded_parameters_do_not_decay) {
    mica_optimizer *o = mica_adamw(ctx, MICA_OPTIONS(adamw, .weight_decay = 0.5));
    mica_optimizer_exclude_from_weight_decay(o, (const char *const[]){"kernel", NULL});
    mica_tensor *p = parameter(2), *g = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 0);
    mica_optimizer_apply(o, &p, &g, 1);
    float value[2];
    ASSERT_OK(mica_tensor_read(p, MICA_FLOAT32, value, sizeof value, &err));
    assert_true(value[0] == 2);
}

/* As Keras's None; Keras warns, mica's header says it. */
TEST(a_variable_without_a_gradient_stays) {
    mica_optimizer *o = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = 0.5));
    mica_tensor *p[] = {parameter(2), parameter(2)};
    mica_tensor *g[] = {NULL, mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 1)};
    float before[2], after[2];
    ASSERT_OK(mica_tensor_read(p[0], MICA_FLOAT32, before, sizeof before, &err));
    mica_optimizer_apply(o, p, g, 2);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_tensor_read(p[0], MICA_FLOAT32, after, sizeof after, &err));
    assert_true(after[0] == before[0] && after[1] == before[1]);
    ASSERT_OK(mica_tensor_read(p[1], MICA_FLOAT32, after, sizeof after, &err));
    assert_true(fabs(before[0] - after[0] - 0.5) < 1e-5);
}

RUN_TESTS(IN_CONTEXT(a_variable_without_a_gradient_stays),
          IN_CONTEXT(a_dynamic_scale_skips_steps_and_grows),
          IN_CONTEXT(a_scaled_optimizer_scales_the_loss_and_is_made_in_c),
          IN_CONTEXT(excluded_parameters_do_not_decay), IN_CONTEXT(headers_equal_the_tables),
          IN_CONTEXT(keras_1_called_the_rate_lr),
          IN_CONTEXT(every_optimizer_is_found_by_each_of_its_names),
          IN_CONTEXT(a_config_is_the_same_after_writing_and_reading),
          IN_CONTEXT(a_changed_learning_rate_is_written),
          IN_CONTEXT(a_schedule_is_written_in_place_of_the_rate),
          IN_CONTEXT(wrong_options_are_told), IN_CONTEXT(other_variables_than_at_first_are_refused),
          IN_CONTEXT(slots_are_named_as_keras_names_them),
          IN_CONTEXT(a_missing_gradient_leaves_its_parameter),
          IN_CONTEXT(a_constraint_holds_after_a_step),
          IN_CONTEXT(a_step_works_inside_a_tape_and_is_not_recorded),
          IN_CONTEXT(the_average_is_taken_at_the_end))
