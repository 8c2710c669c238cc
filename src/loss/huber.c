/* Huber: mean over K of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2, e = y_pred -
 * y_true.  (B, …, K) -> (B, …). Source: keras.losses.Huber. */
#include "loss/loss.h"

#define OWNER mica_huber_options

static const field huber_fields[] = {LOSS_FIELDS(OWNER, "huber_loss"),
                                     REAL(OWNER, delta, DEFAULT(1), .min = 0, .max = INFINITY,
                                          .help = "errors from it on count linearly"),
                                     END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    double delta = ((const OWNER *)f->options)->delta;
    mica_tensor *error = mica_subtract(widened(f->y_pred), f->y_true), *size = mica_abs(error);
    mica_tensor *half = scalar_like(error, 0.5), *limit = scalar_like(error, delta);
    mica_tensor *square = mica_multiply(half, mica_square(error));
    mica_tensor *line = mica_subtract(mica_multiply(limit, size),
                                      scalar_like(error, delta * delta / 2));
    mica_tensor *y = mica_where(mica_less_equal(size, limit), square, line);
    return mica_mean(y, MICA_AXES(-1), false);
}

const loss_kind loss_huber = {
    .name = "huber",
    .class_name = "Huber",
    .aliases = {"huber_loss"},
    .fields = huber_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(huber)

mica_tensor *mica_huber(mica_tensor *y_true, mica_tensor *y_pred, double delta) {
    NEEDS(y_true, y_pred);
    OWNER o = {.delta = delta};
    return loss_mean(&loss_huber, &o, y_true, y_pred);
}
