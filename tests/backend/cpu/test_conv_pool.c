/* A first convolution with pooling, and its weight gradient, against the references of its parts.
 */
#include "support/bfloat16_case.h"

#include "op/conv_pool.h"
#include "op/epilogue.h"

extern const kernel kernel_cpu_conv_max_pool, kernel_cpu_conv_max_pool_backward_weights;

/* All arrays of one case. */
typedef struct arrays {
    conv_pool_attrs attrs;
    operand x, w, bias, y, pooled[2];
    float *x_data, *w_data, *bias_data, *y_data, *p_data, *dp_data, *dy_data, *dw_data;
    uint8_t *index;
} arrays;

static float *numbers(const operand *o, uint32_t *seed) {
    float *data = allocate_aligned(case_size(o) * sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; i < case_size(o); i++) data[i] = case_number(seed);
    return data;
}

static void reference(const op *o, const void *attrs, int inputs, const operand *in,
                      const void *const *data, const operand *out, void *const *to) {
    kernel_call c = {.op = o,
                     .attrs = attrs,
                     .inputs = inputs,
                     .outputs = o->outputs,
                     .in_info = in,
                     .out_info = out,
                     .in = data,
                     .out = to};
    o->reference(&c);
}

static void compute_references(const arrays *t) {
    reference(&op_conv, &t->attrs.conv, 3, (operand[]){t->x, t->w, t->bias},
              (const void *[]){t->x_data, t->w_data, t->bias_data}, &t->y, (void *[]){t->y_data});
    reference(&op_max_pool, &t->attrs.pool, 1, &t->y, (const void *[]){t->y_data}, t->pooled,
              (void *[]){t->p_data, t->index});
    reference(&op_max_pool_backward, &t->attrs.pool, 3,
              (operand[]){t->pooled[0], t->pooled[1], t->y},
              (const void *[]){t->dp_data, t->index, NULL}, &t->y, (void *[]){t->dy_data});
    reference(&op_conv_backward_weights, &t->attrs.conv, 3, (operand[]){t->x, t->y, t->w},
              (const void *[]){t->x_data, t->dy_data, NULL}, &t->w, (void *[]){t->dw_data});
}

/* Convolution, pooling, and the gradient of a random dp, by the references. */
static void open_arrays(arrays *t, int64_t batch, int64_t h, int64_t w, int64_t channels,
                        int64_t filters, int64_t padding, int64_t activation) {
    uint32_t seed = 5;
    *t = (arrays){
        .attrs = {{.strides = {1, 1, 1},
                   .dilations = {1, 1, 1},
                   .groups = 1,
                   .padding = padding,
                   .activation = activation},
                  {.pool = {1, 2, 2}, .strides = {1, 2, 2}}},
        .x = {.dtype = MICA_FLOAT32, .shape = {4, {batch, h, w, channels}}},
        .w = {.dtype = MICA_FLOAT32, .shape = {4, {3, 3, channels, filters}}},
        .bias = {.dtype = MICA_FLOAT32, .shape = {1, {filters}}},
    };
    mica_error err = {0};
    operand in[] = {t->x, t->w, t->bias};
    shape_frame f = {
        .op = &op_conv_max_pool, .attrs = &t->attrs, .inputs = 3, .in = in, .err = &err};
    ASSERT_OK(conv_pool_shapes(&f, 3, in, &t->y, t->pooled));
    t->x_data = numbers(&t->x, &seed), t->w_data = numbers(&t->w, &seed);
    t->bias_data = numbers(&t->bias, &seed), t->dp_data = numbers(&t->pooled[0], &seed);
    t->y_data = numbers(&t->y, &seed), t->dy_data = numbers(&t->y, &seed);
    t->p_data = numbers(&t->pooled[0], &seed), t->dw_data = numbers(&t->w, &seed);
    t->index = allocate_aligned(case_size(&t->pooled[1]));
    assert_non_null(t->index);
    compute_references(t);
}

static void close_arrays(arrays *t) {
    void *all[] = {t->x_data,  t->w_data,  t->bias_data, t->y_data, t->p_data,
                   t->dp_data, t->dy_data, t->dw_data,   t->index};
    for (size_t i = 0; i < LENGTH(all); i++) release_aligned(all[i]);
}

/* Prepares and runs a kernel; false where it refuses. */
static bool run_kernel(const kernel *k, const arrays *t, int inputs, const operand *in,
                       const void *const *data, int outputs, const operand *out, void *const *to,
                       int threads) {
    bool no[4] = {0};
    kernel_spec s = {.op = k->op,
                     .attrs = &t->attrs,
                     .inputs = inputs,
                     .outputs = outputs,
                     .in = in,
                     .out = out,
                     .in_constant = no,
                     .in_variable = no,
                     .threads = threads};
    kernel_plan p = {.kernel = k};
    mica_error err = {0};
    if (!k->supports(&s)) return false;
    ASSERT_OK(k->prepare(&s, &p, &err));
    void *scratch = allocate_aligned(p.scratch_bytes + 1);
    assert_non_null(scratch);
    memset(scratch, 0xff, p.scratch_bytes);
    team *team = team_open(threads);
    kernel_call c = {.op = k->op,
                     .attrs = &t->attrs,
                     .inputs = inputs,
                     .outputs = outputs,
                     .in_info = in,
                     .out_info = out,
                     .in = data,
                     .out = to,
                     .state = p.state,
                     .scratch = scratch,
                     .team = team};
    k->run(&c);
    team_close(team);
    release_aligned(scratch);
    k->release(p.state);
    return true;
}

static bool forward(const arrays *t, int inputs, float *p, uint8_t *index, int threads) {
    return run_kernel(&kernel_cpu_conv_max_pool, t, inputs, (operand[]){t->x, t->w, t->bias},
                      (const void *[]){t->x_data, t->w_data, t->bias_data}, 2, t->pooled,
                      (void *[]){p, index}, threads);
}

static bool backward(const arrays *t, float *dw, int threads) {
    return run_kernel(&kernel_cpu_conv_max_pool_backward_weights, t, 4,
                      (operand[]){t->x, t->pooled[0], t->pooled[1], t->w},
                      (const void *[]){t->x_data, t->dp_data, t->index, NULL}, 1, &t->w,
                      (void *[]){dw}, threads);
}

TEST(convolution_with_pooling_agrees_with_its_parts) {
    static const int64_t sizes[][5] = {
        {9, 28, 28, 1, 32}, {3, 11, 14, 1, 16}, {5, 8, 9, 3, 48}, {2, 6, 5, 2, 64}};
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (int padding = 0; padding < 2; padding++) {
            const int64_t *s = sizes[i];
            arrays t;
            open_arrays(&t, s[0], s[1], s[2], s[3], s[4], padding, padding ? 0 : EPILOGUE_RELU);
            size_t n = case_size(&t.pooled[0]);
            float *p = allocate_aligned(n * sizeof *p),
                  *dw = allocate_aligned(9 * 4 * 64 * sizeof *dw);
            uint8_t *index = allocate_aligned(n);
            assert_true(p && index && dw);
            assert_true(forward(&t, 3, p, index, 2));
            ASSERT_CLOSE(p, t.p_data, n, 1e-5);
            size_t other = 0; /* two sums that differ by a rounding may change places */
            for (size_t k = 0; k < n; k++) other += index[k] != t.index[k];
            assert_true(other <= n / 1000);
            memset(p, 0xff, n * sizeof *p);
            assert_true(forward(&t, 3, p, NULL, 1)); /* the index is not always wanted */
            ASSERT_CLOSE(p, t.p_data, n, 1e-5);
            assert_true(backward(&t, dw, 3));
            ASSERT_CLOSE(dw, t.dw_data, case_size(&t.w), 2e-5);
            release_aligned(p), release_aligned(index), release_aligned(dw);
            close_arrays(&t);
        }
}

/* n numbers rounded to bfloat16 where they are, and as such. */
static uint16_t *narrowed(float *data, size_t n) {
    uint16_t *half = allocate_aligned(n * sizeof *half);
    assert_non_null(half);
    for (size_t k = 0; k < n; k++) {
        half[k] = bfloat16_of(data[k]);
        data[k] = bfloat16_to(half[k]);
    }
    return half;
}

/* Near the reference that was rounded; most are it. */
static void check_halves(const uint16_t *got, const float *expected, size_t n, double slack) {
    closeness sum = {.all = n};
    for (size_t k = 0; k < n; k++) {
        double a = (double)bfloat16_to(got[k]), b = (double)expected[k];
        if (!(fabs(a - b) <= fabs(b) / 128 + slack)) fail_msg("[%zu]: %.9g, not %.9g", k, a, b);
        int ulps = case_order(got[k]) - case_order(bfloat16_of(expected[k]));
        sum.equal += ulps == 0, sum.within_ulp += abs(ulps) <= 1;
    }
    closeness_check(&sum);
}

static operand half_of(operand o) {
    o.dtype = MICA_BFLOAT16;
    return o;
}

static void check_bfloat16(int64_t channels, int64_t filters, int64_t padding, int64_t activation) {
    arrays t;
    open_arrays(&t, 6, 12, 15, channels, filters, padding, activation);
    size_t n = case_size(&t.pooled[0]), of_w = case_size(&t.w);
    uint16_t *x = narrowed(t.x_data, case_size(&t.x)), *w = narrowed(t.w_data, of_w),
             *bias = narrowed(t.bias_data, case_size(&t.bias)), *dp = narrowed(t.dp_data, n),
             *p = allocate_aligned(n * sizeof *p), *dw = allocate_aligned(of_w * sizeof *dw);
    uint8_t *index = allocate_aligned(n);
    assert_true(p && dw && index);
    compute_references(&t);
    operand in[] = {half_of(t.x), half_of(t.w), half_of(t.bias)};
    operand out[] = {half_of(t.pooled[0]), t.pooled[1]};
    assert_true(run_kernel(&kernel_cpu_conv_max_pool, &t, 3, in, (const void *[]){x, w, bias}, 2,
                           out, (void *[]){p, index}, 2));
    check_halves(p, t.p_data, n, 1e-5);
    assert_true(run_kernel(&kernel_cpu_conv_max_pool_backward_weights, &t, 4,
                           (operand[]){in[0], out[0], out[1], in[1]},
                           (const void *[]){x, dp, t.index, NULL}, 1, &in[1], (void *[]){dw}, 2));
    check_halves(dw, t.dw_data, of_w, 2e-5);
    void *all[] = {x, w, bias, dp, p, dw, index};
    for (size_t i = 0; i < LENGTH(all); i++) release_aligned(all[i]);
    close_arrays(&t);
}

TEST(bfloat16_is_rounded_once) {
    check_bfloat16(1, 32, 0, EPILOGUE_RELU);
    check_bfloat16(1, 16, 1, 0);
    check_bfloat16(3, 48, 1, EPILOGUE_RELU);
    check_bfloat16(2, 64, 0, 0);
}

TEST(pooling_takes_nan_first) {
    arrays t;
    open_arrays(&t, 1, 8, 8, 1, 16, 0, EPILOGUE_RELU);
    t.x_data[27] = NAN;
    float p[9 * 16];
    uint8_t index[9 * 16];
    assert_true(forward(&t, 3, p, index, 1));
    for (int f = 0; f < 16; f++) assert_true(isnan(p[4 * 16 + f])); /* pixel (3, 3) */
    close_arrays(&t);
}

TEST(bits_do_not_depend_on_threads) {
    arrays t;
    open_arrays(&t, 21, 12, 12, 1, 32, 0, EPILOGUE_RELU);
    float one[9 * 32], more[9 * 32];
    assert_true(backward(&t, one, 1));
    for (int threads = 2; threads < 5; threads++) {
        assert_true(backward(&t, more, threads));
        assert_memory_equal(one, more, sizeof one);
    }
    close_arrays(&t);
}

TEST(what_does_not_fit_is_refused) {
    arrays t;
    open_arrays(&t, 1, 8, 8, 1, 16, 0, EPILOGUE_TANH);
    assert_false(forward(&t, 3, t.p_data, t.index, 1));
    t.attrs.conv.activation = 0;
    t.attrs.pool.strides[1] = 1;
    assert_false(forward(&t, 3, t.p_data, t.index, 1));
    close_arrays(&t);
}

RUN_TESTS(UNIT(convolution_with_pooling_agrees_with_its_parts), UNIT(bfloat16_is_rounded_once),
          UNIT(pooling_takes_nan_first), UNIT(bits_do_not_depend_on_threads),
          UNIT(what_does_not_fit_is_refused))
