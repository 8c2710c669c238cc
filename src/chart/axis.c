/* Axes: round steps (1, 2 or 5 times a power of ten). See svg.h. */
#include "chart/svg.h"

#include <math.h>

static double round_step(double raw) {
    double power = pow(10, floor(log10(raw))), part = raw / power;
    return power * (part <= 1.0001 ? 1 : part <= 2.0001 ? 2 : part <= 5.0001 ? 5 : 10);
}

axis axis_around(double least, double most, int ticks, double least_step) {
    double spread = most - least;
    if (!(spread > 0)) { /* one value: some room around it */
        spread = fmax(fabs(most) * 0.2, fmax(least_step, 1e-12));
        least -= spread / 2, most += spread / 2;
    }
    double step = fmax(round_step(spread / ticks), least_step);
    axis a = {.step = step};
    a.first = floor(least / step + 1e-9) * step;
    a.last = ceil(most / step - 1e-9) * step;
    return a;
}

double axis_place(const axis *a, double value) {
    return a->from + (value - a->first) / (a->last - a->first) * (a->to - a->from);
}
