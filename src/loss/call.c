/* Calling a loss: ranks, weights, masks, reduction. Source: keras.src.losses.loss. */
#include "loss/loss.h"

#include <string.h>

static mica_dtype wide_dtype(mica_dtype dtype) {
    return dtype_is_half(dtype) ? MICA_FLOAT32 : dtype;
}

mica_tensor *loss_of_samples(const loss_kind *kind, loss_frame *f) {
    f->kind = kind;
    if (!kind->sparse_labels) {
        f->y_true = mica_cast(f->y_true, wide_dtype(f->y_pred->dtype));
        same_rank(&f->y_true, &f->y_pred);
    } else if (!kind->free_labels) {
        f->y_true = class_numbers(f->y_true, f->y_pred);
    }
    return kind->call(f);
}

mica_tensor *loss_mean(const loss_kind *kind, const void *options, mica_tensor *y_true,
                       mica_tensor *y_pred) {
    loss_frame f = {.options = options, .y_true = y_true, .y_pred = y_pred};
    mica_error err = {0};
    if (options && fields_check(kind->fields, options, kind->name, &err) != MICA_OK) {
        context_fail_with(y_pred->ctx, &err);
        return tensor_poison(y_pred->ctx);
    }
    return mica_mean(loss_of_samples(kind, &f), MICA_ALL_AXES, false);
}

/* Masked-out samples weigh 0; for means the others weigh total / valid. */
static mica_tensor *mask_weights(mica_tensor *mask, mica_dtype dtype, bool mean) {
    mica_tensor *m = mica_cast(mask, dtype);
    if (!mean) return m;
    mica_tensor *valid = mica_sum(m, MICA_ALL_AXES, false), *one = scalar_like(m, 1);
    return mica_multiply(m, mica_divide(mica_size(m, MICA_ALL_AXES), mica_maximum(valid, one)));
}

static mica_tensor *reduce(const char *reduction, mica_tensor *values, mica_tensor *weights) {
    if (!reduction || !strcmp(reduction, "none")) return values;
    if (!strcmp(reduction, "sum")) return mica_sum(values, MICA_ALL_AXES, false);
    if (strcmp(reduction, "mean_with_sample_weight") || !weights)
        return mica_mean(values, MICA_ALL_AXES, false);
    mica_tensor *sum = mica_sum(values, MICA_ALL_AXES, false);
    mica_tensor *divisor = mica_sum(weights, MICA_ALL_AXES, false);
    mica_tensor *zero = scalar_like(sum, 0), *some = mica_not_equal(divisor, zero);
    return mica_where(some, mica_divide(sum, mica_where(some, divisor, scalar_like(sum, 1))), zero);
}

mica_tensor *loss_call(const mica_loss *l, loss_frame *f) {
    if (l->failed) {
        context_fail(l->ctx, MICA_STATE, "the loss was not made");
        return tensor_poison(l->ctx);
    }
    f->options = l->options;
    mica_tensor *values = loss_of_samples(l->kind, f), *weights = f->sample_weight;
    if (weights) weights = mica_cast(weights, values->dtype);
    if (f->mask) {
        const char *reduction = l->options->reduction;
        bool mean = reduction && (!strcmp(reduction, "mean") || !strcmp(reduction, reductions[0]));
        mica_tensor *valid = mask_weights(f->mask, values->dtype, mean);
        weights = weights ? mica_multiply(valid, weights_like(weights, valid)) : valid;
    }
    if (weights) values = mica_multiply(values, weights_like(weights, values));
    mica_tensor *loss = reduce(l->options->reduction, values, weights);
    if (l->ctx->error.code != MICA_OK && loss->kind == TENSOR_POISON)
        fail_within(&l->ctx->error, l->ctx->error.code, "loss %s", l->kind->name);
    return loss;
}

mica_tensor *mica_loss_call(mica_loss *loss, mica_tensor *y_true, mica_tensor *y_pred,
                            mica_tensor *sample_weight) {
    NEEDS(y_true, y_pred);
    if (!loss) return tensor_poison(y_pred->ctx);
    loss_frame f = {.y_true = y_true, .y_pred = y_pred, .sample_weight = sample_weight};
    return loss_call(loss, &f);
}
