#include "graph/graph.h"
#include "loss/loss.h"
#include "support/in_context.h"
#include "support/options_header.h"

static mica_loss *from_text(const char *text) {
    json_t *tree = NULL;
    ASSERT_OK(config_parse(text, strlen(text), "test", &tree, &err));
    mica_loss *l = loss_from_config(ctx, tree, &err);
    json_decref(tree);
    return l;
}

TEST(every_loss_is_found_by_each_of_its_names) {
    char text[128];
    for (const loss_kind *const *k = all_losses; *k; k++) {
        assert_ptr_equal(loss_kind_by_name((*k)->name), *k);
        assert_ptr_equal(loss_kind_by_name((*k)->class_name), *k);
        snprintf(text, sizeof text, "{\"class_name\": \"%s\", \"config\": {}}", (*k)->class_name);
        assert_ptr_equal(from_text(text)->kind, *k);
        for (int i = 0; (*k)->aliases[i]; i++)
            assert_ptr_equal(loss_kind_by_name((*k)->aliases[i]), *k);
    }
}

TEST(an_unknown_loss_names_the_nearest) {
    assert_null(mica_loss_from_config(ctx, "mean_squared_eror", NULL)->options);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'mean_squared_error'?");
    mica_loss *l = from_text(
        "{\"class_name\": \"BinaryCrossentropy\", \"config\": {\"from_logit\": true}}");
    assert_null(l);
    assert_non_null(strstr(err.message, "did you mean 'from_logits'?"));
}

TEST(a_config_is_the_same_after_writing_and_reading) {
    mica_loss *l = mica_loss_binary_crossentropy(
        ctx, MICA_OPTIONS(binary_crossentropy, .from_logits = true, .label_smoothing = 0.25,
                          .axis = MICA_ZERO, .reduction = "sum"));
    json_t *first = loss_config(l, &err);
    mica_loss *again = loss_from_config(ctx, first, &err);
    json_t *second = loss_config(again, &err);
    assert_true(json_equal(first, second));
    const json_t *config = json_object_get(second, "config");
    assert_int_equal(json_integer_value(json_object_get(config, "axis")), 0);
    assert_true(json_is_true(json_object_get(config, "from_logits")));
    json_decref(first);
    json_decref(second);
}

TEST(keras_2_reduction_auto_is_the_default) {
    mica_loss *l = from_text("{\"class_name\": \"MeanSquaredError\", \"config\": "
                             "{\"reduction\": \"auto\", \"name\": \"mean_squared_error\"}}");
    assert_string_equal(l->options->reduction, "sum_over_batch_size");
}

TEST(ignored_classes_do_not_count) {
    mica_tensor *labels = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(3), (int32_t[]){0, 2, 1});
    mica_tensor *p = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2),
                                     (float[]){0.5f, 0.5f, 0.1f, 0.9f, 0.75f, 0.25f});
    mica_loss *l = mica_loss_sparse_categorical_crossentropy(
        ctx, MICA_OPTIONS(sparse_categorical_crossentropy, .ignore_class = 2));
    double loss = mica_tensor_item(mica_loss_call(l, labels, p, NULL));
    assert_true(fabs(loss - (log(2) + log(4)) / 2) < 1e-6); /* the mean of the two that count */
}

/* The loss of softmax(z) in a graph, with the op that it came to. */
static const op *traced_loss(bool from_logits, bool *warned) {
    graph *g = graph_new(ctx);
    shape z_shape = MICA_SHAPE(-1, 3), t_shape = MICA_SHAPE(-1);
    mica_tensor *z = graph_symbol(g, graph_input(g, MICA_FLOAT32, &z_shape));
    mica_tensor *t = graph_symbol(g, graph_input(g, MICA_INT64, &t_shape));
    tracer *trace = tracer_open(g);
    mica_loss *l = mica_loss_sparse_categorical_crossentropy(
        ctx, MICA_OPTIONS(sparse_categorical_crossentropy, .from_logits = from_logits));
    loss_frame f = {.y_true = t, .y_pred = mica_softmax(z, -1)};
    mica_tensor *y = loss_call(l, &f);
    assert_int_equal(y->kind, TENSOR_SYMBOLIC);
    const op *found = NULL;
    for (size_t i = 0; i < g->node_count; i++)
        if (g->nodes[i].op == &op_sparse_softmax_cross_entropy) {
            found = g->nodes[i].op;
            assert_int_equal(g->nodes[i].in[0], z->value); /* straight from the logits */
        }
    *warned = f.warned;
    tracer_close(&trace);
    graph_free(g);
    return found;
}

TEST(a_softmax_is_taken_off_and_from_logits_warned_about) {
    bool warned;
    assert_non_null(traced_loss(false, &warned));
    assert_false(warned);
    assert_non_null(traced_loss(true, &warned));
    assert_true(warned);
}

TEST(labels_may_be_a_column_and_weights_may_be_of_samples) {
    mica_tensor *p = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 2),
                                     (float[]){0.5f, 0.5f, 0.25f, 0.75f});
    mica_tensor *labels = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(2, 1), (uint8_t[]){1, 0});
    mica_tensor *weights = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), (float[]){2, 0});
    mica_loss *l = mica_loss_sparse_categorical_crossentropy(ctx, NULL);
    double loss = mica_tensor_item(mica_loss_call(l, labels, p, weights));
    assert_true(fabs(loss - log(2)) < 1e-6); /* (2 log 2 + 0) / 2 */
}

#define LOSS(id) #id,
static const char *const ids[] = {
#include "loss/losses.def"
    NULL};
#undef LOSS

TEST(headers_equal_the_tables) {
    for (int i = 0; ids[i]; i++)
        assert_header_matches("include/mica/losses.h", ids[i], all_losses[i]->fields,
                              sizeof(mica_loss_options));
}

TEST(functions_of_losses_check_their_numbers) {
    mica_tensor *y = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 0.5);
    mica_huber(y, y, -1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "huber: delta is -1, expected at least 0");
    mica_huber(y, y, 0);
    ASSERT_OK(mica_check(ctx, &err));
}

RUN_TESTS(IN_CONTEXT(headers_equal_the_tables),
          IN_CONTEXT(every_loss_is_found_by_each_of_its_names),
          IN_CONTEXT(an_unknown_loss_names_the_nearest),
          IN_CONTEXT(a_config_is_the_same_after_writing_and_reading),
          IN_CONTEXT(keras_2_reduction_auto_is_the_default),
          IN_CONTEXT(ignored_classes_do_not_count),
          IN_CONTEXT(a_softmax_is_taken_off_and_from_logits_warned_about),
          IN_CONTEXT(labels_may_be_a_column_and_weights_may_be_of_samples),
          IN_CONTEXT(functions_of_losses_check_their_numbers))
