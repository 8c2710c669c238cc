/* Dice: 1 - 2 sum(t p) / (sum(t) + sum(p) + 1e-7), the sums over `axis`: all by default, so that a
 * batch has one loss.  (B, …) -> (), or what the axes leave. Source: keras.losses.Dice. */
#include "loss/overlap.h"

#define OWNER mica_dice_options

static const field dice_fields[] = {LOSS_FIELDS(OWNER, "dice"), OVERLAP_AXIS(OWNER), END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    mica_axes axes = overlap_axes(&((const OWNER *)f->options)->axis);
    mica_tensor *t = f->y_true, *p = widened(f->y_pred);
    mica_tensor *both = mica_sum(mica_multiply(t, p), axes, false), *two = scalar_like(p, 2);
    mica_tensor *each = mica_add(mica_sum(t, axes, false), mica_sum(p, axes, false));
    return not_overlapping(mica_multiply(two, both), each);
}

const loss_kind loss_dice = {
    .name = "dice",
    .class_name = "Dice",
    .fields = dice_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(dice)

mica_tensor *mica_dice(mica_tensor *y_true, mica_tensor *y_pred) {
    NEEDS(y_true, y_pred);
    OWNER o = {.axis = {0}};
    return loss_mean(&loss_dice, &o, y_true, y_pred);
}
