/* Winograd's convolution and its gradients against the ops' references. */
#include "backend/cpu/winograd.h"
#undef TEST /* a kind of blocks */
#include "support/bfloat16_case.h"

#include "base/isa.h"
#include "op/epilogue.h"
#include "op/window.h"

extern const backend backend_cpu;
extern const kernel kernel_cpu_conv_winograd, kernel_cpu_conv_backward_data_winograd,
    kernel_cpu_conv_backward_weights_winograd;

static const struct {
    const op *op;
    const kernel *kernel;
} kinds[] = {{&op_conv, &kernel_cpu_conv_winograd},
             {&op_conv_backward_data, &kernel_cpu_conv_backward_data_winograd},
             {&op_conv_backward_weights, &kernel_cpu_conv_backward_weights_winograd}};

/* 3x3, stride 1; padding pads on every side (MICA_ZERO-free: -1 is "same"). */
static void open_case(kernel_case *t, int kind, conv_attrs *a, int64_t batch, int64_t h, int64_t w,
                      int64_t channels, int64_t filters, bool bias) {
    for (int i = 0; i < 3; i++) a->strides[i] = a->dilations[i] = 1;
    a->groups = 1;
    shape x = {4, {batch, h, w, channels}}, k = {4, {3, 3, channels, filters}};
    window g;
    conv_window(a, &x, &k, &g);
    shape y = {4, {batch, g.out[1], g.out[2], filters}}, b = {1, {filters}};
    shape forward[] = {x, k, b}, data[] = {y, k, x}, weights[] = {x, y, k};
    const shape *all[] = {forward, data, weights};
    case_open(t, kinds[kind].op, a, kind == 0 && !bias ? 2 : 3, all[kind], 41);
}

static double largest(const float *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

static void check(int kind, conv_attrs a, int64_t batch, int64_t h, int64_t w, int64_t channels,
                  int64_t filters, int threads) {
    kernel_case t;
    open_case(&t, kind, &a, batch, h, w, channels, filters, batch % 2);
    case_expect(&t);
    mica_error err = {0};
    ASSERT_OK(case_prepare(&t, kinds[kind].kernel, threads, &err));
    case_run(&t);
    size_t n = case_size(&t.out[0]);
    double scale = largest(t.expected, n); /* what a sum loses is relative to its largest terms */
    ASSERT_CLOSE(t.actual, t.expected, n, 6e-6 * scale);
    case_close(&t);
}

TEST(winograd_agrees_with_the_reference) {
    if (isa_best() == ISA_BASELINE) skip(); /* 4 lanes: it would not pay, and refuses */
    static const int64_t sizes[][5] = {     /* batch, height, width, channels, filters */
                                       {4, 13, 13, 16, 32}, {33, 5, 5, 32, 16},
                                       {7, 14, 9, 16, 16},  {2, 22, 23, 48, 16},
                                       {33, 6, 6, 16, 32},  {1, 27, 34, 16, 16}};
    int ran = 0;
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (int kind = 0; kind < 3; kind++)
            for (int padding = 0; padding < 3; padding++) {
                const int64_t *s = sizes[i];
                conv_attrs a = {.padding = padding};
                if (padding == MICA_PADDING_EXPLICIT)
                    for (int p = 0; p < 2; p++) a.pads[1 + p] = p, a.pads[4 + p] = 2 - p;
                if (kind == 0) a.activation = padding; /* none, ReLU, ReLU6 */
                kernel_case t;
                open_case(&t, kind, &a, s[0], s[1], s[2], s[3], s[4], false);
                mica_error err = {0};
                bool fits = case_prepare(&t, kinds[kind].kernel, 1, &err) == MICA_OK;
                case_close(&t);
                if (fits) check(kind, a, s[0], s[1], s[2], s[3], s[4], 1 + padding);
                ran += fits;
            }
    assert_in_range(ran, 40, 54); /* the rest: too little work, or too much of a tile outside */
}

/* Sums are float32 and rounded once; a processor with tiles multiplies bfloat16 faster itself. */
TEST(winograd_rounds_bfloat16_once) {
    if (isa_best() == ISA_BASELINE || isa_bfloat16() == ISA_BFLOAT16_TILES) skip();
    static const int64_t sizes[][5] = {
        {4, 28, 29, 32, 48}, {3, 16, 24, 64, 32}, {8, 12, 12, 32, 32}, {8, 10, 15, 32, 64}};
    for (int kind = 0; kind < 3; kind++) {
        closeness sum = {0};
        for (size_t i = 0; i < LENGTH(sizes); i++) {
            const int64_t *s = sizes[i];
            conv_attrs a = {.padding = MICA_PADDING_SAME, .activation = kind ? 0 : (int64_t)i % 3};
            kernel_case t;
            open_case(&t, kind, &a, s[0], s[1], s[2], s[3], s[4], i % 2);
            case_narrow(&t);
            case_expect(&t);
            double scale = largest(t.expected, case_size(&t.out[0]));
            assert_int_equal(agrees_in_bfloat16(&t, kinds[kind].kernel, 6e-6 * scale, &sum), 1);
            case_close(&t);
        }
        closeness_check(&sum);
    }
}

TEST(packed_bfloat16_weights_give_the_same_bits) {
    if (isa_best() == ISA_BASELINE || isa_bfloat16() == ISA_BFLOAT16_TILES) skip();
    conv_attrs a = {.padding = MICA_PADDING_SAME};
    kernel_case t;
    open_case(&t, 0, &a, 2, 16, 16, 32, 64, true);
    case_narrow(&t);
    mica_error err = {0};
    ASSERT_OK(case_prepare(&t, &kernel_cpu_conv_winograd, 2, &err));
    case_run(&t);
    size_t bytes = case_size(&t.out[0]) * sizeof *t.actual;
    memcpy(t.expected, t.actual, bytes);
    case_unprepare(&t);
    t.constant[1] = t.spec.inference = true;
    ASSERT_OK(case_prepare(&t, &kernel_cpu_conv_winograd, 2, &err));
    uint16_t *plain = t.half[1], *packed = allocate_aligned(t.in_layout[1].bytes);
    assert_non_null(packed);
    ASSERT_OK(backend_cpu.reorder(&t.in[1], NULL, plain, &t.in_layout[1], packed, NULL, &err));
    t.half[1] = packed;
    case_run(&t);
    assert_memory_equal(t.actual, t.expected, bytes);
    t.half[1] = plain;
    release_aligned(packed);
    case_close(&t);
}

/* Weights that stay are packed by the planner; then one image is enough for it to pay. */
TEST(packed_weights_serve_one_image_and_many) {
    if (isa_best() == ISA_BASELINE) skip(); /* 4 lanes: it would not pay, and refuses */
    for (int64_t batch = 1; batch < 9; batch += 7)
        for (int threads = 1; threads < 4; threads++) {
            conv_attrs a = {.activation = EPILOGUE_RELU};
            kernel_case t;
            open_case(&t, 0, &a, batch, 13, 13, 32, 64, true);
            case_expect(&t);
            t.constant[1] = t.spec.inference = true;
            mica_error err = {0};
            ASSERT_OK(case_prepare(&t, &kernel_cpu_conv_winograd, threads, &err));
            layout *to = &t.in_layout[1];
            float *plain = t.data[1], *packed = allocate_aligned(to->bytes + 1);
            assert_int_equal(to->bytes, 36 * 32 * 64 * sizeof(float));
            assert_non_null(packed);
            ASSERT_OK(backend_cpu.reorder(&t.in[1], NULL, plain, to, packed, NULL, &err));
            assert_int_not_equal(backend_cpu.reorder(&t.in[1], to, packed, NULL, plain, NULL, &err),
                                 MICA_OK);
            t.data[1] = packed;
            case_run(&t);
            ASSERT_CLOSE(t.actual, t.expected, case_size(&t.out[0]), 5e-5);
            t.data[1] = plain;
            release_aligned(packed);
            case_close(&t);
        }
}

TEST(winograd_bits_do_not_depend_on_threads) {
    if (isa_best() == ISA_BASELINE) skip(); /* 4 lanes: it would not pay, and refuses */
    for (int kind = 0; kind < 3; kind++) {
        conv_attrs a = {0};
        kernel_case t;
        open_case(&t, kind, &a, 13, 13, 13, 32, 64, true);
        size_t bytes = case_size(&t.out[0]) * sizeof(float);
        mica_error err = {0};
        for (int threads = 1; threads <= 4; threads++) {
            ASSERT_OK(case_prepare(&t, kinds[kind].kernel, threads, &err));
            case_run(&t);
            case_unprepare(&t);
            if (threads == 1) memcpy(t.expected, t.actual, bytes);
            assert_memory_equal(t.actual, t.expected, bytes);
            memset(t.actual, 0xff, bytes);
        }
        case_close(&t);
    }
}

/* A session may have more threads than the context that its plan was made for. */
TEST(winograd_has_a_slot_for_each_thread_of_any_team) {
    if (isa_best() == ISA_BASELINE) skip();
    enum { THREADS = 3 };
    for (int kind = 0; kind < 3; kind++) {
        conv_attrs a = {0};
        kernel_case t;
        mica_error err = {0};
        open_case(&t, kind, &a, 7, 14, 9, 16, 16, false);
        case_expect(&t);
        ASSERT_OK(case_prepare(&t, kinds[kind].kernel, 1, &err));
        const winograd_state *w = t.plan.state;
        t.plan.kernel->unbind(t.run_state);
        assert_non_null(t.run_state = t.plan.kernel->bind(&t.plan, THREADS));
        team_close(t.team);
        assert_non_null(t.team = team_open(THREADS));
        kernel_call c = case_call(&t, t.actual);
        winograd_buffers b[THREADS];
        int slot[THREADS];
        for (int i = 0; i < THREADS; i++) {
            slot[i] = winograd_take(&c, &b[i]);
            memset(b[i].v, i, w->slot_floats * sizeof(float)); /* all of it is there */
        }
        for (int i = 0; i < THREADS; i++) {
            const unsigned char *bytes = (const void *)b[i].v;
            assert_int_equal(bytes[0], i);
            assert_int_equal(bytes[w->slot_floats * sizeof(float) - 1], i);
            winograd_give(&c, slot[i]);
        }
        case_run(&t);
        size_t n = case_size(&t.out[0]);
        ASSERT_CLOSE(t.actual, t.expected, n, 6e-6 * largest(t.expected, n));
        case_close(&t);
    }
}

TEST(winograd_refuses_what_it_cannot) {
    conv_attrs a = {0};
    kernel_case t;
    mica_error err = {0};
    open_case(&t, 0, &a, 8, 13, 13, 30, 64, true); /* channels that fill no vector */
    assert_int_equal(case_prepare(&t, kinds[0].kernel, 1, &err), MICA_UNSUPPORTED);
    case_close(&t);
    open_case(&t, 0, &a, 8, 13, 13, 32, 64, true);
    a.strides[1] = 2;
    assert_int_equal(case_prepare(&t, kinds[0].kernel, 1, &err), MICA_UNSUPPORTED);
    a.strides[1] = 1;
    a.activation = EPILOGUE_TANH;
    assert_int_equal(case_prepare(&t, kinds[0].kernel, 1, &err), MICA_UNSUPPORTED);
    case_close(&t);
}

RUN_TESTS(UNIT(winograd_agrees_with_the_reference), UNIT(winograd_rounds_bfloat16_once),
          UNIT(packed_bfloat16_weights_give_the_same_bits),
          UNIT(packed_weights_serve_one_image_and_many),
          UNIT(winograd_bits_do_not_depend_on_threads),
          UNIT(winograd_has_a_slot_for_each_thread_of_any_team),
          UNIT(winograd_refuses_what_it_cannot))
