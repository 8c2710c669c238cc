/* What pooling does not read of a convolution is not computed, forward and backward. */
#include "grad/gradient.h"
#include "mica/mica.h"
#include "plan/function.h"
#include "plan/inside.h"
#include "support/testing.h"

enum { H = 11, W = 8, C = 3, F = 4, OUTPUTS = 4, MOST = 2 * H * W * F };

typedef struct crop_case {
    const char *what;
    mica_window_options conv, pool;
    shape left;       /* of the convolution's result, with the pass */
    bool also_output; /* the convolution's result is read by others as well */
} crop_case;

static const crop_case cases[] = {
    {"2x2 over 9x6", {0}, {.pool = {2, 2}}, {4, {2, 8, 6, F}}, false},
    {"2x2 over 11x8", {.padding = MICA_PADDING_SAME}, {.pool = {2, 2}}, {4, {2, 10, 8, F}}, false},
    {"4x4: one of three", {.padding = MICA_PADDING_SAME}, {.pool = {4, 4}}, {4, {2, 10, 8, F}}, 0},
    {"overlapping", {0}, {.pool = {3, 3}, .strides = {2, 2}}, {4, {2, 9, 5, F}}, false},
    {"with gaps", {0}, {.pool = {2, 1}, .strides = {3, 4}}, {4, {2, 8, 5, F}}, false},
    {"padded: all is read", {0}, {.pool = {2, 2}, .padding = MICA_PADDING_SAME}, {0}, false},
    {"read elsewhere", {0}, {.pool = {2, 2}}, {0}, true},
};

static mica_tensor *numbers(mica_context *ctx, shape s, const char *name) {
    float data[MOST];
    for (int64_t i = 0; i < shape_size(&s); i++) data[i] = (float)((i * 37 + 11) % 64) / 32 - 1;
    return mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, s, data), name);
}

/* max_pool(relu(conv(x, w) + b)) times factors, and the gradients of its sum for x, w, b. */
static graph *traced(mica_context *ctx, const crop_case *c, int64_t sizes[OUTPUTS]) {
    mica_error err = {0};
    graph *g = graph_new(ctx);
    mica_tensor *in[] = {numbers(ctx, MICA_SHAPE(2, H, W, C), "x"),
                         numbers(ctx, MICA_SHAPE(3, 3, C, F), "w"),
                         numbers(ctx, MICA_SHAPE(F), "b")};
    mica_window_options conv = c->conv, pool = c->pool;
    conv.size = pool.size = sizeof conv;
    tracer *t = tracer_open(g);
    mica_tensor *sum = mica_relu(mica_add(mica_conv(in[0], in[1], NULL, &conv), in[2]));
    mica_tensor *y = mica_max_pool(sum, &pool), *out[OUTPUTS] = {y};
    ASSERT_OK(mica_check(ctx, &err));
    mica_tensor *factors = numbers(ctx, y->shape, "factors");
    mica_tensor *loss = mica_sum(mica_multiply(y, factors), MICA_ALL_AXES, false);
    if (c->also_output) loss = mica_add(loss, mica_sum(sum, MICA_ALL_AXES, false));
    ASSERT_OK(graph_gradients(g, loss, in, 3, out + 1, &err));
    for (int i = 0; i < OUTPUTS; i++) {
        ASSERT_OK(graph_output(g, graph_value_of(g, out[i]), &err));
        sizes[i] = shape_size(&out[i]->shape);
        assert_in_range(sizes[i], 1, MOST);
    }
    tracer_close(&t);
    return g;
}

/* Every image between convolution and pooling, in either direction, has the shape. */
static void check_shapes(const plan *p, const crop_case *c) {
    int found = 0;
    for (size_t i = 0; i < p->step_count; i++) {
        const step *s = &p->steps[i];
        const shape *y = s->op == &op_conv || s->op == &op_max_pool_backward ? &s->out[0].shape
                                                                             : NULL;
        found += y && shape_equal(y, &c->left);
    }
    if (found != (c->left.rank ? 2 : 0)) fail_msg("%s: %d images of the part read", c->what, found);
}

static void run(const crop_case *c, const char *const *without, float out[OUTPUTS][MOST],
                int64_t sizes[OUTPUTS]) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    function *f;
    const plan *p;
    ASSERT_OK(function_new(traced(ctx, c, sizes), &(plan_options){.without = without}, &f, &err));
    ASSERT_OK(function_plan(f, NULL, &p, &err));
    if (!without[1]) check_shapes(p, c);
    void *to[OUTPUTS];
    for (int i = 0; i < OUTPUTS; i++) to[i] = out[i];
    ASSERT_OK(function_run(f, NULL, NULL, to, &err));
    function_free(f);
    mica_close(&ctx);
}

TEST(what_pooling_does_not_read_is_left_out) {
    static float with[OUTPUTS][MOST], without[OUTPUTS][MOST];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t sizes[OUTPUTS];
        run(&cases[i], (const char *const[]){"pool", NULL}, with, sizes);
        run(&cases[i], (const char *const[]){"pool", "crop", NULL}, without, sizes);
        for (int k = 0; k < OUTPUTS; k++) ASSERT_CLOSE(with[k], without[k], (size_t)sizes[k], 1e-5);
    }
}

RUN_TESTS(UNIT(what_pooling_does_not_read_is_left_out))
