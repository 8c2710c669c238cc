/* Scans: eager, taped, traced and compiled, the values and gradients of the loop written out. */
#include "grad/gradient.h"
#include "plan/function.h"
#include "plan/inside.h"
#include "plan/scan_rnn.h"
#include "support/allocations.h"
#include "support/testing.h"

static mica_context *ctx;

static int open_context(void **state) {
    (void)state;
    ctx = mica_open(MICA_OPTIONS(context, .threads = 1));
    return ctx ? 0 : -1;
}

static int close_context(void **state) {
    (void)state;
    mica_close(&ctx);
    return 0;
}

/* ---- programs: from five inputs to a scalar, by a scan or written out ---- */

static mica_tensor *slice_at(mica_tensor *x, int64_t t) {
    int64_t end = t + 1;
    return mica_squeeze(mica_slice(x, 1, &t, &end, NULL), MICA_AXES(0));
}

/* The loop without mica_scan. */
static void written_out(mica_body step, void *user, const mica_scan_options *o,
                        mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *rows[4][8], *step_in[8], *step_out[8];
    int64_t steps = in[o->carries]->shape.dims[0];
    for (int i = 0; i < o->carries; i++) out[i] = in[i];
    for (int64_t s = 0; s < steps; s++) {
        int64_t t = o->reverse ? steps - 1 - s : s;
        for (int i = 0; i < o->carries; i++) step_in[i] = out[i];
        for (int i = 0; i < o->sequences; i++)
            step_in[o->carries + i] = slice_at(in[o->carries + i], t);
        step(user, ctx, step_in, step_out);
        for (int i = 0; i < o->carries; i++) out[i] = step_out[i];
        for (int i = 0; i < o->outputs; i++) rows[i][t] = step_out[o->carries + i];
    }
    for (int i = 0; i < o->outputs; i++) out[o->carries + i] = mica_stack(rows[i], (int)steps, 0);
}

typedef void (*looper)(mica_body step, void *user, const mica_scan_options *o,
                       mica_tensor *const *in, mica_tensor **out);
typedef mica_tensor *(*program)(looper loop, mica_tensor *const *p);

static mica_tensor *rnn_in(looper loop, mica_tensor *const *p, bool reverse) {
    mica_tensor *out[2];
    loop(rnn_step, (void *)p,
         MICA_OPTIONS(scan, .carries = 1, .sequences = 1, .outputs = 1, .reverse = reverse),
         (mica_tensor *[]){p[H], p[X]}, out);
    mica_tensor *weights = mica_cast(mica_iota(out[1], 0, MICA_INT64), out[1]->dtype);
    return mica_add(mean(mica_multiply(weights, mica_tanh(out[1]))), mean(mica_square(out[0])));
}

static mica_tensor *rnn(looper loop, mica_tensor *const *p) { return rnn_in(loop, p, false); }
static mica_tensor *reversed_rnn(looper loop, mica_tensor *const *p) {
    return rnn_in(loop, p, true);
}

/* Only the sequence matters, and the carry is an integer beside a float. */
static void numbered_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *const *p = user;
    (void)c;
    mica_tensor *n = mica_cast(in[0], in[1]->dtype);
    out[0] = mica_add(in[0], scalar_like(in[0], 1));
    out[1] = mica_add(in[1], mica_multiply(n, mica_square(mica_matmul(in[2], p[W]))));
}

static mica_tensor *numbered(looper loop, mica_tensor *const *p) {
    mica_tensor *out[2], *zero = mica_scalar(ctx, MICA_INT64, 1);
    loop(numbered_step, (void *)p, MICA_OPTIONS(scan, .carries = 2, .sequences = 1),
         (mica_tensor *[]){zero, p[H], p[X]}, out);
    return mica_add(mean(mica_tanh(out[1])), mean(mica_cast(out[0], p[X]->dtype)));
}

/* A scan over the rows of each slice, inside; it captures through both bodies. */
typedef struct nest {
    looper loop;
    mica_tensor *const *p;
} nest;

static void inner_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    const nest *n = user;
    (void)c;
    mica_tensor *row = mica_matmul(mica_reshape(in[1], (shape){2, {1, 3}}), n->p[W]);
    out[0] = mica_tanh(mica_add(mica_multiply(in[0], n->p[B]), mica_reshape(row, (shape){1, {4}})));
}

static void outer_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    const nest *n = user;
    mica_tensor *start = mica_sum(mica_matmul(in[0], n->p[U]), MICA_AXES(0), false), *last;
    (void)c;
    n->loop(inner_step, user, MICA_OPTIONS(scan, .carries = 1, .sequences = 1),
            (mica_tensor *[]){mica_tanh(start), in[1]}, &last);
    out[0] = mica_add(mica_multiply(in[0], last), mica_sin(in[0]));
    out[1] = last;
}

static mica_tensor *nested(looper loop, mica_tensor *const *p) {
    mica_tensor *out[2];
    nest n = {loop, p};
    loop(outer_step, &n, MICA_OPTIONS(scan, .carries = 1, .sequences = 1, .outputs = 1),
         (mica_tensor *[]){p[H], p[X]}, out);
    return mica_add(mean(mica_square(out[0])), mean(mica_square(out[1])));
}

static const program programs[] = {rnn, reversed_rnn, numbered, nested};

/* ---- running them ---- */

typedef struct results {
    double loss, first[INPUTS][32], second[INPUTS][32];
} results;

static double data[INPUTS][32];

static void make_data(void) {
    for (int i = 0; i < INPUTS; i++)
        for (int k = 0; k < 32; k++) data[i][k] = sin(1.0 + 5 * i + 0.7 * k * k) * 0.8;
}

static size_t bytes_of(int i) { return (size_t)shape_size(&known[i]) * sizeof(double); }

/* Loss, gradients, and the gradients of the sum of their squares, by nested tapes. */
static void by_tapes(program f, looper loop, results *r) {
    mica_error err = {0};
    mica_tensor *in[INPUTS], *first[INPUTS], *second[INPUTS], *total = NULL;
    mica_tape *outer = mica_tape_open(ctx, NULL), *inner = mica_tape_open(ctx, NULL);
    for (int i = 0; i < INPUTS; i++) {
        in[i] = mica_tensor_new(ctx, MICA_FLOAT64, known[i], data[i]);
        mica_tape_watch(inner, in[i]);
        mica_tape_watch(outer, in[i]);
    }
    mica_tensor *loss = f(loop, in);
    ASSERT_OK(mica_check(ctx, &err));
    mica_tape_gradient(inner, loss, in, INPUTS, first);
    mica_tape_close(&inner);
    for (int i = 0; i < INPUTS; i++) {
        mica_tensor *part = mica_sum(mica_square(first[i]), MICA_ALL_AXES, false);
        total = total ? mica_add(total, part) : part;
    }
    mica_tape_gradient(outer, total, in, INPUTS, second);
    ASSERT_OK(mica_check(ctx, &err));
    r->loss = mica_tensor_item(loss);
    for (int i = 0; i < INPUTS; i++) {
        ASSERT_OK(mica_tensor_read(first[i], MICA_FLOAT64, r->first[i], bytes_of(i), &err));
        ASSERT_OK(mica_tensor_read(second[i], MICA_FLOAT64, r->second[i], bytes_of(i), &err));
    }
    mica_tape_close(&outer);
}

static mica_tensor *or_zero(mica_tensor *t, mica_tensor *like) {
    return t ? t : mica_zeros_like(like);
}

/* The same as one graph; batch and time are unknown where `symbolic`. */
static graph *traced(program f, bool symbolic) {
    mica_error err = {0};
    graph *g = graph_new(ctx);
    mica_tensor *in[INPUTS], *first[INPUTS], *second[INPUTS], *total = NULL;
    int values[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
        shape s = known[i];
        if (symbolic && i == X) s.dims[0] = s.dims[1] = -1;
        if (symbolic && i == H) s.dims[0] = -1;
        values[i] = graph_input(g, MICA_FLOAT64, &s);
    }
    tracer *t = tracer_open(g);
    for (int i = 0; i < INPUTS; i++) in[i] = graph_symbol(g, values[i]);
    mica_tensor *loss = f(mica_scan, in);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(graph_gradients(g, loss, in, INPUTS, first, &err));
    for (int i = 0; i < INPUTS; i++) {
        first[i] = or_zero(first[i], in[i]);
        mica_tensor *part = mica_sum(mica_square(first[i]), MICA_ALL_AXES, false);
        total = total ? mica_add(total, part) : part;
    }
    ASSERT_OK(graph_gradients(g, total, in, INPUTS, second, &err));
    ASSERT_OK(graph_output(g, graph_value_of(g, loss), &err));
    for (int i = 0; i < INPUTS; i++) ASSERT_OK(graph_output(g, graph_value_of(g, first[i]), &err));
    for (int i = 0; i < INPUTS; i++)
        ASSERT_OK(graph_output(g, graph_value_of(g, or_zero(second[i], in[i])), &err));
    ASSERT_OK(mica_check(ctx, &err));
    tracer_close(&t);
    ASSERT_OK(graph_check(g, &err));
    return g;
}

static void compiled(program f, bool symbolic, const plan_options *options, results *r) {
    mica_error err = {0};
    function *fn;
    const void *in[INPUTS];
    void *out[1 + 2 * INPUTS] = {&r->loss};
    for (int i = 0; i < INPUTS; i++) {
        in[i] = data[i];
        out[1 + i] = r->first[i];
        out[1 + INPUTS + i] = r->second[i];
    }
    ASSERT_OK(function_new(traced(f, symbolic), options, &fn, &err));
    ASSERT_OK(function_run(fn, known, in, out, &err));
    function_free(fn);
}

static void assert_same(const results *got, const results *want, double tolerance) {
    ASSERT_CLOSE(&got->loss, &want->loss, 1, tolerance);
    for (int i = 0; i < INPUTS; i++) {
        ASSERT_CLOSE(got->first[i], want->first[i], shape_size(&known[i]), tolerance);
        ASSERT_CLOSE(got->second[i], want->second[i], shape_size(&known[i]), tolerance);
    }
}

TEST(an_eager_scan_is_the_loop_written_out) {
    for (size_t i = 0; i < LENGTH(programs); i++) {
        results want, got;
        by_tapes(programs[i], written_out, &want);
        by_tapes(programs[i], mica_scan, &got);
        assert_same(&got, &want, 1e-12);
    }
}

TEST(a_compiled_scan_has_the_values_and_both_derivatives_of_the_loop) {
    for (size_t i = 0; i < LENGTH(programs); i++) {
        results want, got;
        by_tapes(programs[i], written_out, &want);
        compiled(programs[i], false, &(plan_options){.check = true}, &got);
        assert_same(&got, &want, 1e-10);
    }
}

TEST(batch_and_time_may_be_unknown_in_the_trace) {
    for (size_t i = 0; i < 3; i++) {
        results want, got;
        by_tapes(programs[i], written_out, &want);
        compiled(programs[i], true, &(plan_options){.check = true}, &got);
        assert_same(&got, &want, 1e-10);
    }
}

TEST(separate_poisoned_buffers_give_the_same_bits) {
    for (size_t i = 0; i < LENGTH(programs); i++) {
        results want = {0}, got = {0};
        compiled(programs[i], false, NULL, &want);
        compiled(programs[i], false, &(plan_options){.separate = true}, &got);
        assert_memory_equal(&got, &want, sizeof got);
    }
}

TEST(every_pass_may_be_left_out) {
    static const char *const names[] = {
#define PASS(name) #name,
#include "plan/passes.def"
#undef PASS
    };
    for (size_t p = 0; p < LENGTH(programs); p++) {
        results want;
        compiled(programs[p], false, NULL, &want);
        for (size_t i = 0; i < LENGTH(names); i++) {
            results got;
            if (!strcmp(names[i], "decompose")) continue; /* without it composites have no kernel */
            compiled(programs[p], false,
                     &(plan_options){.check = true, .without = (const char *[]){names[i], NULL}},
                     &got);
            assert_same(&got, &want, 1e-10);
        }
    }
}

/* ---- gradients by differences ---- */

static double loss_at(program f, int input, int element, double h) {
    mica_error err = {0};
    mica_scope *scope = mica_scope_open(ctx);
    mica_tensor *in[INPUTS];
    double kept = data[input][element];
    data[input][element] += h;
    for (int i = 0; i < INPUTS; i++) in[i] = mica_tensor_new(ctx, MICA_FLOAT64, known[i], data[i]);
    data[input][element] = kept;
    double loss = mica_tensor_item(f(mica_scan, in));
    ASSERT_OK(mica_check(ctx, &err));
    mica_scope_close(&scope);
    return loss;
}

TEST(gradients_agree_with_differences) {
    for (size_t p = 0; p < LENGTH(programs); p++) {
        results r;
        compiled(programs[p], false, NULL, &r);
        for (int i = 0; i < INPUTS; i++)
            for (int k = 0; k < shape_size(&known[i]); k++) {
                double up = loss_at(programs[p], i, k, 1e-5),
                       down = loss_at(programs[p], i, k, -1e-5);
                double numeric = (up - down) / 2e-5;
                ASSERT_CLOSE(&r.first[i][k], &numeric, 1, 1e-8);
            }
    }
}

/* ---- one training step with captured variables ---- */

static mica_tensor *weights[INPUTS]; /* W, U, B are variables */

static graph *traced_training(bool train) {
    mica_error err = {0};
    graph *g = graph_new(ctx);
    shape x = known[X], h = known[H];
    x.dims[0] = -1;
    int x_value = graph_input(g, MICA_FLOAT64, &x), h_value = graph_input(g, MICA_FLOAT64, &h);
    tracer *t = tracer_open(g);
    mica_tensor *p[INPUTS] = {graph_symbol(g, x_value), graph_symbol(g, h_value)}, *d[INPUTS];
    for (int i = W; i < INPUTS; i++) p[i] = weights[i];
    mica_tensor *loss = rnn(mica_scan, p);
    if (train) ASSERT_OK(graph_gradients(g, loss, weights + W, INPUTS - W, d + W, &err));
    for (int i = W; i < INPUTS && train; i++)
        ASSERT_OK(mica_assign(
            weights[i], mica_subtract(weights[i], mica_multiply(d[i], scalar_like(d[i], 0.1))),
            &err));
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(graph_output(g, graph_value_of(g, loss), &err));
    tracer_close(&t);
    return g;
}

static function *training(bool train, const plan_options *options) {
    mica_error err = {0};
    function *f;
    for (int i = W; i < INPUTS; i++)
        weights[i] = mica_variable(mica_tensor_new(ctx, MICA_FLOAT64, known[i], data[i]), "w");
    ASSERT_OK(function_new(traced_training(train), options, &f, &err));
    return f;
}

static double run_training(function *f, int steps) {
    mica_error err = {0};
    double loss = 0;
    for (int i = 0; i < steps; i++)
        ASSERT_OK(
            function_run(f, known, (const void *[]){data[X], data[H]}, (void *[]){&loss}, &err));
    return loss;
}

/* The same by a tape over the loop. */
static double train_eagerly(int steps) {
    mica_error err = {0};
    double loss_value = 0;
    for (int i = W; i < INPUTS; i++)
        weights[i] = mica_variable(mica_tensor_new(ctx, MICA_FLOAT64, known[i], data[i]), "w");
    for (int s = 0; s < steps; s++) {
        mica_tape *tape = mica_tape_open(ctx, NULL);
        mica_tensor *p[INPUTS] = {mica_tensor_new(ctx, MICA_FLOAT64, known[X], data[X]),
                                  mica_tensor_new(ctx, MICA_FLOAT64, known[H], data[H])};
        mica_tensor *d[INPUTS];
        for (int i = W; i < INPUTS; i++) p[i] = weights[i];
        mica_tensor *loss = rnn(written_out, p);
        mica_tape_gradient(tape, loss, weights + W, INPUTS - W, d + W);
        for (int i = W; i < INPUTS; i++)
            ASSERT_OK(mica_assign(
                weights[i], mica_subtract(weights[i], mica_multiply(d[i], scalar_like(d[i], 0.1))),
                &err));
        loss_value = mica_tensor_item(loss);
        mica_tape_close(&tape);
    }
    return loss_value;
}

TEST(captured_variables_are_trained) {
    double want = train_eagerly(5);
    function *f = training(true, &(plan_options){.check = true});
    double got = run_training(f, 5);
    function_free(f);
    ASSERT_CLOSE(&got, &want, 1, 1e-12);
}

TEST(a_step_with_scans_allocates_nothing_once_compiled) {
#ifdef COUNTS
    function *f = training(true, NULL);
    run_training(f, 2);
    own = foreign = 0;
    counting = 1;
    run_training(f, 5);
    counting = 0;
    assert_int_equal(own + foreign, 0);
    function_free(f);
#else
    skip();
#endif
}

/* Without a gradient nobody reads the carries that each step found. */
TEST(what_nobody_reads_is_not_stacked) {
    mica_error err = {0};
    for (int narrow = 0; narrow < 2; narrow++) {
        const plan *p;
        const char *without[] = {narrow ? NULL : "dead", NULL};
        function *f = training(false, &(plan_options){.without = without, .check = true});
        ASSERT_OK(function_plan(f, known, &p, &err));
        for (size_t i = 0; i < p->step_count; i++)
            if (p->steps[i].op == &op_scan) assert_int_equal(p->steps[i].outputs, narrow ? 2 : 3);
        function_free(f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(an_eager_scan_is_the_loop_written_out),
        UNIT(a_compiled_scan_has_the_values_and_both_derivatives_of_the_loop),
        UNIT(batch_and_time_may_be_unknown_in_the_trace),
        UNIT(separate_poisoned_buffers_give_the_same_bits),
        UNIT(every_pass_may_be_left_out),
        UNIT(gradients_agree_with_differences),
        UNIT(captured_variables_are_trained),
        UNIT(a_step_with_scans_allocates_nothing_once_compiled),
        UNIT(what_nobody_reads_is_not_stacked),
    };
    make_data();
    return cmocka_run_group_tests(tests, open_context, close_context);
}
