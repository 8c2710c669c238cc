/* Binding data to programs: see bind.h. */
#include "train/bind.h"

#include <stdlib.h>
#include <string.h>

/* What is wanted is `traced` of that dtype; what comes is *s. */
static mica_status bind_one(const shape *traced, mica_dtype dtype, shape *s, const mica_dataset *d,
                            int at, const char *what, feed *f, mica_error *err) {
    const column *c = &d->column[at];
    TRY(dataset_check_sample(d, at, traced, dtype, what, err));
    *s = *traced;
    for (int i = 1; i < s->rank; i++)
        if (s->dims[i] < 0) s->dims[i] = i - 1 < c->shape.rank ? c->shape.dims[i - 1] : 1;
    int64_t elements = 1;
    for (int i = 1; i < s->rank; i++) elements *= s->dims[i];
    *f = (feed){at, dtype, (size_t)elements * mica_dtype_size(dtype)};
    return MICA_OK;
}

static const char *input_name(const mica_model *m, int i) {
    return m->nodes[m->inputs[i].node].layer->name;
}

static void names_of(const mica_model *m, const char *names[MAX_MODEL_INPUTS]) {
    for (int i = 0; i < m->input_count; i++) names[i] = input_name(m, i);
}

static bool has_names(const mica_model *m, const mica_dataset *d) {
    const char *names[MAX_MODEL_INPUTS];
    names_of(m, names);
    return dataset_names_all(d, names, m->input_count);
}

int input_column(const mica_model *m, const mica_dataset *d, int i) {
    const char *names[MAX_MODEL_INPUTS];
    names_of(m, names);
    return dataset_input(d, names, m->input_count, i);
}

static mica_status require_columns(const mica_dataset *d, column_role role, int count,
                                   const char *what, mica_error *err) {
    int have = 0;
    while (dataset_column(d, role, have) >= 0) have++;
    if (have == count) return MICA_OK;
    if (!have && role == COLUMN_TARGET && d->no_targets)
        return fail(err, MICA_SHAPE, "%s: no targets, the model expects %d: %s",
                    d->origin ? d->origin : "data", count, d->no_targets);
    return fail(err, MICA_SHAPE, "%s: %d %s, the model expects %d", d->origin ? d->origin : "data",
                have, what, count);
}

/* (B, …) of samples whose shape is their own: sequences of labels. */
static shape free_shape(const shape *sample) {
    shape s = {sample->rank + 1, {-1}};
    for (int i = 0; i < sample->rank && i + 1 < MAX_RANK; i++) s.dims[i + 1] = sample->dims[i];
    return s;
}

/* Targets come as they are in the data: (B,) or (B, 1) labels, or rows like the output's. */
static mica_status target_shapes(const mica_model *m, const mica_dataset *d, signature *s,
                                 mica_error *err) {
    char got[128], want[128];
    for (int i = 0; i < m->output_count; i++) {
        const column *c = &d->column[dataset_column(d, COLUMN_TARGET, i)];
        const shape *output = model_output_shape(m, i);
        const loss_kind *loss = m->compiled.loss[i]->kind;
        shape wanted = *output;
        if (loss->free_labels) wanted = free_shape(&c->shape);
        else if (loss->sparse_labels) wanted.rank--;
        if (!sample_fits(&c->shape, &wanted)) {
            shape_format(&c->shape, got), shape_format(&wanted, want);
            return fail(err, MICA_SHAPE,
                        "%s: samples of target %d have shape %s, loss %s of output %s expects %s "
                        "with the batch",
                        d->origin ? d->origin : "data", i, got, m->compiled.loss[i]->kind->name,
                        m->nodes[m->outputs[i].node].layer->name, want);
        }
        s->y_shape[i] = wanted;
    }
    return MICA_OK;
}

static size_t weights_of_row(const shape *s) {
    size_t n = 1;
    for (int i = 1; i < s->rank; i++) n *= (size_t)s->dims[i];
    return n;
}

/* (B) where nobody gave weights, else the batch and what a row of them is. */
static shape weight_shape(const mica_dataset *d) {
    int at = dataset_column(d, COLUMN_WEIGHT, 0);
    shape s = {1, {-1}};
    for (int i = 0; at >= 0 && i < d->column[at].shape.rank && s.rank < MAX_RANK; i++)
        s.dims[s.rank++] = d->column[at].shape.dims[i];
    return s;
}

mica_status bind_inputs(const mica_model *m, const mica_dataset *d, feed *feeds, shape *shapes,
                        mica_error *err) {
    char what[160];
    if (!has_names(m, d)) TRY(require_columns(d, COLUMN_INPUT, m->input_count, "inputs", err));
    for (int i = 0; i < m->input_count; i++) {
        snprintf(what, sizeof what, "input %s", input_name(m, i));
        TRY(bind_one(model_input_shape(m, i), m->nodes[m->inputs[i].node].out_dtype[0], &shapes[i],
                     d, input_column(m, d, i), what, &feeds[i], err));
    }
    return MICA_OK;
}

mica_status bind_data(mica_model *m, step_kind kind, const mica_dataset *d, bool weighted,
                      bool guarded, step_program **p, feed *feeds, mica_error *err) {
    signature s = {.weighted = weighted, .guarded = guarded, .weight_shape = weight_shape(d)};
    char what[160];
    if (kind != STEP_PREDICT && !m->compiled.done)
        return fail(err, MICA_STATE, "model %s: compile it before training or evaluating", m->name);
    if (!has_names(m, d)) TRY(require_columns(d, COLUMN_INPUT, m->input_count, "inputs", err));
    if (kind != STEP_PREDICT) {
        TRY(require_columns(d, COLUMN_TARGET, m->output_count, "targets", err));
        TRY(target_shapes(m, d, &s, err));
    }
    TRY(step_program_of(m, kind, kind == STEP_PREDICT ? NULL : &s, p, err));
    for (int i = 0; i < m->input_count; i++) {
        snprintf(what, sizeof what, "input %s", input_name(m, i));
        TRY(bind_one(&(*p)->traced[i], (*p)->dtype[i], &(*p)->shape[i], d, input_column(m, d, i),
                     what, &feeds[i], err));
    }
    for (int i = 0; i < m->output_count && kind != STEP_PREDICT; i++) {
        snprintf(what, sizeof what, "target %d", i);
        const int k = m->input_count + i;
        TRY(bind_one(&(*p)->traced[k], (*p)->dtype[k], &(*p)->shape[k], d,
                     dataset_column(d, COLUMN_TARGET, i), what, &feeds[k], err));
    }
    if (weighted && kind != STEP_PREDICT)
        feeds[(*p)->inputs - 1] = (feed){dataset_column(d, COLUMN_WEIGHT, 0), MICA_FLOAT32,
                                         weights_of_row(&s.weight_shape) * sizeof(float)};
    return MICA_OK;
}

mica_status check_idle(const mica_model *m, const char *what, mica_error *err) {
    if (!m->fitting) return MICA_OK;
    return fail(err, MICA_STATE, "model %s: %s while it is trained: a callback may not", m->name,
                what);
}

int64_t batch_for(const mica_model *m, int64_t asked) {
    int64_t own = model_batch(m);
    return own ? own : asked > 0 ? asked : 32;
}

mica_status check_whole(const mica_model *m, const char *what, int64_t rows, mica_error *err) {
    int64_t own = model_batch(m);
    if (!own || rows % own == 0) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: %lld rows, expected a multiple of %lld: model %s takes batches of that size",
                what, (long long)rows, (long long)own, m->name);
}

#define CHUNK 4096 /* rows looked at together, or fewer of long rows */

/* Label k of those from row `first` on, `each` a row, is none. */
static mica_status refuse_label(const mica_dataset *d, double label, int64_t first, int64_t each,
                                int64_t k, int64_t classes, mica_error *err) {
    char place[48] = "";
    if (each > 1) snprintf(place, sizeof place, ", place %lld", (long long)(k % each));
    return fail(err, MICA_VALUE,
                "%s: label %g in row %lld%s, expected a whole number from 0 to %lld",
                d->origin ? d->origin : "data", label, (long long)(first + k / each), place,
                (long long)classes - 1);
}

/* Labels of samples, or one a step or pixel. */
static mica_status check_column(const mica_dataset *d, int at, const mica_loss *loss,
                                int64_t classes, mica_error *err) {
    uint32_t rows[CHUNK];
    int64_t each = shape_size(&d->column[at].shape), some = CHUNK;
    if (each <= 0) return MICA_OK;
    while (some > 1 && some * each > 16 * CHUNK) some /= 2;
    double *labels = allocate((size_t)(some * each), sizeof *labels);
    if (!labels) return fail_memory(err, (size_t)(some * each) * sizeof *labels, "labels");
    mica_status status = MICA_OK;
    for (int64_t first = 0; first < d->rows && status == MICA_OK; first += some) {
        int64_t n = d->rows - first < some ? d->rows - first : some;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        status = d->gather(d, at, rows, n, MICA_FLOAT64, labels, err);
        for (int64_t k = 0; k < n * each && status == MICA_OK; k++) {
            double label = labels[k];
            if (label >= 0 && label < (double)classes && label == (double)(int64_t)label) continue;
            if (loss->kind->ignores && loss->kind->ignores(loss->options, label)) continue;
            status = refuse_label(d, label, first, each, k, classes, err);
        }
    }
    free(labels);
    return status;
}

/* The classes that labels of output i may be; 0: it has no labels that are looked at. */
static int64_t classes_of(const mica_model *m, int i) {
    const shape *output = model_output_shape(m, i);
    const loss_kind *loss = m->compiled.loss[i]->kind;
    bool looked_at = loss->sparse_labels && !loss->free_labels && output->rank;
    return looked_at ? output->dims[output->rank - 1] : 0;
}

mica_status check_labels(const mica_model *m, const mica_dataset *d, mica_error *err) {
    if (d->makes_targets || d->stream) return MICA_OK; /* in each batch */
    for (int i = 0; i < m->output_count; i++)
        if (classes_of(m, i))
            TRY(check_column(d, dataset_column(d, COLUMN_TARGET, i), m->compiled.loss[i],
                             classes_of(m, i), err));
    return MICA_OK;
}

mica_status check_batch_labels(const mica_model *m, const mica_dataset *d, const batches *b,
                               int64_t rows, mica_error *err) {
    for (int i = 0; i < m->output_count; i++) {
        const feed *f = &b->feed[m->input_count + i];
        const mica_loss *loss = m->compiled.loss[i];
        size_t size = mica_dtype_size(f->dtype);
        int64_t each = (int64_t)(f->row_bytes / size), classes = classes_of(m, i);
        for (int64_t k = 0; k < rows * each && classes; k++) {
            double label = dtype_load(f->dtype, (const char *)b->buffer[m->input_count + i] +
                                                    (size_t)k * size);
            if (label >= 0 && label < (double)classes) continue;
            if (loss->kind->ignores && loss->kind->ignores(loss->options, label)) continue;
            TRY(refuse_label(d, label, b->at - rows, each, k, classes, err));
        }
    }
    return MICA_OK;
}
