/* Compiled functions, and tapes in a trace: the numbers of the same calls run eagerly. */
#include "mica/mica.h"
#include "support/allocations.h"
#include "support/in_context.h"

#define ROWS 16

typedef struct network {
    mica_tensor *p[4];
    mica_optimizer *optimizer;
} network;

static network network_new(const char *optimizer) {
    static const float w1[] = {.5f, -.3f, .2f, .8f, -.6f, .4f}, b1[] = {.1f, -.1f},
                       w2[] = {.7f, -.9f}, b2[] = {.05f};
    network n = {{mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), w1), "w1"),
                  mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), b1), "b1"),
                  mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), w2), "w2"),
                  mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1), b2), "b2")},
                 mica_optimizer_from_config(ctx, optimizer, NULL)};
    return n;
}

static mica_tensor *forward(const network *n, mica_tensor *x) {
    mica_tensor *a = mica_relu(mica_add(mica_matmul(x, n->p[0]), n->p[1]));
    return mica_sigmoid(mica_add(mica_matmul(a, n->p[2]), n->p[3]));
}

/* in: x, y; out: the loss. As examples/custom_training does it. */
static void train_step(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    network *n = user;
    mica_tensor *gradients[4];
    mica_tape *tape = mica_tape_open(c, NULL);
    mica_tensor *error = mica_subtract(in[1], forward(n, in[0]));
    mica_tensor *loss = mica_mean(mica_square(error), MICA_ALL_AXES, false);
    mica_tape_gradient(tape, loss, n->p, 4, gradients);
    mica_optimizer_apply(n->optimizer, n->p, gradients, 4);
    out[0] = mica_keep(loss);
    mica_tape_close(&tape);
}

static void make_data(mica_tensor **xy, int64_t rows) {
    float x[ROWS * 3], y[ROWS];
    for (int i = 0; i < ROWS * 3; i++) x[i] = (float)sin(1.3 * i * i + 1);
    for (int i = 0; i < ROWS; i++) y[i] = x[3 * i] + x[3 * i + 1] + x[3 * i + 2] > 0;
    xy[0] = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 3), x);
    xy[1] = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 1), y);
}

static void weights_of(const network *n, float w[11]) {
    ASSERT_OK(mica_tensor_read(n->p[0], MICA_FLOAT32, w, 24, &err));
    ASSERT_OK(mica_tensor_read(n->p[1], MICA_FLOAT32, w + 6, 8, &err));
    ASSERT_OK(mica_tensor_read(n->p[2], MICA_FLOAT32, w + 8, 8, &err));
    ASSERT_OK(mica_tensor_read(n->p[3], MICA_FLOAT32, w + 10, 4, &err));
}

TEST(a_training_step_gives_what_it_gives_eagerly) {
    static const char *const optimizers[] = {"adam", "sgd"};
    for (size_t k = 0; k < sizeof optimizers / sizeof *optimizers; k++) {
        network slow = network_new(optimizers[k]), fast = network_new(optimizers[k]);
        mica_tensor *xy[2], *want, *got;
        float w[11], v[11];
        make_data(xy, ROWS);
        mica_function *f = mica_function_new(ctx, train_step, &fast, 2, 1, NULL);
        for (int step = 0; step < 20; step++) {
            train_step(&slow, ctx, xy, &want);
            mica_function_call(f, xy, &got);
            ASSERT_OK(mica_check(ctx, &err));
            assert_true(fabs(mica_tensor_item(want) - mica_tensor_item(got)) < 1e-6);
        }
        weights_of(&slow, w), weights_of(&fast, v);
        ASSERT_CLOSE(v, w, 11, 1e-6);
        assert_int_equal(mica_function_traces(f), 1);
        mica_function_destroy(&f);
    }
}

TEST(new_shapes_are_traced_again_unless_left_open) {
    network n = network_new("sgd");
    mica_shape open[] = {{2, {-1, 3}}, {2, {-1, 1}}};
    mica_tensor *xy[2], *loss;
    mica_function *each = mica_function_new(ctx, train_step, &n, 2, 1, NULL);
    mica_function *one = mica_function_new(ctx, train_step, &n, 2, 1,
                                           MICA_OPTIONS(function, .shapes = open));
    for (int64_t rows = 4; rows <= 16; rows += 4) {
        make_data(xy, rows);
        for (int twice = 0; twice < 2; twice++) mica_function_call(each, xy, &loss);
        mica_function_call(one, xy, &loss);
        ASSERT_OK(mica_check(ctx, &err));
    }
    assert_int_equal(mica_function_traces(each), 4);
    assert_int_equal(mica_function_traces(one), 1);
    mica_function_call(one, (mica_tensor *[]){xy[1], xy[0]}, &loss);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE,
                 "input 0 has shape (16, 1), expected (None, 3)");
}

static void predict(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)c;
    out[0] = forward(user, in[0]);
}

TEST(functions_share_variables) {
    network n = network_new("sgd");
    mica_tensor *xy[2], *loss, *before, *after;
    make_data(xy, ROWS);
    mica_function *train = mica_function_new(ctx, train_step, &n, 2, 1, NULL);
    mica_function *see = mica_function_new(ctx, predict, &n, 1, 1, NULL);
    mica_function_call(see, xy, &before);
    mica_function_call(train, xy, &loss);
    mica_function_call(see, xy, &after);
    float a[ROWS], b[ROWS], want[ROWS];
    ASSERT_OK(mica_tensor_read(before, MICA_FLOAT32, a, sizeof a, &err));
    ASSERT_OK(mica_tensor_read(after, MICA_FLOAT32, b, sizeof b, &err));
    ASSERT_OK(mica_tensor_read(forward(&n, xy[0]), MICA_FLOAT32, want, sizeof want, &err));
    ASSERT_CLOSE(b, want, ROWS, 1e-6);
    assert_memory_not_equal(a, b, sizeof a);
}

TEST(run_writes_into_given_tensors_and_allocates_nothing) {
    network n = network_new("adam");
    mica_tensor *xy[2], *loss = mica_scalar(ctx, MICA_FLOAT32, 0);
    make_data(xy, ROWS);
    mica_function *f = mica_function_new(ctx, train_step, &n, 2, 1, NULL);
    ASSERT_OK(mica_function_run(f, xy, &loss, &err));
    double first = mica_tensor_item(loss);
#ifdef COUNTS
    own = 0;
    counting = 1;
#endif
    for (int i = 0; i < 5; i++) ASSERT_OK(mica_function_run(f, xy, &loss, &err));
#ifdef COUNTS
    counting = 0;
    assert_int_equal(own, 0);
#endif
    assert_true(mica_tensor_item(loss) < first);
    mica_tensor *wide = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2), 0);
    ASSERT_FAILS(mica_function_run(f, xy, &wide, &err), MICA_SHAPE, "out 0 is float32 (2,)");
    mica_tensor *whole = mica_scalar(ctx, MICA_INT32, 0);
    ASSERT_FAILS(mica_function_run(f, xy, &whole, &err), MICA_TYPE, "expected float32 ()");
    mica_tensor *view = mica_reshape(loss, MICA_SHAPE(1));
    ASSERT_FAILS(mica_function_run(f, xy, &loss, &err), MICA_STATE, "shares its bytes");
    (void)view;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    ASSERT_FAILS(mica_function_run(f, xy, &loss, &err), MICA_STATE, "mica_function_call");
    mica_tape_close(&tape);
}

/* in: x (3, 3); out: x x and x + 1. */
static void two_of_one(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user;
    out[0] = mica_matmul(in[0], in[0]);
    out[1] = mica_add(in[0], mica_scalar(c, MICA_FLOAT32, 1));
}

TEST(run_refuses_outs_that_are_an_input_or_each_other) {
    float memory[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    mica_function *f = mica_function_new(ctx, two_of_one, NULL, 1, 2, NULL);
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 3), memory);
    mica_tensor *a = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 3), 0);
    mica_tensor *b = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 3), 0);
    ASSERT_FAILS(mica_function_run(f, &x, (mica_tensor *[]){a, x}, &err), MICA_STATE,
                 "out 1 shares its bytes with input 0");
    ASSERT_FAILS(mica_function_run(f, &x, (mica_tensor *[]){a, a}, &err), MICA_STATE,
                 "out 1 shares its bytes with out 0");
    mica_tensor *over[2]; /* of one memory: the second begins where the first has a row left */
    for (int i = 0; i < 2; i++)
        over[i] = mica_tensor_over(ctx, MICA_FLOAT32, MICA_SHAPE(3, 3), memory + 3 * i, NULL, NULL);
    ASSERT_FAILS(mica_function_run(f, &over[0], (mica_tensor *[]){over[1], a}, &err), MICA_STATE,
                 "out 0 shares its bytes with input 0");
    ASSERT_OK(mica_function_run(f, &x, (mica_tensor *[]){a, b}, &err));
    float product[9], sum[9];
    const float squared[] = {30, 36, 42, 66, 81, 96, 102, 126, 150};
    ASSERT_OK(mica_tensor_read(a, MICA_FLOAT32, product, sizeof product, &err));
    ASSERT_OK(mica_tensor_read(b, MICA_FLOAT32, sum, sizeof sum, &err));
    ASSERT_CLOSE(product, squared, 9, 0);
    assert_true(sum[8] == 10);
}

TEST(calls_with_null_among_the_inputs_give_poison) {
    mica_function *f = mica_function_new(ctx, two_of_one, NULL, 1, 2, NULL);
    mica_tensor *none = NULL, *out[2];
    mica_function *const made[] = {f, mica_function_new(ctx, NULL, NULL, 1, 2, NULL)};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            out[0] = out[1] = NULL;
            mica_function_call(made[i], k ? NULL : &none, out);
            assert_true(out[0] && mica_tensor_item(out[0]) != mica_tensor_item(out[0]));
            assert_true(out[1] && mica_tensor_item(out[1]) != mica_tensor_item(out[1]));
            assert_true(mica_check(ctx, &err) != MICA_OK || i);
        }
    ASSERT_FAILS(mica_function_run(f, &none, out, &err), MICA_VALUE, "in[0] is NULL");
}

static void unset(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)c, (void)in, (void)out;
}

static void wrong(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)c;
    out[0] = mica_matmul(in[0], in[0]);
}

static void leaves_a_tape(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    *(mica_tape **)user = mica_tape_open(c, NULL);
    out[0] = in[0];
}

TEST(faults_of_a_body_are_told) {
    mica_tensor *xy[2], *out;
    mica_tape *tape = NULL;
    make_data(xy, 4);
    mica_function_call(mica_function_new(ctx, unset, NULL, 1, 1, NULL), xy, &out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "left output 0 unset");
    mica_function_call(mica_function_new(ctx, wrong, NULL, 1, 1, NULL), xy, &out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "matmul");
    mica_function_call(mica_function_new(ctx, leaves_a_tape, &tape, 1, 1, NULL), xy, &out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "left a tape open");
    mica_tape_close(&tape);
    mica_function_new(ctx, unset, NULL, 65, 1, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "65 inputs");
}

static void draw(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user;
    mica_tensor *noise = mica_random_normal(c, MICA_FLOAT32, MICA_SHAPE(8), 0, 1);
    out[0] = mica_add(noise, mica_random_uniform(c, MICA_FLOAT32, MICA_SHAPE(8), 0, 1));
    if (in) out[0] = mica_multiply(out[0], in[0]);
}

TEST(random_numbers_are_those_of_eager_calls) {
    float want[4][8], got[4][8];
    mica_tensor *t, *one;
    for (int i = 0; i < 4; i++) {
        draw(NULL, ctx, NULL, &t);
        ASSERT_OK(mica_tensor_read(t, MICA_FLOAT32, want[i], sizeof want[i], &err));
    }
    mica_close(&ctx);
    ctx = mica_open(NULL);
    one = mica_scalar(ctx, MICA_FLOAT32, 1);
    mica_function *f = mica_function_new(ctx, draw, NULL, 1, 1, NULL);
    for (int i = 0; i < 4; i++) {
        if (i == 2) draw(NULL, ctx, NULL, &t); /* in between */
        else mica_function_call(f, &one, &t);
        ASSERT_OK(mica_tensor_read(t, MICA_FLOAT32, got[i], sizeof got[i], &err));
    }
    for (int i = 0; i < 4; i++) ASSERT_CLOSE(got[i], want[i], 8, 1e-6);
    assert_memory_not_equal(got[0], got[1], sizeof got[0]);
}

static void cube(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)c;
    out[0] = mica_multiply(in[0], mica_square(in[0]));
}

TEST(under_a_tape_gradients_flow_through) {
    mica_tensor *x = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 3), "x"), *y, *d;
    mica_function *f = mica_function_new(ctx, cube, NULL, 1, 1, NULL);
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_function_call(f, &x, &y);
    mica_tape_gradient(tape, y, &x, 1, &d);
    assert_true(mica_tensor_item(d) == 27);
    mica_tape_close(&tape);
    mica_function_call(f, &x, &y);
    assert_true(mica_tensor_item(y) == 27);
    ASSERT_OK(mica_check(ctx, &err));
}

/* in: x; out: d y / dx, d2 y / dx2, and d (stop(y) x) / dx for y = x^3 w, all at once. */
static void derivatives(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *w = user, *x = in[0], *both[] = {x, w}, *d[2], *dd[2];
    mica_tape *outer = mica_tape_open(c, MICA_OPTIONS(tape, .persistent = true));
    mica_tape *inner = mica_tape_open(c, NULL);
    mica_tape_watch(inner, x), mica_tape_watch(outer, x);
    mica_tensor *y = mica_multiply(mica_multiply(x, mica_square(x)), w);
    mica_tensor *stopped = mica_multiply(mica_stop_gradient(y), x);
    mica_tape_gradient(inner, y, both, 2, d);
    mica_tape_close(&inner);
    mica_tape_gradient(outer, d[0], both, 2, dd);
    mica_tape_gradient(outer, stopped, &x, 1, &out[3]);
    out[0] = d[0], out[1] = dd[0], out[2] = dd[1], out[4] = d[1];
    for (int i = 0; i < 5; i++) mica_keep(out[i]);
    mica_tape_close(&outer);
}

TEST(tapes_in_a_trace_nest_and_stop) {
    mica_tensor *w = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 2), "w"), *out[5];
    mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, 3);
    mica_function *f = mica_function_new(ctx, derivatives, w, 1, 5, NULL);
    for (int traced = 0; traced < 2; traced++) {
        if (traced) mica_function_call(f, &x, out);
        else derivatives(w, ctx, &x, out);
        ASSERT_OK(mica_check(ctx, &err));
        double got[5], want[] = {3 * 9 * 2, 6 * 3 * 2, 3 * 9, 54, 27};
        for (int i = 0; i < 5; i++) got[i] = mica_tensor_item(out[i]);
        ASSERT_CLOSE(got, want, 5, 1e-12);
    }
}

/* w becomes w + x, twice; out: w as it was, and as it is at the end. */
static void assign_twice(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *w = user;
    (void)c;
    out[0] = mica_multiply(w, mica_scalar(c, MICA_FLOAT32, 1));
    for (int i = 0; i < 2; i++) ASSERT_OK(mica_assign(w, mica_add(w, in[0]), &err));
    out[1] = mica_negative(w);
    ASSERT_FAILS(mica_assign(w, mica_full(c, MICA_FLOAT32, MICA_SHAPE(3), 0), &err), MICA_SHAPE,
                 "shape (3,), expected (2,)");
}

TEST(what_is_assigned_is_read_afterwards) {
    float start[] = {1, 2}, values[2], want[] = {11, 22};
    mica_tensor *w = mica_variable(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), start), "w");
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), (float[]){5, 10}), *out[2];
    mica_function *f = mica_function_new(ctx, assign_twice, w, 1, 2, NULL);
    mica_function_call(f, &x, out);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_tensor_read(out[0], MICA_FLOAT32, values, sizeof values, &err));
    ASSERT_CLOSE(values, start, 2, 0);
    ASSERT_OK(mica_tensor_read(mica_negative(out[1]), MICA_FLOAT32, values, sizeof values, &err));
    ASSERT_CLOSE(values, want, 2, 0);
    ASSERT_OK(mica_tensor_read(w, MICA_FLOAT32, values, sizeof values, &err));
    ASSERT_CLOSE(values, want, 2, 0);
    mica_function_call(f, &w, out); /* its own input is assigned: w + 2 w, twice the old w */
    ASSERT_OK(mica_tensor_read(w, MICA_FLOAT32, values, sizeof values, &err));
    ASSERT_CLOSE(values, ((float[]){33, 66}), 2, 0);
}

static void recurrence(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *const *w = user;
    (void)c;
    out[0] = mica_tanh(mica_add(mica_multiply(in[0], w[0]), mica_multiply(in[1], w[1])));
}

/* A tape around a scan: w[0] is a variable, w[1] a constant that the tape watches. */
static void through_a_scan(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor **w = user, *last, *sources[] = {w[0], w[1], in[0], in[1]};
    mica_tape *tape = mica_tape_open(c, NULL);
    for (int i = 1; i < 4; i++) mica_tape_watch(tape, sources[i]);
    mica_scan(recurrence, w, MICA_OPTIONS(scan, .carries = 1, .sequences = 1), in, &last);
    mica_tape_gradient(tape, mica_square(last), sources, 4, out);
    for (int i = 0; i < 4; i++) mica_keep(out[i]);
    mica_tape_close(&tape);
}

TEST(a_tape_in_a_trace_goes_through_a_scan) {
    mica_tensor *w[] = {mica_variable(mica_scalar(ctx, MICA_FLOAT64, 0.7), "w"),
                        mica_scalar(ctx, MICA_FLOAT64, -0.4)};
    mica_tensor *in[] = {
        mica_scalar(ctx, MICA_FLOAT64, 0.3),
        mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(4), (double[]){.5, -.2, .9, .1})};
    mica_tensor *out[4];
    double want[4][4] = {{0}}, got[4][4] = {{0}};
    mica_function *f = mica_function_new(ctx, through_a_scan, w, 2, 4, NULL);
    for (int traced = 0; traced < 2; traced++) {
        if (traced) mica_function_call(f, in, out);
        else through_a_scan(w, ctx, in, out);
        ASSERT_OK(mica_check(ctx, &err));
        for (int i = 0; i < 4; i++)
            ASSERT_OK(mica_tensor_read(out[i], MICA_FLOAT64, traced ? got[i] : want[i],
                                       i < 3 ? 8 : 32, &err));
    }
    for (int i = 0; i < 4; i++) ASSERT_CLOSE(got[i], want[i], 4, 1e-12);
    assert_true(fabs(want[0][0]) > 1e-3 && fabs(want[1][0]) > 1e-3 && fabs(want[3][0]) > 1e-5);
}

/* One step of gradient descent to w, with a tape in the body. */
static void descend(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *w = *(mica_tensor **)user, *d;
    mica_tape *tape = mica_tape_open(c, NULL);
    mica_tape_watch(tape, in[0]);
    mica_tensor *apart = mica_square(mica_subtract(in[0], mica_square(w)));
    mica_tape_gradient(tape, apart, &in[0], 1, &d);
    out[0] = mica_keep(mica_subtract(in[0], mica_multiply(d, mica_scalar(c, MICA_FLOAT64, 0.1))));
    mica_tape_close(&tape);
}

/* in: x; out: where n steps end, and its derivative by w. */
static void descent(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor **w = user;
    mica_tape *tape = mica_tape_open(c, NULL);
    mica_scan(descend, w, MICA_OPTIONS(scan, .carries = 1, .length = 3), in, out);
    mica_tape_gradient(tape, out[0], w, 1, out + 1);
    for (int i = 0; i < 2; i++) mica_keep(out[i]);
    mica_tape_close(&tape);
}

TEST(a_tape_in_the_body_of_a_scan_is_differentiated_through) {
    mica_tensor *w = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 2), "w"), *out[2];
    mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, 1);
    mica_function *f = mica_function_new(ctx, descent, &w, 1, 2, NULL);
    double left = 0.8 * 0.8 * 0.8; /* of the way to w^2 = 4 after 3 steps */
    double got[2], want[] = {1 * left + 4 * (1 - left), (1 - left) * 2 * 2};
    for (int traced = 0; traced < 2; traced++) {
        if (traced) mica_function_call(f, &x, out);
        else descent(&w, ctx, &x, out);
        ASSERT_OK(mica_check(ctx, &err));
        for (int i = 0; i < 2; i++) got[i] = mica_tensor_item(out[i]);
        ASSERT_CLOSE(got, want, 2, 1e-12);
    }
}

/* Losses that take the logits behind an activation back, one of probabilities that are used
 * elsewhere too. */
static void gradient_of_loss(void *user, mica_context *c, mica_tensor *const *in,
                             mica_tensor **out) {
    int number = *(int *)user;
    mica_tape *tape = mica_tape_open(c, NULL);
    mica_tape_watch(tape, in[0]);
    mica_tensor *p = number < 2 ? mica_sigmoid(in[0]) : mica_softmax(in[0], -1), *gradient;
    mica_tensor *loss = number < 2   ? mica_binary_crossentropy(in[1], p, false)
                        : number < 3 ? mica_categorical_crossentropy(in[1], p, false)
                                     : mica_sparse_categorical_crossentropy(in[2], p, false);
    loss = mica_mean(loss, MICA_ALL_AXES, false);
    if (number == 1) loss = mica_multiply(loss, mica_mean(p, MICA_ALL_AXES, false));
    mica_tape_gradient(tape, loss, in, 1, &gradient);
    out[0] = mica_keep(gradient);
    mica_tape_close(&tape);
}

TEST(gradients_flow_through_logits_that_a_loss_takes_back) {
    static const float z[] = {.3f, -1.2f, 2.f, .5f, .1f, -.4f}, y[] = {0, 1, 0, 1, 0, 0};
    static const int32_t classes[] = {1, 0};
    mica_tensor *in[] = {mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), z),
                         mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), y),
                         mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2), classes)};
    for (int number = 0; number < 4; number++) {
        mica_function *f = mica_function_new(ctx, gradient_of_loss, &number, 3, 1, NULL);
        mica_tensor *slow, *fast;
        float a[6], b[6];
        gradient_of_loss(&number, ctx, in, &slow);
        mica_function_call(f, in, &fast);
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_OK(mica_tensor_read(slow, MICA_FLOAT32, a, sizeof a, &err));
        ASSERT_OK(mica_tensor_read(fast, MICA_FLOAT32, b, sizeof b, &err));
        double want[6], got[6], size = 0;
        for (int i = 0; i < 6; i++) want[i] = a[i], got[i] = b[i], size += fabs(a[i]);
        assert_true(size > 0.1);
        ASSERT_CLOSE(got, want, 6, 1e-5);
    }
}

RUN_TESTS(IN_CONTEXT(a_training_step_gives_what_it_gives_eagerly),
          IN_CONTEXT(new_shapes_are_traced_again_unless_left_open),
          IN_CONTEXT(functions_share_variables),
          IN_CONTEXT(run_writes_into_given_tensors_and_allocates_nothing),
          IN_CONTEXT(run_refuses_outs_that_are_an_input_or_each_other),
          IN_CONTEXT(calls_with_null_among_the_inputs_give_poison),
          IN_CONTEXT(faults_of_a_body_are_told),
          IN_CONTEXT(random_numbers_are_those_of_eager_calls),
          IN_CONTEXT(under_a_tape_gradients_flow_through),
          IN_CONTEXT(tapes_in_a_trace_nest_and_stop),
          IN_CONTEXT(what_is_assigned_is_read_afterwards),
          IN_CONTEXT(gradients_flow_through_logits_that_a_loss_takes_back),
          IN_CONTEXT(a_tape_in_a_trace_goes_through_a_scan),
          IN_CONTEXT(a_tape_in_the_body_of_a_scan_is_differentiated_through))
