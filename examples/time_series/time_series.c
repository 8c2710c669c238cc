/* Forecasting: SimpleRNN, LSTM and GRU learn the next value of a signal (two waves and noise) from
 * the 24 before it, on its first part, and are tested on the rest, beside the forecast that nothing
 * changes. Run it anywhere: build/examples/time_series */
#include <mica/mica.h>

#include <math.h>
#include <stdio.h>

#define LENGTH 2000
#define WINDOW 24
#define ROWS (LENGTH - WINDOW)
#define TRAINED 1500

static double wave(int t) { return sin(t * 0.31) + 0.5 * sin(t * 0.83 + 1); }

/* Row i: the values i ... i + WINDOW - 1, and the one after them. */
static void cut_windows(const float *signal, float x[ROWS][WINDOW], float y[ROWS]) {
    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < WINDOW; k++) x[i][k] = signal[i + k];
        y[i] = signal[i + WINDOW];
    }
}

static void make_signal(mica_context *ctx, float signal[LENGTH]) {
    mica_tensor *noise = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(LENGTH), 0, 0.1);
    mica_error err = {0};
    if (mica_tensor_read(noise, MICA_FLOAT32, signal, LENGTH * sizeof *signal, &err) != MICA_OK)
        return;
    for (int t = 0; t < LENGTH; t++) signal[t] += (float)wave(t);
}

static mica_status forecast(mica_context *ctx, const char *name, mica_layer *layer,
                            mica_dataset *train, mica_dataset *test, mica_error *err) {
    mica_results results;
    mica_model *model = mica_sequential(ctx, MICA_SHAPE(WINDOW, 1));
    mica_model_add(model, layer);
    mica_model_add(model, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    mica_model_compile(model, MICA_OPTIONS(compile, .loss = "mse",
                                           .optimizer = mica_adam(
                                               ctx, MICA_OPTIONS(adam, .learning_rate = 0.01))));
    MICA_TRY(
        mica_model_fit(model, train, MICA_OPTIONS(fit, .epochs = 8, .batch_size = 32), NULL, err));
    MICA_TRY(mica_model_evaluate(model, test, NULL, &results, err));
    printf("%-10s mean squared error %.4f\n", name, mica_result(&results, "loss"));
    return MICA_OK;
}

static mica_status run(mica_context *ctx, mica_error *err) {
    static float signal[LENGTH], x[ROWS][WINDOW], y[ROWS];
    double same = 0;
    make_signal(ctx, signal);
    cut_windows(signal, x, y);
    mica_tensor *inputs = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, WINDOW, 1), x);
    mica_tensor *targets = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 1), y);
    mica_dataset *all = mica_dataset_new(ctx, &inputs, 1, &targets, 1, NULL);
    mica_dataset *train = mica_dataset_range(all, 0, TRAINED);
    mica_dataset *test = mica_dataset_range(all, TRAINED, ROWS - TRAINED);
    for (int i = TRAINED; i < ROWS; i++)
        same += (y[i] - x[i][WINDOW - 1]) * (y[i] - x[i][WINDOW - 1]) / (ROWS - TRAINED);
    printf("%-10s mean squared error %.4f\n", "no change", same);
    MICA_TRY(forecast(ctx, "SimpleRNN",
                      mica_layer_simple_rnn(ctx, MICA_OPTIONS(simple_rnn, .units = 16)), train,
                      test, err));
    MICA_TRY(forecast(ctx, "LSTM", mica_layer_lstm(ctx, MICA_OPTIONS(lstm, .units = 16)), train,
                      test, err));
    MICA_TRY(forecast(ctx, "GRU", mica_layer_gru(ctx, MICA_OPTIONS(gru, .units = 16)), train, test,
                      err));
    return mica_check(ctx, err);
}

int main(void) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 1));
    mica_status status = run(ctx, &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_close(&ctx);
    return status != MICA_OK;
}
