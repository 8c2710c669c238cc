/* Models from configs: the short form everywhere, errors that show what was found. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/in_context.h"

static mica_status read(const char *json, mica_model **m) {
    json_t *config;
    ASSERT_OK(config_parse(json, strlen(json), "recipe.json", &config, &err));
    mica_status status = model_from_config(ctx, config, "recipe.json", m, &err);
    json_decref(config);
    return status;
}

TEST(the_short_form_goes_on_in_layers_of_layers) {
    mica_model *m;
    ASSERT_OK(read("{\"input\": [6, 3], \"layers\": [{\"Bidirectional\": {\"layer\": {\"LSTM\": "
                   "{\"units\": 8}}}}, {\"Dense\": {\"units\": 2}}]}",
                   &m));
    assert_int_equal(model_output_shape(m, 0)->dims[1], 2);
    assert_int_equal(mica_model_parameters(m, false), 2 * 4 * 8 * (3 + 8 + 1) + 2 * 17);
    ASSERT_OK(read("{\"input\": [6, 3], \"layers\": [{\"RNN\": {\"cell\": {\"StackedRNNCells\": "
                   "{\"cells\": [{\"GRUCell\": {\"units\": 4}}, {\"LSTMCell\": {\"units\": 5}}]}}"
                   "}}]}",
                   &m));
    ASSERT_FAILS(read("{\"input\": [6, 3], \"layers\": [{\"Bidirectional\": {\"layer\": 3}}]}", &m),
                 MICA_FORMAT, "layer is 3, expected {\"Class\": {options}}, or class_name");
}

TEST(what_was_found_is_shown) {
    static const char *const wrong[][2] = {
        {"{\"inputs\": [5], \"layers\": [\"Flatten\"]}",
         "unknown key of the model 'inputs' (did you mean 'input'?)"},
        {"{\"input\": [-5], \"layers\": [\"Flatten\"]}",
         "an extent of the input shape is -5, expected a positive integer or null"},
        {"{\"input\": [5], \"layers\": [{\"Dense\": {\"units\": 16.5}}]}",
         "units is 16.5, expected an integer"},
        {"{\"input\": [5], \"layers\": [{\"Dense\": {\"units\": \"ten\"}}]}",
         "units is \"ten\", expected an integer"}};
    mica_model *m;
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        assert_int_not_equal(read(wrong[i][0], &m), MICA_OK);
        if (!strstr(err.message, wrong[i][1])) fail_msg("%s: %s", wrong[i][0], err.message);
    }
}

/* Keras takes tensors of a dict in the order of its keys. */
TEST(ends_that_are_an_object_come_in_the_order_of_keys) {
    mica_model *m;
    ASSERT_OK(
        read("{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
             "{\"class_name\": \"InputLayer\", \"name\": \"p\", \"config\": {\"name\": \"p\", "
             "\"batch_shape\": [null, 3]}, \"inbound_nodes\": []},"
             "{\"class_name\": \"InputLayer\", \"name\": \"q\", \"config\": {\"name\": \"q\", "
             "\"batch_shape\": [null, 2]}, \"inbound_nodes\": []},"
             "{\"class_name\": \"Concatenate\", \"name\": \"c\", \"config\": {\"name\": \"c\"}, "
             "\"inbound_nodes\": [[[\"p\", 0, 0, {}], [\"q\", 0, 0, {}]]]}],"
             "\"input_layers\": {\"z\": [\"p\", 0, 0], \"a\": [\"q\", 0, 0]},"
             "\"output_layers\": {\"y\": [\"c\", 0, 0]}}}",
             &m));
    assert_int_equal(model_input_shape(m, 0)->dims[1], 2);
    assert_int_equal(model_input_shape(m, 1)->dims[1], 3);
    json_t *config;
    ASSERT_OK(model_config(m, &config, &err));
    const json_t *inner = json_object_get(config, "config");
    assert_true(json_is_object(json_object_get(inner, "output_layers")));
    assert_non_null(json_object_get(json_object_get(inner, "input_layers"), "z"));
    json_decref(config);
}

RUN_TESTS(IN_CONTEXT(the_short_form_goes_on_in_layers_of_layers),
          IN_CONTEXT(what_was_found_is_shown),
          IN_CONTEXT(ends_that_are_an_object_come_in_the_order_of_keys))
