/* Ops on arrays and of networks, traced with unknown extents and specialised: loss and gradients
 * are those of a tape. No gradient rule may bake a shape into its attributes. */
#include "grad/gradient.h"
#include "plan/function.h"
#include "recorded.h"

#define PARAMETERS 6

/* A loss that goes through every kind of gradient rule. x (B, H, W, 2). */
static mica_tensor *layers(mica_tensor *x, mica_tensor *const *p) {
    const mica_window_options same = {.size = sizeof same, .padding = MICA_PADDING_SAME};
    mica_tensor *y = mica_conv(x, p[0], p[1], &same); /* (B, H, W, 4) */
    y = mica_batch_norm_training(y, p[2], p[3], -1, 1e-3, NULL, NULL);
    mica_tensor *counter = mica_scalar(x->ctx, MICA_INT64, 4);
    y = mica_dropout(mica_max_pool(y, NULL), counter, 0.25, 3);
    y = mica_conv_transpose(y, p[4], p[5], MICA_OPTIONS(window, .strides = {2}));
    y = mica_add(mica_avg_pool(y, &same), mica_max_pool(y, &same));
    y = mica_upsample(y, 1, 2, MICA_RESIZE_BILINEAR);
    y = mica_pad(y, 3, (int64_t[]){0, 1, 2}, NULL, MICA_PAD_REFLECT, 0);
    y = mica_slice(y, 3, (int64_t[]){0, 1, 0}, NULL, (int64_t[]){1, 1, 2});
    mica_tensor *parts[2], *turned = mica_transpose(y, MICA_AXES(0, 2, 1, 3));
    mica_split(turned, -1, NULL, 2, parts);
    y = mica_concatenate((mica_tensor *[]){parts[1], parts[0], turned}, 3, -1);
    y = mica_tile(mica_stack((mica_tensor *[]){y, mica_square(y)}, 2, 1),
                  (int64_t[]){1, 1, 2, 1, 1}, 5);
    y = mica_multiply(y, mica_broadcast_like(mica_slice(p[3], 1, NULL, NULL, NULL), y));
    mica_tensor *rows = mica_layer_norm(y, NULL, NULL, MICA_AXES(-1), 1e-3);
    rows = mica_rms_norm(rows, NULL, MICA_AXES(-1), 1e-3);
    rows = mica_add(rows, mica_normalize(y, MICA_AXES(2), 1e-6));
    y = mica_add(y, mica_group_norm(rows, NULL, NULL, 2, -1, 1e-3));
    y = mica_attention(y, rows, rows, NULL, true, 0);
    return mica_mean(mica_square(mica_flatten(y)), MICA_ALL_AXES, false);
}

static void make_parameters(mica_tensor **p) {
    static const shape shapes[PARAMETERS] = {{4, {3, 3, 2, 4}}, {1, {4}},          {1, {4}},
                                             {1, {4}},          {4, {3, 3, 2, 4}}, {1, {2}}};
    for (int i = 0; i < PARAMETERS; i++)
        p[i] = mica_variable(mica_random_normal(ctx, MICA_FLOAT64, shapes[i], 0.3, 1), "p");
}

/* The sums of the squares of the gradients, and the loss. */
static void eager_values(const double *x, const shape *s, mica_tensor **p,
                         double values[PARAMETERS + 1]) {
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *g[PARAMETERS];
    mica_tensor *loss = layers(mica_tensor_new(ctx, MICA_FLOAT64, *s, x), p);
    mica_tape_gradient(tape, loss, p, PARAMETERS, g);
    values[PARAMETERS] = mica_tensor_item(loss);
    for (int i = 0; i < PARAMETERS; i++)
        values[i] = mica_tensor_item(mica_sum(mica_square(g[i]), MICA_ALL_AXES, false));
    mica_tape_close(&tape);
}

static function *traced(mica_tensor **p, const shape *in) {
    mica_error err = {0};
    graph *g = graph_new(ctx);
    int x = graph_input(g, MICA_FLOAT64, in);
    tracer *t = tracer_open(g);
    mica_tensor *loss = layers(graph_symbol(g, x), p), *d[PARAMETERS];
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(graph_gradients(g, loss, p, PARAMETERS, d, &err));
    for (int i = 0; i < PARAMETERS; i++) {
        mica_tensor *sum = mica_sum(mica_square(d[i]), MICA_ALL_AXES, false);
        ASSERT_OK(graph_output(g, graph_value_of(g, sum), &err));
    }
    ASSERT_OK(graph_output(g, graph_value_of(g, loss), &err));
    tracer_close(&t);
    ASSERT_OK(graph_check(g, &err));
    function *f;
    ASSERT_OK(function_new(g, NULL, &f, &err));
    return f;
}

static void compare_at(const shape *unknown) {
    static const shape sizes[] = {{4, {3, 6, 8, 2}}, {4, {1, 6, 8, 2}}, {4, {2, 6, 8, 2}}};
    static double x[3 * 6 * 8 * 2];
    mica_tensor *p[PARAMETERS];
    mica_error err = {0};
    make_parameters(p);
    for (size_t i = 0; i < LENGTH(x); i++) x[i] = sin((double)i * 1.7) + (double)(i % 5) * 0.3;
    function *f = traced(p, unknown);
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        double found[PARAMETERS + 1], expected[PARAMETERS + 1];
        void *outputs[PARAMETERS + 1];
        for (int k = 0; k <= PARAMETERS; k++) outputs[k] = &found[k];
        eager_values(x, &sizes[i], p, expected);
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_OK(function_run(f, &sizes[i], (const void *[]){x}, outputs, &err));
        ASSERT_CLOSE(found, expected, PARAMETERS + 1, 1e-9);
        assert_true(expected[0] > 0 && expected[PARAMETERS] > 0);
    }
    function_free(f);
}

TEST(a_trace_with_unknown_batch_gives_what_a_tape_gives) { compare_at(&(shape){4, {-1, 6, 8, 2}}); }
TEST(a_trace_with_unknown_images_gives_what_a_tape_gives) {
    compare_at(&(shape){4, {-1, -1, -1, 2}});
}

RUN_WITH_CONTEXT(UNIT(a_trace_with_unknown_batch_gives_what_a_tape_gives),
                 UNIT(a_trace_with_unknown_images_gives_what_a_tape_gives))
