/* Scans at the edges: no steps, random numbers, faulty bodies, merging. */
#include "grad/gradient.h"
#include "plan/function.h"
#include "plan/inside.h"
#include "plan/scan_rnn.h"
#include "support/in_context.h"

static mica_tensor *weights[INPUTS];

static void last_and_all(mica_tensor *const *in, mica_tensor **out) {
    weights[W] = mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(3, 4), 0.5);
    weights[U] = mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(4, 4), 0.25);
    weights[B] = mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(4), 1);
    mica_scan(rnn_step, weights, MICA_OPTIONS(scan, .carries = 1, .sequences = 1, .outputs = 1), in,
              out);
}

TEST(no_steps_give_the_first_carry_and_empty_outputs) {
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(0, 2, 3), NULL), *out[2];
    mica_tensor *h = mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(2, 4), 7);
    last_and_all((mica_tensor *[]){h, x}, out);
    ASSERT_OK(mica_check(ctx, &err));
    assert_true(mica_tensor_item(mean(out[0])) == 7);
    assert_true(shape_equal(&out[1]->shape, &MICA_SHAPE(0, 2, 4)));

    shape unknown = {3, {-1, 2, 3}}, shapes[] = {MICA_SHAPE(2, 4), MICA_SHAPE(0, 2, 3)};
    graph *g = graph_new(ctx);
    int values[] = {graph_input(g, MICA_FLOAT64, &shapes[0]),
                    graph_input(g, MICA_FLOAT64, &unknown)};
    mica_tensor *in[] = {graph_symbol(g, values[0]), graph_symbol(g, values[1])}, *d[2];
    tracer *t = tracer_open(g);
    last_and_all(in, out);
    mica_tensor *loss = mica_add(mica_sum(mica_square(out[0]), MICA_ALL_AXES, false),
                                 mica_sum(out[1], MICA_ALL_AXES, false));
    ASSERT_OK(graph_gradients(g, loss, in, 2, d, &err));
    ASSERT_OK(graph_output(g, graph_value_of(g, out[0]), &err));
    ASSERT_OK(graph_output(g, graph_value_of(g, d[0]), &err));
    tracer_close(&t);
    ASSERT_OK(mica_check(ctx, &err));
    function *f;
    double carry[8], gradient[8], sevens[8] = {7, 7, 7, 7, 7, 7, 7, 7};
    ASSERT_OK(function_new(g, NULL, &f, &err));
    ASSERT_OK(
        function_run(f, shapes, (const void *[]){sevens, NULL}, (void *[]){carry, gradient}, &err));
    ASSERT_CLOSE(carry, sevens, 8, 0);
    for (int i = 0; i < 8; i++) assert_true(gradient[i] == 14);
    function_free(f);
}

static void draw_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)c;
    out[0] = mica_add(in[0], scalar_like(in[0], 1));
    out[1] = mica_dropout(in[1], in[0], 0.5, 3);
}

static void draw(mica_tensor *x, mica_tensor **out) {
    mica_scan(draw_step, NULL, MICA_OPTIONS(scan, .carries = 1, .sequences = 1, .outputs = 1),
              (mica_tensor *[]){mica_scalar(ctx, MICA_INT64, 40), x}, out);
}

TEST(a_carried_counter_draws_other_numbers_at_every_step) {
    float eager[64], compiled_one[64], ones[64];
    shape s = {2, {4, 16}};
    mica_tensor *out[2];
    for (int i = 0; i < 64; i++) ones[i] = 1;
    draw(mica_tensor_new(ctx, MICA_FLOAT32, s, ones), out);
    ASSERT_OK(mica_tensor_read(out[1], MICA_FLOAT32, eager, sizeof eager, &err));
    graph *g = graph_new(ctx);
    int x = graph_input(g, MICA_FLOAT32, &s);
    tracer *t = tracer_open(g);
    draw(graph_symbol(g, x), out);
    ASSERT_OK(graph_output(g, graph_value_of(g, out[1]), &err));
    tracer_close(&t);
    function *f;
    ASSERT_OK(function_new(g, NULL, &f, &err));
    ASSERT_OK(function_run(f, &s, (const void *[]){ones}, (void *[]){compiled_one}, &err));
    function_free(f);
    assert_memory_equal(eager, compiled_one, sizeof eager);
    for (int i = 1; i < 4; i++) assert_memory_not_equal(eager, eager + 16 * i, 16 * sizeof *eager);
}

enum fault { WIDER, OTHER_TYPE, UNSET, ASSIGNS };
static mica_tensor *assigned;

static void faulty_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)c;
    out[0] = in[0];
    switch (*(enum fault *)user) {
    case WIDER: out[1] = mica_concatenate((mica_tensor *[]){in[1], in[1]}, 2, 0); break;
    case OTHER_TYPE: out[1] = mica_cast(in[1], MICA_FLOAT32); break;
    case UNSET: break;
    case ASSIGNS:
        out[1] = in[1];
        ASSERT_FAILS(mica_assign(assigned, in[1], &err), MICA_STATE, "carry it");
    }
}

static void assert_faults(mica_tensor *x) {
    static const struct {
        enum fault fault;
        mica_status code;
        const char *text;
    } cases[] = {{WIDER, MICA_SHAPE, "carry 1 becomes float64 (4,), expected float64 (2,)"},
                 {OTHER_TYPE, MICA_TYPE, "carry 1 becomes float32 (2,), expected float64 (2,)"},
                 {UNSET, MICA_VALUE, "left output 1 unset"},
                 {ASSIGNS, MICA_OK, ""}};
    mica_tensor *c = mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(2), 1), *out[2];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        enum fault fault = cases[i].fault;
        mica_scan(faulty_step, &fault, MICA_OPTIONS(scan, .carries = 2, .sequences = 1),
                  (mica_tensor *[]){c, c, x}, out);
        if (cases[i].code == MICA_OK) ASSERT_OK(mica_check(ctx, &err));
        else ASSERT_FAILS(mica_check(ctx, &err), cases[i].code, cases[i].text);
    }
    mica_scan(faulty_step, NULL, MICA_OPTIONS(scan, .carries = 1, .sequences = 2),
              (mica_tensor *[]){c, x, mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(4), 1)}, out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "sequence 1 has 4 steps, expected 3");
    mica_scan(faulty_step, NULL, MICA_OPTIONS(scan, .sequences = 1),
              (mica_tensor *[]){mica_scalar(ctx, MICA_FLOAT64, 1)}, out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "rank 1");
}

TEST(faults_of_a_body_are_named) {
    assigned = mica_variable(mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(2), 1), "w");
    assert_faults(mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(3), 1));
    graph *g = graph_new(ctx);
    int x = graph_input(g, MICA_FLOAT64, &MICA_SHAPE(3));
    tracer *t = tracer_open(g);
    assert_faults(graph_symbol(g, x));
    tracer_close(&t);
    graph_free(g);
}

TEST(equal_scans_are_merged_and_printed_with_their_bodies) {
    strbuf text = {0};
    graph *g = graph_new(ctx);
    int x = graph_input(g, MICA_FLOAT64, &known[X]), h = graph_input(g, MICA_FLOAT64, &known[H]);
    mica_tensor *in[] = {graph_symbol(g, h), graph_symbol(g, x)}, *out[2], *again[2];
    tracer *t = tracer_open(g);
    last_and_all(in, out);
    last_and_all(in, again);
    mica_tensor *sum = mica_add(out[0], again[0]);
    ASSERT_OK(graph_output(g, graph_value_of(g, sum), &err));
    tracer_close(&t);
    graph_print(g, &text);
    assert_non_null(strstr(text.data, "= scan("));
    assert_non_null(strstr(text.data, "    body(%"));
    assert_non_null(strstr(text.data, "    gives %"));
    strbuf_free(&text);
    plan *p;
    int scans = 0;
    ASSERT_OK(plan_compile(g, NULL, &p, &err));
    for (size_t i = 0; i < p->step_count; i++) scans += p->steps[i].op == &op_scan;
    assert_int_equal(scans, 1);
    plan_print(p, &text);
    assert_non_null(strstr(text.data, "its body"));
    strbuf_free(&text);
    plan_free(p);
    graph_free(g);
}

RUN_TESTS(IN_CONTEXT(no_steps_give_the_first_carry_and_empty_outputs),
          IN_CONTEXT(a_carried_counter_draws_other_numbers_at_every_step),
          IN_CONTEXT(faults_of_a_body_are_named),
          IN_CONTEXT(equal_scans_are_merged_and_printed_with_their_bodies))
