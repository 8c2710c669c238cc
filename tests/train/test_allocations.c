/* Once compiled, a training step and a prediction allocate nothing: malloc and its kin are replaced
 * here and count, those called by mica's own code apart from those of libraries. */
#include "mica/mica.h"
#include "support/allocations.h"
#include "support/digits.h"
#include "support/testing.h"
#include "tensor/tensor.h"
#include "train/program.h"

static mica_model *network(mica_context *ctx) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(28, 28, 1));
    add_convolutions(ctx, m);
    mica_model_add(m, mica_layer_batch_normalization(ctx, NULL));
    mica_model_add(m, mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.25)));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 10, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .loss = "sparse_categorical_crossentropy",
                                       .metrics = {"accuracy"}));
    return m;
}

static float x[16 * 784];
static int32_t y[16];

static step_program *prepared(mica_model *m, step_kind kind) {
    mica_error err = {0};
    step_program *p;
    signature s = {.y_shape = {{1, {-1}}}};
    ASSERT_OK(step_program_of(m, kind, &s, &p, &err));
    ASSERT_OK(step_program_prepare(p, 16, &err));
    return p;
}

static void run_steps(step_program *p, int steps) {
    mica_error err = {0};
    float out[160];
    void *buffers[] = {x, y}, *outputs[] = {out};
    for (int i = 0; i < steps; i++) ASSERT_OK(step_program_run(p, 16, buffers, outputs, &err));
}

TEST(the_counter_counts) {
#ifdef COUNTS
    own = 0;
    counting = 1;
    void *volatile block = malloc(10);
    counting = 0;
    free(block);
    assert_int_equal(own, 1);
#else
    skip();
#endif
}

TEST(training_and_prediction_allocate_nothing_once_compiled) {
#ifdef COUNTS
    mica_context *ctx = mica_open(NULL);
    mica_model *m = network(ctx);
    static const step_kind kinds[] = {STEP_TRAIN, STEP_TEST, STEP_PREDICT};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        step_program *p = prepared(m, kinds[i]);
        long before[2];
        run_steps(p, 5); /* threads and libraries settle */
        own = foreign = 0;
        counting = 1;
        run_steps(p, 10);
        before[0] = own, before[1] = foreign;
        run_steps(p, 10);
        counting = 0;
        print_message("step kind %zu: by mica %ld, by libraries %ld in 10 steps\n", i, before[0],
                      before[1]);
        assert_int_equal(own, 0);
        assert_int_equal(foreign, 2 * before[1]); /* what a library needs for a call is constant */
    }
    mica_close(&ctx);
#else
    skip();
#endif
}

TEST(live_bytes_stay_flat_over_a_thousand_steps) {
#ifdef COUNTS
    mica_context *ctx = mica_open(NULL);
    step_program *p = prepared(network(ctx), STEP_TRAIN);
    run_steps(p, 20);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    run_steps(p, 1000);
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    assert_int_equal(after, before);
    mica_close(&ctx);
#else
    skip();
#endif
}

RUN_TESTS(UNIT(the_counter_counts), UNIT(training_and_prediction_allocate_nothing_once_compiled),
          UNIT(live_bytes_stay_flat_over_a_thousand_steps))
