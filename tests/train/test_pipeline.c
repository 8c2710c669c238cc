/* Training on pipelines (mica/pipeline.h): streams, functions on samples, models on samples. */
#include "mica/mica.h"

#include "data/dataset.h"
#include "model/model.h"
#include "support/folder.h"
#include "support/in_context.h"

#include <math.h>

#define ROWS 96

/* Two features, and which of them is greater. */
static mica_status make(const mica_sample *out, bool *end, void *user, mica_error *e) {
    float *x = out->value[0].data;
    (void)e;
    *end = out->number >= *(int64_t *)user;
    if (*end) return MICA_OK;
    x[0] = (float)((out->number * 37) % 64) / 64, x[1] = (float)((out->number * 11) % 64) / 64;
    *(int32_t *)out->value[1].data = x[0] > x[1];
    return MICA_OK;
}

static mica_dataset *made(int64_t *count) {
    static const mica_value_type x = {MICA_FLOAT32, {1, {2}}}, y = {MICA_INT32, {0, {0}}};
    return mica_dataset_generator(ctx, &x, 1, &y, 1, make, count);
}

static mica_model *network(void) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 8, .activation = "relu")));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .loss = "sparse_categorical_crossentropy",
                                       .metrics = {"accuracy"}));
    return m;
}

/* Names count the layers of a context: each training has one of its own. */
static void begin_again(void) {
    close_context(NULL);
    open_context(NULL);
}

static void weights(mica_model *m, float out[42]) {
    size_t at = 0;
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count; k++) {
            mica_tensor *w = m->layers[i]->weights[k].variable;
            size_t n = (size_t)mica_tensor_size(w);
            ASSERT_OK(mica_tensor_read(w, MICA_FLOAT32, out + at, n * sizeof(float), &err));
            at += n;
        }
    assert_int_equal(at, 42);
}

TEST(a_stream_trains_as_its_rows_do) {
    int64_t count = ROWS;
    float rows[42], stream[42];
    mica_history history;
    mica_model *m = network();
    mica_dataset *kept = mica_dataset_cache(made(&count), NULL);
    ASSERT_OK(mica_model_fit(m, mica_dataset_shuffle(kept, 20, NULL),
                             MICA_OPTIONS(fit, .epochs = 3, .batch_size = 10), NULL, &err));
    weights(m, rows);
    begin_again();
    m = network();
    ASSERT_OK(mica_model_fit(m, mica_dataset_shuffle(mica_dataset_skip(made(&count), 0), 20, NULL),
                             MICA_OPTIONS(fit, .epochs = 3, .batch_size = 10), &history, &err));
    weights(m, stream);
    assert_memory_equal(rows, stream, sizeof rows);
    assert_int_equal(history.epochs, 3);
    mica_history_free(&history);
    mica_results results;
    ASSERT_OK(mica_model_evaluate(m, made(&count), NULL, &results, &err));
    assert_true(isfinite(mica_result(&results, "loss")));
}

static mica_status stop_at(mica_fit_state *s, void *user, mica_error *e) {
    (void)e;
    s->stop = s->epoch == 1 && s->step == *(int *)user;
    return MICA_OK;
}

static void train_to(mica_dataset *d, int step, bool resume, float out[42]) {
    const mica_callback stopping = {.user = &step, .on_step = stop_at};
    mica_model *m = network();
    ASSERT_OK(mica_model_fit(m, d,
                             MICA_OPTIONS(fit, .epochs = 3, .batch_size = 7, .steps_per_epoch = 9,
                                          .checkpoint = in_folder("checkpoint"), .resume = resume,
                                          .callbacks = {&stopping}),
                             NULL, &err));
    weights(m, out);
}

static mica_status noisy(const mica_sample *in, const mica_sample *out, void *user, mica_error *e) {
    (void)in, (void)user, (void)e;
    ((float *)out->value[0].data)[1] += (float)(out->random % 100) / 1000;
    return MICA_OK;
}

static mica_dataset *pipeline(int which, int64_t *count) {
    mica_dataset *d = made(count);
    if (which) d = mica_dataset_cache(d, NULL);
    d = mica_dataset_map(mica_dataset_shuffle(d, 30, NULL), noisy, NULL, NULL);
    return which == 2 ? mica_dataset_repeat(d, -1) : d;
}

TEST(a_training_on_a_pipeline_goes_on_where_it_stopped) { /* 2: without end, over epochs */
    int64_t count = ROWS;
    for (int which = 0; which < 3; which++)
        for (int step = 0; step < 9; step += 4) {
            float whole[42], resumed[42];
            begin_again();
            remove(in_folder("checkpoint"));
            train_to(pipeline(which, &count), -1, false, whole);
            begin_again();
            remove(in_folder("checkpoint"));
            train_to(pipeline(which, &count), step, false, resumed);
            assert_memory_not_equal(whole, resumed, sizeof whole);
            begin_again();
            train_to(pipeline(which, &count), -1, true, resumed);
            assert_memory_equal(whole, resumed, sizeof whole);
        }
}

static int64_t steps_made, samples_made;
static mica_status count_steps(mica_fit_state *s, void *user, mica_error *e) {
    (void)user, (void)e;
    steps_made++;
    samples_made = s->samples;
    return MICA_OK;
}

TEST(batches_of_the_pipeline_are_those_of_fit) {
    int64_t count = ROWS - 3;
    const mica_callback counting = {.on_step = count_steps};
    for (int stream = 0; stream < 2; stream++) {
        mica_dataset *d = made(&count);
        if (!stream) d = mica_dataset_cache(d, NULL);
        d = mica_dataset_prefetch(mica_dataset_batch(d, 16, true), 2);
        steps_made = 0;
        ASSERT_OK(
            mica_model_fit(network(), d, MICA_OPTIONS(fit, .callbacks = {&counting}), NULL, &err));
        assert_int_equal(steps_made, 5);
        assert_int_equal(samples_made, 80);
        ASSERT_FAILS(mica_model_fit(network(), d, MICA_OPTIONS(fit, .batch_size = 8), NULL, &err),
                     MICA_VALUE, "batch_size is 8, the data come in batches of 16");
    }
}

static mica_status wrong_label(const mica_sample *in, const mica_sample *out, void *user,
                               mica_error *e) {
    (void)user, (void)e;
    if (in->number == 21) *(int32_t *)out->value[1].data = 7;
    return MICA_OK;
}

TEST(what_cannot_be_trained_on_is_said_before_or_at_the_sample) {
    int64_t count = ROWS, none = 0;
    mica_model *m = network();
    mica_dataset *rows = mica_dataset_cache(made(&count), NULL);
    ASSERT_FAILS(mica_model_fit(m, made(&none), NULL, NULL, &err), MICA_VALUE, "have no samples");
    ASSERT_FAILS(mica_model_fit(m, mica_dataset_repeat(rows, -1), NULL, NULL, &err), MICA_VALUE,
                 "expected steps_per_epoch");
    ASSERT_FAILS(
        mica_model_fit(m, made(&count), MICA_OPTIONS(fit, .validation_split = 0.5), NULL, &err),
        MICA_UNSUPPORTED, "validation_split: the data are a stream");
    ASSERT_FAILS(mica_model_fit(m, mica_dataset_shuffle(rows, 9, NULL),
                                MICA_OPTIONS(fit, .validation_split = 0.5), NULL, &err),
                 MICA_VALUE, "shuffled already");
    ASSERT_FAILS(mica_model_fit(m, mica_dataset_map(rows, wrong_label, NULL, NULL),
                                MICA_OPTIONS(fit, .no_shuffle = true), NULL, &err),
                 MICA_VALUE, "label 7 in row 21");
    ASSERT_FAILS(
        mica_model_fit(m, made(&count), MICA_OPTIONS(fit, .balanced_classes = true), NULL, &err),
        MICA_UNSUPPORTED, "stream");
    mica_results results;
    ASSERT_FAILS(mica_model_evaluate(m, mica_dataset_repeat(rows, -1), NULL, &results, &err),
                 MICA_VALUE, "the data never end");
}

/* The same as a model that begins with those layers. */
TEST(a_model_prepares_samples_as_in_inference) {
    int64_t count = ROWS;
    mica_model *scale = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(scale, mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 3.0)));
    mica_model_add(scale, mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.9)));
    mica_model_add(scale, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 5)));
    mica_dataset *rows = mica_dataset_cache(made(&count), NULL);
    mica_tensor *x = mica_dataset_input(rows, 0, NULL, ROWS), *want;
    ASSERT_OK(mica_model_predict(scale, &x, 1, 0, &want, &err));
    for (int threads = 1; threads <= 8; threads *= 2)
        for (int stream = 0; stream < 2; stream++) {
            mica_dataset *d = mica_dataset_map_model(stream ? made(&count) : rows, scale, threads);
            mica_batches *b = NULL;
            int64_t n, done = 0;
            ASSERT_OK(mica_batches_new(d, NULL, &b, &err));
            for (;;) {
                ASSERT_OK(mica_batches_next(b, &n, &err));
                if (!n) break;
                const float *got = mica_tensor_data(mica_batches_input(b, 0)),
                            *expected = (const float *)mica_tensor_data(want) + 5 * done;
                for (int64_t i = 0; i < 5 * n; i++)
                    assert_true(fabsf(got[i] - expected[i]) < 1e-5f);
                done += n;
            }
            assert_int_equal(done, ROWS);
            mica_batches_destroy(&b);
        }
    mica_tensor *wide = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 4), 0);
    mica_dataset_map_model(mica_dataset_new(ctx, &wide, 1, NULL, 0, NULL), scale, 0);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "samples of x have shape (4,)");
}

RUN_TESTS(IN_CONTEXT(a_stream_trains_as_its_rows_do),
          IN_CONTEXT(a_training_on_a_pipeline_goes_on_where_it_stopped),
          IN_CONTEXT(batches_of_the_pipeline_are_those_of_fit),
          IN_CONTEXT(what_cannot_be_trained_on_is_said_before_or_at_the_sample),
          IN_CONTEXT(a_model_prepares_samples_as_in_inference))
