#include "grad/gradient.h"
#include "mica/mica.h"
#include "plan/function.h"
#include "plan/inside.h"
#include "plan/plan.h"
#include "support/allocations.h"
#include "support/testing.h"

/* One step of gradient descent for relu(x w + b) against y, traced with an unknown batch. */
static graph *traced_step(mica_context *ctx, mica_tensor *w, mica_tensor *b) {
    mica_error err = {0};
    graph *g = graph_new(ctx);
    shape in = {2, {-1, 3}}, target = {2, {-1, 2}};
    int x = graph_input(g, MICA_FLOAT32, &in), y = graph_input(g, MICA_FLOAT32, &target);
    tracer *t = tracer_open(g);
    mica_tensor *a = mica_relu(mica_add(mica_matmul(graph_symbol(g, x), w), b));
    mica_tensor *d = mica_square(mica_subtract(a, graph_symbol(g, y)));
    mica_tensor *loss = mica_mean(d, MICA_ALL_AXES, false), *grads[2], *sources[] = {w, b};
    ASSERT_OK(graph_gradients(g, loss, sources, 2, grads, &err));
    for (int i = 0; i < 2; i++) {
        mica_tensor *step = mica_multiply(grads[i], mica_scalar(ctx, MICA_FLOAT32, 0.1));
        mica_tensor *next = mica_subtract(sources[i], step);
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_OK(graph_update(g, graph_value_of(g, sources[i]), graph_value_of(g, next), &err));
    }
    ASSERT_OK(graph_output(g, graph_value_of(g, loss), &err));
    tracer_close(&t);
    ASSERT_OK(graph_check(g, &err));
    return g;
}

static void train(const plan_options *options, float *loss, float *weights) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    float w0[6] = {.1f, -.2f, .3f, .4f, .5f, -.6f}, b0[2] = {.01f, .02f};
    mica_tensor *w = mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), w0), "w");
    mica_tensor *b = mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), b0), "b");
    function *f;
    ASSERT_OK(function_new(traced_step(ctx, w, b), options, &f, &err));
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 1}, y[8] = {1, 0, 0, 1, 1, 1, 0, 0};
    for (int64_t batch = 4; batch >= 2; batch--) {
        shape shapes[] = {{2, {batch, 3}}, {2, {batch, 2}}};
        ASSERT_OK(
            function_run(f, shapes, (const void *[]){x, y}, (void *[]){loss + 4 - batch}, &err));
    }
    ASSERT_OK(mica_tensor_read(w, MICA_FLOAT32, weights, 24, &err));
    ASSERT_OK(mica_tensor_read(b, MICA_FLOAT32, weights + 6, 8, &err));
    function_free(f);
    mica_close(&ctx);
}

TEST(a_plan_with_separate_poisoned_buffers_gives_the_same_bits) {
    float loss[3], weights[8], again[3], again_weights[8];
    train(&(plan_options){.check = true}, loss, weights);
    train(&(plan_options){.check = true, .separate = true}, again, again_weights);
    assert_memory_equal(loss, again, sizeof loss);
    assert_memory_equal(weights, again_weights, sizeof weights);
}

TEST(every_pass_may_be_left_out) {
    static const char *const names[] = {
#define PASS(name) #name,
#include "plan/passes.def"
#undef PASS
    };
    float loss[3], weights[8], again[3], again_weights[8];
    train(NULL, loss, weights);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(names[i], "decompose")) continue; /* without it composites have no kernel */
        train(&(plan_options){.check = true, .without = (const char *[]){names[i], NULL}}, again,
              again_weights);
        ASSERT_CLOSE(again, loss, 3, 1e-5);
        ASSERT_CLOSE(again_weights, weights, 8, 1e-5);
    }
}

TEST(a_plan_gives_what_a_tape_gives) {
    float loss[3], weights[8];
    mica_error err = {0};
    train(NULL, loss, weights);
    mica_context *ctx = mica_open(NULL);
    float w0[6] = {.1f, -.2f, .3f, .4f, .5f, -.6f}, b0[2] = {.01f, .02f};
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 1}, y[8] = {1, 0, 0, 1, 1, 1, 0, 0};
    mica_tensor *p[] = {
        mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), w0), "w"),
        mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), b0), "b")};
    for (int64_t batch = 4; batch >= 2; batch--) {
        mica_tape *tape = mica_tape_open(ctx, NULL);
        mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(batch, 3), x);
        mica_tensor *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(batch, 2), y), *g[2];
        mica_tensor *a = mica_relu(mica_add(mica_matmul(xt, p[0]), p[1]));
        mica_tensor *l = mica_mean(mica_square(mica_subtract(a, yt)), MICA_ALL_AXES, false);
        mica_tape_gradient(tape, l, p, 2, g);
        for (int i = 0; i < 2; i++)
            ASSERT_OK(mica_assign(
                p[i], mica_subtract(p[i], mica_multiply(g[i], mica_scalar(ctx, MICA_FLOAT32, 0.1))),
                &err));
        ASSERT_OK(mica_check(ctx, &err));
        assert_true(fabs(mica_tensor_item(l) - loss[4 - batch]) < 1e-5);
        mica_tape_close(&tape);
    }
    float got[8];
    ASSERT_OK(mica_tensor_read(p[0], MICA_FLOAT32, got, 24, &err));
    ASSERT_OK(mica_tensor_read(p[1], MICA_FLOAT32, got + 6, 8, &err));
    ASSERT_CLOSE(got, weights, 8, 1e-5);
    mica_close(&ctx);
}

TEST(fusing_makes_the_step_shorter) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    int steps[2];
    for (int fused = 0; fused < 2; fused++) {
        mica_tensor *w = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), 1), "w");
        mica_tensor *b = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 1), "b");
        function *f;
        const plan *p;
        const char *without[] = {fused ? NULL : "fuse", fused ? NULL : "epilogue", NULL};
        shape shapes[] = {{2, {4, 3}}, {2, {4, 2}}};
        ASSERT_OK(
            function_new(traced_step(ctx, w, b), &(plan_options){.without = without}, &f, &err));
        ASSERT_OK(function_plan(f, shapes, &p, &err));
        steps[fused] = plan_steps(p);
        if (getenv("SHOW")) {
            strbuf text = {0};
            plan_print(p, &text);
            printf("%s", text.data);
            strbuf_free(&text);
        }
        function_free(f);
    }
    assert_true(steps[1] < steps[0]);
    mica_close(&ctx);
}

/* An optimizer's step is one node with several outputs, each of which goes over its variable. */
TEST(updates_from_one_node_are_all_written_in_place) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *w = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 5), 1), "w");
    mica_tensor *m = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 5), 0), "m");
    mica_tensor *v = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 5), 1), "v");
    graph *g = graph_new(ctx);
    shape in = {2, {4, 5}};
    tracer *t = tracer_open(g);
    mica_tensor *x = graph_symbol(g, graph_input(g, MICA_FLOAT32, &in));
    mica_tensor *mean = mica_add(m, mica_subtract(x, m));
    mica_tensor *size = mica_add(v, mica_square(x));
    mica_tensor *next[] = {mean, size, mica_subtract(w, mica_divide(mean, mica_sqrt(size)))};
    mica_tensor *old[] = {m, v, w};
    for (int i = 0; i < 3; i++)
        ASSERT_OK(graph_update(g, graph_value_of(g, old[i]), graph_value_of(g, next[i]), &err));
    tracer_close(&t);
    function *f;
    const plan *p;
    ASSERT_OK(function_new(g, &(plan_options){.check = true}, &f, &err));
    ASSERT_OK(function_plan(f, &in, &p, &err));
    assert_int_equal(plan_steps(p), 1);
    assert_int_equal(p->copy_count, 0);
    function_free(f);
    mica_close(&ctx);
}

/* Updates see the values of before: (a, b, c, d, e) := (b, a, c, c + 1, a + 10). */
static void exchange(const plan_options *options, int order, float got[5]) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *v[5];
    for (int i = 0; i < 5; i++)
        v[i] = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3), i + 1), "v");
    graph *g = graph_new(ctx);
    shape in = {1, {3}};
    tracer *t = tracer_open(g);
    mica_tensor *one = graph_symbol(g, graph_input(g, MICA_FLOAT32, &in));
    mica_tensor *ten = mica_scalar(ctx, MICA_FLOAT32, 10);
    mica_tensor *next[] = {v[1], v[0], v[2], mica_add(v[2], one), mica_add(v[0], ten)};
    for (int i = 0; i < 5; i++) {
        int k = (i * (order % 4 + 1) + order) % 5; /* every rotation, forwards and in leaps */
        ASSERT_OK(graph_update(g, graph_value_of(g, v[k]), graph_value_of(g, next[k]), &err));
    }
    tracer_close(&t);
    function *f;
    float ones[] = {1, 1, 1}, values[3];
    ASSERT_OK(function_new(g, options, &f, &err));
    ASSERT_OK(function_run(f, &in, (const void *[]){ones}, NULL, &err));
    for (int i = 0; i < 5; i++) {
        ASSERT_OK(mica_tensor_read(v[i], MICA_FLOAT32, values, sizeof values, &err));
        got[i] = values[2];
    }
    function_free(f);
    mica_close(&ctx);
}

TEST(updates_see_the_values_of_before_in_any_order) {
    static const float expected[] = {2, 1, 3, 4, 11};
    for (int order = 0; order < 20; order++) {
        float got[5];
        exchange(&(plan_options){.check = true}, order, got);
        assert_memory_equal(got, expected, sizeof expected);
        exchange(&(plan_options){.separate = true}, order, got);
        assert_memory_equal(got, expected, sizeof expected);
    }
}

/* in: x (8, 4), w (4, 1), b (16); *form: a matmul or a convolution, with an activation or without.
 */
static void stretched(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    const int *form = user;
    mica_tensor *product = mica_matmul(in[0], in[1]);
    if (*form % 2) {
        mica_tensor *image = mica_reshape(in[0], MICA_SHAPE(1, 8, 1, 4));
        mica_tensor *filter = mica_reshape(in[1], MICA_SHAPE(1, 1, 4, 1));
        product = mica_conv(image, filter, NULL, NULL);
    }
    out[0] = *form / 2 ? mica_relu(mica_add(product, in[2])) : mica_add(in[2], product);
}

/* A vector that is longer than the last dim of the product is no bias. */
TEST(a_sum_that_stretches_a_product_is_not_fused_into_it) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *in[] = {mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(8, 4), 0, 1),
                         mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(4, 1), 0, 1),
                         mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(16), 0, 1)};
    for (int form = 0; form < 4; form++) {
        mica_tensor *want, *got;
        float a[128], b[128];
        mica_function *f = mica_function_new(ctx, stretched, &form, 3, 1, NULL);
        stretched(&form, ctx, in, &want);
        mica_function_call(f, in, &got);
        ASSERT_OK(mica_tensor_read(want, MICA_FLOAT32, a, sizeof a, &err));
        ASSERT_OK(mica_tensor_read(got, MICA_FLOAT32, b, sizeof b, &err));
        ASSERT_CLOSE(b, a, 128, 1e-5);
    }
    mica_close(&ctx);
}

/* in: x (4) float32, n (4) int64. */
static void with_close_constants(void *user, mica_context *ctx, mica_tensor *const *in,
                                 mica_tensor **out) {
    int64_t odd = ((int64_t)1 << 53) + 1, even = odd - 1; /* the odd one is no double */
    mica_tensor *over_plus = mica_divide(in[0], mica_scalar(ctx, MICA_FLOAT32, 0.0));
    mica_tensor *over_minus = mica_divide(in[0], mica_scalar(ctx, MICA_FLOAT32, -0.0));
    mica_tensor *low = mica_tensor_new(ctx, MICA_INT64, MICA_SCALAR, &even);
    mica_tensor *high = mica_tensor_new(ctx, MICA_INT64, MICA_SCALAR, &odd);
    out[0] = mica_minimum(over_plus, over_minus);
    out[1] = mica_multiply(mica_subtract(in[1], low), mica_subtract(in[1], high));
}

TEST(constants_of_fused_nodes_keep_their_bits) {
    float x[] = {1, 2, 3, 4}, want_x[4], got_x[4];
    int64_t n[] = {0, (int64_t)1 << 53, ((int64_t)1 << 53) + 1, ((int64_t)1 << 53) + 2};
    int64_t want_n[4], got_n[4];
    mica_error err = {0};
    for (int slow = 0; slow < 2; slow++) {
        mica_context *ctx = mica_open(MICA_OPTIONS(context, .backend = slow ? "reference" : NULL));
        mica_tensor *in[] = {mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), x),
                             mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(4), n)};
        mica_tensor *want[2], *got[2];
        mica_function *f = mica_function_new(ctx, with_close_constants, NULL, 2, 2, NULL);
        with_close_constants(NULL, ctx, in, want);
        mica_function_call(f, in, got);
        ASSERT_OK(mica_tensor_read(want[0], MICA_FLOAT32, want_x, sizeof want_x, &err));
        ASSERT_OK(mica_tensor_read(got[0], MICA_FLOAT32, got_x, sizeof got_x, &err));
        ASSERT_OK(mica_tensor_read(want[1], MICA_INT64, want_n, sizeof want_n, &err));
        ASSERT_OK(mica_tensor_read(got[1], MICA_INT64, got_n, sizeof got_n, &err));
        assert_true(got_x[0] == -INFINITY && want_x[0] == -INFINITY);
        assert_memory_equal(got_n, want_n, sizeof want_n);
        mica_close(&ctx);
    }
}

/* Each allocation of planning in turn. */
TEST(planning_without_memory_is_an_error) {
#ifdef COUNTS
    mica_context *ctx = mica_open(NULL);
    mica_tensor *w = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), 1), "w");
    mica_tensor *b = mica_variable(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 1), "b");
    shape shapes[] = {{2, {4, 3}}, {2, {4, 2}}};
    mica_status status = MICA_MEMORY;
    for (long number = 1; status != MICA_OK; number++) {
        mica_error err = {0};
        function *f;
        const plan *p;
        ASSERT_OK(function_new(traced_step(ctx, w, b), NULL, &f, &err));
        own = 0, fail_at = number, counting = 1;
        status = function_plan(f, shapes, &p, &err);
        counting = 0;
        if (own < number) assert_int_equal(status, MICA_OK);
        else if (status != MICA_OK && status != MICA_MEMORY)
            fail_msg("allocation %ld: status %d: %s", number, status, err.message);
        if (own >= number && status == MICA_OK) status = MICA_MEMORY; /* it did without */
        mica_check(ctx, NULL);
        function_free(f);
    }
    mica_close(&ctx);
#endif
}

RUN_TESTS(UNIT(a_plan_with_separate_poisoned_buffers_gives_the_same_bits),
          UNIT(every_pass_may_be_left_out), UNIT(a_plan_gives_what_a_tape_gives),
          UNIT(fusing_makes_the_step_shorter), UNIT(updates_from_one_node_are_all_written_in_place),
          UNIT(updates_see_the_values_of_before_in_any_order),
          UNIT(a_sum_that_stretches_a_product_is_not_fused_into_it),
          UNIT(constants_of_fused_nodes_keep_their_bits), UNIT(planning_without_memory_is_an_error))
