/* What ZeroPadding and Cropping do: see borders.h. */
#include "layer/borders.h"

void zero_padding_call(mica_layer *l, layer_frame *f) {
    const mica_zero_padding_options *o = OPTIONS_OF(l, zero_padding);
    int64_t low[MICA_MAX_RANK] = {0}, high[MICA_MAX_RANK] = {0};
    int axes = axes_of(l), first = space_axis_of(o->data_format);
    for (int i = 0; i < axes; i++) {
        low[first + i] = o->padding[2 * i];
        high[first + i] = o->padding[2 * i + 1];
    }
    f->out[0] = mica_pad(f->in[0], first + axes, low, high, MICA_PAD_CONSTANT, 0);
}

mica_status cropping_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_cropping_options *o = OPTIONS_OF(l, cropping);
    for (int i = 0; i < axes_of(l); i++) {
        int axis = space_axis_of(o->data_format) + i;
        int64_t n = in->dims[axis], before = o->cropping[2 * i], after = o->cropping[2 * i + 1];
        if (n >= 0 && (before >= n || after >= n - before))
            return fail(err, MICA_SHAPE,
                        "cropping (%lld, %lld) of axis %d leaves nothing of its extent %lld",
                        (long long)before, (long long)after, axis, (long long)n);
    }
    return MICA_OK;
}

void cropping_call(mica_layer *l, layer_frame *f) {
    const mica_cropping_options *o = OPTIONS_OF(l, cropping);
    int64_t begin[MICA_MAX_RANK] = {0}, end[MICA_MAX_RANK];
    int axes = axes_of(l), first = space_axis_of(o->data_format);
    for (int i = 0; i < first; i++) end[i] = MICA_END;
    for (int i = 0; i < axes; i++) {
        int64_t after = o->cropping[2 * i + 1];
        begin[first + i] = o->cropping[2 * i];
        end[first + i] = after > 0 ? -after : MICA_END;
    }
    f->out[0] = mica_slice(f->in[0], first + axes, begin, end, NULL);
}
