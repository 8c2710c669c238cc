/* Times a training step of one recurrent layer of 128 units and Dense(1), with Adam and the mean
 * squared error, on 64 sequences of 100 steps of 64 features, beside which bench/compare.py puts
 * PyTorch and Keras on TensorFlow: bench_recurrent [SECONDS]. Prints one line of JSON; medians. */
#include "base/clock.h"

#include <mica/mica.h>

#include <stdio.h>
#include <stdlib.h>

#define SEQUENCES 64
#define BATCHES 4
#define MOST_STEPS 100000

typedef struct steps {
    double *seconds, last, end;
    int count, warm;
} steps;

static mica_status on_epoch(mica_fit_state *s, void *user, mica_error *err) {
    (void)s, (void)err;
    ((steps *)user)->last = clock_seconds();
    return MICA_OK;
}

static mica_status on_step(mica_fit_state *s, void *user, mica_error *err) {
    (void)err;
    steps *t = user;
    double now = clock_seconds();
    if (++t->warm > 2 * BATCHES && t->count < MOST_STEPS) t->seconds[t->count++] = now - t->last;
    t->last = now;
    s->stop = t->count >= 5 && now > t->end;
    return MICA_OK;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double time_layer(mica_context *ctx, mica_layer *layer, double seconds, mica_error *err) {
    steps t = {.seconds = malloc(MOST_STEPS * sizeof(double)), .end = clock_seconds() + seconds};
    mica_callback watch = {.user = &t, .on_epoch_begin = on_epoch, .on_step = on_step};
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(BATCHES * SEQUENCES, 100, 64),
                                        0, 1);
    mica_tensor *y = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(BATCHES * SEQUENCES, 1), 0,
                                        1);
    mica_dataset *data = mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
    mica_model *model = mica_sequential(ctx, MICA_SHAPE(100, 64));
    mica_model_add(model, layer);
    mica_model_add(model, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    mica_model_compile(model, MICA_OPTIONS(compile, .optimizer_name = "adam", .loss = "mse"));
    mica_status status = mica_model_fit(model, data,
                                        MICA_OPTIONS(fit, .epochs = MOST_STEPS, .no_shuffle = true,
                                                     .batch_size = SEQUENCES,
                                                     .callbacks = {&watch}),
                                        NULL, err);
    qsort(t.seconds, (size_t)t.count, sizeof *t.seconds, by_value);
    double middle = status == MICA_OK && t.count ? t.seconds[t.count / 2] : 0;
    free(t.seconds);
    return middle * 1e3;
}

int main(int argc, char **argv) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    double each = argc > 1 ? strtod(argv[1], NULL) : 1;
    double rnn = time_layer(ctx, mica_layer_simple_rnn(ctx, MICA_OPTIONS(simple_rnn, .units = 128)),
                            each, &err);
    double gru = time_layer(ctx, mica_layer_gru(ctx, MICA_OPTIONS(gru, .units = 128)), each, &err);
    double lstm = time_layer(ctx, mica_layer_lstm(ctx, MICA_OPTIONS(lstm, .units = 128)), each,
                             &err);
    if (mica_check(ctx, &err) != MICA_OK || err.code != MICA_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("{\"simple_rnn_ms\": %.3f, \"gru_ms\": %.3f, \"lstm_ms\": %.3f}\n", rnn, gru, lstm);
    mica_close(&ctx);
    return 0;
}
