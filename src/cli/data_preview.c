/* mica data preview: the first batch that training would see, with labels: a contact sheet of
 * pictures, lines of texts and sounds. */
#include "cli/data_pictures.h"
#include "cli/data_sheet.h"
#include "cli/model_data.h"
#include "cli/table.h"
#include "codec/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct preview_options {
    common_options common;
    sample_options samples;
    int64_t batch_size, seed;
    bool no_shuffle;
    const char *output;
} preview_options;

#define O preview_options
static const option options[] = {
    TEXT_OPTION(O, output, "output", "FILE.png", "the sheet of pictures (default preview.png)"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "how many samples (default 25)"),
    COUNT_OPTION(O, seed, "seed", "N", 0, "of the order (default 0)"),
    FLAG(O, no_shuffle, "no-shuffle", "the first samples, in their own order"),
    SAMPLE_OPTIONS(O),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* Height, width and channels of samples that are pictures. */
static mica_status picture_extents(const mica_dataset *d, int64_t extents[3], mica_error *err) {
    char text[128];
    int at = dataset_column(d, COLUMN_INPUT, 0);
    const shape *s = at < 0 ? &(shape){0} : &d->column[at].shape;
    if (s->rank == 2 || s->rank == 3) {
        for (int i = 0; i < 3; i++) extents[i] = i < s->rank ? s->dims[i] : 1;
        if (extents[0] > 0 && extents[1] > 0 && extents[2] > 0) return MICA_OK;
    }
    shape_format(s, text);
    return fail(err, MICA_SHAPE,
                "%s: samples of shape %s are no pictures, expected (H, W) or "
                "(H, W, C)",
                d->origin ? d->origin : "data", text);
}

/* The class of row i of a batch: a number, or the place of the largest of several. */
static void label_of(const batches *b, const mica_dataset *d, int64_t i, char *out, size_t room) {
    int at = dataset_column(d, COLUMN_TARGET, 0);
    *out = 0;
    if (at < 0) return;
    const column *c = &d->column[at];
    int64_t n = shape_size(&c->shape), best = 0;
    double values[2] = {0};
    const char *row = (const char *)b->buffer[at] + (size_t)i * b->feed[at].row_bytes;
    for (int64_t k = 0; k < n; k++) {
        convert(c->dtype, row + (size_t)k * mica_dtype_size(c->dtype), MICA_FLOAT64, &values[1], 1);
        if (k == 0 || values[1] > values[0]) values[0] = values[1], best = k;
    }
    if (n == 1 && values[0] != (double)(int64_t)values[0]) {
        snprintf(out, room, "%.4g", values[0]);
        return;
    }
    if (n == 1) best = (int64_t)values[0];
    const char *name = best < d->classes ? mica_dataset_class_name(d, (int)best) : NULL;
    if (name) snprintf(out, room, "%s", name);
    else snprintf(out, room, "%lld", (long long)best);
}

/* ---- texts and sounds: lines ---- */

enum { SHOWN_TEXT = 72 };

/* The beginning of a text on one line. */
static void text_line_of(const mica_string *text, strbuf *out) {
    size_t most = text->size < 4 * SHOWN_TEXT ? text->size : 4 * SHOWN_TEXT;
    while (most < text->size && ((unsigned char)text->bytes[most] & 0xC0) == 0x80) most--;
    for (size_t i = 0; i < most; i++) {
        char c = text->bytes[i];
        strbuf_put(out, (unsigned char)c < ' ' ? " " : &c, 1);
    }
    size_t fits = out->data ? text_fitting(out->data, SHOWN_TEXT) : 0;
    if (fits >= text->size) return;
    out->length = fits;
    strbuf_put(out, "…", 3);
}

/* How loud a sound is: the greatest distance from 0, and the root of the mean square. */
static void loudness_of(const batches *b, const mica_dataset *d, int at, int64_t i, double *peak,
                        double *rms) {
    const column *c = &d->column[at];
    int64_t n = shape_size(&c->shape);
    const float *x = (const float *)b->buffer[at] + i * n;
    double sum = 0;
    *peak = 0;
    for (int64_t k = 0; k < n; k++) {
        *peak = fmax(*peak, fabs((double)x[k]));
        sum += (double)x[k] * (double)x[k];
    }
    *rms = n ? sqrt(sum / (double)n) : 0;
}

/* A line for each row: its label, and its text or how loud it is. */
static void print_rows(const preview_options *o, const batches *b, const mica_dataset *d,
                       int64_t rows) {
    int at = dataset_column(d, COLUMN_INPUT, 0);
    bool texts = d->column[at].dtype == MICA_STRING;
    json_t *all = json_array();
    table t = {.columns = texts ? 2 : 3, .right = texts ? "ll" : "lrr"};
    for (int64_t i = 0; i < rows; i++) {
        char label[256];
        double peak = 0, rms = 0;
        strbuf line = {0};
        label_of(b, d, i, label, sizeof label);
        if (texts) text_line_of((const mica_string *)b->buffer[at] + i, &line);
        else loudness_of(b, d, at, i, &peak, &rms);
        const char *text = line.data ? line.data : "";
        json_array_append_new(
            all, texts ? json_pack("{s:s, s:s}", "label", label, "text", text)
                       : json_pack("{s:s, s:f, s:f}", "label", label, "peak", peak, "rms", rms));
        table_add(&t, "%s", label);
        if (texts) table_add(&t, "%s", text);
        else {
            table_add(&t, "peak %.4f", peak);
            table_add(&t, "rms %.4f", rms);
        }
        strbuf_free(&line);
    }
    if (o->common.json)
        print_json(json_pack("{s:I, s:O}", "samples", (json_int_t)rows, "rows", all));
    table_print(&t, o->common.json ? NULL : stdout);
    json_decref(all);
}

static bool has_lines(const mica_dataset *d) {
    int at = dataset_column(d, COLUMN_INPUT, 0);
    const column *c = at < 0 ? NULL : &d->column[at];
    return c && (c->dtype == MICA_STRING ||
                 (d->by_class && c->shape.rank == 2 && c->dtype == MICA_FLOAT32));
}

static mica_status preview_lines(const preview_options *o, batches *b, const mica_dataset *d,
                                 mica_error *err) {
    int64_t rows;
    if (o->output)
        return fail(err, MICA_UNSUPPORTED,
                    "%s: --output is of pictures: texts and sounds are shown as lines",
                    d->origin ? d->origin : "data");
    batches_begin(b, !o->no_shuffle, given(o->seed) ? (uint64_t)o->seed : 0, 0);
    TRY(batches_next(b, &rows, err));
    print_rows(o, b, d, rows);
    return MICA_OK;
}

/* ---- pictures: a sheet ---- */

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text >= 128) return false;
    return true;
}

static mica_status draw(batches *b, const mica_dataset *d, int64_t rows, const int64_t extents[3],
                        sheet *s, json_t *labels, mica_error *err) {
    int at = dataset_column(d, COLUMN_INPUT, 0);
    int64_t elements = extents[0] * extents[1] * extents[2];
    float *pixels = malloc((size_t)elements * sizeof *pixels);
    if (!pixels) return fail_memory(err, (size_t)elements * sizeof *pixels, "preview");
    for (int64_t i = 0; i < rows; i++) {
        char label[256], number[16];
        convert(d->column[at].dtype,
                (const char *)b->buffer[at] + (size_t)i * b->feed[at].row_bytes, MICA_FLOAT32,
                pixels, elements);
        sheet_put(s, i, pixels, extents[1], extents[0], extents[2]);
        label_of(b, d, i, label, sizeof label);
        json_array_append_new(labels, json_string(label));
        for (int k = 0; k < d->classes && !is_ascii(label);
             k++) { /* no letters for it: its number */
            if (strcmp(d->class_names[k], label)) continue;
            snprintf(number, sizeof number, "%d", k);
            snprintf(label, sizeof label, "%s", number);
        }
        sheet_text(s, i, label);
    }
    free(pixels);
    return MICA_OK;
}

static mica_status preview(const preview_options *o, batches *b, mica_dataset *d, mica_error *err) {
    const char *path = o->output ? o->output : "preview.png";
    int64_t extents[3], rows;
    sheet s = {0};
    TRY(picture_extents(d, extents, err));
    batches_begin(b, !o->no_shuffle, given(o->seed) ? (uint64_t)o->seed : 0, 0);
    TRY(batches_next(b, &rows, err));
    TRY(sheet_open(&s, rows, extents[1], extents[0], err));
    json_t *labels = json_array();
    mica_status status = draw(b, d, rows, extents, &s, labels, err);
    if (status == MICA_OK) status = png_write(path, s.width, s.height, 3, s.pixels, err);
    if (status == MICA_OK && o->common.json)
        print_json(json_pack("{s:s, s:I, s:O}", "output", path, "samples", (json_int_t)rows,
                             "labels", labels));
    else if (status == MICA_OK) say(&o->common, "%s: %lld samples", path, (long long)rows);
    json_decref(labels);
    sheet_free(&s);
    return status;
}

static mica_status load_and_preview(const preview_options *o, mica_context *ctx, mica_error *err) {
    mica_dataset *d = NULL;
    batches b;
    TRY(load_samples(ctx, o->common.argument[0], &o->samples, &d, err));
    TRY(open_samples(&b, d, given(o->batch_size) ? o->batch_size : 25, err));
    mica_status status = has_lines(d) ? preview_lines(o, &b, d, err) : preview(o, &b, d, err);
    batches_close(&b);
    warn_broken(d, &(int64_t){0});
    return status;
}

static int run(void *data) {
    const preview_options *o = data;
    mica_error err = {0};
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = load_and_preview(o, ctx, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_data_preview = {
    .name = "data preview",
    .arguments = "SPEC",
    .summary = "a batch with labels: a contact sheet of pictures, lines of texts and sounds",
    .options = options,
    .options_size = sizeof(preview_options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
    .details = "Classes whose names are not ASCII are shown by their numbers.\n"};
