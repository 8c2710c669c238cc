/* MeanSquaredError: mean over the last axis of (y_true - y_pred)^2.
 * Source: keras.losses.MeanSquaredError. */
#include "loss/loss.h"

static const field mean_squared_error_fields[] = {
    LOSS_FIELDS(mica_mean_squared_error_options, "mean_squared_error"), END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    mica_tensor *squares = mica_square(mica_subtract(widened(f->y_pred), f->y_true));
    return mica_mean(squares, MICA_AXES(-1), false);
}

const loss_kind loss_mean_squared_error = {
    .name = "mean_squared_error",
    .class_name = "MeanSquaredError",
    .aliases = {"mse", "MSE"},
    .fields = mean_squared_error_fields,
    .options_size = sizeof(mica_mean_squared_error_options),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(mean_squared_error)

mica_tensor *mica_mean_squared_error(mica_tensor *y_true, mica_tensor *y_pred) {
    loss_frame f = {.y_true = y_true, .y_pred = y_pred};
    return mica_mean(loss_of_samples(&loss_mean_squared_error, &f), MICA_ALL_AXES, false);
}
