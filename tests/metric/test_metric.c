#include "loss/loss.h"
#include "metric/metric.h"
#include "support/in_context.h"
#include "support/options_header.h"

static const metric_kind *kind_for(const char *name, shape y_true, shape y_pred, bool sparse) {
    json_t *config = json_string(name);
    mica_metric *m = metric_from_config(ctx, config, &y_true, &y_pred, sparse, &err);
    json_decref(config);
    assert_non_null(m);
    assert_string_equal(m->name, name);
    return m->kind;
}

TEST(accuracy_is_chosen_by_the_shapes) {
    shape one = MICA_SHAPE(-1, 1), ten = MICA_SHAPE(-1, 10), labels = MICA_SHAPE(-1);
    assert_ptr_equal(kind_for("accuracy", one, one, false), &metric_binary_accuracy);
    assert_ptr_equal(kind_for("acc", ten, ten, false), &metric_categorical_accuracy);
    assert_ptr_equal(kind_for("accuracy", labels, ten, false), &metric_sparse_categorical_accuracy);
    assert_ptr_equal(kind_for("accuracy", one, ten, false), &metric_sparse_categorical_accuracy);
    assert_ptr_equal(kind_for("accuracy", ten, ten, true), &metric_sparse_categorical_accuracy);
}

/* {"name": "mine"} and something for every required field. */
static void least_config(const field *fields, char out[256]) {
    int n = snprintf(out, 256, "{\"name\": \"mine\"");
    for (const field *f = fields; f->name; f++) {
        if (!(f->flags & FIELD_REQUIRED)) continue;
        const char *value = f->type == FIELD_SHAPE ? "[0, 1]" : f->type == FIELD_REAL ? "0.5" : "3";
        n += snprintf(out + n, 256 - (size_t)n, ", \"%s\": %s", f->name, value);
    }
    snprintf(out + n, 256 - (size_t)n, "}");
}

TEST(every_metric_keeps_its_config) {
    char config[256];
    for (const metric_kind *const *k = all_metrics; *k; k++) {
        least_config((*k)->fields, config);
        mica_metric *m = mica_metric_from_config(ctx, (*k)->class_name, config);
        assert_ptr_equal(m->kind, *k);
        assert_string_equal(m->name, "mine");
        shape none = {0, {0}};
        json_t *first = metric_config(m, &err);
        assert_int_equal(json_is_null(json_object_get(first, "module")), (*k)->not_in_keras);
        mica_metric *again = metric_from_config(ctx, first, &none, &none, false, &err);
        json_t *second = metric_config(again, &err);
        assert_true(json_equal(first, second));
        json_decref(first);
        json_decref(second);
    }
}

TEST(zeros_are_kept_in_configs) {
    mica_metric *m = mica_metric_precision(
        ctx, MICA_OPTIONS(precision, .thresholds = MICA_REALS(0), .class_id = MICA_ZERO));
    json_t *tree = metric_config(m, &err);
    const json_t *config = json_object_get(tree, "config");
    assert_true(json_is_real(json_object_get(config, "thresholds")));
    assert_true(json_is_integer(json_object_get(config, "class_id")));
    assert_true(json_is_null(json_object_get(config, "top_k")));
    json_decref(tree);
}

TEST(keras_2_wrapped_functions_are_found) {
    const char *text =
        "{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"accuracy\", "
        "\"dtype\": \"float32\", \"fn\": \"sparse_categorical_accuracy\"}}";
    json_t *tree = NULL;
    shape none = {0, {0}};
    ASSERT_OK(config_parse(text, strlen(text), "test", &tree, &err));
    mica_metric *m = metric_from_config(ctx, tree, &none, &none, false, &err);
    assert_non_null(m);
    assert_ptr_equal(m->kind, &metric_sparse_categorical_accuracy);
    assert_string_equal(m->name, "accuracy");
    json_decref(tree);
}

TEST(an_unknown_metric_names_the_nearest) {
    assert_true(mica_metric_from_config(ctx, "f1_scor", NULL)->failed);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'f1_score'?");
    mica_metric_f1_score(ctx, MICA_OPTIONS(f1_score, .average = "makro"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'macro'?");
}

TEST(reset_forgets_the_batches) {
    mica_metric *m = mica_metric_mean(ctx, NULL);
    assert_true(mica_metric_result(m) == 0);
    mica_metric_update(m, mica_scalar(ctx, MICA_FLOAT32, 0), mica_scalar(ctx, MICA_FLOAT32, 3),
                       NULL);
    mica_metric_update(m, mica_scalar(ctx, MICA_FLOAT32, 0), mica_scalar(ctx, MICA_FLOAT32, 5),
                       NULL);
    assert_true(mica_metric_result(m) == 4);
    mica_metric_reset(m);
    assert_true(mica_metric_result(m) == 0);
}

/* Class numbers beside scores of classes count as one-hot targets. */
TEST(precision_and_f1_take_class_numbers) {
    mica_tensor *labels = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(3), (int32_t[]){0, 1, 1});
    mica_tensor *p = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2),
                                     (float[]){0.9f, 0.1f, 0.2f, 0.8f, 0.6f, 0.4f});
    mica_metric *precision = mica_metric_precision(ctx, NULL);
    mica_metric *f1 = mica_metric_f1_score(ctx, MICA_OPTIONS(f1_score, .average = "macro"));
    mica_metric_update(precision, labels, p, NULL);
    mica_metric_update(f1, labels, p, NULL);
    ASSERT_OK(mica_check(ctx, &err));
    assert_true(fabs(mica_metric_result(precision) - 2.0 / 3) < 1e-6);
    assert_true(fabs(mica_metric_result(f1) - 2.0 / 3) < 1e-5);
}

TEST(a_confusion_matrix_of_one_column_has_two_classes) {
    mica_tensor *is = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4, 1), (int32_t[]){0, 1, 1, 1});
    mica_tensor *p = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 1),
                                     (float[]){0.9f, 0.1f, 0.8f, 0.7f});
    mica_tensor *w = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), (float[]){1, 2, 1, 1});
    mica_metric *m = mica_metric_confusion_matrix(ctx, NULL);
    double values[4];
    mica_metric_update(m, is, p, w);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_metric_values(m, values, 4), 4);
    ASSERT_CLOSE(values, ((double[]){0, 1, 2, 2}), 4, 0);
    assert_true(mica_metric_result(m) == 0.4);
}

/* Two bins hold something: 0.65 and 0.68, half of them right, and 0.95, right. */
TEST(calibration_error_is_the_distance_of_confidence_from_accuracy) {
    mica_tensor *is = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(3), (int32_t[]){0, 0, 1});
    mica_tensor *p = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2),
                                     (float[]){0.65f, 0.35f, 0.32f, 0.68f, 0.05f, 0.95f});
    mica_metric *m = mica_metric_expected_calibration_error(
        ctx, MICA_OPTIONS(expected_calibration_error, .num_bins = 10));
    mica_metric_update(m, is, p, NULL);
    ASSERT_OK(mica_check(ctx, &err));
    assert_true(fabs(mica_metric_result(m) - (0.33 + 0.05) / 3) < 1e-6);
    mica_tensor *column = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 1),
                                          (float[]){0.35f, 0.68f, 0.95f});
    mica_metric_reset(m);
    mica_metric_update(m, is, column, NULL);
    assert_true(fabs(mica_metric_result(m) - (0.33 + 0.05) / 3) < 1e-6);
}

TEST(required_classes_are_asked_for) {
    assert_true(mica_metric_mean_iou(ctx, NULL)->failed);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "num_classes must be given");
    mica_metric *m = mica_metric_sensitivity_at_specificity(
        ctx, MICA_OPTIONS(sensitivity_at_specificity, .specificity = MICA_ZERO));
    assert_false(m->failed);
}

#define METRIC(id) #id,
static const char *const ids[] = {
#include "metric/metrics.def"
    NULL};
#undef METRIC

/* Its struct is called apart from that of a loss of the same name. */
static const char *struct_of(const char *id) {
    static char name[128];
    snprintf(name, sizeof name, "%s_metric", id);
    return loss_kind_by_name(id) && strcmp(loss_kind_by_name(id)->name, id) == 0 ? name : id;
}

TEST(headers_equal_the_tables) {
    for (int i = 0; ids[i]; i++)
        assert_header_matches("include/mica/metrics.h", struct_of(ids[i]), all_metrics[i]->fields,
                              sizeof(mica_metric_options));
}

RUN_TESTS(IN_CONTEXT(headers_equal_the_tables), IN_CONTEXT(accuracy_is_chosen_by_the_shapes),
          IN_CONTEXT(every_metric_keeps_its_config), IN_CONTEXT(required_classes_are_asked_for),
          IN_CONTEXT(calibration_error_is_the_distance_of_confidence_from_accuracy),
          IN_CONTEXT(zeros_are_kept_in_configs), IN_CONTEXT(keras_2_wrapped_functions_are_found),
          IN_CONTEXT(an_unknown_metric_names_the_nearest), IN_CONTEXT(reset_forgets_the_batches),
          IN_CONTEXT(precision_and_f1_take_class_numbers),
          IN_CONTEXT(a_confusion_matrix_of_one_column_has_two_classes))
