/* Lists of axes: see axes.h. */
#include "layer/axes.h"

mica_status axes_check(const shape *axes, const shape *in, mica_axes *out, mica_error *err) {
    bool taken[MAX_RANK] = {false};
    int axis;
    for (int i = 0; i < axes->rank; i++) {
        long long given = (long long)axes->dims[i];
        if (!axis_resolve(axes->dims[i], in->rank, &axis))
            return fail(err, MICA_VALUE, "axis is %lld, expected %d to %d", given, -in->rank,
                        in->rank - 1);
        if (taken[axis]) return fail(err, MICA_VALUE, "axis %lld is there twice", given);
        taken[axis] = true;
    }
    *out = (mica_axes){0};
    for (int i = 0; i < in->rank; i++)
        if (taken[i]) out->axes[out->count++] = i;
    return MICA_OK;
}

mica_axes axes_for(const shape *axes, const mica_tensor *x) {
    mica_axes out = {0};
    axes_check(axes, &x->shape, &out, NULL);
    return out;
}

shape axes_dims(const mica_axes *axes, const shape *in) {
    shape s = {axes->count, {0}};
    for (int i = 0; i < axes->count; i++) s.dims[i] = in->dims[axes->axes[i]];
    return s;
}
