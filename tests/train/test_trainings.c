/* 20 steps of Keras for every loss and every optimizer, from the same initial .h5 and data, with
 * Keras's compile config: the loss of each epoch and the weights at the end. */
#include "loss/loss.h"
#include "mica/mica.h"
#include "model/model.h"
#include "optim/optimizer.h"
#include "support/exceptions.h"
#include "support/recorded.h"

static void check_weights(const mica_model *m, const json_t *recorded, const char *name) {
    const char *path;
    json_t *value;
    size_t seen = 0;
    json_object_foreach((json_t *)recorded, path,
                        value) for (size_t i = 0; i < m->layer_count;
                                    i++) for (size_t k = 0; k < m->layers[i]->weight_count; k++) {
        mica_tensor *variable = m->layers[i]->weights[k].variable;
        char what[300];
        if (strcmp(variable->variable->name, path)) continue;
        snprintf(what, sizeof what, "%s: %s", name, path);
        assert_tensor_close(variable, recorded_numbers(m->ctx, MICA_FLOAT32, value), 1e-3, what);
        seen++;
    }
    if (seen != json_object_size(recorded)) fail_msg("%s: %zu weights were found", name, seen);
}

static void run_case(const json_t *tree, const json_t *item) {
    const char *name = json_string_value(json_object_get(item, "name"));
    const char *model = json_string_value(json_object_get(item, "model"));
    char path[300];
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m;
    mica_history h;
    json_t *loss;
    size_t i;
    snprintf(path, sizeof path, "tests/recorded/trainings/%s.h5", model);
    ASSERT_OK(mica_model_load(ctx, path, &m, &err));
    if (compile_from_config(m, json_object_get(item, "compile"), &err) != MICA_OK)
        fail_msg("%s: %s", name, err.message);
    mica_tensor *x = recorded_numbers(ctx, MICA_FLOAT32, json_object_get(tree, "x"));
    if (strcmp(model, "sequence")) /* the first step of each sequence is a row */
        x = mica_gather(x, mica_scalar(ctx, MICA_INT32, 0), 1);
    mica_tensor *y = recorded_numbers(ctx, MICA_FLOAT32, json_object_get(item, "y"));
    mica_dataset *data = mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
    const json_t *losses = json_object_get(item, "loss");
    mica_status status = mica_model_fit(m, data,
                                        MICA_OPTIONS(fit, .epochs = (int)json_array_size(losses),
                                                     .batch_size = 5, .no_shuffle = true),
                                        &h, &err);
    if (status != MICA_OK) fail_msg("%s: %s", name, err.message);
    json_array_foreach(losses, i, loss) {
        double expected = json_number_value(loss), found = mica_result(&h.epoch[i], "loss");
        if (!(fabs(found - expected) <= 1e-4 * fmax(1, fabs(expected))))
            fail_msg("%s: loss of epoch %zu is %.7g, expected %.7g", name, i, found, expected);
    }
    check_weights(m, json_object_get(item, "weights"), name);
    mica_history_free(&h);
    mica_close(&ctx);
}

TEST(trainings_equal_keras) {
    json_t *tree = recorded_json("trainings.json"), *item;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, item) run_case(tree, item);
    json_decref(tree);
}

/* Whether a recorded compile config has the class under that key. */
static bool has_class(const json_t *tree, const char *key, kinds all, const kind *wanted) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(tree, "cases"), i, item) {
        const json_t *config = json_object_get(json_object_get(item, "compile"), key);
        if (kind_find(all, json_string_value(json_object_get(config, "class_name"))) == wanted)
            return true;
    }
    return false;
}

static void expect_all(const char *sort, const char *key, kinds all) {
    json_t *tree = recorded_json("trainings.json");
    for (kinds k = all; *k; k++)
        EXPECT_FOUND(has_class(tree, key, all, *k), sort, (*k)->name, "tools/record_trainings.py");
    json_decref(tree);
}

TEST(every_loss_is_trained) { expect_all("trained loss", "loss", KINDS(all_losses)); }

TEST(every_optimizer_is_trained) {
    expect_all("trained optimizer", "optimizer", KINDS(all_optimizers));
}

RUN_TESTS(UNIT(trainings_equal_keras), UNIT(every_loss_is_trained),
          UNIT(every_optimizer_is_trained))
