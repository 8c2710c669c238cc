/* A critic with a gradient penalty (WGAN-GP), as PyTorch recorded it: the loss holds a gradient,
 * so its own gradient is a second derivative, through convolution, layer and batch normalization,
 * leaky ReLU and a dense layer; by tapes, and compiled. */
#include "layer/layer.h"
#include "mica/mica.h"
#include "support/in_context.h"
#include "support/recorded.h"

#define LAYERS 8
#define WEIGHTS 10

typedef struct critic {
    mica_layer *layer[LAYERS];
    mica_tensor *weight[WEIGHTS]; /* the trainable ones, as recorded */
    mica_tensor *real, *generated, *between;
    mica_optimizer *adam;
} critic;

static json_t *tree;

static int open_tree(void **state) {
    tree = recorded_json("penalty.json");
    return open_context(state);
}
static int close_tree(void **state) {
    json_decref(tree);
    return close_context(state);
}

static mica_tensor *recorded(const char *key, int i) {
    const json_t *value = json_object_get(tree, key);
    return recorded_numbers(ctx, MICA_FLOAT32,
                            json_is_array(value) ? json_array_get(value, (size_t)i) : value);
}

static mica_tensor *judge(const critic *c, mica_tensor *x) {
    for (int i = 0; i < LAYERS; i++) x = mica_layer_call(c->layer[i], x, true);
    return x;
}

static mica_layer *leaky(void) {
    return mica_layer_leaky_relu(ctx, MICA_OPTIONS(leaky_relu, .negative_slope = 0.2));
}

static critic new_critic(void) {
    critic c = {
        .layer = {mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 4, .kernel_size = {3},
                                                      .strides = {2}, .padding = "same")),
                  mica_layer_layer_normalization(ctx, NULL), leaky(),
                  mica_layer_conv2d(
                      ctx, MICA_OPTIONS(conv2d, .filters = 6, .kernel_size = {3}, .strides = {2})),
                  mica_layer_batch_normalization(ctx, NULL), leaky(), mica_layer_flatten(ctx, NULL),
                  mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1))},
        .real = recorded("real", 0),
        .generated = recorded("generated", 0),
        .between = recorded("between", 0),
        .adam = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = 0.01, .beta_1 = 0.5))};
    judge(&c, c.real); /* builds */
    int n = 0;
    for (int i = 0; i < LAYERS; i++)
        for (size_t k = 0; k < c.layer[i]->weight_count; k++) {
            if (!c.layer[i]->weights[k].trainable) continue;
            assert_true(n < WEIGHTS);
            c.weight[n] = c.layer[i]->weights[k].variable;
            ASSERT_OK(mica_assign(c.weight[n], recorded("start", n), &err));
            n++;
        }
    assert_int_equal(n, WEIGHTS);
    return c;
}

/* |dD(x)/dx| of each row should be 1. */
static mica_tensor *penalty_of(const critic *c, mica_tensor *between) {
    mica_tape *inner = mica_tape_open(ctx, NULL);
    mica_tensor *slopes;
    mica_tape_watch(inner, between);
    mica_tape_gradient(inner, judge(c, between), &between, 1, &slopes);
    mica_tape_close(&inner);
    mica_tensor *norms = mica_sqrt(mica_sum(mica_square(slopes), MICA_AXES(1, 2, 3), false));
    mica_tensor *one = mica_scalar(ctx, MICA_FLOAT32, 1);
    return mica_mean(mica_square(mica_subtract(norms, one)), MICA_ALL_AXES, false);
}

/* out: the loss and its penalty, then the gradients; the weights are updated. */
static void step(const critic *c, mica_tensor *real, mica_tensor *generated, mica_tensor *between,
                 mica_tensor **out) {
    mica_tape *outer = mica_tape_open(ctx, NULL);
    mica_tensor *penalty = penalty_of(c, between);
    mica_tensor *distance = mica_subtract(mica_mean(judge(c, generated), MICA_ALL_AXES, false),
                                          mica_mean(judge(c, real), MICA_ALL_AXES, false));
    mica_tensor *ten = mica_scalar(ctx, MICA_FLOAT32, 10);
    out[0] = mica_keep(mica_add(distance, mica_multiply(ten, penalty)));
    out[1] = mica_keep(penalty);
    mica_tape_gradient(outer, out[0], c->weight, WEIGHTS, out + 2);
    for (int i = 0; i < WEIGHTS; i++) mica_keep(out[2 + i]);
    mica_optimizer_apply(c->adam, c->weight, out + 2, WEIGHTS);
    mica_tape_close(&outer);
}

static void compare_step(int number, mica_tensor *const *out) {
    static const char *const keys[] = {"loss", "penalty"};
    const json_t *item = json_array_get(json_object_get(tree, "steps"), (size_t)number);
    for (int i = 0; i < 2; i++) {
        double found = mica_tensor_item(out[i]),
               expected = json_number_value(json_object_get(item, keys[i]));
        if (!(fabs(found - expected) <= 1e-4 * fmax(1, fabs(expected))))
            fail_msg("step %d: %s is %.9g, expected %.9g", number, keys[i], found, expected);
    }
    for (int i = 0; i < WEIGHTS && number == 0; i++)
        assert_tensor_close(out[2 + i], recorded("gradients", i), 1e-4, "gradient");
}

/* The gradient of a bias before a normalisation is what rounding leaves of 0, and Adam's steps go
 * by its sign. */
static bool is_noise(mica_tensor *gradient) {
    double most = mica_tensor_item(mica_max(mica_abs(gradient), MICA_ALL_AXES, false));
    return most > 0 && most < 1e-12;
}

static void compare_weights(const critic *c) {
    int skipped = 0;
    for (int i = 0; i < WEIGHTS; i++) {
        const char *name = c->weight[i]->variable->name;
        if (is_noise(recorded("gradients", i))) {
            assert_string_equal(name, "conv2d_1/bias");
            skipped++;
            continue;
        }
        assert_tensor_close(c->weight[i], recorded("weights", i), 1e-3, name);
    }
    assert_int_equal(skipped, 1);
}

TEST(a_gradient_penalty_equals_pytorch) {
    critic c = new_critic();
    for (int number = 0; number < 3; number++) {
        mica_tensor *out[2 + WEIGHTS];
        step(&c, c.real, c.generated, c.between, out);
        ASSERT_OK(mica_check(ctx, &err));
        compare_step(number, out);
    }
    compare_weights(&c);
}

static void traced_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    step(user, in[0], in[1], in[2], out);
}

TEST(a_compiled_gradient_penalty_equals_pytorch) {
    critic c = new_critic();
    mica_function *f = mica_function_new(ctx, traced_step, &c, 3, 2 + WEIGHTS, NULL);
    for (int number = 0; number < 3; number++) {
        mica_tensor *in[] = {c.real, c.generated, c.between}, *out[2 + WEIGHTS];
        mica_function_call(f, in, out);
        ASSERT_OK(mica_check(ctx, &err));
        compare_step(number, out);
    }
    compare_weights(&c);
}

#define WITH_TREE(name) cmocka_unit_test_setup_teardown(name, open_tree, close_tree)

RUN_TESTS(WITH_TREE(a_gradient_penalty_equals_pytorch),
          WITH_TREE(a_compiled_gradient_penalty_equals_pytorch))
