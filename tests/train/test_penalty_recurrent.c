/* Gradient penalties (WGAN-GP) across recurrent critics: as PyTorch recorded three steps, by tapes
 * and compiled; and every option of the ops against differences, in float64. */
#include "layer/layer.h"
#include "mica/mica.h"
#include "support/in_context.h"
#include "support/recorded.h"

#define MOST_WEIGHTS 10

typedef struct critic {
    const json_t *recorded; /* its case */
    mica_model *model;
    mica_tensor *weight[MOST_WEIGHTS];
    int weights;
    mica_tensor *x[3]; /* real, generated, between */
    mica_optimizer *sgd;
} critic;

static json_t *tree;

static int open_tree(void **state) {
    tree = recorded_json("penalty_recurrent.json");
    return open_context(state);
}
static int close_tree(void **state) {
    json_decref(tree);
    return close_context(state);
}

static mica_tensor *numbers(const json_t *object, const char *key, int i) {
    const json_t *value = json_object_get(object, key);
    return recorded_numbers(ctx, MICA_FLOAT32,
                            json_is_array(value) ? json_array_get(value, (size_t)i) : value);
}

/* Zeros after each sequence's end: what Masking looks for. */
static mica_tensor *ended(mica_tensor *x, const json_t *lengths) {
    float keep[64] = {0};
    int64_t sequences = x->shape.dims[0], times = x->shape.dims[1];
    for (int64_t b = 0; b < sequences; b++)
        for (int64_t t = 0; t < json_integer_value(json_array_get(lengths, (size_t)b)); t++)
            keep[b * times + t] = 1;
    mica_shape s = MICA_SHAPE(sequences, times, 1);
    return mica_multiply(x, mica_tensor_new(ctx, MICA_FLOAT32, s, keep));
}

static critic new_critic(const json_t *recorded) {
    static const char *const data[] = {"real", "generated", "between"};
    critic c = {.recorded = recorded, .model = mica_sequential(ctx, MICA_SHAPE(-1, 3))};
    const json_t *layers = json_object_get(recorded, "layers"), *item;
    size_t at;
    json_array_foreach(layers, at, item) mica_model_add(
        c.model, mica_layer_from_config(ctx, json_string_value(json_object_get(item, "class_name")),
                                        json_string_value(json_object_get(item, "config"))));
    mica_model_add(c.model, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < 3; i++)
        c.x[i] = ended(numbers(tree, data[i], 0), json_object_get(recorded, "lengths"));
    for (int i = 0; i < mica_model_layer_count(c.model); i++) {
        mica_layer *l = mica_model_layer(c.model, i);
        for (int k = 0; k < (int)l->weight_count; k++) {
            assert_true(c.weights < MOST_WEIGHTS);
            c.weight[c.weights] = mica_layer_weight(l, k);
            ASSERT_OK(
                mica_assign(c.weight[c.weights], numbers(recorded, "start", c.weights), &err));
            c.weights++;
        }
    }
    assert_int_equal(c.weights, json_array_size(json_object_get(recorded, "start")));
    c.sgd = mica_sgd(ctx, MICA_OPTIONS(sgd, .learning_rate = 0.01));
    return c;
}

static mica_tensor *judge(const critic *c, mica_tensor *x) {
    return mica_model_call(c->model, x, true);
}

/* |dD(x)/dx| of each row should be 1. */
static mica_tensor *penalty_of(const critic *c, mica_tensor *between) {
    mica_tape *inner = mica_tape_open(ctx, NULL);
    mica_tensor *slopes;
    mica_tape_watch(inner, between);
    mica_tape_gradient(inner, judge(c, between), &between, 1, &slopes);
    mica_tape_close(&inner);
    mica_tensor *norms = mica_sqrt(mica_sum(mica_square(slopes), MICA_AXES(1, 2), false));
    mica_tensor *one = mica_scalar(ctx, MICA_FLOAT32, 1);
    return mica_mean(mica_square(mica_subtract(norms, one)), MICA_ALL_AXES, false);
}

/* x: real, generated, between. out: the loss and its penalty, then the gradients. */
static void step(void *user, mica_context *context, mica_tensor *const *x, mica_tensor **out) {
    const critic *c = user;
    mica_tape *outer = mica_tape_open(context, NULL);
    mica_tensor *penalty = penalty_of(c, x[2]);
    mica_tensor *distance = mica_subtract(mica_mean(judge(c, x[1]), MICA_ALL_AXES, false),
                                          mica_mean(judge(c, x[0]), MICA_ALL_AXES, false));
    mica_tensor *ten = mica_scalar(context, MICA_FLOAT32, 10);
    out[0] = mica_keep(mica_add(distance, mica_multiply(ten, penalty)));
    out[1] = mica_keep(penalty);
    mica_tape_gradient(outer, out[0], c->weight, c->weights, out + 2);
    for (int i = 0; i < c->weights; i++) mica_keep(out[2 + i]);
    mica_optimizer_apply(c->sgd, c->weight, out + 2, c->weights);
    mica_tape_close(&outer);
}

static void compare_step(const critic *c, int number, mica_tensor *const *out) {
    static const char *const keys[] = {"loss", "penalty"};
    const json_t *item = json_array_get(json_object_get(c->recorded, "steps"), (size_t)number);
    const char *name = json_string_value(json_object_get(c->recorded, "name"));
    for (int i = 0; i < 2; i++) {
        double found = mica_tensor_item(out[i]),
               expected = json_number_value(json_object_get(item, keys[i]));
        if (!(fabs(found - expected) <= 1e-4 * fmax(1, fabs(expected))))
            fail_msg("%s step %d: %s is %.9g, expected %.9g", name, number, keys[i], found,
                     expected);
    }
    for (int i = 0; i < c->weights && number == 0; i++)
        assert_tensor_close(out[2 + i], numbers(c->recorded, "gradients", i), 1e-4, name);
}

static void three_steps(bool compiled) {
    const json_t *cases = json_object_get(tree, "cases"), *item;
    size_t at;
    json_array_foreach(cases, at, item) {
        critic c = new_critic(item);
        mica_function *f = mica_function_new(ctx, step, &c, 3, 2 + c.weights, NULL);
        for (int number = 0; number < 3; number++) {
            mica_tensor *out[2 + MOST_WEIGHTS];
            if (compiled) mica_function_call(f, c.x, out);
            else step(&c, ctx, c.x, out);
            ASSERT_OK(mica_check(ctx, &err));
            compare_step(&c, number, out);
        }
        for (int i = 0; i < c.weights; i++)
            assert_tensor_close(c.weight[i], numbers(item, "weights", i), 1e-3,
                                json_string_value(json_object_get(item, "name")));
        mica_function_destroy(&f);
    }
    assert_int_equal(at, 9);
}

TEST(gradient_penalties_of_recurrent_critics_equal_pytorch) { three_steps(false); }
TEST(compiled_gradient_penalties_of_recurrent_critics_equal_pytorch) { three_steps(true); }

/* ---- every option, by differences ---- */

#define SEQUENCES 3
#define TIMES 4
#define UNITS 2
enum { Z, U, H, C, BIAS, DROP, OPERANDS };

typedef struct option_case {
    int gates; /* 1: simple_rnn, 3: gru, 4: lstm */
    bool bias, dropped, masked, go_backwards, zero_output;
    mica_recurrent_activation recurrent;
} option_case;

static mica_tensor *run_case(const option_case *k, mica_tensor *const *in, mica_tensor **h) {
    static const bool seen[] = {1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1};
    const mica_recurrent_options o = {
        .size = sizeof o,
        .recurrent_activation = k->recurrent,
        .h = in[H],
        .c = k->gates == 4 ? in[C] : NULL,
        .bias = k->bias ? in[BIAS] : NULL,
        .drop = k->dropped ? in[DROP] : NULL,
        .mask = k->masked ? mica_tensor_new(ctx, MICA_BOOL, MICA_SHAPE(SEQUENCES, TIMES), seen)
                          : NULL,
        .go_backwards = k->go_backwards,
        .zero_output = k->zero_output};
    mica_tensor *c;
    if (k->gates == 1) return mica_simple_rnn(in[Z], in[U], &o, h);
    return k->gates == 3 ? mica_gru(in[Z], in[U], &o, h) : mica_lstm(in[Z], in[U], &o, h, &c);
}

static mica_tensor *squares(mica_tensor *t) {
    return mica_sum(mica_square(t), MICA_ALL_AXES, false);
}

/* in: the operands. out: the squared slopes of the op by z, u and h, and how they change with each
 * operand. */
static void squared_slopes(void *user, mica_context *context, mica_tensor *const *in,
                           mica_tensor **out) {
    mica_tape *outer = mica_tape_open(context, NULL), *inner;
    mica_tensor *slopes[3], *h;
    for (int i = 0; i < OPERANDS; i++) mica_tape_watch(outer, in[i]);
    inner = mica_tape_open(context, NULL);
    for (int i = 0; i < 3; i++) mica_tape_watch(inner, in[i]);
    mica_tensor *y = run_case(user, in, &h);
    mica_tape_gradient(inner, mica_add(squares(y), squares(h)), in, 3, slopes);
    mica_tape_close(&inner);
    out[0] = mica_keep(
        mica_add(squares(slopes[0]), mica_add(squares(slopes[1]), squares(slopes[2]))));
    mica_tape_gradient(outer, out[0], in, OPERANDS, out + 1);
    for (int i = 0; i < OPERANDS; i++) mica_keep(out[1 + i]);
    mica_tape_close(&outer);
}

static double value_at(const option_case *k, mica_tensor *const *in, mica_tensor *const *along,
                       int which, double by) {
    mica_tensor *moved[OPERANDS], *out[1 + OPERANDS];
    for (int i = 0; i < OPERANDS; i++) moved[i] = in[i];
    mica_tensor *far = mica_multiply(along[which], mica_scalar(ctx, MICA_FLOAT64, by));
    moved[which] = mica_add(in[which], far);
    squared_slopes((void *)k, ctx, moved, out);
    ASSERT_OK(mica_check(ctx, &err));
    return mica_tensor_item(out[0]);
}

static void check_case(const option_case *k, int number) {
    const int64_t wide = k->gates * UNITS;
    const mica_shape shapes[] = {MICA_SHAPE(SEQUENCES, TIMES, wide),
                                 MICA_SHAPE(UNITS, wide),
                                 MICA_SHAPE(SEQUENCES, UNITS),
                                 MICA_SHAPE(SEQUENCES, UNITS),
                                 MICA_SHAPE(wide),
                                 MICA_SHAPE(k->gates, SEQUENCES, UNITS)};
    mica_tensor *in[OPERANDS], *along[OPERANDS], *eager[1 + OPERANDS], *traced[1 + OPERANDS];
    for (int i = 0; i < OPERANDS; i++) {
        in[i] = mica_random_normal(ctx, MICA_FLOAT64, shapes[i], 0, 1);
        along[i] = mica_random_normal(ctx, MICA_FLOAT64, shapes[i], 0, 1);
    }
    mica_function *f = mica_function_new(ctx, squared_slopes, (void *)k, OPERANDS, 1 + OPERANDS,
                                         NULL);
    squared_slopes((void *)k, ctx, in, eager);
    mica_function_call(f, in, traced);
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < OPERANDS; i++) {
        double numeric = (value_at(k, in, along, i, 1e-5) - value_at(k, in, along, i, -1e-5)) /
                         2e-5;
        for (int which = 0; which < 2; which++) {
            mica_tensor *slope = (which ? traced : eager)[1 + i];
            double found = mica_tensor_item(
                mica_sum(mica_multiply(slope, along[i]), MICA_ALL_AXES, false));
            if (!(fabs(found - numeric) <= 1e-6 * fmax(1, fabs(numeric))))
                fail_msg("case %d operand %d %s: %.9g, by differences %.9g", number, i,
                         which ? "traced" : "eager", found, numeric);
        }
    }
    mica_function_destroy(&f);
}

TEST(second_derivatives_of_every_option_agree_with_differences) {
    static const option_case cases[] = {
        {1, .masked = true},
        {1, .dropped = true, .go_backwards = true},
        {3, .bias = true},
        {3},
        {3, .bias = true, .masked = true, .dropped = true},
        {3, .masked = true, .dropped = true, .go_backwards = true},
        {3, .masked = true, .zero_output = true, .recurrent = MICA_RECURRENT_TANH},
        {3, .bias = true, .masked = true, .go_backwards = true, .zero_output = true},
        {4},
        {4, .masked = true, .go_backwards = true, .recurrent = MICA_RECURRENT_TANH},
        {4, .masked = true, .dropped = true, .zero_output = true},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) check_case(&cases[i], (int)i);
}

#define WITH_TREE(name) cmocka_unit_test_setup_teardown(name, open_tree, close_tree)

RUN_TESTS(WITH_TREE(gradient_penalties_of_recurrent_critics_equal_pytorch),
          WITH_TREE(compiled_gradient_penalties_of_recurrent_critics_equal_pytorch),
          IN_CONTEXT(second_derivatives_of_every_option_agree_with_differences))
