/* What dice and tversky share: sums over axes, and 1 - overlap. */
#ifndef LOSS_OVERLAP_H
#define LOSS_OVERLAP_H

#include "loss/loss.h"

#define OVERLAP_AXIS(options) SHAPE_FIELD(options, axis, NULLABLE, .help = "of the sums; null: all")

static inline mica_axes overlap_axes(const mica_shape *axis) {
    mica_axes axes = {.count = axis->rank};
    for (int i = 0; i < axis->rank; i++) axes.axes[i] = axis->dims[i];
    return axes;
}

/* 1 - shared / (whole + 1e-7) */
static inline mica_tensor *not_overlapping(mica_tensor *shared, mica_tensor *whole) {
    mica_tensor *one = scalar_like(shared, 1);
    whole = mica_add(whole, scalar_like(whole, PROBABILITY_EPSILON));
    return mica_subtract(one, mica_divide(shared, whole));
}

#endif
