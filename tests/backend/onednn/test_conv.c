/* oneDNN's convolutions against the op's reference, packed and not, one thread and several. */
#include "support/bfloat16_case.h"

#include "backend/onednn/needs_bfloat16.h"
#include "support/kernel_case.h"

#include "backend/onednn/conv.h"
#include "op/epilogue.h"
#include "op/window.h"

#include <pthread.h>

extern const kernel kernel_onednn_conv, kernel_onednn_conv_backward_data,
    kernel_onednn_conv_backward_weights;
extern const backend backend_onednn;

/* A convolution and the shapes of its three gradients' operands. */
typedef struct shapes_of_conv {
    conv_attrs attrs;
    shape x, w, y;
} shapes_of_conv;

/* Of images x and weights w (extents, channels of all groups, filters). */
static shapes_of_conv conv_with(shape x, shape w, conv_attrs attrs) {
    for (int i = 0; i < 3; i++) {
        if (!attrs.strides[i]) attrs.strides[i] = 1;
        if (!attrs.dilations[i]) attrs.dilations[i] = 1;
    }
    if (!attrs.groups) attrs.groups = 1;
    w.dims[w.rank - 2] /= attrs.groups;
    shapes_of_conv t = {attrs, x, w, {0}};
    operand in[] = {{.dtype = MICA_FLOAT32, .shape = t.x}, {.dtype = MICA_FLOAT32, .shape = t.w}};
    operand out = {0};
    mica_error err = {0};
    shape_frame frame = {.op = &op_conv,
                         .attrs = &t.attrs,
                         .inputs = 2,
                         .outputs = 1,
                         .in = in,
                         .out = &out,
                         .err = &err};
    ASSERT_OK(op_conv.shape(&frame));
    t.y = out.shape;
    return t;
}

static shapes_of_conv conv_of(int64_t batch, int64_t h, int64_t w, int64_t c, int64_t kh,
                              int64_t kw, int64_t f, conv_attrs attrs) {
    return conv_with((shape){4, {batch, h, w, c}}, (shape){4, {kh, kw, c, f}}, attrs);
}

/* Three kinds of call: what they read, and by which kernel. */
typedef struct kind {
    const op *op;
    const kernel *kernel;
} kind;

static const kind kinds[] = {
    {&op_conv, &kernel_onednn_conv},
    {&op_conv_backward_data, &kernel_onednn_conv_backward_data},
    {&op_conv_backward_weights, &kernel_onednn_conv_backward_weights},
};

static void open_kind(kernel_case *t, int kind, const shapes_of_conv *c, const shape *bias,
                      uint32_t seed) {
    shape forward[] = {c->x, c->w, bias ? *bias : c->w};
    shape data[] = {c->y, c->w, c->x}, weights[] = {c->x, c->y, c->w};
    const shape *all[] = {forward, data, weights};
    case_open(t, kinds[kind].op, &c->attrs, kind == 0 && !bias ? 2 : 3, all[kind], seed);
}

/* Prepares and compares; 0 where oneDNN has no fast kernel for it, which is allowed. */
static int agrees(kernel_case *t, int kind, int threads) {
    mica_error err = {0};
    mica_status status = case_prepare(t, kinds[kind].kernel, threads, &err);
    if (status != MICA_OK) {
        assert_int_equal(status, MICA_UNSUPPORTED);
        return 0;
    }
    case_run(t);
    ASSERT_CLOSE(t->actual, t->expected, case_size(&t->out[0]), 2e-5);
    case_unprepare(t);
    return 1;
}

static int64_t pick(uint32_t *seed, int64_t low, int64_t high) {
    *seed = *seed * 1664525u + 1013904223u;
    return low + (int64_t)(*seed >> 12) % (high - low + 1);
}

static shapes_of_conv random_conv(uint32_t *seed) {
    conv_attrs a = {.groups = pick(seed, 0, 3) ? 1 : pick(seed, 2, 4), .padding = pick(seed, 0, 2)};
    int axes = (int)pick(seed, 1, 3);
    int64_t c = a.groups * pick(seed, 1, 9), f = a.groups * pick(seed, 1, 11);
    shape x = {axes + 2, {pick(seed, 1, 5)}}, w = {axes + 2, {0}};
    for (int k = 0, i = 3 - axes; k < axes; k++, i++) {
        a.strides[i] = pick(seed, 0, 2) ? 1 : pick(seed, 2, 3);
        a.dilations[i] = pick(seed, 0, 3) ? 1 : 2;
        if (a.padding == MICA_PADDING_EXPLICIT)
            a.pads[i] = pick(seed, 0, 2), a.pads[i + 3] = pick(seed, 0, 2);
        x.dims[1 + k] = pick(seed, 8, 12);
        w.dims[k] = pick(seed, 1, axes == 3 ? 3 : 4);
    }
    x.dims[axes + 1] = w.dims[axes] = c;
    w.dims[axes + 1] = f;
    return conv_with(x, w, a);
}

/* Number n of the random cases: every activation forward, a bias in every second. */
static void open_random(kernel_case *t, int kind, shapes_of_conv *c, int n, uint32_t seed) {
    shape bias = {1, {c->w.dims[c->w.rank - 1]}};
    c->attrs.activation = kind ? 0 : n % 7;
    open_kind(t, kind, c, n % 2 ? &bias : NULL, seed + (uint32_t)kind);
}

TEST(conv_agrees_with_the_reference_on_random_shapes) {
    uint32_t seed = 7;
    int ran[3] = {0};
    for (int n = 0; n < 60; n++) {
        shapes_of_conv c = random_conv(&seed);
        for (int kind = 0; kind < 3; kind++) {
            kernel_case t;
            open_random(&t, kind, &c, n, seed);
            case_expect(&t);
            ran[kind] += agrees(&t, kind, 1 + n % 3);
            case_close(&t);
        }
    }
    for (int kind = 0; kind < 3; kind++) assert_in_range(ran[kind], 30, 60);
}

TEST(conv_in_bfloat16_rounds_the_reference_once) {
    SKIP_WITHOUT_BFLOAT16();
    uint32_t seed = 7;
    closeness sum = {0};
    int ran[3] = {0};
    for (int n = 0; n < 60; n++) {
        shapes_of_conv c = random_conv(&seed);
        for (int kind = 0; kind < 3; kind++) {
            kernel_case t;
            open_random(&t, kind, &c, n, seed);
            case_narrow(&t);
            case_expect(&t);
            ran[kind] += agrees_in_bfloat16(&t, kinds[kind].kernel, 1e-5, &sum);
            case_close(&t);
        }
    }
    closeness_check(&sum);
    for (int kind = 0; kind < 3; kind++) assert_in_range(ran[kind], 30, 60);
}

TEST(conv_agrees_on_the_cases_of_the_ops) {
    for (int kind = 0; kind < 3; kind++) {
        int ran = 0;
        for (int n = 0;; n++) {
            conv_attrs attrs = {0};
            sample s = {.attrs = &attrs};
            if (!kinds[kind].op->samples(n, &s)) break;
            shape shapes[8];
            for (int i = 0; i < s.inputs; i++) shapes[i] = s.in[i].shape;
            kernel_case t;
            case_open(&t, kinds[kind].op, &attrs, s.inputs, shapes, (uint32_t)n);
            case_expect(&t);
            ran += agrees(&t, kind, 2);
            case_close(&t);
        }
        assert_in_range(ran, 1, 1000);
    }
}

/* The MNIST network's convolutions. */
static shapes_of_conv mnist_conv(int number, int64_t batch) {
    static const int64_t table[3][3] = {{28, 1, 32}, {13, 32, 64}, {5, 64, 64}};
    const int64_t *r = table[number];
    return conv_of(batch, r[0], r[0], r[1], 3, 3, r[2], (conv_attrs){0});
}

/* Large enough for several pieces, slices of the weights' gradient, and rows of one image. */
TEST(pieces_of_bfloat16_agree_with_the_reference) {
    SKIP_WITHOUT_BFLOAT16();
    closeness sum = {0};
    for (int number = 0; number < 6; number++)
        for (int kind = 0; kind < 3; kind++) {
            shapes_of_conv c = mnist_conv(number % 3, number < 3 ? 13 : 1);
            kernel_case t;
            open_kind(&t, kind, &c, NULL, 5);
            case_narrow(&t);
            case_expect(&t);
            assert_int_equal(agrees_in_bfloat16(&t, kinds[kind].kernel, 1e-5, &sum), 1);
            case_close(&t);
        }
    closeness_check(&sum);
}

TEST(mnist_convolutions_have_fast_kernels) {
    for (int number = 0; number < 3; number++)
        for (int batch = 1; batch <= 64; batch += 63)
            for (int kind = 0; kind < 3; kind++) {
                if (number == 0 && kind == 1) continue; /* images need no gradient */
                shapes_of_conv c = mnist_conv(number, batch);
                kernel_case t;
                open_kind(&t, kind, &c, NULL, 3);
                mica_error err = {0};
                ASSERT_OK(case_prepare(&t, kinds[kind].kernel, 2, &err));
                assert_true(strstr(t.plan.detail, "jit") || strstr(t.plan.detail, "brg"));
                assert_null(strstr(t.plan.detail, "gemm")); /* right, but several times slower */
                case_close(&t);
            }
}

TEST(a_slow_reference_kernel_is_refused) {
    shapes_of_conv c = conv_of(1, 6, 6, 3, 2, 2, 4, (conv_attrs){0});
    kernel_case t;
    open_kind(&t, 0, &c, NULL, 3);
    t.in[0].dtype = MICA_FLOAT64;
    mica_error err = {0};
    assert_int_equal(case_prepare(&t, &kernel_onednn_conv, 1, &err), MICA_UNSUPPORTED);
    case_close(&t);
}

/* A bias of float32 with all else bfloat16, and the other way round. */
TEST(mixed_types_are_refused) {
    for (int odd = 0; odd < 4; odd++) {
        shapes_of_conv c = conv_of(2, 6, 6, 16, 3, 3, 16, (conv_attrs){0});
        kernel_case t;
        open_kind(&t, 0, &c, &(shape){1, {16}}, 3);
        case_narrow(&t);
        for (int i = 0; i < 3; i++) t.in[i].dtype = i == odd ? MICA_FLOAT32 : MICA_BFLOAT16;
        if (odd == 3) t.out[0].dtype = MICA_FLOAT32;
        mica_error err = {0};
        assert_int_equal(case_prepare(&t, &kernel_onednn_conv, 1, &err), MICA_UNSUPPORTED);
        case_close(&t);
    }
}

TEST(bits_do_not_depend_on_threads) {
    for (int number = 0; number < 3; number++)
        for (int kind = 0; kind < 3; kind++) {
            shapes_of_conv c = mnist_conv(number, 12);
            kernel_case t;
            open_kind(&t, kind, &c, NULL, 5);
            size_t bytes = case_size(&t.out[0]) * sizeof(float);
            mica_error err = {0};
            if (case_prepare(&t, kinds[kind].kernel, 1, &err) == MICA_OK) {
                case_run(&t);
                memcpy(t.expected, t.actual, bytes);
                case_unprepare(&t);
                ASSERT_OK(case_prepare(&t, kinds[kind].kernel, 3, &err));
                memset(t.actual, 0xff, bytes);
                case_run(&t);
                assert_memory_equal(t.actual, t.expected, bytes);
            }
            case_close(&t);
        }
}

/* Constant weights are packed once, by the planner; odd channels leave padding in them. The bytes
 * of the result are those of weights that the kernel packs itself. */
static void check_packed(int64_t channels, int64_t filters, int64_t groups, bool half) {
    shapes_of_conv c = conv_of(3, 9, 8, channels, 3, 3, filters, (conv_attrs){.groups = groups});
    kernel_case t;
    open_kind(&t, 0, &c, NULL, 11);
    if (half) case_narrow(&t);
    mica_error err = {0};
    bool made = case_prepare(&t, &kernel_onednn_conv, 2, &err) == MICA_OK;
    if (made) {
        case_run(&t);
        memcpy(t.expected, t.actual, case_size(&t.out[0]) * sizeof(float));
    }
    case_unprepare(&t);
    t.constant[1] = t.spec.inference = true;
    if (made && case_prepare(&t, &kernel_onednn_conv, 2, &err) == MICA_OK && t.in_layout[1].bytes) {
        layout *to = &t.in_layout[1];
        size_t bytes = case_size(&t.in[1]) * (half ? sizeof(uint16_t) : sizeof(float));
        void *plain = half ? (void *)t.half[1] : t.data[1], *packed = allocate_aligned(to->bytes),
             *back = allocate_aligned(bytes);
        assert_true(packed && back);
        memset(packed, 0xff, to->bytes);
        ASSERT_OK(backend_onednn.reorder(&t.in[1], NULL, plain, to, packed, NULL, &err));
        ASSERT_OK(backend_onednn.reorder(&t.in[1], to, packed, NULL, back, NULL, &err));
        assert_memory_equal(plain, back, bytes);
        if (half) t.half[1] = packed;
        else t.data[1] = packed;
        case_run(&t);
        assert_memory_equal(t.actual, t.expected, case_size(&t.out[0]) * sizeof(float));
        if (half) t.half[1] = plain;
        else t.data[1] = plain;
        release_aligned(packed);
        release_aligned(back);
    }
    case_close(&t);
}

static void check_all_packed(bool half) {
    check_packed(16, 32, 1, half);
    check_packed(5, 13, 1, half);
    check_packed(1, 7, 1, half);
    check_packed(16, 16, 2, half);
}

TEST(packed_weights_give_the_same_result) { check_all_packed(false); }

TEST(packed_weights_of_bfloat16_give_the_same_result) {
    SKIP_WITHOUT_BFLOAT16();
    check_all_packed(true);
}

/* The planner keeps one packed copy for equal layouts: the type is a part of them. */
TEST(packed_layouts_of_two_types_differ) {
    SKIP_WITHOUT_BFLOAT16();
    layout seen[2];
    for (int half = 0; half < 2; half++) {
        shapes_of_conv c = mnist_conv(1, 64);
        kernel_case t;
        open_kind(&t, 0, &c, NULL, 11);
        if (half) case_narrow(&t);
        t.constant[1] = t.spec.inference = true;
        mica_error err = {0};
        ASSERT_OK(case_prepare(&t, &kernel_onednn_conv, 2, &err));
        seen[half] = t.in_layout[1];
        case_close(&t);
    }
    size_t least = 3 * 3 * 32 * 64 * sizeof(float);
    assert_in_range(seen[0].bytes, least, 2 * least - 1);
    assert_in_range(seen[1].bytes, least / 2, least - 1);
    assert_memory_not_equal(seen[0].blob, seen[1].blob, sizeof seen[0].blob);
}

TEST(packed_layouts_of_equal_weights_are_equal) {
    layout seen[2];
    for (int i = 0; i < 2; i++) {
        shapes_of_conv c = mnist_conv(1, i ? 64 : 1); /* another batch size, the same weights */
        kernel_case t;
        open_kind(&t, 0, &c, NULL, 11);
        t.variable[1] = t.spec.inference = true;
        mica_error err = {0};
        ASSERT_OK(case_prepare(&t, &kernel_onednn_conv, 2, &err));
        assert_true(t.in_layout[1].bytes >= 3 * 3 * 32 * 64 * sizeof(float));
        seen[i] = t.in_layout[1];
        case_close(&t);
    }
    assert_memory_equal(&seen[0], &seen[1], sizeof(layout));
}

/* How many pieces the kernel cuts the case into; 0 where there is no fast kernel. */
static int pieces_of(kernel_case *t, int kind) {
    mica_error err = {0};
    bool made = case_prepare(t, kinds[kind].kernel, 2, &err) == MICA_OK;
    int count = made ? ((const conv_state *)t->plan.state)->count : 0;
    case_unprepare(t);
    return count;
}

/* The last two of 20 rows want other blocks of weights than three rows do, on some CPUs: then
 * there are fewer pieces, but never none, and no refusal. */
TEST(one_image_is_cut_into_rows_without_changing_it) {
    for (int padding = 0; padding < 2; padding++) {
        shapes_of_conv c = conv_of(1, 40, 24, 32, 5, 3, 48,
                                   (conv_attrs){.padding = padding, .strides = {1, 2, 1}});
        kernel_case t;
        open_kind(&t, 0, &c, NULL, 23);
        case_expect(&t);
        assert_in_range(pieces_of(&t, 0), padding ? 4 : 6, 8);
        assert_int_equal(agrees(&t, 0, 2), 1);
        case_close(&t);
    }
}

/* One prepared kernel, run by several threads at once, each with what bind gave it. */
typedef struct runner {
    kernel_case *t;
    float *out;
    int wrong;
} runner;

static void *run_many(void *arg) {
    runner *r = arg;
    kernel_case *t = r->t;
    size_t bytes = case_size(&t->out[0]) * sizeof(float);
    void *run_state = t->plan.kernel->bind(&t->plan, 2),
         *scratch = allocate_aligned(t->plan.scratch_bytes + 1);
    team *own = team_open(2);
    if (!run_state || !scratch || !own) return NULL;
    const void *in[] = {t->data[0], t->data[1], t->data[2]};
    void *out[] = {r->out};
    kernel_call c = {.op = t->op,
                     .attrs = t->attrs,
                     .inputs = t->inputs,
                     .outputs = 1,
                     .in_info = t->in,
                     .out_info = t->out,
                     .in = in,
                     .out = out,
                     .state = t->plan.state,
                     .run_state = run_state,
                     .scratch = scratch,
                     .team = own};
    for (int i = 0; i < 20; i++) {
        memset(r->out, 0xff, bytes);
        t->plan.kernel->run(&c);
        r->wrong += memcmp(r->out, t->expected, bytes) != 0;
    }
    team_close(own);
    release_aligned(scratch);
    t->plan.kernel->unbind(run_state);
    return r;
}

TEST(eight_threads_run_one_kernel_with_equal_bits) {
    for (int kind = 0; kind < 3; kind++) {
        shapes_of_conv c = conv_of(6, 11, 11, 13, 3, 3, 21, (conv_attrs){0});
        kernel_case t;
        open_kind(&t, kind, &c, NULL, 31);
        mica_error err = {0};
        ASSERT_OK(case_prepare(&t, kinds[kind].kernel, 2, &err));
        case_run(&t);
        memcpy(t.expected, t.actual, case_size(&t.out[0]) * sizeof(float));
        runner r[8];
        pthread_t threads[8];
        for (int i = 0; i < 8; i++) {
            r[i] = (runner){&t, allocate_aligned(case_size(&t.out[0]) * sizeof(float)), 0};
            assert_non_null(r[i].out);
            assert_int_equal(pthread_create(&threads[i], NULL, run_many, &r[i]), 0);
        }
        for (int i = 0; i < 8; i++) {
            void *done;
            assert_int_equal(pthread_join(threads[i], &done), 0);
            assert_non_null(done);
            assert_int_equal(r[i].wrong, 0);
            release_aligned(r[i].out);
        }
        case_close(&t);
    }
}

RUN_TESTS(UNIT(conv_agrees_with_the_reference_on_random_shapes),
          UNIT(conv_in_bfloat16_rounds_the_reference_once),
          UNIT(conv_agrees_on_the_cases_of_the_ops),
          UNIT(pieces_of_bfloat16_agree_with_the_reference),
          UNIT(mnist_convolutions_have_fast_kernels), UNIT(a_slow_reference_kernel_is_refused),
          UNIT(bits_do_not_depend_on_threads), UNIT(packed_weights_give_the_same_result),
          UNIT(packed_weights_of_bfloat16_give_the_same_result),
          UNIT(packed_layouts_of_two_types_differ), UNIT(mixed_types_are_refused),
          UNIT(packed_layouts_of_equal_weights_are_equal),
          UNIT(one_image_is_cut_into_rows_without_changing_it),
          UNIT(eight_threads_run_one_kernel_with_equal_bits))
