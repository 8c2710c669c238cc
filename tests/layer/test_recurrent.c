/* Recurrent layers beyond what Keras recorded: states from call to call, dropout, cells, wrappers,
 * errors, files. */
#include "layer/layer.h"
#include "mica/layers_recurrent.h"
#include "mica/mica.h"
#include "model/model.h"
#include "support/in_context.h"

static mica_tensor *some(mica_shape s) { return mica_random_normal(ctx, MICA_FLOAT32, s, 0, 1); }

static mica_layer *made(const char *class_name, const char *json) {
    mica_layer *l = mica_layer_from_config(ctx, class_name, json);
    ASSERT_OK(mica_check(ctx, &err));
    return l;
}

static void give_weights(const mica_layer *to, const mica_layer *from) {
    assert_int_equal(to->weight_count, from->weight_count);
    for (size_t i = 0; i < to->weight_count; i++)
        ASSERT_OK(mica_assign(to->weights[i].variable, from->weights[i].variable, &err));
}

static void assert_same(mica_tensor *a, mica_tensor *b, double tolerance) {
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_size(a), mica_tensor_size(b));
    mica_tensor *d = mica_max(mica_abs(mica_subtract(a, b)), MICA_ALL_AXES, false);
    assert_true(mica_tensor_item(d) <= tolerance);
}

static mica_tensor *part(mica_tensor *x, int64_t begin, int64_t end) {
    return mica_slice(x, 2, (int64_t[]){0, begin}, (int64_t[]){MICA_END, end}, NULL);
}

/* Two layers with the same weights give the same y for x. */
static void assert_equal_layers(const char *class_a, const char *a, const char *class_b,
                                const char *b) {
    mica_layer *one = made(class_a, a), *other = made(class_b, b);
    mica_tensor *x = some(MICA_SHAPE(3, 5, 4)), *y = mica_layer_call(one, x, false);
    mica_layer_call(other, x, false);
    ASSERT_OK(mica_check(ctx, &err));
    give_weights(other, one);
    assert_same(y, mica_layer_call(other, x, false), 1e-6);
}

TEST(stateful_layer_goes_on_where_it_ended) {
    static const char *const kinds[] = {"SimpleRNN", "LSTM", "GRU"};
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        mica_layer *l = made(kinds[i],
                             "{\"units\": 4, \"stateful\": true, \"return_sequences\": true}");
        mica_tensor *x = some(MICA_SHAPE(2, 6, 3)), *whole = mica_layer_call(l, x, false);
        mica_layer_reset_states(l);
        assert_same(mica_layer_call(l, part(x, 0, 2), false), part(whole, 0, 2), 1e-6);
        assert_same(mica_layer_call(l, part(x, 2, 6), false), part(whole, 2, 6), 1e-6);
        mica_layer_reset_states(l);
        assert_same(mica_layer_call(l, x, false), whole, 0);
        mica_layer_call(l, some(MICA_SHAPE(3, 6, 3)), false);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "batch of 3 sequences, expected the 2");
    }
}

/* A model that is stateful goes on from batch to batch, in inference too. */
TEST(stateful_model_goes_on_between_calls) {
    mica_tensor *x = some(MICA_SHAPE(2, 3, 4)), *first, *second;
    static const char text[] = "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", "
                               "\"layers\": [{\"class_name\": "
                               "\"GRU\", \"config\": {\"units\": 3, \"stateful\": true, "
                               "\"batch_input_shape\": [2, 3, 4]}}]}}";
    json_t *config = json_loads(text, 0, NULL);
    mica_model *m = NULL;
    ASSERT_OK(model_from_config(ctx, config, "test", &m, &err));
    json_decref(config);
    mica_layer *l = mica_model_layer(m, mica_model_layer_count(m) - 1);
    first = mica_model_call(m, x, false);
    second = mica_model_call(m, x, false);
    mica_tensor *d = mica_max(mica_abs(mica_subtract(first, second)), MICA_ALL_AXES, false);
    assert_true(mica_tensor_item(d) > 1e-4);
    mica_layer_reset_states(l);
    assert_same(first, mica_model_call(m, x, false), 0);
}

/* First states are written as Keras 3 writes them, and read again. */
TEST(first_states_are_kept_in_configs) {
    mica_tensor *in[] = {mica_input(ctx, MICA_SHAPE(5, 3), "x"),
                         mica_input(ctx, MICA_SHAPE(4), "h")};
    mica_layer *gru = mica_layer_gru(ctx, MICA_OPTIONS(gru, .units = 4, .return_state = true));
    mica_tensor *out[2];
    assert_int_equal(mica_apply_with(gru, in, NULL, 2, NULL, out, 2), 2);
    mica_model *m = mica_model_new(ctx, in, 2, out, 2, "m"), *again = NULL;
    ASSERT_OK(mica_check(ctx, &err));
    json_t *config, *second;
    ASSERT_OK(model_config(m, &config, &err));
    ASSERT_OK(model_from_config(ctx, config, "test", &again, &err));
    ASSERT_OK(model_config(again, &second, &err));
    assert_true(json_equal(config, second));
    const json_t *nodes = json_object_get(
        json_array_get(json_object_get(json_object_get(config, "config"), "layers"), 2),
        "inbound_nodes");
    const json_t *kwargs = json_object_get(json_array_get(nodes, 0), "kwargs");
    assert_int_equal(json_array_size(json_object_get(kwargs, "initial_state")), 1);
    json_decref(config);
    json_decref(second);
}

/* A cell of one's own: h = x + h. */
static void add_up(mica_call *c) {
    c->outputs = 2;
    c->out[0] = c->out[1] = mica_add(c->in[0], c->in[1]);
}
static int one_state(const void *options, int64_t width[9]) {
    (void)options;
    width[0] = width[1] = 3;
    return 1;
}

TEST(rnn_takes_cells_of_the_users_own) {
    ASSERT_OK(mica_register_layer(ctx,
                                  MICA_OPTIONS(layer_class, .name = "Adder", .inputs = -1,
                                               .call = add_up, .states = one_state),
                                  &err));
    mica_layer *l = mica_layer_rnn(ctx,
                                   MICA_OPTIONS(rnn, .cell = mica_layer_new(ctx, "Adder", NULL)));
    mica_tensor *x = some(MICA_SHAPE(2, 6, 3));
    assert_same(mica_layer_call(l, x, false), mica_sum(x, MICA_AXES(1), false), 1e-5);
}

/* y is what is left of x: with W = 1 and U = 0 the same features in every step. */
TEST(dropout_draws_once_for_all_steps) {
    mica_layer *l = made("SimpleRNN",
                         "{\"units\": 16, \"activation\": \"linear\", \"dropout\": 0.5, "
                         "\"return_sequences\": true, \"use_bias\": false}");
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 5, 16), 1);
    mica_layer_call(l, x, false);
    float one[256] = {0};
    for (int i = 0; i < 16; i++) one[17 * i] = 1;
    ASSERT_OK(mica_assign(l->weights[0].variable,
                          mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(16, 16), one), &err));
    ASSERT_OK(mica_assign(l->weights[1].variable,
                          mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(16, 16), 0), &err));
    mica_tensor *y = mica_layer_call(l, x, true), *first = part(y, 0, 1);
    for (int t = 1; t < 5; t++) assert_same(part(y, t, t + 1), first, 0);
    double mean = mica_tensor_item(mica_mean(y, MICA_ALL_AXES, false));
    assert_true(mean > 0.3 && mean < 1.7);
    double zeros = mica_tensor_item(mica_min(y, MICA_ALL_AXES, false));
    assert_true(zeros == 0);
}

TEST(recurrent_dropout_changes_training_alone) {
    static const char *const kinds[] = {"SimpleRNN", "LSTM", "GRU"};
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        mica_layer *l = made(kinds[i], "{\"units\": 8, \"recurrent_dropout\": 0.5}");
        mica_tensor *x = some(MICA_SHAPE(2, 6, 3)), *y = mica_layer_call(l, x, false);
        assert_same(mica_layer_call(l, x, false), y, 0);
        mica_tensor *d = mica_subtract(mica_layer_call(l, x, true), y);
        ASSERT_OK(mica_check(ctx, &err));
        assert_true(mica_tensor_item(mica_max(mica_abs(d), MICA_ALL_AXES, false)) > 1e-4);
    }
}

/* An activation as an object goes by the general way. */
TEST(general_way_equals_the_op) {
    assert_equal_layers(
        "LSTM", "{\"units\": 4}", "LSTM",
        "{\"units\": 4, \"activation\": {\"class_name\": \"tanh\", \"config\": {}}}");
    assert_equal_layers("GRU", "{\"units\": 4, \"return_sequences\": true, \"go_backwards\": true}",
                        "GRU",
                        "{\"units\": 4, \"return_sequences\": true, \"go_backwards\": true, "
                        "\"recurrent_activation\": {\"class_name\": \"sigmoid\", \"config\": {}}}");
}

TEST(half_floats_are_near_the_whole_ones) {
    mica_layer *whole = made("LSTM", "{\"units\": 4}"),
               *half = made("LSTM", "{\"units\": 4, \"dtype\": \"mixed_bfloat16\"}");
    mica_tensor *x = some(MICA_SHAPE(3, 9, 4)), *y = mica_layer_call(whole, x, false);
    mica_layer_call(half, x, false);
    ASSERT_OK(mica_check(ctx, &err));
    give_weights(half, whole);
    mica_tensor *z = mica_layer_call(half, x, false);
    assert_int_equal(z->dtype, MICA_BFLOAT16);
    assert_same(mica_cast(z, MICA_FLOAT32), y, 0.03);
}

TEST(rnn_of_a_cell_equals_the_layer) {
    assert_equal_layers("LSTM", "{\"units\": 4, \"return_sequences\": true}", "RNN",
                        "{\"return_sequences\": true, \"cell\": {\"class_name\": \"LSTMCell\", "
                        "\"config\": {\"units\": 4}}}");
    assert_equal_layers("GRU", "{\"units\": 4, \"reset_after\": false, \"go_backwards\": true}",
                        "RNN",
                        "{\"go_backwards\": true, \"cell\": {\"class_name\": \"GRUCell\", "
                        "\"config\": {\"units\": 4, \"reset_after\": false}}}");
    assert_equal_layers(
        "SimpleRNN", "{\"units\": 4}", "RNN",
        "{\"cell\": {\"class_name\": \"SimpleRNNCell\", \"config\": {\"units\": 4}}}");
}

TEST(inner_weights_have_the_outer_name_in_front) {
    mica_layer *lstm = mica_layer_lstm(ctx, MICA_OPTIONS(lstm, .units = 4));
    mica_layer *l = mica_layer_bidirectional(ctx, MICA_OPTIONS(bidirectional, .layer = lstm));
    mica_layer_call(l, some(MICA_SHAPE(2, 3, 4)), false);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(l->weight_count, 6);
    assert_string_equal(l->weights[0].variable->variable->name,
                        "bidirectional/forward_lstm/lstm_cell/kernel");
    assert_string_equal(l->weights[5].variable->variable->name,
                        "bidirectional/backward_lstm/lstm_cell/bias");
}

/* Neither batch nor steps are known when the model is made; each call has others. */
TEST(time_distributed_takes_any_number_of_steps) {
    mica_layer *dense = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 5));
    mica_layer *flatten = mica_layer_flatten(ctx, NULL);
    mica_tensor *in = mica_input(ctx, MICA_SHAPE(-1, 2, 2), NULL);
    mica_tensor *flat = mica_apply(
        mica_layer_time_distributed(ctx, MICA_OPTIONS(time_distributed, .layer = flatten)), in);
    mica_tensor *out = mica_apply(
        mica_layer_time_distributed(ctx, MICA_OPTIONS(time_distributed, .layer = dense)), flat);
    mica_model *m = mica_model_new(ctx, &in, 1, &out, 1, NULL);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(model_output_shape(m, 0)->dims[1], -1);
    for (int steps = 1; steps < 4; steps++) {
        mica_tensor *x = some(MICA_SHAPE(3, steps, 2, 2)), *y;
        mica_tensor *rows = mica_reshape(x, MICA_SHAPE(3 * steps, 4));
        ASSERT_OK(mica_model_predict(m, &x, 1, 3, &y, &err));
        assert_int_equal(mica_tensor_shape(y).dims[1], steps);
        assert_same(mica_reshape(y, MICA_SHAPE(3 * steps, 5)), mica_layer_call(dense, rows, false),
                    1e-6);
    }
}

TEST(what_does_not_fit_is_told) {
    mica_layer *l = made("LSTM", "{\"units\": 4}");
    mica_layer_call(l, some(MICA_SHAPE(2, 3)), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "rank 2, expected 3");
    mica_tensor *in[] = {some(MICA_SHAPE(2, 3, 5)), some(MICA_SHAPE(2, 4))};
    mica_layer_call_many(l, in, 2, false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "2 inputs, expected 1, or 3");
    mica_layer_from_config(ctx, "Bidirectional",
                           "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 3}}}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "expected a recurrent layer");
    mica_layer_from_config(ctx, "RNN",
                           "{\"cell\": {\"class_name\": \"Dense\", \"config\": {\"units\": 3}}}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "expected a cell");
    mica_layer_from_config(ctx, "TimeDistributed", "{}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "layer is missing");
    mica_layer_from_config(ctx, "Bidirectional",
                           "{\"layer\": {\"class_name\": \"GRU\", \"config\": {\"units\": 3, "
                           "\"go_backwards\": true}}}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "one each way");
}

RUN_TESTS(
    IN_CONTEXT(stateful_layer_goes_on_where_it_ended), IN_CONTEXT(dropout_draws_once_for_all_steps),
    IN_CONTEXT(stateful_model_goes_on_between_calls), IN_CONTEXT(first_states_are_kept_in_configs),
    IN_CONTEXT(rnn_takes_cells_of_the_users_own),
    IN_CONTEXT(recurrent_dropout_changes_training_alone), IN_CONTEXT(general_way_equals_the_op),
    IN_CONTEXT(half_floats_are_near_the_whole_ones), IN_CONTEXT(rnn_of_a_cell_equals_the_layer),
    IN_CONTEXT(time_distributed_takes_any_number_of_steps),
    IN_CONTEXT(inner_weights_have_the_outer_name_in_front), IN_CONTEXT(what_does_not_fit_is_told))
