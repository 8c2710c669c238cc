/* The battery of gradients: every op in ops.def, its rule against central differences in float64 on
 * the reference backend; then the gradient of the gradient, through a tape. */
#include "mica/mica.h"
#include "op/battery.h"
#include "support/testing.h"

#define STEP 1e-5
#define MAX_ELEMENTS 4096

static mica_context *ctx;

static int open_context(void **state) {
    (void)state;
    ctx = mica_open(MICA_OPTIONS(context, .backend = "reference", .threads = 1));
    return ctx ? 0 : -1;
}

static int close_context(void **state) {
    (void)state;
    mica_close(&ctx);
    return 0;
}

/* Random weights of t's shape: what a gradient is multiplied with. */
static mica_tensor *weights_like(mica_tensor *t, const char *purpose) {
    int64_t n = shape_size(&t->shape);
    double *w = malloc((size_t)(n + 1) * sizeof *w);
    battery_fill(w, n, &(struct sample_input){.low = -1, .high = 1}, philox_key(8, purpose));
    mica_tensor *weights = mica_tensor_new(ctx, MICA_FLOAT64, t->shape, w);
    free(w);
    return weights;
}

/* One case and the gradients of its outputs. */
typedef struct check {
    battery_case c;
    int outputs;
    mica_tensor *dout[MAX_OUTPUTS]; /* NULL for what is not float, or opaque */
    mica_tensor *weight[8];         /* of the input gradients, for the second derivative */
    int failures;
} check;

static void evaluate(const check *k, mica_tensor **out) {
    emit_many(ctx, k->c.op, k->c.attrs, k->c.sample.inputs, k->c.in, k->outputs, out);
}

static mica_tensor *weighted(mica_tensor *t, mica_tensor *weights) {
    return mica_sum(mica_multiply(t, weights), MICA_ALL_AXES, false);
}

/* Input gradients of a composite without a rule, by a tape. */
static void apply_parts(check *k, mica_tensor **din) {
    mica_tensor *out[MAX_OUTPUTS], *total = NULL, *sources[8], *gradients[8];
    int count = 0;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    for (int i = 0; i < k->c.sample.inputs; i++)
        if (k->c.varies[i]) mica_tape_watch(tape, sources[count++] = k->c.in[i]);
    evaluate(k, out);
    for (int i = 0; i < k->outputs; i++) {
        if (!k->dout[i]) continue;
        mica_tensor *part = weighted(out[i], k->dout[i]);
        total = total ? mica_add(total, part) : part;
    }
    mica_tape_gradient(tape, total, sources, count, gradients);
    for (int i = 0; i < count; i++) mica_keep(gradients[i]);
    mica_tape_close(&tape);
    for (int i = k->c.sample.inputs; i-- > 0;)
        if (k->c.varies[i]) din[i] = gradients[--count];
}

static bool by_parts(const op *o) { return !o->gradient && o->compose; }

/* Input gradients by the op's own rule, or its parts'. */
static void apply_rule(check *k, mica_tensor **din) {
    mica_tensor *out[MAX_OUTPUTS];
    for (int i = 0; i < 8; i++) din[i] = NULL;
    if (by_parts(k->c.op)) {
        apply_parts(k, din);
        return;
    }
    evaluate(k, out);
    gradient_frame g = {k->c.op, k->c.attrs, k->c.sample.inputs, k->outputs, k->c.in, out,
                        k->dout, din,        k->c.varies};
    if (k->c.op->gradient) k->c.op->gradient(&g);
}

static double dot(mica_tensor *a, mica_tensor *b) {
    return mica_tensor_item(mica_sum(mica_multiply(a, b), MICA_ALL_AXES, false));
}

static double first_target(check *k) {
    mica_tensor *out[MAX_OUTPUTS];
    double sum = 0;
    evaluate(k, out);
    for (int i = 0; i < k->outputs; i++)
        if (k->dout[i]) sum += dot(out[i], k->dout[i]);
    return sum;
}

static double second_target(check *k) {
    mica_tensor *din[8];
    double sum = 0;
    apply_rule(k, din);
    for (int i = 0; i < k->c.sample.inputs; i++)
        if (din[i] && k->c.varies[i]) sum += dot(din[i], k->weight[i]);
    return sum;
}

/* target(…) with element e of *slot moved by h. */
static double moved(check *k, mica_tensor **slot, int64_t e, double h, double (*target)(check *)) {
    double x[MAX_ELEMENTS];
    mica_tensor *kept = *slot;
    mica_scope *scope = mica_scope_open(ctx);
    tensor_copy_out(kept, MICA_FLOAT64, x);
    x[e] += h;
    *slot = mica_tensor_new(ctx, MICA_FLOAT64, kept->shape, x);
    double y = target(k);
    *slot = kept;
    mica_scope_close(&scope);
    return y;
}

/* A gradient (NULL: zero) against central differences of the target over *slot. */
static void compare(check *k, const char *what, int number, mica_tensor **slot,
                    mica_tensor *gradient, double (*target)(check *), double tolerance) {
    int64_t n = shape_size(&(*slot)->shape);
    double g[MAX_ELEMENTS] = {0};
    assert_true(n <= MAX_ELEMENTS);
    if (gradient &&
        (!shape_equal(&gradient->shape, &(*slot)->shape) || gradient->dtype != MICA_FLOAT64)) {
        char found[128], expected[128];
        shape_format(&gradient->shape, found), shape_format(&(*slot)->shape, expected);
        print_error("%s case %d: %s %d is %s of %s, expected %s of float64\n", k->c.op->name,
                    k->c.number, what, number, found, mica_dtype_name(gradient->dtype), expected);
        k->failures++;
        return;
    }
    if (gradient) tensor_copy_out(gradient, MICA_FLOAT64, g);
    /* a second derivative takes long an element, by parts a tape: of many, some */
    int64_t stride = n > 32 && target == second_target ? n / (by_parts(k->c.op) ? 16 : 64) | 1 : 1;
    for (int64_t e = 0; e < n; e += stride) {
        double up = moved(k, slot, e, STEP, target), down = moved(k, slot, e, -STEP, target);
        double numeric = (up - down) / (2 * STEP);
        if (fabs(numeric - g[e]) <= tolerance * fmax(1, fabs(numeric))) continue;
        print_error("%s case %d: %s %d element %lld is %.9g, by differences %.9g\n", k->c.op->name,
                    k->c.number, what, number, (long long)e, g[e], numeric);
        k->failures++;
        return; /* one line a gradient says enough */
    }
}

/* The error of a case, if any; a gradient that refuses to be differentiated again is none. */
static void note_error(check *k, const char *what) {
    mica_error err = {0};
    mica_status status = mica_check(ctx, &err);
    if (status == MICA_OK || (status == MICA_UNSUPPORTED && (k->c.op->traits & ONCE))) return;
    print_error("%s case %d: %s: %s\n", k->c.op->name, k->c.number, what, err.message);
    k->failures++;
}

static bool refuses(check *k) {
    mica_error err = {0};
    return (k->c.op->traits & ONCE) && ctx->error.code == MICA_UNSUPPORTED &&
           mica_check(ctx, &err) == MICA_UNSUPPORTED;
}

static void check_first(check *k) {
    mica_tensor *din[8];
    apply_rule(k, din);
    if (refuses(k)) return;
    for (int i = 0; i < k->c.sample.inputs; i++)
        if (k->c.varies[i]) compare(k, "gradient", i, &k->c.in[i], din[i], first_target, 1e-6);
    note_error(k, "gradient");
}

/* d sum(din * weight) / d (inputs, output gradients), by a tape. */
static void check_second(check *k) {
    mica_tensor *din[8], *total = NULL, *sources[8 + MAX_OUTPUTS], *gradients[8 + MAX_OUTPUTS];
    mica_tensor **slots[8 + MAX_OUTPUTS];
    int count = 0;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    for (int i = 0; i < k->c.sample.inputs; i++)
        if (k->c.varies[i]) slots[count++] = &k->c.in[i];
    for (int i = 0; i < k->outputs; i++)
        if (k->dout[i]) slots[count++] = &k->dout[i];
    for (int i = 0; i < count; i++) mica_tape_watch(tape, sources[i] = *slots[i]);
    apply_rule(k, din);
    for (int i = 0; i < k->c.sample.inputs; i++) {
        if (!din[i] || !k->c.varies[i]) continue;
        mica_tensor *part = mica_sum(mica_multiply(din[i], k->weight[i]), MICA_ALL_AXES, false);
        total = total ? mica_add(total, part) : part;
    }
    if (total && !refuses(k)) {
        mica_tape_gradient(tape, total, sources, count, gradients);
        note_error(k, "second derivative");
        for (int i = 0; i < count; i++)
            compare(k, "second derivative", i, slots[i], gradients[i], second_target, 1e-5);
    }
    note_error(k, "second derivative");
    mica_tape_close(&tape);
}

/* Sets up the output gradients and weights; false for a case without floats to differentiate. */
static bool prepare(check *k) {
    mica_tensor *out[MAX_OUTPUTS];
    char purpose[96];
    bool any_in = false, any_out = false;
    for (int i = 0; i < k->c.sample.inputs; i++) {
        snprintf(purpose, sizeof purpose, "%s %d in %d", k->c.op->name, k->c.number, i);
        if (k->c.varies[i]) k->weight[i] = weights_like(k->c.in[i], purpose);
        any_in |= k->c.varies[i];
    }
    if (!any_in) return false;
    k->outputs = battery_outputs(&k->c);
    evaluate(k, out);
    note_error(k, "value");
    for (int i = 0; i < k->outputs && !k->failures; i++) {
        snprintf(purpose, sizeof purpose, "%s %d out %d", k->c.op->name, k->c.number, i);
        bool opaque = i >= (k->c.op->results ? k->c.op->results : 1) && (k->c.op->traits & SAVES);
        k->dout[i] = dtype_is_float(out[i]->dtype) && !opaque ? weights_like(out[i], purpose)
                                                              : NULL;
        any_out |= k->dout[i] != NULL;
    }
    return any_out;
}

/* Runs `body` on every case of an op, adds to *failures, returns how many cases there were. */
static int for_cases_of(const op *o, void (*body)(check *), int *failures) {
    int cases = 0;
    for (int number = 0;; number++) {
        mica_scope *scope = mica_scope_open(ctx);
        check k = {.failures = 0};
        bool open = battery_case_open(&k.c, ctx, o, number, MICA_FLOAT64);
        if (open && prepare(&k)) body(&k), cases++;
        mica_scope_close(&scope);
        *failures += k.failures;
        if (!open) return cases;
    }
}

/* Some ops have no samples: those of their parts say it all. */
static bool has_cases(const op *o) {
    battery_case c;
    mica_scope *scope = mica_scope_open(ctx);
    bool any = battery_case_open(&c, ctx, o, 0, MICA_FLOAT64);
    mica_scope_close(&scope);
    return any;
}

static void for_every_op(void (*body)(check *), bool twice) {
    int failures = 0;
    for (const op *const *o = all_ops; *o; o++) {
        if (*o == &op_stop_gradient || (*o)->bodies || /* those are tested in plan/ */
            (twice && ((*o)->traits & ONCE || !op_has_gradient(*o))))
            continue;
        if (for_cases_of(*o, body, &failures) || !op_has_gradient(*o) || !has_cases(*o)) continue;
        print_error("%s: none of its cases is differentiated\n", (*o)->name);
        failures++;
    }
    assert_int_equal(failures, 0);
}

TEST(every_gradient_agrees_with_differences) { for_every_op(check_first, false); }
TEST(every_second_derivative_agrees_with_differences) { for_every_op(check_second, true); }

/* What cannot be differentiated twice, and why; all else was, above, or is made of what was. */
static const struct once {
    const char *op, *reason;
} once[] = {
    {"ctc_loss", "its gradient is found with its value, by the forward-backward algorithm"},
};

TEST(ops_that_are_differentiable_once_are_these) {
    size_t found = 0;
    for (const op *const *o = all_ops; *o; o++) {
        bool listed = false;
        for (size_t i = 0; i < LENGTH(once); i++) listed |= !strcmp(once[i].op, (*o)->name);
        if (listed != (((*o)->traits & ONCE) != 0))
            fail_msg("%s is %s once", (*o)->name, listed ? "not" : "unlisted, but differentiable");
        found += listed;
    }
    assert_int_equal(found, LENGTH(once));
}

/* A gradient that would be wrong is refused, with a word about it. */
TEST(a_second_derivative_of_those_is_refused) {
    mica_error err = {0};
    mica_tensor *logits = mica_full(ctx, MICA_FLOAT64, MICA_SHAPE(1, 3, 2), 0.5), *first, *second;
    mica_tensor *labels = mica_full(ctx, MICA_INT64, MICA_SHAPE(1, 1), 1);
    mica_tensor *length = mica_full(ctx, MICA_INT64, MICA_SHAPE(1), 1);
    mica_tape *outer = mica_tape_open(ctx, NULL), *inner = mica_tape_open(ctx, NULL);
    mica_tape_watch(outer, logits);
    mica_tape_watch(inner, logits);
    mica_tensor *loss = mica_ctc_loss(labels, logits, length, NULL, 0);
    mica_tape_gradient(inner, loss, &logits, 1, &first);
    mica_tape_close(&inner);
    mica_tape_gradient(outer, first, &logits, 1, &second);
    mica_tape_close(&outer);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "ctc_loss");
}

/* in: x, weights. out: d (weights · d prod(x) / dx) / dx */
static void curve_of_prod(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *x = in[0], *first;
    mica_tape *outer = mica_tape_open(c, NULL), *inner = mica_tape_open(c, NULL);
    mica_tape_watch(outer, x);
    mica_tape_watch(inner, x);
    mica_tape_gradient(inner, mica_prod(x, MICA_AXES(1), false), &x, 1, &first);
    mica_tape_close(&inner);
    mica_tape_gradient(outer, mica_multiply(first, in[1]), &x, 1, out);
    mica_keep(out[0]);
    mica_tape_close(&outer);
}

/* d2 (x0 x1 x2) / d x0 d x1 = x2, whatever is 0. */
TEST(a_product_with_zeros_is_differentiable_twice) {
    const double x[] = {0, 0, 3, 2, 0, 5}, weights[] = {1, 10, 100, 1, 10, 100},
                 expected[] = {30, 3, 0, 50, 205, 20};
    mica_error err = {0};
    mica_scope *scope = mica_scope_open(ctx);
    mica_tensor *in[] = {mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(2, 3), x),
                         mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(2, 3), weights)};
    mica_tensor *out[2];
    mica_function *f = mica_function_new(ctx, curve_of_prod, NULL, 2, 1, NULL);
    curve_of_prod(NULL, ctx, in, &out[0]);
    mica_function_call(f, in, &out[1]);
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < 2; i++) {
        double found[6];
        tensor_copy_out(out[i], MICA_FLOAT64, found);
        for (int e = 0; e < 6; e++) assert_true(found[e] == expected[e]);
    }
    mica_function_destroy(&f);
    mica_scope_close(&scope);
}

/* A rule that is wrong by a factor must be found: the battery is not blind. */
static void wrong_gradient(gradient_frame *g) {
    g->din[0] = mica_multiply(g->dout[0], mica_cos(mica_cos(g->in[0])));
}

TEST(a_wrong_gradient_is_found) {
    op wrong = op_sin;
    wrong.gradient = wrong_gradient;
    check k = {.failures = 0};
    mica_scope *scope = mica_scope_open(ctx);
    assert_true(battery_case_open(&k.c, ctx, &wrong, 0, MICA_FLOAT64));
    assert_true(prepare(&k));
    print_message("(one complaint about sin is expected here)\n");
    check_first(&k);
    assert_int_equal(k.failures, 1);
    mica_scope_close(&scope);
}

int main(void) {
    const struct CMUnitTest tests[] = {UNIT(every_gradient_agrees_with_differences),
                                       UNIT(every_second_derivative_agrees_with_differences),
                                       UNIT(ops_that_are_differentiable_once_are_these),
                                       UNIT(a_second_derivative_of_those_is_refused),
                                       UNIT(a_product_with_zeros_is_differentiable_twice),
                                       UNIT(a_wrong_gradient_is_found)};
    return cmocka_run_group_tests(tests, open_context, close_context);
}
