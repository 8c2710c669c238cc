/* Times every kernel that supports a few typical nodes: microseconds, GFLOP/s and GB/s (operands
 * once each), backend beside backend. bench_kernels [THREADS [NAME]]: only the cases whose name has
 * NAME in it. With one thread it is processor time, so that neighbours matter less. Measurements
 * only; nothing is checked here. */
#include "backend/kernel.h"

#include "base/philox.h"
#include "op/conv_pool.h"
#include "op/epilogue.h"
#include "op/fused.h"
#include "op/layer_norm.h"
#include "op/matmul.h"
#include "op/reduce.h"
#include "op/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench_case {
    const char *name;
    const op *op;
    _Alignas(16) unsigned char attrs[sizeof(fused_attrs)];
    int inputs;
    operand in[16];
    double flop;
} bench_case;

static bench_case cases[64];
static int case_count;

static bench_case *add_case(const char *name, const op *o, double flop) {
    bench_case *c = &cases[case_count++];
    c->name = name, c->op = o, c->flop = flop;
    return c;
}

static void add_input(bench_case *c, mica_dtype dtype, shape s) {
    c->in[c->inputs++] = (operand){.dtype = dtype, .shape = s};
}

static void add_unary(const char *name, const op *o, shape s) {
    add_input(add_case(name, o, (double)shape_size(&s)), MICA_FLOAT32, s);
}

static void add_binary(const char *name, const op *o, shape a, shape b) {
    bench_case *c = add_case(name, o, (double)shape_size(&a));
    add_input(c, MICA_FLOAT32, a), add_input(c, MICA_FLOAT32, b);
}

static void add_matmul(const char *name, int64_t m, int64_t k, int64_t n, bool ta, bool tb) {
    bench_case *c = add_case(name, &op_matmul, 2.0 * (double)m * (double)k * (double)n);
    ((matmul_attrs *)(void *)c->attrs)->transpose_a = ta;
    ((matmul_attrs *)(void *)c->attrs)->transpose_b = tb;
    add_input(c, MICA_FLOAT32, ta ? MICA_SHAPE(k, m) : MICA_SHAPE(m, k));
    add_input(c, MICA_FLOAT32, tb ? MICA_SHAPE(n, k) : MICA_SHAPE(k, n));
}

static void add_conv(const char *name, const op *o, int64_t batch, int64_t side, int64_t channels,
                     int64_t filters, int64_t padding) {
    int64_t out = padding == MICA_PADDING_SAME ? side : side - 2;
    bench_case *c = add_case(name, o, 18.0 * (double)(batch * out * out * channels * filters));
    conv_attrs *a = (void *)c->attrs;
    *a = (conv_attrs){
        .strides = {1, 1, 1}, .dilations = {1, 1, 1}, .groups = 1, .padding = padding};
    shape x = MICA_SHAPE(batch, side, side, channels), y = MICA_SHAPE(batch, out, out, filters);
    shape w = MICA_SHAPE(3, 3, channels, filters), b = MICA_SHAPE(filters);
    bool data = o == &op_conv_backward_data;
    add_input(c, MICA_FLOAT32, data ? y : x);
    add_input(c, MICA_FLOAT32, o == &op_conv_backward_weights ? y : w);
    add_input(c, MICA_FLOAT32, data ? x : o == &op_conv ? b : w);
    if (o == &op_conv) a->activation = EPILOGUE_RELU;
}

/* The MNIST network's convolutions as mixed_bfloat16 trains them: the second one without what its
 * pooling leaves unread, the first one with its pooling. */
static void add_half_convs(void) {
    const op *ops[] = {&op_conv, &op_conv_backward_data, &op_conv_backward_weights};
    const char *names[][2] = {{"bf16 conv 13x13x32-64", "bf16 conv 5x5x64-64"},
                              {"bf16 conv data 13x13x32-64", "bf16 conv data 5x5x64-64"},
                              {"bf16 conv weights 13x13x32-64", "bf16 conv weights 5x5x64-64"}};
    int first = case_count;
    for (int i = 0; i < 3; i++) {
        add_conv(names[i][0], ops[i], 64, 13, 32, 64, MICA_PADDING_VALID);
        bench_case *c = &cases[case_count - 1];
        conv_attrs *a = (void *)c->attrs;
        a->unread[1] = a->unread[2] = 1;
        if (i > 0) c->in[i - 1].shape.dims[1] = c->in[i - 1].shape.dims[2] = 10; /* y */
        add_conv(names[i][1], ops[i], 64, 5, 64, 64, MICA_PADDING_VALID);
    }
    add_conv("bf16 conv_max_pool 28x28x1-32", &op_conv_max_pool, 64, 28, 1, 32, MICA_PADDING_VALID);
    bench_case *c = &cases[case_count - 1];
    c->in[2].shape = MICA_SHAPE(32);
    ((conv_pool_attrs *)(void *)c->attrs)->conv.activation = EPILOGUE_RELU;
    ((conv_pool_attrs *)(void *)c->attrs)->pool = (pool_attrs){.pool = {1, 2, 2},
                                                               .strides = {1, 2, 2}};
    for (; first < case_count; first++)
        for (int k = 0; k < cases[first].inputs; k++) cases[first].in[k].dtype = MICA_BFLOAT16;
}

static void step(fused_attrs *a, const op *o, int x, int y) {
    a->step[a->steps++] = (fused_step){.op = fused_op_number(o), .from = {(int16_t)x, (int16_t)y}};
}

static void add_adam(int64_t n) { /* w, g, m, v */
    bench_case *c = add_case("fused adam 93,322", &op_fused, 10.0 * (double)n);
    fused_attrs *a = (void *)c->attrs;
    const double constants[] = {0.9, 0.1, 0.999, 0.001, 1e-7, 0.001};
    for (int i = 0; i < 6; i++)
        dtype_store(MICA_FLOAT32, a->constant[a->constants++], constants[i]);
    for (int i = 0; i < 4; i++) add_input(c, MICA_FLOAT32, MICA_SHAPE(n));
    step(a, &op_multiply, 2, FUSED_CONSTANT(0)), step(a, &op_multiply, 1, FUSED_CONSTANT(1));
    step(a, &op_add, 4, 5), step(a, &op_square, 1, 0), step(a, &op_multiply, 7, FUSED_CONSTANT(3));
    step(a, &op_multiply, 3, FUSED_CONSTANT(2)), step(a, &op_add, 8, 9), step(a, &op_sqrt, 10, 0);
    step(a, &op_add, 11, FUSED_CONSTANT(4)), step(a, &op_divide, 6, 12);
    step(a, &op_multiply, 13, FUSED_CONSTANT(5)), step(a, &op_subtract, 0, 14);
    a->outputs = 3, a->output[0] = 15, a->output[1] = 6, a->output[2] = 10;
}

static void add_reduction(const char *name, const op *o, shape s, int count, int64_t a0, int64_t a1,
                          int64_t a2) {
    bench_case *c = add_case(name, o, (double)shape_size(&s));
    *(reduce_attrs *)(void *)c->attrs = (reduce_attrs){.count = count, .axes = {a0, a1, a2}};
    add_input(c, MICA_FLOAT32, s);
}

static void add_pool(const char *name, const op *o, int64_t side, int64_t channels) {
    int64_t out = side / 2;
    shape x = MICA_SHAPE(64, side, side, channels), y = MICA_SHAPE(64, out, out, channels);
    bench_case *c = add_case(name, o, (double)shape_size(&x));
    *(pool_attrs *)(void *)c->attrs = (pool_attrs){.pool = {1, 2, 2}, .strides = {1, 2, 2}};
    if (o == &op_max_pool) {
        add_input(c, MICA_FLOAT32, x);
        return;
    }
    add_input(c, MICA_FLOAT32, y), add_input(c, MICA_UINT8, y), add_input(c, MICA_FLOAT32, x);
}

static void add_layer_norm(const char *name, const op *o, int64_t rows, int64_t k) {
    shape x = MICA_SHAPE(rows, k), row = MICA_SHAPE(k);
    bench_case *c = add_case(name, o, (double)(rows * k));
    *(layer_norm_attrs *)(void *)c->attrs = (layer_norm_attrs){1e-3, 1};
    bool backward = o == &op_layer_norm_backward;
    add_input(c, MICA_FLOAT32, x), add_input(c, MICA_FLOAT32, backward ? x : row);
    add_input(c, MICA_FLOAT32, row);
}

static void add_pad(const char *name, int64_t batch, int64_t side, int64_t channels) {
    shape x = MICA_SHAPE(batch, side, side, channels);
    bench_case *c = add_case(name, &op_pad, (double)shape_size(&x));
    *(pad_attrs *)(void *)c->attrs = (pad_attrs){.low = {4, {0, 1, 1, 0}},
                                                 .high = {4, {0, 1, 1, 0}}};
    add_input(c, MICA_FLOAT32, x);
}

static void add_all(void) {
    shape big = MICA_SHAPE(64, 26, 26, 32);
    add_binary("add 1.4M", &op_add, big, big);
    add_binary("add bias 1.4M", &op_add, big, MICA_SHAPE(32));
    add_unary("relu 1.4M", &op_relu, big), add_unary("exp 1.4M", &op_exp, big);
    add_unary("tanh 1.4M", &op_tanh, big), add_unary("sigmoid 1.4M", &op_sigmoid, big);
    add_unary("gelu 1.4M", &op_gelu, big), add_unary("log 1.4M", &op_log, big);
    add_binary("add 4", &op_add, MICA_SHAPE(4), MICA_SHAPE(4));
    add_adam(93322);
    add_reduction("sum all 1.4M", &op_sum, big, 0, 0, 0, 0);
    add_reduction("sum bias 1.4M", &op_sum, big, 3, 0, 1, 2);
    add_reduction("max last 4096x256", &op_max, MICA_SHAPE(4096, 256), 1, 1, 0, 0);
    add_unary("softmax 64x10", &op_softmax, MICA_SHAPE(64, 10));
    ((axis_attrs *)(void *)cases[case_count - 1].attrs)->axis = 1;
    add_unary("softmax 4096x256", &op_softmax, MICA_SHAPE(4096, 256));
    ((axis_attrs *)(void *)cases[case_count - 1].attrs)->axis = 1;
    add_unary("softmax 256x4096 axis 0", &op_softmax, MICA_SHAPE(256, 4096));
    add_layer_norm("layer_norm 6400x128", &op_layer_norm, 6400, 128);
    add_layer_norm("layer_norm_backward 6400x128", &op_layer_norm_backward, 6400, 128);
    add_pad("pad 64x26x26x32 by 1", 64, 26, 32);
    add_pool("max_pool 26x26x32", &op_max_pool, 26, 32);
    add_pool("max_pool_backward 26x26x32", &op_max_pool_backward, 26, 32);
    add_matmul("matmul 512", 512, 512, 512, false, false);
    add_matmul("matmul 1024", 1024, 1024, 1024, false, false);
    add_matmul("matmul 1024 a^T", 1024, 1024, 1024, true, false);
    add_matmul("matmul 1024 b^T", 1024, 1024, 1024, false, true);
    add_matmul("matmul 1x576x64", 1, 576, 64, false, false);
    add_matmul("matmul 64x576x64", 64, 576, 64, false, false);
    add_matmul("matmul 64x64x576 b^T", 64, 64, 576, false, true);
    add_matmul("matmul 576x64x64 a^T", 576, 64, 64, true, false);
    add_matmul("matmul 64x64x10", 64, 64, 10, false, false);
    add_matmul("matmul 128x512x512", 128, 512, 512, false, false); /* an MLP's layer */
    add_matmul("matmul 128x512x512 b^T", 128, 512, 512, false, true);
    add_matmul("matmul 512x128x512 a^T", 512, 128, 512, true, false);
    add_matmul("matmul 64x128x512", 64, 128, 512, false, false); /* an LSTM's step */
    add_matmul("matmul 64x512x128 b^T", 64, 512, 128, false, true);
    add_matmul("matmul 128x64x512 a^T", 128, 64, 512, true, false);
    const op *ops[] = {&op_conv, &op_conv_backward_data, &op_conv_backward_weights};
    const char *names[][3] = {
        {"conv 28x28x1-32", "conv 13x13x32-64", "conv 5x5x64-64"},
        {"backward data 28x28x1-32", "backward data 13x13x32-64", "backward data 5x5x64-64"},
        {"backward weights 28x28x1-32", "backward weights 13x13x32-64",
         "backward weights 5x5x64-64"}};
    for (int i = 0; i < 3; i++) {
        add_conv(names[i][0], ops[i], 64, 28, 1, 32, MICA_PADDING_VALID);
        add_conv(names[i][1], ops[i], 64, 13, 32, 64, MICA_PADDING_VALID);
        add_conv(names[i][2], ops[i], 64, 5, 64, 64, MICA_PADDING_VALID);
    }
    add_half_convs();
    add_conv("conv same 14x14x64-64", &op_conv, 16, 14, 64, 64, MICA_PADDING_SAME);
    add_conv("conv 1 image 28x28x1-32", &op_conv, 1, 28, 1, 32, MICA_PADDING_VALID);
    add_conv("conv 1 image 13x13x32-64", &op_conv, 1, 13, 32, 64, MICA_PADDING_VALID);
}

static clockid_t bench_clock = CLOCK_MONOTONIC;

static double seconds(void) {
    struct timespec now;
    clock_gettime(bench_clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static size_t bytes_of(const operand *o) {
    return (size_t)shape_size(&o->shape) * mica_dtype_size(o->dtype);
}

static void time_kernel(const bench_case *c, const kernel *k, const kernel_spec *s,
                        kernel_call *call, double bytes) {
    mica_error err = {0};
    kernel_plan p = {.kernel = k};
    layout *layouts = allocate(MAX_INPUTS + MAX_OUTPUTS, sizeof *layouts);
    if (!layouts) return;
    p.in_layout = layouts, p.out_layout = layouts + MAX_INPUTS;
    if (k->prepare && k->prepare(s, &p, &err) != MICA_OK) {
        printf("%-30s %-28s %s\n", c->name, k->name, err.message);
    } else {
        call->state = p.state;
        call->run_state = k->bind ? k->bind(&p, s->threads) : NULL;
        call->scratch = allocate_aligned(p.scratch_bytes);
        double best = 1e9;
        for (int round = 0; round < 7; round++) {
            int calls = 0;
            double start = seconds(), now = start;
            for (; now - start < 0.02; calls++, now = seconds()) k->run(call);
            if ((now - start) / calls < best) best = (now - start) / calls;
        }
        printf("%-30s %-28s %9.2f us %8.1f GFLOP/s %7.1f GB/s\n", c->name, k->name, best * 1e6,
               c->flop / best * 1e-9, bytes / best * 1e-9);
        release_aligned(call->scratch);
        if (k->unbind && call->run_state) k->unbind(call->run_state);
    }
    if (k->release && p.state) k->release(p.state);
    free(layouts);
}

static void time_case(const bench_case *c, team *t) {
    operand out[MAX_OUTPUTS] = {{0}};
    mica_error err = {0};
    shape_frame f = {.op = c->op,
                     .attrs = c->attrs,
                     .inputs = c->inputs,
                     .outputs = c->op->outputs,
                     .in = c->in,
                     .out = out,
                     .err = &err};
    if (c->op->shape(&f) != MICA_OK) {
        printf("%s: %s\n", c->name, err.message);
        return;
    }
    const bool no[16] = {false};
    const void *in[16] = {0};
    void *data[16] = {0}, *results[MAX_OUTPUTS] = {0};
    double bytes = 0;
    for (int i = 0; i < c->inputs; i++, bytes += (double)bytes_of(&c->in[i - 1])) {
        in[i] = data[i] = allocate_aligned(bytes_of(&c->in[i]));
        for (int64_t j = 0; j < shape_size(&c->in[i].shape); j++)
            dtype_store(c->in[i].dtype, element_of(data[i], c->in[i].dtype, j),
                        c->in[i].dtype == MICA_UINT8
                            ? (double)(j % 4)
                            : philox_unit_open(philox(1, 2, (uint64_t)j).v[0]));
    }
    for (int i = 0; i < f.outputs; i++, bytes += (double)bytes_of(&out[i - 1]))
        results[i] = allocate_aligned(bytes_of(&out[i]));
    kernel_spec s = {.op = c->op,
                     .attrs = c->attrs,
                     .inputs = c->inputs,
                     .outputs = f.outputs,
                     .in = c->in,
                     .out = out,
                     .in_constant = no,
                     .in_variable = no,
                     .threads = team_threads(t),
                     .plain = true};
    kernel_call call = {.op = c->op,
                        .attrs = c->attrs,
                        .inputs = c->inputs,
                        .outputs = f.outputs,
                        .in_info = c->in,
                        .out_info = out,
                        .in = in,
                        .out = results,
                        .team = t};
    for (const backend *const *b = backends(); *b; b++)
        for (const kernel *const *k = (*b)->kernels; *k; k++)
            if (strcmp((*b)->name, "reference") && (!(*k)->op || (*k)->op == c->op) &&
                (!(*k)->supports || (*k)->supports(&s)))
                time_kernel(c, *k, &s, &call, bytes);
    for (int i = 0; i < c->inputs; i++) release_aligned(data[i]);
    for (int i = 0; i < f.outputs; i++) release_aligned(results[i]);
}

int main(int count, char **args) {
    const char *reason;
    team *t = team_open(count > 1 ? atoi(args[1]) : threads_available(&reason));
    if (team_threads(t) == 1) bench_clock = CLOCK_THREAD_CPUTIME_ID;
    add_all();
    printf("%d threads\n", team_threads(t));
    for (int i = 0; i < case_count; i++)
        if (count < 3 || strstr(cases[i].name, args[2])) time_case(&cases[i], t);
    team_close(t);
    return 0;
}
