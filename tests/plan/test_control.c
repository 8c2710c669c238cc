/* Choices and loops with a condition: eager, compiled, and their gradients. */
#include "mica/mica.h"
#include "op/emit.h"
#include "support/in_context.h"

/* ---- cond: out = x > 0 ? x^2 w : 3 x + v, and its derivatives by x, w and v ---- */

typedef struct choice {
    mica_tensor *x, *w, *v;
} choice;

static void square_it(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    const choice *k = user;
    (void)c, (void)in;
    out[0] = mica_multiply(mica_square(k->x), k->w);
}

static void triple_it(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    const choice *k = user;
    (void)in;
    out[0] = mica_add(mica_multiply(k->x, mica_scalar(c, MICA_FLOAT64, 3)), k->v);
}

/* in: x; out: y, dy/dx, dy/dw, dy/dv, d2y/dx2 */
static void choose(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    choice k = *(choice *)user;
    k.x = in[0];
    mica_tensor *sources[] = {k.x, k.w, k.v}, *y, *d[3];
    mica_tape *outer = mica_tape_open(c, NULL), *inner = mica_tape_open(c, NULL);
    mica_tape_watch(outer, k.x), mica_tape_watch(inner, k.x);
    mica_cond(mica_greater(k.x, mica_scalar(c, MICA_FLOAT64, 0)), square_it, triple_it, &k, 1, &y);
    mica_tape_gradient(inner, y, sources, 3, d);
    mica_tape_close(&inner);
    mica_tape_gradient(outer, d[0], &k.x, 1, &out[4]);
    out[0] = y, out[1] = d[0], out[2] = d[1], out[3] = d[2];
    for (int i = 0; i < 5; i++) mica_keep(out[i]);
    mica_tape_close(&outer);
}

static void assert_numbers(mica_tensor *const *out, const double *want, int n) {
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < n; i++) {
        double got = mica_tensor_item(out[i]);
        ASSERT_CLOSE(&got, &want[i], 1, 1e-12);
    }
}

TEST(a_choice_has_the_values_and_gradients_of_the_chosen_body) {
    static const double want[2][5] = {{18, 12, 9, 0, 4}, {-1, 3, 0, 1, 0}};
    choice k = {.w = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 2), "w"),
                .v = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 5), "v")};
    mica_function *f = mica_function_new(ctx, choose, &k, 1, 5, NULL);
    for (int negative = 0; negative < 2; negative++) {
        mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, negative ? -2 : 3), *out[5];
        choose(&k, ctx, &x, out);
        assert_numbers(out, want[negative], 5);
        mica_function_call(f, &x, out);
        assert_numbers(out, want[negative], 5);
    }
    assert_int_equal(mica_function_traces(f), 1);
}

/* ---- while_loop: x doubles (times w) while it is below the limit ---- */

typedef struct growth {
    mica_tensor *w, *limit;
    int64_t most;
} growth;

static void below(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)c;
    out[0] = mica_less(in[0], ((growth *)user)->limit);
}

static void grow_it(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)c;
    out[0] = mica_multiply(in[0], ((growth *)user)->w);
    out[1] = mica_add(in[1], scalar_like(in[1], 1));
}

/* in: x; out: the last x, how many steps, and the last x's derivatives by x and w. */
static void grow(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    growth *k = user;
    mica_tensor *sources[] = {in[0], k->w};
    mica_tape *tape = mica_tape_open(c, NULL);
    mica_tape_watch(tape, in[0]);
    mica_while_loop(below, grow_it, k,
                    MICA_OPTIONS(while_loop, .carries = 2, .maximum_iterations = k->most),
                    (mica_tensor *[]){in[0], mica_scalar(c, MICA_INT64, 0)}, out);
    mica_tape_gradient(tape, out[0], sources, 2, out + 2);
    for (int i = 0; i < 4; i++) mica_keep(out[i]);
    mica_tape_close(&tape);
}

TEST(a_loop_has_the_values_and_gradients_of_its_steps) {
    growth k = {.w = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 2), "w"),
                .limit = mica_scalar(ctx, MICA_FLOAT64, 20),
                .most = 6};
    mica_function *f = mica_function_new(ctx, grow, &k, 1, 4, NULL);
    for (int n = 0; n < 8; n++) { /* 20 2^-n: n steps to the limit, at most 6 */
        int steps = n < 6 ? n : 6;
        double start = 20 * pow(2, -n), factor = pow(2, steps);
        double want[] = {start * factor, steps, factor, start * steps * pow(2, steps - 1)};
        mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, start), *out[4];
        grow(&k, ctx, &x, out);
        assert_numbers(out, want, 4);
        mica_function_call(f, &x, out);
        assert_numbers(out, want, 4);
    }
}

TEST(a_traced_loop_without_an_end_has_no_gradient) {
    growth k = {.w = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 2), "w"),
                .limit = mica_scalar(ctx, MICA_FLOAT64, 20)};
    mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, 3), *out[4];
    mica_function_call(mica_function_new(ctx, grow, &k, 1, 4, NULL), &x, out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "needs maximum_iterations");
}

/* ---- errors ---- */

static void two_wide(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)in;
    out[0] = mica_full(c, MICA_FLOAT64, MICA_SHAPE(2), 1);
}

static void branches_differ(void *user, mica_context *c, mica_tensor *const *in,
                            mica_tensor **out) {
    mica_cond(mica_less(in[0], mica_scalar(c, MICA_FLOAT64, 9)), square_it, two_wide, user, 1, out);
}

static void number_chooses(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)c;
    mica_cond(in[0], square_it, square_it, user, 1, out);
}

static void widens(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)c;
    out[0] = mica_stack((mica_tensor *[]){in[0], in[0]}, 2, 0);
}

static void carry_widens(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    growth k = {.limit = mica_scalar(c, MICA_FLOAT64, 20)};
    (void)user;
    mica_while_loop(below, widens, &k, MICA_OPTIONS(while_loop, .carries = 1), in, out);
}

TEST(faults_of_choices_and_loops_are_named) {
    mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, 3), *out;
    choice k = {x, x, x};
    mica_function_call(mica_function_new(ctx, branches_differ, &k, 1, 1, NULL), &x, &out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE,
                 "output 0 is float64 () where true, float64 (2,) where false");
    for (int traced = 0; traced < 2; traced++) {
        if (traced)
            mica_function_call(mica_function_new(ctx, number_chooses, &k, 1, 1, NULL), &x, &out);
        else number_chooses(&k, ctx, &x, &out);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "is float64 (), expected a bool scalar");
        if (traced)
            mica_function_call(mica_function_new(ctx, carry_widens, NULL, 1, 1, NULL), &x, &out);
        else carry_widens(NULL, ctx, &x, &out);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "carry 0 becomes float64 (2,)");
    }
}

RUN_TESTS(IN_CONTEXT(a_choice_has_the_values_and_gradients_of_the_chosen_body),
          IN_CONTEXT(a_loop_has_the_values_and_gradients_of_its_steps),
          IN_CONTEXT(a_traced_loop_without_an_end_has_no_gradient),
          IN_CONTEXT(faults_of_choices_and_loops_are_named))
