/* Several threads on one model, and two contexts at once. */
#include "mica/mica.h"
#include "support/testing.h"

#include <limits.h>
#include <pthread.h>

#define THREADS 8
#define BATCH 5

static mica_model *network(mica_context *ctx) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(12, 12, 1));
    mica_model_add(m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 8, .kernel_size = {3},
                                                          .activation = "relu")));
    mica_model_add(m, mica_layer_max_pooling2d(ctx, NULL));
    mica_model_add(m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 16, .kernel_size = {3},
                                                          .activation = "relu")));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 10, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .loss = "sparse_categorical_crossentropy"));
    return m;
}

typedef struct job {
    mica_predictor *predictor;
    const float *x;
    float y[BATCH * 10];
    int threads, failures;
} job;

static void *predict(void *arg) {
    job *j = arg;
    mica_session *s = NULL;
    float y[BATCH * 10];
    j->failures += mica_session_new(j->predictor, j->threads, &s, NULL) != MICA_OK;
    for (int i = 0; i < 50 && s; i++) {
        j->failures += mica_session_run(s, (const void *[]){j->x}, (void *[]){y}, NULL) != MICA_OK;
        if (i) j->failures += memcmp(y, j->y, sizeof y) != 0;
        memcpy(j->y, y, sizeof y);
    }
    mica_session_destroy(&s);
    return NULL;
}

TEST(eight_threads_predict_the_same_bits_with_one_model) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_predictor *p;
    ASSERT_OK(mica_predictor_new(network(ctx), BATCH, &p, &err));
    const float *x = mica_tensor_data(
        mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, 12, 12, 1), 0, 1));
    pthread_t threads[THREADS];
    job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){.predictor = p, .x = x, .threads = 1 + i % 2};
        pthread_create(&threads[i], NULL, predict, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(jobs[i].failures, 0);
        assert_memory_equal(jobs[i].y, jobs[0].y, sizeof jobs[0].y);
    }
    mica_predictor_destroy(&p);
    mica_close(&ctx);
}

TEST(a_session_has_the_threads_that_it_is_asked_for) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1));
    mica_predictor *p;
    mica_session *s = NULL;
    ASSERT_OK(mica_predictor_new(network(ctx), BATCH, &p, &err));
    ASSERT_FAILS(mica_session_new(p, MICA_MAX_THREADS + 1, &s, &err), MICA_VALUE,
                 "session_new: threads is 1025, expected 0 to 1024");
    ASSERT_FAILS(mica_session_new(p, INT_MAX, &s, &err), MICA_VALUE, "2147483647");
    ASSERT_FAILS(mica_session_new(p, -1, &s, &err), MICA_VALUE, "threads is -1");
    assert_null(s);
    const float *x = mica_tensor_data(
        mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, 12, 12, 1), 0, 1));
    job one = {.predictor = p, .x = x, .threads = 1}, more = {.predictor = p, .x = x, .threads = 5};
    predict(&one), predict(&more);
    assert_int_equal(one.failures + more.failures, 0);
    assert_memory_equal(more.y, one.y, sizeof one.y);
    mica_predictor_destroy(&p);
    mica_close(&ctx);
}

/* Trains a little; the bits of the last weights. */
static void *train(void *out) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 3));
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(40, 12, 12, 1), 0, 1);
    int32_t labels[40];
    for (int i = 0; i < 40; i++) labels[i] = i % 10;
    mica_tensor *y = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(40), labels);
    mica_model *m = network(ctx);
    if (mica_model_fit(m, mica_dataset_new(ctx, &x, 1, &y, 1, NULL),
                       MICA_OPTIONS(fit, .epochs = 3, .batch_size = 16), NULL, NULL) == MICA_OK)
        mica_tensor_read(mica_layer_weight(mica_model_layer(m, 5), 1), MICA_FLOAT32, out, 40, NULL);
    mica_close(&ctx);
    return NULL;
}

TEST(two_contexts_train_at_once_and_end_in_the_bits_of_one_alone) {
    float alone[10] = {0}, first[10] = {1}, second[10] = {2};
    pthread_t a, b;
    train(alone);
    pthread_create(&a, NULL, train, first);
    pthread_create(&b, NULL, train, second);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert_true(alone[0] != 0);
    assert_memory_equal(first, alone, sizeof alone);
    assert_memory_equal(second, alone, sizeof alone);
}

RUN_TESTS(UNIT(eight_threads_predict_the_same_bits_with_one_model),
          UNIT(a_session_has_the_threads_that_it_is_asked_for),
          UNIT(two_contexts_train_at_once_and_end_in_the_bits_of_one_alone))
