/* Random programs: what runs eagerly, what a tape gives, what is traced and compiled, with each
 * pass on and off and with separate poisoned buffers, are the same numbers. */
#include "base/philox.h"
#include "grad/gradient.h"
#include "mica/mica.h"
#include "plan/function.h"
#include "support/testing.h"

#define INPUTS 3
#define PROGRAMS 150
#define MOST 40

typedef struct chooser {
    uint64_t key, at;
} chooser;

static int choose(chooser *c, int n) { return (int)philox_below(c->key, 0, c->at++, (uint64_t)n); }

static void row_step(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *captured = user;
    (void)ctx;
    out[0] = mica_tanh(mica_add(in[0], in[1]));
    out[1] = mica_multiply(out[0], captured);
}

/* Over the rows of x, with something captured: the shape of x again. */
static mica_tensor *scanned(chooser *c, mica_tensor *x) {
    mica_tensor *in[] = {mica_mean(x, MICA_AXES(0), false), x}, *out[2];
    mica_tensor *captured = mica_tanh(mica_mean(x, MICA_ALL_AXES, false));
    mica_scan(
        row_step, captured,
        MICA_OPTIONS(scan, .carries = 1, .sequences = 1, .outputs = 1, .reverse = choose(c, 2)), in,
        out);
    return mica_add(out[1], out[0]);
}

/* A product or a convolution of one column, which a longer vector stretches to the shape of x: no
 * bias, though it looks like one. */
static mica_tensor *stretched(chooser *c, mica_tensor *x) {
    int64_t rows = x->shape.dims[0], wide = x->shape.dims[1];
    mica_tensor *vector = mica_tanh(mica_mean(x, MICA_AXES(0), false)), *sum;
    if (choose(c, 2)) {
        sum = mica_add(vector, mica_matmul(x, mica_reshape(vector, MICA_SHAPE(wide, 1))));
    } else {
        mica_tensor *image = mica_reshape(x, MICA_SHAPE(1, rows, 1, wide));
        mica_tensor *w = mica_reshape(vector, MICA_SHAPE(1, 1, wide, 1));
        sum = mica_add(mica_conv(image, w, NULL, NULL), vector);
        sum = mica_reshape(sum, MICA_SHAPE(rows, wide));
    }
    return choose(c, 2) ? mica_tanh(sum) : mica_tanh(mica_add(sum, x));
}

static mica_tensor *unary(chooser *c, mica_tensor *x) {
    switch (choose(c, 13)) {
    case 0: return mica_relu(x);
    case 1: return mica_tanh(x);
    case 2: return mica_sigmoid(x);
    case 3: return mica_square(mica_tanh(x));
    case 4: return mica_negative(x);
    case 5: return mica_exp(mica_tanh(x));
    case 6: return mica_softmax(x, -1);
    case 7: return mica_transpose(x, MICA_AXES(1, 0));
    case 8: return mica_sum(x, MICA_AXES(choose(c, 2)), true);
    case 9: return mica_mean(x, MICA_AXES(choose(c, 2)), true);
    case 10: return scanned(c, x);
    case 11: return stretched(c, x);
    default: return mica_multiply(x, mica_scalar(x->ctx, MICA_FLOAT32, 0.5 + choose(c, 4)));
    }
}

static bool broadcasts(const mica_tensor *a, const mica_tensor *b) {
    shape s;
    return shape_broadcast(&a->shape, &b->shape, &s);
}

static mica_tensor *binary(chooser *c, mica_tensor *a, mica_tensor *b) {
    int kind = choose(c, 7);
    if (kind == 5 && a->shape.dims[1] == b->shape.dims[0]) return mica_tanh(mica_matmul(a, b));
    if (kind == 6 && a->shape.dims[0] == b->shape.dims[0])
        return mica_concatenate((mica_tensor *[]){a, b}, 2, 1);
    if (!broadcasts(a, b)) return mica_tanh(a);
    switch (kind) {
    case 0: return mica_add(a, b);
    case 1: return mica_multiply(a, mica_tanh(b));
    case 2: return mica_subtract(a, b);
    case 3: return mica_maximum(a, b);
    default: return mica_where(mica_greater(a, b), mica_tanh(a), b);
    }
}

/* The same calls for the same seed, whatever the handles are. A scalar comes out. */
static mica_tensor *program(uint64_t seed, mica_tensor *const *in) {
    chooser c = {philox_key(seed, "program"), 0};
    mica_tensor *pool[INPUTS + MOST];
    int n = INPUTS, steps = 3 + choose(&c, MOST - 3);
    for (int i = 0; i < INPUTS; i++) pool[i] = in[i];
    for (int i = 0; i < steps; i++) {
        mica_tensor *a = pool[choose(&c, n)], *b = pool[choose(&c, n)];
        pool[n++] = choose(&c, 2) ? unary(&c, a) : binary(&c, a, b);
    }
    mica_tensor *sum = mica_mean(pool[n - 1], MICA_ALL_AXES, false);
    for (int i = n - 4 > INPUTS ? n - 4 : INPUTS; i < n - 1; i++)
        sum = mica_add(sum, mica_mean(mica_tanh(pool[i]), MICA_ALL_AXES, false));
    return sum;
}

static const shape input_shapes[INPUTS] = {{2, {4, 6}}, {2, {6, 4}}, {2, {1, 6}}};

static void make_data(uint64_t seed, float data[INPUTS][24]) {
    for (int i = 0; i < INPUTS; i++)
        for (int k = 0; k < 24; k += 4) {
            double four[4];
            philox_normal(philox_key(seed, "data"), (uint64_t)i, (uint64_t)k, four);
            for (int j = 0; j < 4; j++) data[i][k + j] = (float)four[j];
        }
}

/* Loss and gradients of all inputs, by a tape. */
static void run_eagerly(mica_context *ctx, uint64_t seed, float *out) {
    mica_error err = {0};
    float data[INPUTS][24];
    mica_tensor *in[INPUTS], *grads[INPUTS];
    make_data(seed, data);
    mica_tape *tape = mica_tape_open(ctx, NULL);
    for (int i = 0; i < INPUTS; i++) {
        in[i] = mica_tensor_new(ctx, MICA_FLOAT32, input_shapes[i], data[i]);
        mica_tape_watch(tape, in[i]);
    }
    mica_tensor *loss = program(seed, in);
    mica_tape_gradient(tape, loss, in, INPUTS, grads);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_tensor_read(loss, MICA_FLOAT32, out, 4, &err));
    for (int i = 0, at = 1; i < INPUTS; at += (int)shape_size(&input_shapes[i]), i++)
        ASSERT_OK(mica_tensor_read(grads[i], MICA_FLOAT32, out + at,
                                   (size_t)shape_size(&input_shapes[i]) * 4, &err));
    mica_tape_close(&tape);
}

static graph *traced(mica_context *ctx, uint64_t seed) {
    mica_error err = {0};
    mica_tensor *in[INPUTS], *grads[INPUTS];
    graph *g = graph_new(ctx);
    int values[INPUTS];
    for (int i = 0; i < INPUTS; i++) values[i] = graph_input(g, MICA_FLOAT32, &input_shapes[i]);
    tracer *t = tracer_open(g);
    for (int i = 0; i < INPUTS; i++) in[i] = graph_symbol(g, values[i]);
    mica_tensor *loss = program(seed, in);
    ASSERT_OK(graph_gradients(g, loss, in, INPUTS, grads, &err));
    ASSERT_OK(graph_output(g, graph_value_of(g, loss), &err));
    for (int i = 0; i < INPUTS; i++) {
        if (!grads[i]) grads[i] = mica_fill_like(in[i], 0);
        ASSERT_OK(graph_output(g, graph_value_of(g, grads[i]), &err));
    }
    ASSERT_OK(mica_check(ctx, &err));
    tracer_close(&t);
    return g;
}

static void run_compiled(mica_context *ctx, uint64_t seed, const plan_options *options,
                         float *out) {
    mica_error err = {0};
    float data[INPUTS][24];
    function *f;
    void *outputs[1 + INPUTS] = {out};
    make_data(seed, data);
    for (int i = 0, at = 1; i < INPUTS; at += (int)shape_size(&input_shapes[i]), i++)
        outputs[1 + i] = out + at;
    ASSERT_OK(function_new(traced(ctx, seed), options, &f, &err));
    ASSERT_OK(
        function_run(f, input_shapes, (const void *[]){data[0], data[1], data[2]}, outputs, &err));
    function_free(f);
}

#define RESULTS (1 + 24 + 24 + 6)

TEST(eager_and_compiled_agree) {
    mica_context *ctx = mica_open(NULL);
    for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
        float want[RESULTS], got[RESULTS];
        run_eagerly(ctx, seed, want);
        run_compiled(ctx, seed, &(plan_options){.check = true}, got);
        ASSERT_CLOSE(got, want, RESULTS, 1e-4);
    }
    mica_close(&ctx);
}

TEST(separate_poisoned_buffers_give_the_arenas_bits) {
    mica_context *ctx = mica_open(NULL);
    for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
        float want[RESULTS], got[RESULTS];
        run_compiled(ctx, seed, NULL, want);
        run_compiled(ctx, seed, &(plan_options){.separate = true}, got);
        ASSERT_CLOSE(got, want, RESULTS, 0);
    }
    mica_close(&ctx);
}

TEST(every_pass_changes_speed_not_meaning) {
    static const char *const names[] = {
#define PASS(name) #name,
#include "plan/passes.def"
#undef PASS
    };
    mica_context *ctx = mica_open(NULL);
    for (uint64_t seed = 0; seed < PROGRAMS; seed += 5) {
        float want[RESULTS], got[RESULTS];
        run_compiled(ctx, seed, NULL, want);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (!strcmp(names[i], "decompose")) continue;
            run_compiled(
                ctx, seed,
                &(plan_options){.check = true, .without = (const char *[]){names[i], NULL}}, got);
            ASSERT_CLOSE(got, want, RESULTS, 1e-4);
        }
    }
    mica_close(&ctx);
}

TEST(the_reference_backend_agrees) {
    mica_context *fast = mica_open(NULL),
                 *slow = mica_open(MICA_OPTIONS(context, .backend = "reference"));
    for (uint64_t seed = 0; seed < PROGRAMS; seed += 3) {
        float want[RESULTS], got[RESULTS];
        run_compiled(slow, seed, NULL, want);
        run_compiled(fast, seed, NULL, got);
        ASSERT_CLOSE(got, want, RESULTS, 1e-4);
    }
    mica_close(&fast);
    mica_close(&slow);
}

RUN_TESTS(UNIT(eager_and_compiled_agree), UNIT(separate_poisoned_buffers_give_the_arenas_bits),
          UNIT(every_pass_changes_speed_not_meaning), UNIT(the_reference_backend_agrees))
