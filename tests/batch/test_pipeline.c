/* Pipelines: which samples come, in which order, for any number of threads and from any cursor. */
#include "mica/mica.h"
#include "mica/pipeline.h"

#include "data/dataset.h"
#include "support/allocations.h"
#include "support/folder.h"
#include "support/in_context.h"

#include <pthread.h>
#include <unistd.h>

/* x is the row and its half, y ten times the row. */
static mica_dataset *numbered(int64_t rows) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 2), 0),
                *y = mica_full(ctx, MICA_INT32, MICA_SHAPE(rows), 0);
    for (int64_t i = 0; i < rows; i++) {
        ((float *)tensor_bytes(x))[2 * i] = (float)i;
        ((float *)tensor_bytes(x))[2 * i + 1] = (float)i / 2;
        ((int32_t *)tensor_bytes(y))[i] = (int32_t)(10 * i);
    }
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

/* 0, 1, … count - 1 as a stream; user: count. */
static mica_status count_up(const mica_sample *out, bool *end, void *user, mica_error *e) {
    (void)e;
    *end = out->number >= *(int64_t *)user;
    if (*end) return MICA_OK;
    ((float *)out->value[0].data)[0] = (float)out->number;
    ((float *)out->value[0].data)[1] = (float)out->number / 2;
    *(int32_t *)out->value[1].data = (int32_t)(10 * out->number);
    return MICA_OK;
}

static mica_dataset *counted(int64_t *count) {
    static const mica_value_type x = {MICA_FLOAT32, {1, {2}}}, y = {MICA_INT32, {0, {0}}};
    return mica_dataset_generator(ctx, &x, 1, &y, 1, count_up, count);
}

/* The first number of x of each sample of a pass from a cursor on. */
static int64_t read_pass(mica_dataset *d, uint64_t epoch, int64_t cursor, int64_t size, float *out,
                         int64_t most) {
    mica_batches *b = NULL;
    int64_t rows, n = 0;
    ASSERT_OK(mica_batches_new(d, MICA_OPTIONS(batches, .batch_size = size), &b, &err));
    ASSERT_OK(mica_batches_begin(b, epoch, cursor, &err));
    for (;;) {
        ASSERT_OK(mica_batches_next(b, &rows, &err));
        if (!rows) break;
        mica_tensor *x = mica_batches_input(b, 0);
        int64_t each = mica_tensor_size(x) / rows;
        for (int64_t i = 0; i < rows && n < most; i++)
            out[n++] = ((const float *)mica_tensor_data(x))[i * each];
        mica_tensor_destroy(&x);
        if (n == most) break;
    }
    mica_batches_destroy(&b);
    return n;
}

static void expect(mica_dataset *d, const float *expected, int64_t count) {
    float got[256];
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(read_pass(d, 0, 0, 4, got, 256), count);
    for (int64_t i = 0; i < count; i++) assert_true(got[i] == expected[i]);
}
#define EXPECT(d, ...)                                                                             \
    expect(d, (const float[]){__VA_ARGS__}, (int64_t)LENGTH(((const float[]){__VA_ARGS__})))

TEST(portions_of_rows_and_of_streams_are_the_same) {
    int64_t seven = 7;
    for (int stream = 0; stream < 2; stream++) {
        mica_dataset *d = stream ? counted(&seven) : numbered(7);
        assert_int_equal(mica_dataset_size(d), stream ? -1 : 7);
        EXPECT(mica_dataset_take(d, 3), 0, 1, 2);
        EXPECT(mica_dataset_take(d, -1), 0, 1, 2, 3, 4, 5, 6);
        EXPECT(mica_dataset_take(d, 100), 0, 1, 2, 3, 4, 5, 6);
        EXPECT(mica_dataset_skip(d, 5), 5, 6);
        EXPECT(mica_dataset_take(mica_dataset_skip(d, 2), 2), 2, 3);
        EXPECT(mica_dataset_repeat(d, 2), 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6);
        EXPECT(mica_dataset_take(mica_dataset_repeat(d, -1), 9), 0, 1, 2, 3, 4, 5, 6, 0, 1);
        float none[1];
        assert_int_equal(read_pass(mica_dataset_skip(d, -1), 0, 0, 4, none, 1), 0);
        assert_int_equal(read_pass(mica_dataset_skip(d, 8), 0, 0, 4, none, 1), 0);
        assert_int_equal(read_pass(mica_dataset_take(d, 0), 0, 0, 4, none, 1), 0);
    }
}

TEST(shards_hold_each_sample_once) {
    int64_t count = 11;
    for (int stream = 0; stream < 2; stream++) {
        mica_dataset *d = stream ? counted(&count) : numbered(11);
        EXPECT(mica_dataset_shard(d, 3, 0), 0, 3, 6, 9);
        EXPECT(mica_dataset_shard(d, 3, 1), 1, 4, 7, 10);
        EXPECT(mica_dataset_shard(d, 3, 2), 2, 5, 8);
        EXPECT(mica_dataset_shard(d, 1, 0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        mica_dataset_shard(d, 3, 3);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "index is 3, expected 0 to 2");
    }
}

/* Parts 0 1 2 and 10 … of tf.data's documentation, values from TensorFlow 2.21:
 * choose_from/interleave(cycle_length=2, block_length=2). */
TEST(parts_come_in_turn) {
    int64_t three = 3;
    for (int stream = 0; stream < 2; stream++) {
        mica_dataset *parts[] = {stream ? counted(&three) : numbered(3),
                                 mica_dataset_skip(numbered(15), 10)};
        EXPECT(mica_dataset_concatenate(parts, 2), 0, 1, 2, 10, 11, 12, 13, 14);
        EXPECT(mica_dataset_interleave(parts, 2, 2), 0, 1, 10, 11, 2, 12, 13, 14);
        EXPECT(mica_dataset_interleave(parts, 2, 1), 0, 10, 1, 11, 2, 12, 13, 14);
        mica_dataset *zip = mica_dataset_zip(parts, 2);
        EXPECT(zip, 0, 1, 2);
        mica_batches *b = NULL;
        int64_t rows;
        ASSERT_OK(mica_batches_new(zip, NULL, &b, &err));
        ASSERT_OK(mica_batches_next(b, &rows, &err));
        assert_int_equal(rows, 3);
        assert_true(((const float *)mica_tensor_data(mica_batches_input(b, 1)))[4] == 12);
        assert_true(((const int32_t *)mica_tensor_data(mica_batches_target(b, 1)))[1] == 110);
        assert_true(((const int32_t *)mica_tensor_data(mica_batches_target(b, 0)))[1] == 10);
        mica_batches_destroy(&b);
    }
}

TEST(parts_by_chance_come_as_their_weights_say) {
    mica_dataset *parts[] = {numbered(20000), mica_dataset_skip(numbered(60000), 40000)};
    const double weights[] = {0.25, 0.75};
    mica_dataset *d = mica_dataset_sample(
        parts, 2,
        MICA_OPTIONS(sample, .weights = weights, .seed = 3, .stop_on_empty_dataset = true));
    static float got[40000];
    int64_t n = read_pass(d, 0, 0, 512, got, 40000), first = 0;
    assert_int_equal(n, mica_dataset_size(d));
    for (int64_t i = 0, a = 0, b = 40000; i < n; i++) {
        bool is_first = got[i] < 40000;
        assert_true(got[i] == (float)(is_first ? a++ : b++)); /* each in its own order */
        first += is_first;
    }
    assert_true(n > 26000 && n < 27400); /* 20,000 of the second are 3/4 */
    assert_true(llabs(first - n / 4) < 400);
    mica_dataset *all = mica_dataset_sample(parts, 2, MICA_OPTIONS(sample, .weights = weights));
    assert_int_equal(mica_dataset_size(all), 40000);
    mica_dataset_sample(parts, 2, MICA_OPTIONS(sample, .weights = (const double[]){1, -1}));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "weight 1 is -1");
}

TEST(parts_must_agree) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 4), 0);
    mica_dataset *parts[] = {numbered(3), mica_dataset_new(ctx, &x, 1, NULL, 0, NULL)};
    mica_dataset_concatenate(parts, 2);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "1 values a sample, the first has 2");
    mica_tensor *y = mica_full(ctx, MICA_INT32, MICA_SHAPE(3), 0);
    parts[1] = mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
    mica_dataset_interleave(parts, 2, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "float32 (4,), of the first float32 (2,)");
}

/* ---- shuffle ---- */

TEST(shuffling_rows_and_a_stream_of_them_is_the_same) {
    static const int64_t buffers[] = {1, 2, 7, 64, 99, 100, 5000};
    int64_t count = 100;
    float rows[100], stream[100];
    for (size_t i = 0; i < LENGTH(buffers); i++)
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            mica_dataset *a = mica_dataset_shuffle(numbered(100), buffers[i], NULL),
                         *b = mica_dataset_shuffle(counted(&count), buffers[i], NULL);
            assert_int_equal(read_pass(a, epoch, 0, 7, rows, 100), 100);
            assert_int_equal(read_pass(b, epoch, 0, 9, stream, 100), 100);
            assert_memory_equal(rows, stream, sizeof rows);
            int seen[100] = {0};
            for (int k = 0; k < 100; k++) {
                seen[(int)rows[k]]++;
                assert_true(rows[k] < (float)(k + buffers[i])); /* it waited in the buffer */
            }
            for (int k = 0; k < 100; k++) assert_int_equal(seen[k], 1);
        }
}

TEST(shuffling_is_another_in_each_pass_unless_told_so) {
    float first[50], second[50], again[50];
    mica_dataset *d = mica_dataset_shuffle(numbered(50), 50, NULL);
    read_pass(d, 0, 0, 8, first, 50);
    read_pass(d, 1, 0, 8, second, 50);
    read_pass(d, 0, 0, 8, again, 50);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, second, sizeof first);
    d = mica_dataset_shuffle(numbered(50), 50, MICA_OPTIONS(shuffle, .no_reshuffle = true));
    read_pass(d, 0, 0, 8, again, 50);
    read_pass(d, 1, 0, 8, second, 50);
    assert_memory_equal(again, second, sizeof first);
    assert_memory_equal(first, again, sizeof first);
    d = mica_dataset_shuffle(numbered(50), 50, MICA_OPTIONS(shuffle, .seed = 7));
    read_pass(d, 0, 0, 8, again, 50);
    assert_memory_not_equal(first, again, sizeof first);
    /* Repeated, each round is a pass of its own. */
    float twice[100];
    d = mica_dataset_repeat(mica_dataset_shuffle(numbered(50), 50, NULL), 2);
    read_pass(d, 0, 0, 8, twice, 100);
    assert_memory_equal(twice, first, sizeof first);
    assert_memory_not_equal(twice + 50, first, sizeof first);
}

TEST(a_small_buffer_mixes_as_chance_does) { /* the first sample is drawn from the first four */
    int counts[4] = {0};
    float got[4];
    for (uint64_t epoch = 0; epoch < 2000; epoch++) {
        mica_dataset *d = mica_dataset_shuffle(numbered(8), 4, NULL);
        read_pass(d, epoch, 0, 8, got, 1);
        counts[(int)got[0]]++;
        mica_dataset_destroy(&d);
    }
    for (int i = 0; i < 4; i++) assert_true(counts[i] > 420 && counts[i] < 580);
}

/* ---- map and filter ---- */

static mica_status add_noise(const mica_sample *in, const mica_sample *out, void *user,
                             mica_error *e) {
    (void)user, (void)e;
    assert_true(in->value[0].data == out->value[0].data);
    ((float *)out->value[0].data)[0] += (float)(in->random % 1000) / 1000;
    return MICA_OK;
}

static mica_status widen(const mica_sample *in, const mica_sample *out, void *user, mica_error *e) {
    const float *x = in->value[0].data;
    double *y = out->value[0].data;
    (void)user, (void)e;
    assert_int_equal(in->inputs, 1);
    assert_int_equal(out->value[0].shape.dims[0], 3);
    y[0] = x[0], y[1] = x[1], y[2] = (double)in->number;
    *(uint8_t *)out->value[1].data = (uint8_t)(*(const int32_t *)in->value[1].data / 10);
    return MICA_OK;
}

static mica_status fail_at_13(const mica_sample *in, const mica_sample *out, void *user,
                              mica_error *e) {
    (void)out, (void)user, (void)e;
    return in->number >= 13 ? MICA_VALUE : MICA_OK;
}

static mica_status keep_odd(const mica_sample *in, bool *keep, void *user, mica_error *e) {
    (void)user, (void)e;
    *keep = (int)*(const float *)in->value[0].data % 2;
    return MICA_OK;
}

TEST(map_changes_types_and_shapes) {
    static const mica_value_type x = {MICA_FLOAT64, {1, {3}}}, y = {MICA_UINT8, {0, {0}}};
    mica_dataset *d = mica_dataset_map(
        numbered(9), widen, NULL,
        MICA_OPTIONS(map, .inputs = &x, .input_count = 1, .targets = &y, .target_count = 1));
    ASSERT_OK(mica_check(ctx, &err));
    const int64_t rows[] = {8, 0, 5};
    const double *a = mica_tensor_data(mica_dataset_input(d, 0, rows, 3));
    const uint8_t *b = mica_tensor_data(mica_dataset_target(d, 0, rows, 3));
    assert_true(a[0] == 8 && a[1] == 4 && a[2] == 8 && a[6] == 5 && a[7] == 2.5 && a[8] == 5);
    assert_true(b[0] == 8 && b[1] == 0 && b[2] == 5);
}

TEST(samples_are_the_same_for_any_number_of_threads_and_any_batch) {
    float one[100], many[100];
    int64_t count = 100;
    for (int stream = 0; stream < 2; stream++)
        for (int64_t threads = 1; threads <= 8; threads *= 2) {
            mica_dataset *d = stream ? counted(&count) : numbered(100);
            d = mica_dataset_shuffle(d, 40, NULL);
            d = mica_dataset_map(d, add_noise, NULL, MICA_OPTIONS(map, .threads = threads));
            d = mica_dataset_map(d, add_noise, NULL, MICA_OPTIONS(map, .threads = threads));
            float *to = threads == 1 && !stream ? one : many;
            assert_int_equal(read_pass(d, 3, 0, 5 + threads, to, 100), 100);
            if (to == many) assert_memory_equal(one, many, sizeof one);
        }
    mica_dataset *d = mica_dataset_map(mica_dataset_shuffle(numbered(100), 40, NULL), add_noise,
                                       NULL, NULL);
    read_pass(d, 4, 0, 5, many, 100);
    assert_memory_not_equal(one, many, sizeof one);
}

/* Different threads that have called; each waits until so many have. */
typedef struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all;
    pthread_t thread[8];
    int count, wanted;
} meeting;

static mica_status meet(const mica_sample *in, const mica_sample *out, void *user, mica_error *e) {
    meeting *m = user;
    bool known = false;
    (void)in, (void)out, (void)e;
    pthread_mutex_lock(&m->lock);
    for (int i = 0; i < m->count; i++) known |= pthread_equal(m->thread[i], pthread_self()) != 0;
    if (!known && m->count < 8) m->thread[m->count++] = pthread_self();
    pthread_cond_broadcast(&m->all);
    while (m->count < m->wanted) pthread_cond_wait(&m->all, &m->lock);
    pthread_mutex_unlock(&m->lock);
    return MICA_OK;
}

TEST(samples_are_worked_on_by_the_workers_of_the_context) {
    const int workers[] = {0, 1, 3}, wanted[] = {2, 1, 3};
    float x[40];
    for (size_t i = 0; i < LENGTH(workers); i++) {
        meeting m = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .all = PTHREAD_COND_INITIALIZER,
                     .wanted = wanted[i]};
        close_context(NULL);
        ctx = mica_open(MICA_OPTIONS(context, .threads = 2, .workers = workers[i]));
        read_pass(mica_dataset_map(numbered(40), meet, &m, NULL), 0, 0, 40, x, 40);
        assert_int_equal(m.count, wanted[i]);
        assert_int_equal(mica_threads(ctx), 2);
    }
    mica_context *other = mica_open(MICA_OPTIONS(context, .workers = MICA_MAX_THREADS + 1));
    ASSERT_FAILS(mica_check(other, &err), MICA_VALUE, "workers is 1025, expected 0 to 1024");
    mica_close(&other);
    other = mica_open(MICA_OPTIONS(context, .workers = -1));
    ASSERT_FAILS(mica_check(other, &err), MICA_VALUE, "workers is -1, expected 0 to 1024");
    mica_close(&other);
}

TEST(a_failing_function_names_the_sample) {
    int64_t count = 40;
    for (int stream = 0; stream < 2; stream++)
        for (int64_t threads = 1; threads <= 8; threads *= 2) {
            mica_dataset *d = mica_dataset_map(stream ? counted(&count) : numbered(40), fail_at_13,
                                               NULL, MICA_OPTIONS(map, .threads = threads));
            mica_batches *b = NULL;
            int64_t rows;
            ASSERT_OK(mica_batches_new(d, MICA_OPTIONS(batches, .batch_size = 10), &b, &err));
            ASSERT_OK(mica_batches_next(b, &rows, &err));
            ASSERT_FAILS(
                mica_batches_next(b, &rows, &err), MICA_VALUE,
                "dataset_map: sample 13: the function failed: a value is out of its range");
            mica_batches_destroy(&b);
        }
}

TEST(filter_leaves_a_stream_that_caching_makes_rows) {
    mica_dataset *d = mica_dataset_filter(numbered(20), keep_odd, NULL);
    assert_int_equal(mica_dataset_size(d), -1);
    EXPECT(d, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19);
    EXPECT(mica_dataset_skip(d, 7), 15, 17, 19);
    mica_dataset_input(d, 0, NULL, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "the data are a stream");
    mica_dataset_range(d, 0, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "the data are a stream");
    mica_dataset *kept = mica_dataset_cache(d, NULL);
    assert_int_equal(mica_dataset_size(kept), 10);
    EXPECT(mica_dataset_skip(kept, 7), 15, 17, 19);
}

/* ---- cursors ---- */

static mica_dataset *pipelines(int which) {
    static int64_t count = 60;
    mica_dataset *d = which % 2 ? counted(&count) : numbered(60);
    mica_dataset *parts[] = {d, mica_dataset_take(numbered(100), 30)};
    switch (which / 2) {
    case 0: return mica_dataset_map(mica_dataset_shuffle(d, 13, NULL), add_noise, NULL, NULL);
    case 1:
        return mica_dataset_shuffle(
            mica_dataset_cache(mica_dataset_filter(d, keep_odd, NULL), NULL), 9, NULL);
    case 2: return mica_dataset_repeat(mica_dataset_shuffle(d, 8, NULL), 3);
    case 3:
        return mica_dataset_take(mica_dataset_repeat(mica_dataset_shuffle(d, 8, NULL), -1), 200);
    case 4: return mica_dataset_interleave(parts, 2, 3);
    case 5: return mica_dataset_sample(parts, 2, NULL);
    case 6: return mica_dataset_zip(parts, 2);
    case 7: return mica_dataset_concatenate(parts, 2);
    case 8: return mica_dataset_shard(mica_dataset_shuffle(d, 30, NULL), 3, 1);
    case 9:
        return mica_dataset_skip(
            mica_dataset_cache(mica_dataset_map(d, add_noise, NULL, NULL), NULL), 7);
    case 10: return mica_dataset_prefetch(mica_dataset_map(d, add_noise, NULL, NULL), 5);
    default: return NULL;
    }
}

TEST(a_pass_goes_on_at_its_cursor) {
    float whole[256], rest[256];
    for (int which = 0; which < 22; which++) {
        mica_dataset *d = pipelines(which);
        ASSERT_OK(mica_check(ctx, &err));
        int64_t n = read_pass(d, 2, 0, 7, whole, 256);
        assert_true(n >= 20);
        for (int64_t at = 0; at <= n; at += 1 + n / 9) {
            mica_dataset *again = pipelines(which);
            mica_batches *b = NULL;
            int64_t rows, done = 0;
            ASSERT_OK(mica_batches_new(d, MICA_OPTIONS(batches, .batch_size = 7), &b, &err));
            ASSERT_OK(mica_batches_begin(b, 2, 0, &err));
            while (done < at) {
                ASSERT_OK(mica_batches_next(b, &rows, &err));
                done += rows;
            }
            int64_t cursor = mica_batches_cursor(b);
            assert_int_equal(cursor, done);
            mica_batches_destroy(&b);
            assert_int_equal(read_pass(again, 2, cursor, 5, rest, 256), n - done);
            assert_memory_equal(rest, whole + done, sizeof(float) * (size_t)(n - done));
        }
    }
}

/* ---- cache ---- */

static int calls;
static mica_status count_calls(const mica_sample *in, const mica_sample *out, void *user,
                               mica_error *e) {
    (void)in, (void)user, (void)e;
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    ((float *)out->value[0].data)[0] += 1000 * (float)in->epoch;
    return MICA_OK;
}

TEST(what_is_cached_is_made_once_and_is_that_of_the_first_pass) {
    float got[30];
    char path[512];
    snprintf(path, sizeof path, "%s", in_folder("kept"));
    for (int file = 0; file < 2; file++) {
        unlink(path);
        mica_dataset *d = mica_dataset_cache(
            mica_dataset_map(numbered(30), count_calls, NULL, NULL), file ? path : NULL);
        ASSERT_OK(mica_check(ctx, &err));
        calls = 0;
        for (uint64_t epoch = 5; epoch < 8; epoch++) {
            assert_int_equal(read_pass(d, epoch, 0, 8, got, 30), 30);
            for (int i = 0; i < 30; i++) assert_true(got[i] == (float)i);
        }
        assert_int_equal(calls, 30);
    }
    /* The next run finds the file; a damaged row is made again. */
    calls = 0;
    mica_dataset *d = mica_dataset_cache(mica_dataset_map(numbered(30), count_calls, NULL, NULL),
                                         path);
    assert_int_equal(read_pass(d, 0, 0, 8, got, 30), 30);
    assert_int_equal(calls, 0);
    FILE *f = fopen(path, "r+b");
    fseek(f, 4096 + 3 * (32 + 8) + 2, SEEK_SET);
    fputc(99, f);
    fclose(f);
    d = mica_dataset_cache(mica_dataset_map(numbered(30), count_calls, NULL, NULL), path);
    assert_int_equal(read_pass(d, 0, 0, 8, got, 30), 30);
    assert_int_equal(calls, 1);
    assert_true(got[3] == 3);
}

TEST(a_cache_of_other_data_is_refused) {
    char path[512];
    snprintf(path, sizeof path, "%s", in_folder("other"));
    mica_dataset_cache(numbered(30), path);
    ASSERT_OK(mica_check(ctx, &err));
    mica_dataset_cache(numbered(31), path);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_MISMATCH, "remove the file to make it anew");
    mica_dataset *longer = mica_dataset_take(numbered(31), 30);
    mica_dataset_cache(longer, path);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_MISMATCH, "of other data");
    put_file(path, "this is no cache", 16);
    mica_dataset_cache(numbered(30), path);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "no cache of samples");
    mica_dataset_cache(mica_dataset_repeat(numbered(3), -1), NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "the data never end");
}

TEST(a_stream_is_kept_in_a_file) {
    int64_t count = 3000;
    static float got[3000];
    mica_dataset *d = mica_dataset_cache(counted(&count), in_folder("stream"));
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(d), 3000);
    assert_int_equal(read_pass(d, 0, 0, 100, got, 3000), 3000);
    for (int i = 0; i < 3000; i++) assert_true(got[i] == (float)i);
}

/* ---- batches ---- */

TEST(batches_are_the_last_stage) {
    float got[10];
    mica_dataset *d = mica_dataset_batch(numbered(10), 4, true);
    mica_batches *b = NULL;
    int64_t rows;
    ASSERT_OK(mica_batches_new(mica_dataset_prefetch(d, 2), NULL, &b, &err));
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(mica_batches_next(b, &rows, &err));
        assert_int_equal(rows, i < 2 ? 4 : 0);
    }
    mica_batches_destroy(&b);
    assert_int_equal(read_pass(mica_dataset_batch(numbered(3), 4, true), 0, 0, 4, got, 10), 0);
    mica_dataset_take(d, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "batches are the last stage");
    mica_dataset_map(d, add_noise, NULL, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "batches are the last stage");
    mica_dataset_prefetch(d, 65);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "65 batches, expected 1 to 64");
}

TEST(stages_outlive_the_handles_of_those_below) {
    mica_dataset *a = numbered(10), *b = numbered(5);
    mica_dataset *parts[] = {a, b}, *d = mica_dataset_concatenate(parts, 2);
    mica_dataset *e = mica_dataset_cache(mica_dataset_map(d, add_noise, NULL, NULL), NULL);
    float got[20];
    mica_dataset_destroy(&a);
    mica_dataset_destroy(&b);
    mica_dataset_destroy(&d);
    assert_int_equal(read_pass(e, 0, 0, 4, got, 20), 15);
}

TEST(nothing_is_allocated_for_a_sample_after_the_first_batches) {
#ifdef COUNTS
    int64_t count = 4000, rows;
    for (int stream = 0; stream < 2; stream++) {
        mica_dataset *d = stream ? counted(&count) : numbered(4000);
        d = mica_dataset_map(mica_dataset_shuffle(d, 100, NULL), add_noise, NULL, NULL);
        d = mica_dataset_filter(d, keep_odd, NULL);
        mica_batches *b = NULL;
        ASSERT_OK(mica_batches_new(d, NULL, &b, &err));
        for (int i = 0; i < 8; i++) ASSERT_OK(mica_batches_next(b, &rows, &err));
        own = 0;
        counting = 1;
        for (int i = 0; i < 40; i++) ASSERT_OK(mica_batches_next(b, &rows, &err));
        counting = 0;
        assert_int_equal(rows, 32);
        assert_int_equal(own, 0);
        mica_batches_destroy(&b);
    }
#else
    skip();
#endif
}

RUN_TESTS(IN_CONTEXT(portions_of_rows_and_of_streams_are_the_same),
          IN_CONTEXT(shards_hold_each_sample_once), IN_CONTEXT(parts_come_in_turn),
          IN_CONTEXT(parts_by_chance_come_as_their_weights_say), IN_CONTEXT(parts_must_agree),
          IN_CONTEXT(shuffling_rows_and_a_stream_of_them_is_the_same),
          IN_CONTEXT(shuffling_is_another_in_each_pass_unless_told_so),
          IN_CONTEXT(a_small_buffer_mixes_as_chance_does), IN_CONTEXT(map_changes_types_and_shapes),
          IN_CONTEXT(samples_are_the_same_for_any_number_of_threads_and_any_batch),
          IN_CONTEXT(samples_are_worked_on_by_the_workers_of_the_context),
          IN_CONTEXT(a_failing_function_names_the_sample),
          IN_CONTEXT(filter_leaves_a_stream_that_caching_makes_rows),
          IN_CONTEXT(a_pass_goes_on_at_its_cursor),
          IN_CONTEXT(what_is_cached_is_made_once_and_is_that_of_the_first_pass),
          IN_CONTEXT(a_cache_of_other_data_is_refused), IN_CONTEXT(a_stream_is_kept_in_a_file),
          IN_CONTEXT(batches_are_the_last_stage),
          IN_CONTEXT(stages_outlive_the_handles_of_those_below),
          IN_CONTEXT(nothing_is_allocated_for_a_sample_after_the_first_batches))
