/* Half precision in plans: what is fused is rounded once, nothing falls back to the reference. */
#include "grad/gradient.h"
#include "mica/mica.h"
#include "op/elementwise.h"
#include "plan/function.h"
#include "plan/inside.h"
#include "plan/plan.h"
#include "support/testing.h"

enum { IMAGES = 5, OUT = IMAGES * 6 * 6 * 16, WEIGHTS = 3 * 3 * 3 * 16 };

static float number(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    float x = (float)(*seed >> 8) / (1 << 23) - 1;
    uint32_t bits;
    memcpy(&bits, &x, 4);
    bits &= 0xffff0000u; /* a bfloat16, and a float16 */
    memcpy(&x, &bits, 4);
    return x;
}

static mica_tensor *random_tensor(mica_context *ctx, mica_dtype dtype, shape s, uint32_t *seed) {
    float data[WEIGHTS];
    for (int64_t i = 0; i < shape_size(&s); i++) data[i] = number(seed);
    return mica_cast(mica_tensor_new(ctx, MICA_FLOAT32, s, data), dtype);
}

/* max_pool(relu(conv(x, w) + b)) in `dtype`, and the gradients of its sum for w and b; everything
 * goes in and out as float32. */
static graph *traced(mica_context *ctx, mica_dtype dtype) {
    mica_error err = {0};
    uint32_t seed = 3;
    graph *g = graph_new(ctx);
    shape in = {4, {-1, 14, 14, 3}};
    mica_tensor *sources[] = {
        mica_variable(random_tensor(ctx, dtype, MICA_SHAPE(3, 3, 3, 16), &seed), "w"),
        mica_variable(random_tensor(ctx, dtype, MICA_SHAPE(16), &seed), "b")};
    ASSERT_OK(mica_check(ctx, &err));
    int x = graph_input(g, MICA_FLOAT32, &in);
    tracer *t = tracer_open(g);
    mica_tensor *image = mica_cast(graph_symbol(g, x), dtype);
    mica_tensor *sum = mica_add(mica_conv(image, sources[0], NULL, NULL), sources[1]), *grads[2];
    mica_tensor *y = mica_max_pool(mica_relu(sum), NULL);
    ASSERT_OK(mica_check(ctx, &err));
    mica_tensor *loss = mica_sum(mica_cast(y, MICA_FLOAT32), MICA_ALL_AXES, false);
    ASSERT_OK(graph_gradients(g, loss, sources, 2, grads, &err));
    mica_tensor *out[] = {mica_cast(y, MICA_FLOAT32), mica_cast(grads[0], MICA_FLOAT32),
                          mica_cast(grads[1], MICA_FLOAT32)};
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < 3; i++) ASSERT_OK(graph_output(g, graph_value_of(g, out[i]), &err));
    tracer_close(&t);
    return g;
}

typedef struct results {
    float y[OUT], dw[WEIGHTS], db[16];
    int slow, conversions, steps; /* on the reference; casts alone */
} results;

static void run(mica_dtype dtype, const plan_options *options, results *out) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    static float x[IMAGES * 14 * 14 * 3];
    uint32_t seed = 11;
    for (size_t i = 0; i < LENGTH(x); i++) x[i] = number(&seed);
    shape shapes[] = {{4, {IMAGES, 14, 14, 3}}};
    function *f;
    const plan *p;
    ASSERT_OK(function_new(traced(ctx, dtype), options, &f, &err));
    ASSERT_OK(function_plan(f, shapes, &p, &err));
    out->slow = out->conversions = 0;
    out->steps = plan_steps(p);
    for (size_t i = 0; i < p->step_count; i++) {
        const step *s = &p->steps[i];
        out->slow += s->backend && !strcmp(s->backend->name, "reference");
        out->conversions += s->op == &op_cast;
    }
    ASSERT_OK(
        function_run(f, shapes, (const void *[]){x}, (void *[]){out->y, out->dw, out->db}, &err));
    function_free(f);
    mica_close(&ctx);
}

/* Each is the float32 result, rounded once: within half a unit in the last place of `digits` bits
 * and what float32 loses itself. */
static void check_rounded(const float *got, const float *whole, size_t n, int digits,
                          double slack) {
    for (size_t i = 0; i < n; i++) {
        double a = (double)got[i], b = (double)whole[i];
        if (!(fabs(a - b) <= ldexp(fabs(b), -digits) + slack))
            fail_msg("[%zu] is %.9g, expected %.9g", i, a, b);
    }
}

static void check_half(mica_dtype dtype, int digits) {
    static results whole, half;
    run(MICA_FLOAT32, NULL, &whole);
    run(dtype, NULL, &half);
    assert_int_equal(half.slow, 0);
    check_rounded(half.y, whole.y, OUT, digits, 1e-5);
    check_rounded(half.dw, whole.dw, WEIGHTS, digits, 2e-4);
    check_rounded(half.db, whole.db, 16, digits, 1e-3);
}

TEST(what_is_fused_is_rounded_once) {
    check_half(MICA_BFLOAT16, 8); /* 8 bits with the hidden one: half a unit is 2^-9 .. 2^-8 */
    check_half(MICA_FLOAT16, 11);
}

TEST(without_widening_the_reference_would_compute_it) {
    static results half, left;
    run(MICA_FLOAT16, NULL, &half);
    run(MICA_FLOAT16, &(plan_options){.without = (const char *[]){"widen", NULL}}, &left);
    assert_true(left.slow > 0);
    check_rounded(left.y, half.y, OUT, 8, 4e-3); /* rounds after every op, and agrees */
}

RUN_TESTS(UNIT(what_is_fused_is_rounded_once),
          UNIT(without_widening_the_reference_would_compute_it))
