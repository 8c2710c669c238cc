/* A guarded step of Adam is one step of the plan, and keeps everything where its condition says so.
 */
#include "mica/mica.h"
#include "op/adam_update.h"
#include "op/elementwise.h"
#include "plan/function.h"
#include "plan/inside.h"
#include "support/testing.h"

enum { N = 9 };

/* (p, m, v) = ok ? adam_update(p, m, v, g, 0.5) : (p, m, v), for three variables. */
static graph *guarded(mica_context *ctx, mica_tensor *const variable[3]) {
    mica_error err = {0};
    const adam_update_attrs attrs = {0.9, 0.99, 1e-3};
    graph *g = graph_new(ctx);
    shape row = {1, {N}}, scalar = {0};
    int ok = graph_input(g, MICA_BOOL, &scalar), gradient = graph_input(g, MICA_FLOAT32, &row);
    tracer *t = tracer_open(g);
    mica_tensor *in[5] = {variable[0], variable[1], variable[2], graph_symbol(g, gradient),
                          mica_scalar(ctx, MICA_FLOAT32, 0.5)};
    mica_tensor *out[3];
    emit_many(ctx, &op_adam_update, &attrs, 5, in, 3, out);
    for (int i = 0; i < 3; i++) {
        mica_tensor *next = mica_where(graph_symbol(g, ok), out[i], variable[i]);
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_OK(graph_update(g, graph_value_of(g, variable[i]), graph_value_of(g, next), &err));
    }
    tracer_close(&t);
    return g;
}

/* p, m, v after a step that is let through and one that is not; how many steps the plan has. */
static int run(const char *const *without, float out[2][3 * N]) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    static const char *const names[] = {"p", "m", "v"};
    mica_tensor *variable[3];
    float gradient[N];
    for (int i = 0; i < 3; i++) {
        float data[N];
        for (int k = 0; k < N; k++) data[k] = (float)(1 + i + k) / 8;
        variable[i] = mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(N), data),
                                    names[i]);
    }
    function *f;
    const plan *p;
    shape shapes[] = {{0}, {1, {N}}};
    ASSERT_OK(function_new(guarded(ctx, variable), &(plan_options){.without = without}, &f, &err));
    ASSERT_OK(function_plan(f, shapes, &p, &err));
    int steps = plan_steps(p);
    for (int k = 0; k < N; k++) gradient[k] = (float)k - 4;
    for (int round = 0; round < 2; round++) {
        bool ok = round == 0;
        for (int k = 0; k < N && !ok; k++) gradient[k] = NAN;
        ASSERT_OK(function_run(f, shapes, (const void *[]){&ok, gradient}, NULL, &err));
        for (int i = 0; i < 3; i++)
            ASSERT_OK(mica_tensor_read(variable[i], MICA_FLOAT32, out[round] + i * N,
                                       N * sizeof(float), &err));
    }
    function_free(f);
    mica_close(&ctx);
    return steps;
}

TEST(a_guarded_step_is_one_step_with_the_same_bits) {
    float got[2][3 * N], want[2][3 * N];
    assert_int_equal(run(NULL, got), 1);
    assert_int_equal(run((const char *[]){"guard", NULL}, want), 4);
    assert_memory_equal(got[0], want[0], sizeof got[0]);
    assert_true(got[0][0] != 0.125f); /* it went through */
    assert_memory_equal(got[1], got[0], sizeof got[0]);
    assert_memory_equal(want[1], want[0], sizeof want[0]);
}

RUN_TESTS(UNIT(a_guarded_step_is_one_step_with_the_same_bits))
