/* The leading layers of a model that prepare pictures: see preview_layers.h. */
#include "cli/preview_layers.h"

#include "data/dataset.h"
#include "train/bind.h"

#include <math.h>
#include <stdlib.h>

/* ---- which they are ---- */

/* The only node that reads this one; -1: none does, or several do. */
static int reader_of(const mica_model *m, int node) {
    int found = -1, readers = 0;
    for (size_t i = 0; i < m->node_count; i++)
        for (int k = 0; k < m->nodes[i].inputs; k++)
            if (m->nodes[i].in[k].node == node) found = (int)i, readers++;
    return readers == 1 ? found : -1;
}

/* A model as a layer prepares where all of its layers do. */
static preparing prepares(const mica_layer *l) {
    const mica_model *m = layer_model(l);
    preparing all = PREPARES_NOTHING;
    if (!m) return l->kind->prepares;
    for (size_t i = 0; i < m->node_count; i++) {
        if (!m->nodes[i].inputs) continue;
        preparing one = prepares(m->nodes[i].layer);
        if (!one || m->nodes[i].inputs != 1 || m->nodes[i].outputs != 1) return PREPARES_NOTHING;
        if (one > all) all = one;
    }
    return all;
}

static void find_layers(leading_layers *l) {
    const mica_model *m = l->model;
    int at = m->inputs[0].node, passed = 0;
    l->last = at;
    while ((at = reader_of(m, at)) >= 0) {
        const model_node *n = &m->nodes[at];
        preparing here = n->inputs == 1 && n->outputs == 1 ? prepares(n->layer) : PREPARES_NOTHING;
        if (!here || n->out[0].rank < 3) return;
        passed++;
        if (here == PREPARES_PICTURES) l->last = at, l->count = passed;
    }
}

mica_status leading_layers_of(mica_model *m, const mica_dataset *d, feed *feeds,
                              leading_layers *out, mica_error *err) {
    feed of_inputs[MAX_MODEL_INPUTS];
    *out = (leading_layers){.model = m};
    if (!m) return MICA_OK;
    TRY(bind_inputs(m, d, of_inputs, out->shape, err));
    out->feeds = m->input_count;
    for (int i = 0; i < m->input_count; i++) {
        out->feed[i] = of_inputs[i].column;
        feeds[of_inputs[i].column] = of_inputs[i];
    }
    find_layers(out);
    return MICA_OK;
}

static void add_names(const mica_model *m, int node, strbuf *out) {
    if (!m->nodes[node].inputs) return;
    add_names(m, m->nodes[node].in[0].node, out);
    const mica_model *inner = layer_model(m->nodes[node].layer);
    if (inner) {
        add_names(inner, inner->outputs[0].node, out);
        return;
    }
    strbuf_add(out, "%s%s", out->length ? ", " : "", layer_class(m->nodes[node].layer));
}

void leading_names(const leading_layers *l, strbuf *out) {
    if (l->model) add_names(l->model, l->last, out);
}

/* ---- what they make ---- */

/* The first nodes of the model as a model. */
static mica_status run_layers(const leading_layers *l, const batches *b, int64_t rows,
                              mica_tensor **out, mica_error *err) {
    mica_model part = *l->model;
    model_frame f = {.training = true, .counter = part.counter};
    part.node_count = (size_t)l->last + 1;
    part.output_count = 1, part.outputs[0] = (reference){l->last, 0};
    for (int i = 0; i < l->feeds; i++) {
        shape s = l->shape[i];
        s.dims[0] = rows;
        f.in[i] = mica_tensor_over(part.ctx, b->feed[l->feed[i]].dtype, s, b->buffer[l->feed[i]],
                                   NULL, NULL);
    }
    mica_status status = model_run(&part, &f, err);
    *out = f.out[0];
    model_frame_free(&f);
    return status == MICA_OK ? mica_check(part.ctx, err) : status;
}

/* (rows, H, W) or (rows, H, W, C). */
static mica_status take_extents(const shape *s, const char *origin, picture_batch *out,
                                mica_error *err) {
    char text[128];
    shape one = {.rank = s->rank - 1};
    for (int i = 0; i < one.rank; i++) one.dims[i] = s->dims[i + 1];
    if (s->rank == 3 || s->rank == 4) {
        out->height = s->dims[1], out->width = s->dims[2];
        out->channels = s->rank == 4 ? s->dims[3] : 1;
        if (out->height > 0 && out->width > 0 && out->channels > 0) return MICA_OK;
    }
    shape_format(&one, text);
    return fail(err, MICA_SHAPE,
                "%s: samples of shape %s are no pictures, expected (H, W) or (H, W, C)",
                origin ? origin : "data", text);
}

static mica_status pixel_room(picture_batch *p, mica_error *err) {
    size_t bytes = (size_t)(p->rows * p->height * p->width * p->channels) * sizeof *p->pixels;
    p->pixels = malloc(bytes);
    return p->pixels ? MICA_OK : fail_memory(err, bytes, "preview");
}

static mica_status prepared_pixels(const leading_layers *l, const batches *b, picture_batch *p,
                                   mica_error *err) {
    mica_tensor *y;
    TRY(run_layers(l, b, p->rows, &y, err));
    shape s = mica_tensor_shape(y);
    mica_status status = take_extents(&s, b->data->origin, p, err);
    if (status == MICA_OK) status = pixel_room(p, err);
    if (status == MICA_OK)
        status = mica_tensor_read(y, MICA_FLOAT32, p->pixels,
                                  (size_t)mica_tensor_size(y) * sizeof *p->pixels, err);
    mica_tensor_destroy(&y);
    return status;
}

/* As the data have them. */
static mica_status plain_pixels(const batches *b, picture_batch *p, mica_error *err) {
    int at = dataset_column(b->data, COLUMN_INPUT, 0);
    shape s = {.rank = 1};
    if (at >= 0) {
        const shape *one = &b->data->column[at].shape;
        for (int i = 0; i < one->rank && s.rank < MAX_RANK; i++) s.dims[s.rank++] = one->dims[i];
    }
    TRY(take_extents(&s, b->data->origin, p, err));
    TRY(pixel_room(p, err));
    convert(b->feed[at].dtype, b->buffer[at], MICA_FLOAT32, p->pixels,
            p->rows * p->height * p->width * p->channels);
    return MICA_OK;
}

/* ---- pixels again ---- */

/* What the layers up to that node did to the numbers is taken back; false: nobody can say what the
 * pixels were. */
static bool undo_layers(const mica_model *m, int node, float *x, int64_t count) {
    for (; m->nodes[node].inputs; node = m->nodes[node].in[0].node) {
        const mica_layer *l = m->nodes[node].layer;
        const mica_model *inner = layer_model(l);
        if (l->kind == &layer_normalization) return false;
        if (inner && !undo_layers(inner, inner->outputs[0].node, x, count)) return false;
        if (l->kind != &layer_rescaling) continue;
        const mica_rescaling_options *o = OPTIONS_OF(l, rescaling);
        if (o->scale == 0) return false;
        for (int64_t i = 0; i < count; i++) x[i] = (float)((x[i] - o->offset) / o->scale);
    }
    return true;
}

/* Numbers that are no pixels: 0 … 1 as it is often written, or from the least to the greatest. */
static void stretch(picture_batch *p, int64_t count) {
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(p->pixels[i]))
            low = fminf(low, p->pixels[i]), high = fmaxf(high, p->pixels[i]);
    if (!(low <= high)) return;
    if (low >= 0 && high > 1 && high <= 255) return;
    p->stretched = low < 0 || high > 255;
    if (!p->stretched) low = 0, high = 1;
    p->least = low, p->greatest = high;
    float scale = high > low ? 255 / (high - low) : 0;
    for (int64_t i = 0; i < count; i++) p->pixels[i] = (p->pixels[i] - low) * scale;
}

mica_status leading_pictures(const leading_layers *l, const batches *b, preprocess_mode mode,
                             int64_t rows, picture_batch *out, mica_error *err) {
    *out = (picture_batch){.rows = rows};
    mica_status status = l->count ? prepared_pixels(l, b, out, err) : plain_pixels(b, out, err);
    if (status != MICA_OK) {
        free(out->pixels);
        out->pixels = NULL;
        return status;
    }
    int64_t pixels = rows * out->height * out->width, count = pixels * out->channels;
    bool known = !l->count || undo_layers(l->model, l->last, out->pixels, count);
    if (known && (mode == PREPROCESS_TF || out->channels == 3))
        preprocess_input_undo(mode, out->pixels, pixels, out->channels);
    if (!known || (!b->data->pictures && mode == PREPROCESS_NONE)) stretch(out, count);
    return MICA_OK;
}
