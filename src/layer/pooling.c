/* What the pooling layers do: see pooling.h. */
#include "layer/pooling.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static mica_window_options window_of_pool(const mica_layer *l) {
    const mica_pooling_options *o = OPTIONS_OF(l, pooling);
    const int64_t *strides = o->strides[0] == NO_INTEGER ? o->pool_size : o->strides;
    mica_window_options w = window_for(axes_of(l), o->pool_size, strides, NULL, o->padding,
                                       o->data_format);
    memcpy(w.pool, o->pool_size, (size_t)axes_of(l) * sizeof *w.pool);
    return w;
}

void max_pooling_call(mica_layer *l, layer_frame *f) {
    mica_window_options w = window_of_pool(l);
    f->out[0] = mica_max_pool(f->in[0], &w);
}

void average_pooling_call(mica_layer *l, layer_frame *f) {
    mica_window_options w = window_of_pool(l);
    f->out[0] = mica_avg_pool(f->in[0], &w);
}

void global_max_pooling_call(mica_layer *l, layer_frame *f) {
    const mica_global_pooling_options *o = OPTIONS_OF(l, global_pooling);
    f->out[0] = mica_max(f->in[0], space_axes_of(l, o->data_format), o->keepdims);
}

/* The mean over the steps that the mask keeps; as in Keras NaN where it keeps none. */
static mica_tensor *masked_mean(mica_tensor *x, mica_tensor *mask, mica_axes axes, bool keepdims) {
    mica_tensor *kept = mica_expand_dims(mask, axes.axes[0] == 1 ? 2 : 1);
    mica_tensor *zero = mica_scalar(x->ctx, x->dtype, 0);
    mica_tensor *sum = mica_sum(mica_where(kept, x, zero), axes, keepdims);
    return mica_divide(sum, mica_sum(mica_cast(kept, x->dtype), axes, keepdims));
}

void global_average_pooling_call(mica_layer *l, layer_frame *f) {
    const mica_global_pooling_options *o = OPTIONS_OF(l, global_pooling);
    mica_axes axes = space_axes_of(l, o->data_format);
    mica_tensor *mask = axes.count == 1 ? layer_mask(f, 0) : NULL;
    f->out[0] = mask ? masked_mean(f->in[0], mask, axes, o->keepdims)
                     : mica_mean(f->in[0], axes, o->keepdims);
}

void adaptive_average_pooling_call(mica_layer *l, layer_frame *f) {
    const mica_adaptive_pooling_options *o = OPTIONS_OF(l, adaptive_pooling);
    f->out[0] = f->in[0];
    for (int i = 0; i < axes_of(l); i++)
        f->out[0] = mica_resize(f->out[0], space_axis_of(o->data_format) + i, o->output_size[i],
                                MICA_RESIZE_ADAPTIVE, false);
}

/* (size, k): the elements of an axis of n that element i is the greatest of; the last one again
 * where there are fewer than k. */
static mica_tensor *adaptive_windows(mica_context *ctx, int64_t n, int64_t size) {
    int64_t k = 1;
    for (int64_t i = 0; i < size; i++) {
        int64_t length = ((i + 1) * n + size - 1) / size - i * n / size;
        if (length > k) k = length;
    }
    int32_t *at = allocate((size_t)(size * k), sizeof *at);
    if (!at) {
        context_fail(ctx, MICA_MEMORY, "adaptive pooling: no memory for %lld windows",
                     (long long)size);
        return tensor_poison(ctx);
    }
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0, last = ((i + 1) * n + size - 1) / size - 1; j < k; j++) {
            int64_t element = i * n / size + j;
            at[i * k + j] = (int32_t)(element < last ? element : last);
        }
    mica_tensor *windows = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(size, k), at);
    free(at);
    return windows;
}

void adaptive_max_pooling_call(mica_layer *l, layer_frame *f) {
    const mica_adaptive_pooling_options *o = OPTIONS_OF(l, adaptive_pooling);
    f->out[0] = f->in[0];
    for (int i = 0; i < axes_of(l); i++) {
        int axis = space_axis_of(o->data_format) + i;
        int64_t n = f->in[0]->shape.dims[axis];
        if (n < 0 || n > INT32_MAX / 2) {
            context_fail(l->ctx, MICA_SHAPE, "extent %lld of axis %d, expected a known one",
                         (long long)n, axis);
            f->out[0] = tensor_poison(l->ctx);
            return;
        }
        mica_tensor *windows = adaptive_windows(l->ctx, n, o->output_size[i]);
        f->out[0] = mica_max(mica_gather(f->out[0], windows, axis), MICA_AXES(axis + 1), false);
    }
}
