/* mica data preview: a contact sheet of the first batch that training would see, with labels. */
#include "cli/data_pictures.h"
#include "cli/data_sheet.h"
#include "cli/model_data.h"
#include "codec/image.h"

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
    TEXT_OPTION(O, output, "output", "FILE.png", "the sheet (default preview.png)"),
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
    mica_status status = preview(o, &b, d, err);
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
    .summary = "a contact sheet of a batch of pictures, with labels",
    .options = options,
    .options_size = sizeof(preview_options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
    .details = "Classes whose names are not ASCII are shown by their numbers."};
