/* The cpu kernels on shapes that reach every path: ragged tiles and panels, long sums, few rows,
 * padding, groups, dilations, both layouts; operands in place. */
#include "backend/nodes.h"

#include "op/adam_update.h"
#include "op/fused.h"
#include "op/matmul.h"
#include "op/norm.h"
#include "op/reduce.h"
#include "op/window.h"

static _Alignas(16) unsigned char attrs[2048];

static void check_as(const op *o, sample *s, mica_dtype dtype, double tolerance) {
    test_node n;
    if (!node_open(&n, o, s, dtype, 77)) fail_msg("%s: shapes do not fit", o->name);
    if (check_node(&n, tolerance) < 1) fail_msg("%s: no kernel ran", n.what);
    node_close(&n);
}

static void check(const op *o, sample *s, double tolerance) {
    check_as(o, s, MICA_FLOAT32, tolerance);
}

static sample sample_of(const void *bytes, size_t size) {
    memset(attrs, 0, sizeof attrs);
    memcpy(attrs, bytes, size);
    return (sample){.attrs = attrs};
}

static void add(sample *s, shape dims) {
    s->in[s->inputs++] = (struct sample_input){.shape = dims, .low = -1, .high = 1};
}

TEST(matmul_agrees_on_ragged_and_long_products) {
    const int64_t sizes[][3] = {{1, 576, 64},  {2, 300, 37},   {7, 13, 33},
                                {64, 576, 64}, {50, 600, 5},   {129, 270, 70},
                                {3, 1, 1},     {13, 257, 300}, {400, 8, 16}};
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (int t = 0; t < 4; t++) {
            int64_t m = sizes[i][0], k = sizes[i][1], n = sizes[i][2];
            matmul_attrs a;
            memset(&a, 0, sizeof a);
            a.transpose_a = t & 1, a.transpose_b = t & 2;
            a.activation = t == 1 ? EPILOGUE_RELU : t == 2 ? EPILOGUE_TANH : EPILOGUE_NONE;
            sample s = sample_of(&a, sizeof a);
            add(&s, a.transpose_a ? MICA_SHAPE(k, m) : MICA_SHAPE(m, k));
            add(&s, a.transpose_b ? MICA_SHAPE(n, k) : MICA_SHAPE(k, n));
            if (t != 3) add(&s, MICA_SHAPE(n));
            check(&op_matmul, &s, 3e-5);
        }
}

TEST(matmul_agrees_on_batches) {
    const shape shapes[][2] = {{MICA_SHAPE(5, 9, 20), MICA_SHAPE(20, 33)},
                               {MICA_SHAPE(5, 1, 9, 20), MICA_SHAPE(3, 20, 33)},
                               {MICA_SHAPE(9, 20), MICA_SHAPE(4, 20, 3)},
                               {MICA_SHAPE(6, 1, 20), MICA_SHAPE(6, 20, 40)}};
    for (size_t i = 0; i < LENGTH(shapes); i++) {
        sample s = sample_of(&(matmul_attrs){0}, sizeof(matmul_attrs));
        add(&s, shapes[i][0]), add(&s, shapes[i][1]);
        check(&op_matmul, &s, 3e-5);
    }
}

static const struct conv_case {
    shape x, w; /* x channels last */
    conv_attrs attrs;
} convs[] = {
    {{4, {5, 12, 11, 1}},
     {4, {3, 3, 1, 32}},
     {{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_VALID, {0}, 0, EPILOGUE_RELU, {0}, {0}}},
    {{4, {17, 7, 7, 32}},
     {4, {3, 3, 32, 64}},
     {{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_VALID, {0}, 0, EPILOGUE_RELU, {0}, {0}}},
    {{4, {17, 7, 8, 32}},
     {4, {3, 3, 32, 64}},
     {{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, 0, EPILOGUE_RELU, {0}, {0, 1, 2}}},
    {{4, {3, 9, 11, 12}},
     {4, {3, 2, 12, 16}},
     {{1, 2, 1}, {1, 1, 1}, 1, MICA_PADDING_VALID, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0, 1, 1}}},
    {{4, {2, 9, 8, 3}},
     {4, {5, 4, 3, 10}},
     {{1, 2, 1}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, 0, 0, {0}, {0}}},
    {{4, {3, 13, 9, 40}},
     {4, {3, 3, 40, 17}},
     {{1, 1, 2}, {1, 2, 1}, 1, MICA_PADDING_SAME, {0}, 0, EPILOGUE_TANH, {0}, {0}}},
    {{4, {2, 10, 10, 12}},
     {4, {3, 3, 3, 24}},
     {{1, 1, 1}, {1, 1, 1}, 4, MICA_PADDING_SAME, {0}, 0, 0, {0}, {0}}},
    {{4, {4, 9, 10, 8}},
     {4, {2, 3, 4, 36}},
     {{1, 1, 1},
      {1, 1, 1},
      2,
      MICA_PADDING_VALID,
      {0},
      MICA_CHANNELS_FIRST,
      EPILOGUE_SIGMOID,
      {0},
      {0}}},
    {{4, {1, 30, 30, 2}},
     {4, {7, 7, 2, 16}},
     {{1, 2, 2}, {1, 1, 1}, 1, MICA_PADDING_EXPLICIT, {0, 3, 2, 0, 3, 4}, 0, 0, {0}, {0}}},
    {{4, {9, 5, 5, 64}},
     {4, {1, 1, 64, 64}},
     {{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_VALID, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0}}},
    {{4, {3, 8, 8, 16}},
     {4, {3, 3, 1, 16}},
     {{1, 1, 1}, {1, 1, 1}, 16, MICA_PADDING_SAME, {0}, 0, 0, {0}, {0}}},
    {{4, {2, 9, 8, 19}},
     {4, {3, 2, 1, 19}},
     {{1, 2, 1}, {1, 1, 2}, 19, MICA_PADDING_SAME, {0}, 0, EPILOGUE_RELU, {0}, {0}}},
    {{4, {2, 6, 7, 5}},
     {4, {3, 3, 1, 15}},
     {{1, 1, 1}, {1, 1, 1}, 5, MICA_PADDING_VALID, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0}}},
    {{3, {4, 33, 8}},
     {3, {5, 8, 20}},
     {{1, 1, 2}, {1, 1, 1}, 1, MICA_PADDING_EXPLICIT, {0, 0, 4, 0, 0, 0}, 0, 0, {0}, {0}}},
    {{3, {3, 40, 24}},
     {3, {3, 1, 24}},
     {{1, 1, 1}, {1, 1, 2}, 24, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0}}},
    {{5, {2, 5, 8, 7, 6}},
     {5, {3, 3, 2, 6, 20}},
     {{1, 2, 1}, {2, 1, 1}, 1, MICA_PADDING_SAME, {0}, 0, EPILOGUE_RELU, {0}, {0}}},
    {{5, {2, 4, 5, 6, 8}},
     {5, {2, 3, 3, 1, 16}},
     {{1, 1, 2}, {1, 1, 1}, 8, MICA_PADDING_EXPLICIT, {1, 0, 1, 0, 2, 0}, 0, 0, {0}, {0}}},
    {{5, {1, 4, 5, 6, 3}},
     {5, {3, 2, 2, 3, 5}},
     {{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0}}},
};

/* The same image with its channels where the layout has them. */
static shape laid_out(shape s, int64_t layout) {
    shape t = s;
    if (layout == MICA_CHANNELS_FIRST) {
        t.dims[1] = s.dims[s.rank - 1];
        for (int i = 2; i < s.rank; i++) t.dims[i] = s.dims[i - 1];
    }
    return t;
}

TEST(convolutions_agree_in_all_directions) {
    for (size_t i = 0; i < LENGTH(convs); i++) {
        const struct conv_case *c = &convs[i];
        conv_attrs a = c->attrs;
        window g;
        shape x = laid_out(c->x, a.layout), w = c->w, y = c->x;
        conv_window(&a, &x, &w, &g);
        for (int k = 1; k < x.rank - 1; k++) y.dims[k] = g.out[k + 4 - x.rank];
        y.dims[x.rank - 1] = g.filters;
        y = laid_out(y, a.layout);
        sample s = sample_of(&a, sizeof a);
        add(&s, x), add(&s, w);
        if (i % 3 < 2) add(&s, MICA_SHAPE(g.filters));
        check(&op_conv, &s, 1e-4);
        a.activation = 0;
        s = sample_of(&a, sizeof a);
        add(&s, y), add(&s, w), add(&s, x);
        check(&op_conv_backward_data, &s, 1e-4);
        s = sample_of(&a, sizeof a);
        add(&s, x), add(&s, y), add(&s, w);
        check(&op_conv_backward_weights, &s, 1e-4);
    }
}

TEST(pooling_agrees_both_ways) {
    const struct {
        shape x;
        pool_attrs attrs;
    } cases[] = {
        {MICA_SHAPE(3, 13, 13, 32), {{1, 2, 2}, {1, 2, 2}, MICA_PADDING_VALID, {0}, 0, 0}},
        {MICA_SHAPE(2, 12, 12, 37), {{1, 2, 2}, {1, 2, 2}, MICA_PADDING_VALID, {0}, 0, 0}},
        {MICA_SHAPE(2, 11, 9, 21), {{1, 3, 3}, {1, 2, 1}, MICA_PADDING_SAME, {0}, 0, 0}},
        {MICA_SHAPE(2, 5, 10, 9),
         {{1, 3, 2}, {1, 2, 2}, MICA_PADDING_EXPLICIT, {0, 1, 1, 0, 2, 0}, MICA_CHANNELS_FIRST, 0}},
        {MICA_SHAPE(1, 16, 16, 8), {{1, 16, 16}, {1, 1, 1}, MICA_PADDING_VALID, {0}, 0, 0}},
        {MICA_SHAPE(3, 21, 18), {{1, 1, 3}, {1, 1, 2}, MICA_PADDING_SAME, {0}, 0, 0}},
        {MICA_SHAPE(2, 6, 7, 8, 18), {{2, 2, 2}, {2, 2, 2}, MICA_PADDING_VALID, {0}, 0, 0}},
        {MICA_SHAPE(2, 3, 5, 6, 7),
         {{3, 2, 3}, {1, 2, 1}, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 1}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        sample s = sample_of(&cases[i].attrs, sizeof(pool_attrs));
        add(&s, cases[i].x);
        s.in[0].distinct = true;
        test_node n;
        assert_true(node_open(&n, &op_max_pool, &s, MICA_FLOAT32, 5));
        assert_true(check_node(&n, 0) >= 1);
        node_close(&n);
        assert_true(node_open(&n, &op_max_pool, &s, MICA_BFLOAT16, 5));
        assert_true(check_node(&n, 0) >= 1);
        sample b = sample_of(&cases[i].attrs, sizeof(pool_attrs));
        add(&b, n.out[0].shape), add(&b, n.out[0].shape), add(&b, cases[i].x);
        b.in[1].integers = true, b.in[1].dtype = MICA_UINT8;
        b.in[1].low = 0, b.in[1].high = 0; /* the first place: never padding in these cases … */
        if (cases[i].attrs.padding == MICA_PADDING_VALID)
            b.in[1].high = (double)(space_of(cases[i].attrs.pool) - 1);
        check(&op_max_pool_backward, &b, 1e-5);
        if (!pool_overlaps(&cases[i].attrs)) { /* copies: to the bit */
            test_node half;
            assert_true(node_open(&half, &op_max_pool_backward, &b, MICA_BFLOAT16, 6));
            assert_true(check_node(&half, 0) >= 1);
            node_close(&half);
        }
        pool_attrs average = cases[i].attrs;
        average.count_padding = (int64_t)(i % 2);
        s = sample_of(&average, sizeof average);
        add(&s, cases[i].x);
        check(&op_avg_pool, &s, 1e-5);
        s = sample_of(&average, sizeof average);
        add(&s, n.out[0].shape), add(&s, cases[i].x);
        check(&op_avg_pool_backward, &s, 1e-5);
        node_close(&n);
    }
}

TEST(reductions_agree_over_any_axes) {
    const struct {
        shape x;
        reduce_attrs attrs;
    } cases[] = {
        {MICA_SHAPE(100003), {.count = 0}},
        {MICA_SHAPE(700, 33), {.count = 1, .axes = {0}}},
        {MICA_SHAPE(30000, 3), {.count = 1, .axes = {0}}},
        {MICA_SHAPE(90, 1100), {.count = 1, .axes = {1}}},
        {MICA_SHAPE(3, 41000), {.count = 1, .axes = {1}, .keepdims = true}},
        {MICA_SHAPE(20, 16, 9, 9), {.count = 3, .axes = {0, 2, 3}}},
        {MICA_SHAPE(7, 300, 12), {.count = 1, .axes = {1}}},
        {MICA_SHAPE(4, 7, 30, 5), {.count = 2, .axes = {1, 3}}},
        {MICA_SHAPE(4, 7, 30, 5, 3), {.count = 3, .axes = {0, 2, 4}}},
        {MICA_SHAPE(64, 10), {.count = 1, .axes = {1}}},
    };
    const op *const ops[] = {&op_sum, &op_mean, &op_max, &op_min};
    for (size_t i = 0; i < LENGTH(cases); i++)
        for (size_t k = 0; k < LENGTH(ops); k++) {
            if (cases[i].x.rank == 5) continue; /* three runs: the reference's */
            sample s = sample_of(&cases[i].attrs, sizeof(reduce_attrs));
            add(&s, cases[i].x);
            check(ops[k], &s, k < 2 ? 1e-4 : 0);
        }
}

/* Narrow rows, as the colours of pixels, are added up several at a time. */
TEST(reductions_agree_over_rows_of_any_width) {
    const op *const ops[] = {&op_sum, &op_mean, &op_max, &op_min};
    const reduce_attrs attrs_of = {.count = 1, .axes = {1}};
    const int64_t counts[] = {3, 15, 32, 1203};
    for (int64_t width = 1; width <= 17; width++)
        for (size_t k = 0; k < LENGTH(ops); k++)
            for (size_t i = 0; i < LENGTH(counts); i++)
                for (mica_dtype dtype = MICA_FLOAT32; dtype <= MICA_FLOAT64; dtype++) {
                    sample s = sample_of(&attrs_of, sizeof attrs_of);
                    add(&s, MICA_SHAPE(2, counts[i], width));
                    check_as(ops[k], &s, dtype, k < 2 ? 1e-4 : 0);
                }
}

static void check_axis(const op *o, shape x, int inputs) {
    axis_attrs a;
    memset(&a, 0, sizeof a);
    a.axis = x.rank - 1;
    sample s = sample_of(&a, sizeof a);
    for (int i = 0; i < inputs; i++) add(&s, x), s.in[i].low = -4, s.in[i].high = 4;
    if (inputs > 1) s.in[1].low = 0, s.in[1].high = 2 / (double)x.dims[x.rank - 1]; /* a softmax */
    check(o, &s, o == &op_argmax || o == &op_argmin ? 0 : 3e-5);
}

TEST(rows_of_any_length_agree) {
    const int64_t lengths[] = {1, 2, 7, 8, 10, 31, 33, 100, 1003};
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        shape x = MICA_SHAPE(37, lengths[i]), rows = MICA_SHAPE(37);
        check_axis(&op_softmax, x, 1), check_axis(&op_log_softmax, x, 1);
        check_axis(&op_softmax_grad, x, 2);
        check_axis(&op_argmax, x, 1), check_axis(&op_argmin, x, 1);
        struct sample_input labels = {.shape = rows,
                                      .low = -1,
                                      .high = (double)lengths[i],
                                      .integers = true,
                                      .dtype = MICA_INT32};
        sample s = {.attrs = attrs};
        add(&s, x), s.in[s.inputs++] = labels;
        check(&op_sparse_softmax_cross_entropy, &s, 1e-5);
        s = (sample){.attrs = attrs};
        add(&s, rows), add(&s, x), s.in[s.inputs++] = labels;
        check(&op_sparse_softmax_cross_entropy_grad, &s, 1e-5);
        s = (sample){.attrs = attrs};
        add(&s, x), add(&s, x);
        check(&op_softmax_cross_entropy, &s, 2e-5);
        s = (sample){.attrs = attrs};
        add(&s, rows), add(&s, x), add(&s, x);
        check(&op_softmax_cross_entropy_grad, &s, 2e-5);
    }
}

TEST(batch_normalisation_agrees_in_both_layouts) {
    const struct {
        shape x;
        int64_t axis;
    } cases[] = {{MICA_SHAPE(300, 37), -1},
                 {MICA_SHAPE(9, 14, 14, 24), 3},
                 {MICA_SHAPE(9, 24, 14, 13), 1},
                 {MICA_SHAPE(20000, 3), 1}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        batch_norm_attrs a;
        memset(&a, 0, sizeof a);
        a.epsilon = 1e-3, a.axis = cases[i].axis;
        shape x = cases[i].x, c = MICA_SHAPE(x.dims[a.axis < 0 ? x.rank - 1 : a.axis]);
        sample s = sample_of(&a, sizeof a);
        add(&s, x), add(&s, c), add(&s, c);
        check(&op_batch_norm_training, &s, 1e-5);
        s = sample_of(&a, sizeof a);
        add(&s, x), add(&s, x), add(&s, c), add(&s, c), add(&s, c);
        s.in[4].low = 0.5;
        check(&op_batch_norm_backward, &s, 2e-4);
    }
}

TEST(copies_agree_for_large_arrays) {
    const field_dims perms[] = {{4, {0, 3, 1, 2}}, {4, {3, 2, 1, 0}}, {4, {1, 0, 2, 3}}};
    for (size_t i = 0; i < LENGTH(perms); i++) {
        dims_attrs a = {perms[i]};
        sample s = sample_of(&a, sizeof a);
        add(&s, MICA_SHAPE(5, 17, 23, 31));
        check(&op_transpose, &s, 0);
    }
    along_attrs along = {.axis = 1};
    sample s = sample_of(&along, sizeof along);
    add(&s, MICA_SHAPE(40, 3, 50)), add(&s, MICA_SHAPE(40, 70, 50)), add(&s, MICA_SHAPE(40, 1, 50));
    check(&op_concatenate, &s, 0);
    along.axis = 0;
    struct sample_input indices = {
        .shape = MICA_SHAPE(300), .low = -90, .high = 95, .integers = true, .dtype = MICA_INT64};
    s = sample_of(&along, sizeof along);
    add(&s, MICA_SHAPE(90, 70)), s.in[s.inputs++] = indices;
    check(&op_gather, &s, 0);
    s = sample_of(&along, sizeof along);
    add(&s, MICA_SHAPE(300, 70)), s.in[s.inputs++] = indices, add(&s, MICA_SHAPE(90, 70));
    check(&op_scatter_rows, &s, 1e-5);
}

/* NaN and infinities come out of the loops as out of the reference. */
TEST(special_values_pass_through_elementwise_loops) {
    const float special[] = {NAN,     INFINITY, -INFINITY, 0,   -0.0f, 1e-42f,
                             -1e-42f, 3e38f,    -3e38f,    104, -104};
    int ran = 0;
    for (const op *const *o = all_ops; *o; o++) {
        if (!((*o)->traits & ELEMENTWISE) || (*o)->inputs != 1 || !(*o)->scalar) continue;
        sample s = {.attrs = memset(attrs, 0, sizeof attrs)};
        if ((*o)->samples && !(*o)->samples(0, &s)) continue;
        s.inputs = 1,
        s.in[0] = (struct sample_input){.shape = MICA_SHAPE(37), .low = -1, .high = 1};
        test_node n;
        if (!node_open(&n, *o, &s, MICA_FLOAT32, 3)) continue;
        memcpy(n.data[0], special, sizeof special);
        ran += check_node(&n, 1e-5);
        node_close(&n);
    }
    assert_true(ran > 20);
}

/* An optimizer's step, each output over its input, gives the bits of the step with outputs apart.
 */
TEST(fused_programs_run_in_place) {
    const kernel *fused = NULL;
    for (const backend *const *b = backends(); *b; b++)
        for (const kernel *const *k = (*b)->kernels; *k; k++)
            if (!strcmp((*k)->name, "cpu fused")) fused = *k;
    assert_non_null(fused);
    sample s = {.attrs = memset(attrs, 0, sizeof attrs)};
    assert_true(op_fused.samples(3, &s)); /* w, g, m, v to w, m, v */
    for (int i = 0; i < s.inputs; i++) s.in[i].shape = MICA_SHAPE(20011);
    test_node n;
    assert_true(node_open(&n, &op_fused, &s, MICA_FLOAT32, 9));
    void *apart[MAX_OUTPUTS];
    outputs_open(&n, apart, 1);
    assert_true(node_run(&n, fused, 2, apart));
    const int over[] = {0, 2, 3};
    void *in_place[] = {n.data[0], n.data[2], n.data[3]};
    for (int i = 0; i < 3; i++) memset((char *)in_place[i] + operand_bytes(&n.out[i]), 0, 64);
    assert_true(node_run(&n, fused, 2, in_place));
    for (int i = 0; i < 3; i++)
        assert_memory_equal(n.data[over[i]], apart[i], operand_bytes(&n.out[i]));
    outputs_close(&n, apart);
    node_close(&n);
}

/* The same source compiled for every machine gives what it gives for this one. */
TEST(adam_updates_agree_over_pieces_and_ends) {
    const int64_t sizes[] = {0, 3, 4096, 8195, 40001};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        adam_update_attrs a = {0.9, 0.999, 1e-7};
        sample s = sample_of(&a, sizeof a);
        for (int k = 0; k < 4; k++) add(&s, MICA_SHAPE(sizes[i]));
        add(&s, (shape){.rank = 0});
        s.in[2].low = 0; /* squares */
        check(&op_adam_update, &s, 1e-5);
    }
}

TEST(baseline_twins_agree_as_well) {
    setenv("MICA_ISA", "baseline", 1);
    matmul_agrees_on_ragged_and_long_products(state);
    convolutions_agree_in_all_directions(state);
    pooling_agrees_both_ways(state);
    reductions_agree_over_any_axes(state);
    reductions_agree_over_rows_of_any_width(state);
    rows_of_any_length_agree(state);
    batch_normalisation_agrees_in_both_layouts(state);
    special_values_pass_through_elementwise_loops(state);
    unsetenv("MICA_ISA");
}

RUN_TESTS(UNIT(matmul_agrees_on_ragged_and_long_products), UNIT(matmul_agrees_on_batches),
          UNIT(convolutions_agree_in_all_directions), UNIT(pooling_agrees_both_ways),
          UNIT(reductions_agree_over_any_axes), UNIT(reductions_agree_over_rows_of_any_width),
          UNIT(rows_of_any_length_agree), UNIT(batch_normalisation_agrees_in_both_layouts),
          UNIT(copies_agree_for_large_arrays), UNIT(special_values_pass_through_elementwise_loops),
          UNIT(fused_programs_run_in_place), UNIT(adam_updates_agree_over_pieces_and_ends),
          UNIT(baseline_twins_agree_as_well))
