/* Functional models of very many layers: time and stack grow with them, not more. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/testing.h"

TEST(a_chain_of_very_many_layers_becomes_a_model) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *in = mica_input(ctx, MICA_SHAPE(1), "x"), *y = in;
    mica_layer *l = mica_layer_activation(ctx, MICA_OPTIONS(activation, .activation = "relu"));
    for (int i = 0; i < 20000; i++) y = mica_apply(l, y);
    mica_model *m = mica_model_new(ctx, &in, 1, &y, 1, "deep");
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(m->node_count, 20001);
    mica_close(&ctx);
}

/* Each layer stands before the one that it takes: found again and again in lists, this would take
 * hours. */
TEST(very_many_layers_in_reverse_order_become_a_model) {
    enum { COUNT = 10000 };
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = NULL;
    json_t *layers = json_array();
    char name[32], from[32];
    for (int i = COUNT; i > 0; i--) {
        snprintf(name, sizeof name, "l%d", i), snprintf(from, sizeof from, "l%d", i - 1);
        json_array_append_new(layers,
                              json_pack("{s:s, s:s, s:{s:s, s:s}, s:[[[s, i, i, {}]]]}",
                                        "class_name", "Activation", "name", name, "config", "name",
                                        name, "activation", "relu", "inbound_nodes", from, 0, 0));
    }
    json_array_append_new(layers, json_pack("{s:s, s:s, s:{s:s, s:[n, i]}, s:[]}", "class_name",
                                            "InputLayer", "name", "l0", "config", "name", "l0",
                                            "batch_input_shape", 2, "inbound_nodes"));
    snprintf(name, sizeof name, "l%d", COUNT);
    json_t *config = json_pack("{s:s, s:{s:s, s:o, s:[[s, i, i]], s:[[s, i, i]]}}", "class_name",
                               "Functional", "config", "name", "many", "layers", layers,
                               "input_layers", "l0", 0, 0, "output_layers", name, 0, 0);
    ASSERT_OK(model_from_config(ctx, config, "test", &m, &err));
    assert_int_equal(m->node_count, COUNT + 1);
    assert_string_equal(m->nodes[COUNT].layer->name, name);
    json_decref(config);
    mica_close(&ctx);
}

RUN_TESTS(UNIT(a_chain_of_very_many_layers_becomes_a_model),
          UNIT(very_many_layers_in_reverse_order_become_a_model))
