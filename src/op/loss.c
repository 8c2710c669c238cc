/* The cross-entropies of rows: see loss.h. */
#include "op/loss.h"

mica_status shape_of_row_losses(shape_frame *f) {
    TRY(require_float(f, 0));
    TRY(require_rank_between(f, 0, 1, MAX_RANK));
    for (int i = 0; i < 2; i++) f->out[i].dtype = f->in[0].dtype, f->out[i].shape = f->in[0].shape;
    f->out[0].shape.rank--;
    return MICA_OK;
}

mica_status shape_of_row_gradients(shape_frame *f) {
    for (int i = 0; i < 2; i++) TRY(require_float(f, i));
    TRY(require_rank_between(f, 1, 1, MAX_RANK));
    shape rows = f->in[1].shape;
    rows.rank--;
    TRY(require_fits(f, 0, &rows, "the rows of the probabilities"));
    f->out[0].dtype = f->in[1].dtype, f->out[0].shape = f->in[1].shape;
    return MICA_OK;
}

reduce_attrs last_axis(const mica_tensor *t) { return reduce_attrs_of(t, MICA_AXES(-1), false); }

mica_tensor *with_gradient_of_saved(mica_tensor *of_y, mica_tensor *p, mica_tensor *dp) {
    if (!dp) return of_y;
    axis_attrs last = axis_attrs_of(p, -1, false);
    mica_tensor *of_p = EMIT(&op_softmax_grad, &last, dp, p);
    return of_y ? mica_add(of_y, of_p) : of_p;
}

double softmax_row(const kernel_call *c, int64_t i, int64_t classes) {
    mica_dtype dtype = c->in_info[0].dtype;
    double most = -INFINITY, sum = 0;
    for (int64_t j = i * classes; j < (i + 1) * classes; j++)
        most = fmax(most, dtype_load(dtype, element_of(c->in[0], dtype, j)));
    for (int64_t j = i * classes; j < (i + 1) * classes; j++)
        sum += exp(dtype_load(dtype, element_of(c->in[0], dtype, j)) - most);
    for (int64_t j = i * classes; j < (i + 1) * classes; j++)
        dtype_store(dtype, element_of(c->out[1], dtype, j),
                    exp(dtype_load(dtype, element_of(c->in[0], dtype, j)) - most) / sum);
    return most + log(sum);
}

int64_t label_of(const operand *info, const void *labels, int64_t i, int64_t classes) {
    double value = dtype_load(info->dtype, element_of(labels, info->dtype, i));
    return value >= 0 && value < (double)classes && value == floor(value) ? (int64_t)value : -1;
}

bool row_loss_samples(int number, sample *s) {
    const shape shapes[] = {MICA_SHAPE(4, 3), MICA_SHAPE(2, 3, 5), MICA_SHAPE(6)};
    if (number >= (int)LENGTH(shapes)) return false;
    s->inputs = 1;
    s->in[0] = (struct sample_input){.shape = shapes[number], .low = -2, .high = 2};
    return true;
}

bool row_gradient_samples(int number, sample *s) {
    if (!row_loss_samples(number, s)) return false;
    s->inputs = 2;
    s->in[1] = s->in[0], s->in[1].low = 0.1, s->in[1].high = 1;
    s->in[0].shape.rank--;
    return true;
}

void add_label_samples(sample *s, int logits, int number) {
    const mica_dtype dtypes[] = {MICA_INT32, MICA_UINT8, MICA_FLOAT64};
    shape rows = s->in[logits].shape;
    double most = (double)classes_of(&rows) - 1;
    rows.rank--;
    s->in[s->inputs++] = (struct sample_input){.shape = rows,
                                               .high = most,
                                               .integers = true,
                                               .constant = true,
                                               .dtype = dtypes[number % (int)LENGTH(dtypes)]};
}
