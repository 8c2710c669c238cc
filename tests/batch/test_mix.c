/* MixUp and CutMix on batches: what they do to inputs and targets, the distribution of the shares,
 * what they depend on, errors. */
#include "batch/batches.h"

#include "support/in_context.h"

#define ROWS 3000
#define SIDE 20

/* Images whose pixels are all the row's number, and the same number as target. */
static mica_dataset *numbered(int64_t rows, int64_t side) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(rows, side, side, 1), 0),
                *y = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 1), 0);
    float *pixels = tensor_bytes(x), *targets = tensor_bytes(y);
    for (int64_t i = 0; i < rows * side * side; i++) pixels[i] = (float)(i / (side * side));
    for (int64_t i = 0; i < rows; i++) targets[i] = (float)i;
    return mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
}

typedef struct mixed_data {
    batches b;
    mixing m;
    int64_t side;
} mixed_data;

static void open_mixed(mixed_data *d, int64_t rows, int64_t side, int64_t batch,
                       const char *config) {
    const feed feeds[] = {{0, MICA_FLOAT32, (size_t)(side * side) * 4}, {1, MICA_FLOAT32, 4}};
    const mix_column columns[] = {{MICA_FLOAT32, MICA_SHAPE(side, side, 1), false, "input 0"},
                                  {MICA_FLOAT32, MICA_SHAPE(1), true, "target 0"}};
    *d = (mixed_data){.side = side};
    ASSERT_OK(mixing_add(&d->m, config, 5, &err));
    ASSERT_OK(mixing_open(&d->m, columns, (bool[]){true, true}, 2, batch, &err));
    ASSERT_OK(batches_open(&d->b, numbered(rows, side), 0, rows, batch, feeds, 2, &err));
    d->b.mixing = &d->m;
}

static void close_mixed(mixed_data *d) {
    batches_close(&d->b);
    mixing_close(&d->m);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* MixUp of the numbers 0 and 1 shows each row's own share. */
static int shares_of(const char *config, double *share) {
    mixed_data d;
    int64_t rows;
    int n = 0;
    open_mixed(&d, 2 * ROWS, 1, 2, config);
    batches_begin(&d.b, false, 0, 0);
    for (;;) {
        ASSERT_OK(batches_next(&d.b, &rows, &err));
        if (!rows) break;
        const float *x = d.b.buffer[0], *y = d.b.buffer[1];
        float first = (float)(d.b.at - 2);
        for (int i = 0; i < 2; i++) {
            float own = i ? x[i] - first : 1 - (x[i] - first);
            assert_true(fabsf(x[i] - y[i]) < 1e-3f); /* both are mixed with the same share */
            if (d.m.others[i] != (uint32_t)i) share[n++] = (double)own;
        }
    }
    close_mixed(&d);
    return n;
}

/* Mean, variance 1 / (4 (2 a + 1)), and of a = 1 the distance to a uniform distribution. */
static void expect_beta(const char *config, double a) {
    static double share[2 * ROWS];
    double mean = 0, variance = 0, far = 0, wanted = 1 / (4 * (2 * a + 1));
    int n = shares_of(config, share);
    assert_true(n > ROWS / 2);
    for (int i = 0; i < n; i++) mean += share[i] / n;
    for (int i = 0; i < n; i++) variance += (share[i] - mean) * (share[i] - mean) / n;
    if (!(fabs(mean - 0.5) < 4 * sqrt(wanted / n))) fail_msg("%s: mean %g", config, mean);
    if (!(fabs(variance / wanted - 1) < 0.06))
        fail_msg("%s: variance %g, expected %g", config, variance, wanted);
    qsort(share, (size_t)n, sizeof *share, by_value);
    for (int i = 0; i < n; i++) far = fmax(far, fabs(share[i] - (i + 0.5) / n));
    if (a == 1) assert_true(far < 1.95 / sqrt(n) + 1e-3);
}

TEST(mix_up_draws_shares_of_a_beta_distribution) {
    expect_beta("MixUp", 0.2);
    expect_beta("{\"class_name\": \"MixUp\", \"config\": {\"alpha\": 1}}", 1);
    expect_beta("{\"class_name\": \"MixUp\", \"config\": {\"alpha\": 3.5, \"seed\": 4}}", 3.5);
    expect_beta("{\"class_name\": \"MixUp\", \"config\": {\"alpha\": 0.01}}", 0.01);
}

TEST(cut_mix_pastes_boxes_and_mixes_targets_by_their_area) {
    mixed_data d;
    int64_t rows, pasted_rows = 0, whole = 0;
    double area = 0, from_left = 0;
    open_mixed(&d, ROWS, SIDE, 50,
               "{\"class_name\": \"CutMix\", \"config\": {\"factor\": [1, 1]}}");
    batches_begin(&d.b, true, 3, 0);
    for (;;) {
        ASSERT_OK(batches_next(&d.b, &rows, &err));
        if (!rows) break;
        const float *y = d.b.buffer[1];
        for (int64_t i = 0; i < rows; i++) {
            const float *x = (const float *)d.b.buffer[0] + i * SIDE * SIDE;
            float own = (float)d.b.order[d.b.at - rows + i], other = own;
            int first = -1, last = -1, count = 0;
            for (int k = 0; k < SIDE * SIDE; k++) {
                if (x[k] == own) continue;
                assert_true(other == own || x[k] == other);
                other = x[k], count++, last = k;
                if (first < 0) first = k;
            }
            if (!count) continue;
            int wide = last % SIDE - first % SIDE + 1, high = last / SIDE - first / SIDE + 1;
            assert_int_equal(count, wide * high);
            double part = (double)(y[i] - own) / (double)(other - own); /* of the other */
            assert_true(fabs(sqrt(part) * SIDE - wide) <= 1.001);
            assert_true(fabs(sqrt(part) * SIDE - high) <= 1.001);
            pasted_rows++, area += part, whole += count == SIDE * SIDE;
            from_left += 2 * (first % SIDE) + wide - SIDE; /* left margin less right margin */
        }
    }
    assert_true(pasted_rows > ROWS * 0.9);
    assert_true(fabs(area / (double)pasted_rows - 0.5) < 0.03); /* Beta(1, 1) is uniform */
    from_left /= (double)pasted_rows; /* both are whole numbers: up, and down */
    assert_true(from_left > 0.5 && from_left < 1.5);
    close_mixed(&d);
}

TEST(mixing_depends_on_key_epoch_and_place_alone) {
    static const char *const configs[] = {"MixUp", "CutMix"};
    for (size_t k = 0; k < LENGTH(configs); k++) {
        static float all[4][40 * 36];
        for (int run = 0; run < 4; run++) { /* again; from the middle; another epoch */
            mixed_data d;
            int64_t rows, at = run == 2 ? 20 : 0;
            open_mixed(&d, 40, 6, 10, configs[k]);
            batches_begin_at(&d.b, true, 3, run == 3 ? 2 : 1, at);
            for (;; at += rows) {
                ASSERT_OK(batches_next(&d.b, &rows, &err));
                if (!rows) break;
                memcpy(all[run] + at * 36, d.b.buffer[0], (size_t)rows * 36 * sizeof(float));
            }
            assert_int_equal(at, 40);
            close_mixed(&d);
        }
        assert_memory_equal(all[0], all[1], sizeof *all);
        assert_memory_equal(all[0] + 20 * 36, all[2] + 20 * 36, sizeof *all / 2);
        assert_memory_not_equal(all[0], all[3], sizeof *all);
    }
}

TEST(half_precision_and_channels_first_are_mixed) {
    mixing m = {0};
    const mix_column columns[] = {{MICA_FLOAT16, MICA_SHAPE(2, 4, 5), false, "input 0"},
                                  {MICA_FLOAT32, MICA_SHAPE(1), true, "target 0"}};
    ASSERT_OK(mixing_add(&m,
                         "{\"class_name\": \"CutMix\", \"config\": {\"data_format\": "
                         "\"channels_first\", \"factor\": 1.0}}",
                         1, &err));
    ASSERT_OK(mixing_open(&m, columns, (bool[]){true, false}, 2, 8, &err));
    uint16_t x[8 * 40];
    float y[8] = {0};
    for (int i = 0; i < 8 * 40; i++) x[i] = (uint16_t)(i / 40);
    mix_rows(&m, (void *[]){x, y}, 8, 0, 0);
    int changed = 0;
    for (int i = 0; i < 8; i++) {
        assert_true(y[i] == 0);        /* it was not to be mixed */
        for (int k = 0; k < 20; k++) { /* both channels have the same box */
            assert_int_equal(x[i * 40 + k], x[i * 40 + 20 + k]);
            changed += x[i * 40 + k] != i;
        }
    }
    assert_true(changed > 0);
    mixing_close(&m);
}

TEST(what_cannot_be_mixed_is_told) {
    static const struct {
        const char *config, *text;
    } wrong[] = {
        {"MixUpp", "augment: unknown class 'MixUpp' (did you mean 'MixUp'?)"},
        {"{\"config\": {}}", "augment: class_name is missing"},
        {"{\"class_name\": \"MixUp\"", "augment"},
        {"{\"class_name\": \"MixUp\", \"config\": {\"alfa\": 1}}", "did you mean 'alpha'?"},
        {"{\"class_name\": \"MixUp\", \"config\": {\"alpha\": -1}}", "alpha is -1"},
        {"{\"class_name\": \"CutMix\", \"config\": {\"factor\": 2}}",
         "factor is 2, expected 0 to 1"},
    };
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        mixing m = {0};
        if (mixing_add(&m, wrong[i].config, 1, &err) == MICA_OK ||
            !strstr(err.message, wrong[i].text))
            fail_msg("%s: '%s'", wrong[i].config, err.message);
        err = (mica_error){0};
    }
    mixing m = {0};
    ASSERT_OK(mixing_add(&m, "CutMix", 1, &err));
    mix_column flat = {MICA_FLOAT32, MICA_SHAPE(7), false, "input 0"};
    ASSERT_FAILS(mixing_open(&m, &flat, (bool[]){true}, 1, 4, &err), MICA_SHAPE,
                 "augment: CutMix: input 0 is (7,) without the batch, expected images (H, W, C)");
    mix_column labels = {MICA_INT32, MICA_SHAPE(1), true, "target 0"};
    ASSERT_FAILS(mixing_open(&m, &labels, (bool[]){true}, 1, 4, &err), MICA_TYPE,
                 "target 0 is int32, expected floats: labels as probabilities");
    mixing_close(&m);
}

RUN_TESTS(IN_CONTEXT(mix_up_draws_shares_of_a_beta_distribution),
          IN_CONTEXT(cut_mix_pastes_boxes_and_mixes_targets_by_their_area),
          IN_CONTEXT(mixing_depends_on_key_epoch_and_place_alone),
          IN_CONTEXT(half_precision_and_channels_first_are_mixed),
          IN_CONTEXT(what_cannot_be_mixed_is_told))
