#include "batch/batches.h"

#include "support/folder.h"
#include "support/in_context.h"

/* x is the row, y ten times the row. */
static mica_dataset *numbered(int64_t rows) {
    mica_tensor *x = mica_full(ctx, MICA_INT32, MICA_SHAPE(rows), 0),
                *y = mica_full(ctx, MICA_UINT16, MICA_SHAPE(rows, 2), 0);
    for (int64_t i = 0; i < rows; i++) {
        ((int32_t *)tensor_bytes(x))[i] = (int32_t)i;
        ((uint16_t *)tensor_bytes(y))[2 * i] = ((uint16_t *)tensor_bytes(
            y))[2 * i + 1] = (uint16_t)(10 * i);
    }
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

static const feed feeds[] = {{0, MICA_FLOAT32, 4}, {1, MICA_INT64, 16}, {-1, MICA_FLOAT32, 4}};

/* Every batch of an epoch, x of all rows one after the other into `out`; how many rows. */
static int64_t run_epoch(batches *b, float *out, int64_t expected_size) {
    int64_t total = 0, n;
    bool last = false;
    for (;;) {
        ASSERT_OK(batches_next(b, &n, &err));
        if (!n) return total;
        assert_false(last); /* only the last one is short */
        last = n < expected_size;
        for (int64_t i = 0; i < n; i++) {
            float x = ((float *)b->buffer[0])[i];
            assert_true((double)((int64_t *)b->buffer[1])[2 * i + 1] == 10 * (double)x);
            assert_true(((float *)b->buffer[2])[i] == 1);
            out[total++] = x;
        }
    }
}

TEST(batches_bring_every_row_once_an_epoch) {
    static const int64_t sizes[] = {1, 7, 64, 100, 1000};
    mica_dataset *d = numbered(331);
    for (size_t s = 0; s < LENGTH(sizes); s++)
        for (int epoch = 0; epoch < 3; epoch++) {
            batches b;
            float x[331];
            int seen[331] = {0};
            ASSERT_OK(batches_open(&b, d, 0, 331, sizes[s], feeds, 3, &err));
            batches_begin(&b, epoch > 0, 5, (uint64_t)epoch);
            assert_int_equal(batches_count(&b), (331 + sizes[s] - 1) / sizes[s]);
            assert_int_equal(run_epoch(&b, x, b.batch_size), 331);
            for (int i = 0; i < 331; i++) seen[(int)x[i]]++;
            for (int i = 0; i < 331; i++) assert_int_equal(seen[i], 1);
            for (int i = 0; i < 331 && epoch == 0; i++) assert_true(x[i] == (float)i);
            batches_close(&b);
        }
}

TEST(batches_order_depends_on_key_and_epoch_alone) {
    mica_dataset *d = numbered(100);
    float first[100], again[100], other[100];
    batches b;
    ASSERT_OK(batches_open(&b, d, 0, 100, 8, feeds, 3, &err));
    batches_begin(&b, true, 5, 2);
    run_epoch(&b, first, 8);
    batches_begin(&b, true, 5, 3);
    run_epoch(&b, other, 8);
    batches_begin(&b, true, 5, 2);
    run_epoch(&b, again, 8);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    batches_begin(&b, true, 6, 2);
    run_epoch(&b, other, 8);
    assert_memory_not_equal(first, other, sizeof first);
    batches_close(&b);
}

TEST(batches_of_a_part_hold_its_rows_alone) {
    mica_dataset *d = numbered(50);
    float x[50];
    batches b;
    ASSERT_OK(batches_open(&b, d, 30, 15, 4, feeds, 3, &err));
    batches_begin(&b, true, 1, 1);
    assert_int_equal(run_epoch(&b, x, 4), 15);
    for (int i = 0; i < 15; i++) assert_true(x[i] >= 30 && x[i] < 45);
    batches_close(&b);
    ASSERT_FAILS(batches_open(&b, d, 30, 21, 4, feeds, 3, &err), MICA_VALUE,
                 "21 rows from row 30 of 50");
    ASSERT_FAILS(batches_open(&b, d, 0, 50, 0, feeds, 3, &err), MICA_VALUE, "batches of 0");
}

TEST(batches_go_on_at_the_cursor) {
    mica_dataset *d = numbered(40);
    float whole[40], rest[40];
    int64_t n;
    batches b;
    ASSERT_OK(batches_open(&b, d, 0, 40, 6, feeds, 3, &err));
    batches_begin(&b, true, 9, 4);
    run_epoch(&b, whole, 6);
    batches_begin(&b, true, 9, 4);
    for (int i = 0; i < 3; i++) ASSERT_OK(batches_next(&b, &n, &err));
    int64_t at = b.at;
    assert_int_equal(at, 18);
    batches_begin(&b, true, 9, 5);
    batches_begin_at(&b, true, 9, 4, at);
    assert_int_equal(run_epoch(&b, rest, 6), 22);
    assert_memory_equal(rest, whole + 18, sizeof(float) * 22);
    batches_close(&b);
}

/* ---- rows that are decoded, by the thread ahead; some are broken ---- */

static void put_pictures(int count) {
    char name[64], file[64];
    for (int i = 0; i < count; i++) {
        int n = snprintf(file, sizeof file, "P5 1 1 255\n%c", i);
        snprintf(name, sizeof name, "p/c/%03d.pgm", i);
        put_file(in_folder(name), file, (size_t)n);
    }
}

static const char *const options = "{\"image_size\": 1, \"color_mode\": \"grayscale\", "
                                   "\"max_broken\": 0.2, \"check\": \"nothing\"}";

static int64_t pictures_of(mica_dataset *d, bool shuffle, int64_t at, float *out) {
    const feed picture[] = {{0, MICA_FLOAT32, 4}, {1, MICA_INT32, 4}};
    batches b;
    int64_t total = 0, n;
    bool last = false;
    ASSERT_OK(batches_open(&b, d, 0, d->rows, 8, picture, 2, &err));
    assert_non_null(b.ahead);
    batches_begin_at(&b, shuffle, 3, 1, at);
    for (;;) {
        ASSERT_OK(batches_next(&b, &n, &err));
        if (!n) break;
        assert_false(last);
        last = n < 8;
        memcpy(out + total, b.buffer[0], sizeof(float) * (size_t)n);
        total += n;
    }
    ASSERT_OK(batches_next(&b, &n, &err));
    assert_int_equal(n, 0);
    batches_close(&b);
    return total;
}

TEST(batches_ahead_are_the_same_with_any_number_of_threads) {
    float out[2][100];
    put_pictures(100);
    for (int k = 0; k < 2; k++) {
        mica_context *own = mica_open(MICA_OPTIONS(context, .threads = k ? 5 : 1));
        mica_dataset *d = mica_load_with(own, in_folder("p"), MICA_TRAIN, options);
        ASSERT_OK(mica_check(own, &err));
        assert_int_equal(pictures_of(d, true, 0, out[k]), 100);
        mica_close(&own);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    int seen[100] = {0};
    for (int i = 0; i < 100; i++) seen[(int)out[0][i]]++;
    for (int i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
}

TEST(batches_leave_broken_rows_out_and_stay_full) {
    float first[100], second[100], rest[100];
    put_pictures(100);
    for (int i = 0; i < 100; i += 9) {
        char name[64];
        snprintf(name, sizeof name, "p/c/%03d.pgm", i);
        put_file(in_folder(name), "P5 1 1", 6);
    }
    mica_dataset *d = mica_load_with(ctx, in_folder("p"), MICA_TRAIN, options);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(pictures_of(d, true, 0, first), 88);
    assert_int_equal(mica_dataset_broken(d), 12);
    for (int i = 0; i < 88; i++) assert_int_not_equal((int)first[i] % 9, 0);
    assert_int_equal(pictures_of(d, true, 0, second), 88); /* now they are known */
    assert_memory_equal(first, second, sizeof(float) * 88);
    mica_dataset *anew = mica_load_with(ctx, in_folder("p"), MICA_TRAIN, options);
    const feed picture[] = {{0, MICA_FLOAT32, 4}};
    batches b;
    int64_t n;
    ASSERT_OK(batches_open(&b, d, 0, d->rows, 8, picture, 1, &err));
    batches_begin(&b, true, 3, 1);
    for (int i = 0; i < 5; i++) ASSERT_OK(batches_next(&b, &n, &err));
    int64_t at = b.at;
    batches_close(&b);
    assert_int_equal(pictures_of(anew, true, at, rest), 48); /* resumed in another process */
    assert_memory_equal(rest, first + 40, sizeof(float) * 48);
}

TEST(batches_ahead_hand_a_failure_over) {
    const feed picture[] = {{0, MICA_FLOAT32, 4}};
    batches b;
    int64_t n;
    mica_status status = MICA_OK;
    put_pictures(20);
    mica_dataset *d = mica_load_with(ctx, in_folder("p"), MICA_TRAIN, options);
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < 100; i++) {
        char name[64];
        snprintf(name, sizeof name, "p/c/%03d.pgm", i);
        remove(in_folder(name));
    }
    ASSERT_OK(batches_open(&b, d, 0, d->rows, 4, picture, 1, &err));
    batches_begin(&b, false, 0, 0);
    for (int i = 0; i < 30 && status == MICA_OK; i++) status = batches_next(&b, &n, &err);
    assert_int_equal(status, MICA_FORMAT);
    assert_non_null(strstr(err.message, "more than the 20 %"));
    for (int i = 0; i < 3; i++) { /* it is not over: it failed */
        err = (mica_error){0};
        ASSERT_FAILS(batches_next(&b, &n, &err), MICA_FORMAT, "more than the 20 %");
        assert_int_equal(n, 0);
    }
    put_pictures(100);
    batches_begin(&b, false, 0, 0);
    ASSERT_OK(batches_next(&b, &n, &err)); /* a new pass */
    batches_close(&b);
}

TEST(batches_closed_in_the_middle_stop_the_thread) {
    const feed picture[] = {{0, MICA_FLOAT32, 4}};
    put_pictures(64);
    mica_dataset *d = mica_load_with(ctx, in_folder("p"), MICA_TRAIN, options);
    ASSERT_OK(mica_check(ctx, &err));
    for (int i = 0; i < 20; i++) {
        batches b;
        int64_t n;
        ASSERT_OK(batches_open(&b, d, 0, d->rows, 8, picture, 1, &err));
        if (i % 3) batches_begin(&b, true, 1, (uint64_t)i);
        if (i % 3 == 2) ASSERT_OK(batches_next(&b, &n, &err));
        batches_close(&b);
    }
}

RUN_TESTS(IN_CONTEXT(batches_bring_every_row_once_an_epoch),
          IN_CONTEXT(batches_order_depends_on_key_and_epoch_alone),
          IN_CONTEXT(batches_of_a_part_hold_its_rows_alone),
          IN_CONTEXT(batches_go_on_at_the_cursor),
          IN_CONTEXT(batches_ahead_are_the_same_with_any_number_of_threads),
          IN_CONTEXT(batches_leave_broken_rows_out_and_stay_full),
          IN_CONTEXT(batches_ahead_hand_a_failure_over),
          IN_CONTEXT(batches_closed_in_the_middle_stop_the_thread))
