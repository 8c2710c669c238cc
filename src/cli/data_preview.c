/* mica data preview: the first batch that training would see, with labels: a contact sheet of
 * pictures after augmentation, lines of texts and sounds. */
#include "cli/data_sheet.h"
#include "cli/model_data.h"
#include "cli/preview_data.h"
#include "cli/preview_labels.h"
#include "cli/table.h"
#include "codec/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define O preview_options
static const option options[] = {
    TEXT_OPTION(O, output, "output", "FILE.png", "the sheet of pictures (default preview.png)"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1,
                 "how many samples (default 25; of a recipe its own)"),
    COUNT_OPTION(O, seed, "seed", "N", 0,
                 "of the order and of augmentation (default 0; of a recipe its own)"),
    FLAG(O, no_shuffle, "no-shuffle", "the first samples, in their own order"),
    TEXTS_OPTION(O, augment, "augment", "LAYER",
                 "of a SPEC: a layer or mixing that changes the pictures, by name or as JSON: "
                 "RandomFlip, '{\"MixUp\": {\"alpha\": 0.2}}'; again for more"),
    TEXTS_OPTION(O, set, "set", "KEY=VALUE", "change the recipe, as mica train does"),
    SAMPLE_OPTIONS(O),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

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
        row_label(b, d, i, label, sizeof label);
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
    return c && (c->dtype == MICA_STRING || d->sounds);
}

static mica_status preview_lines(preview_data *p, mica_error *err) {
    const mica_dataset *d = p->data;
    int64_t rows;
    if (p->o->output)
        return fail(err, MICA_UNSUPPORTED,
                    "%s: --output is of pictures: texts and sounds are shown as lines",
                    d->origin ? d->origin : "data");
    TRY(preview_first(p, &rows, err));
    print_rows(p->o, &p->batches, d, rows);
    return MICA_OK;
}

/* ---- pictures: a sheet ---- */

static mica_status draw(const preview_data *p, const picture_batch *made, sheet *s, json_t *labels,
                        json_t *legend, mica_error *err) {
    strbuf *shown = allocate((size_t)made->rows + 1, sizeof *shown);
    int64_t letters = 0;
    if (!shown) return fail_no_memory(err, "preview");
    for (int64_t i = 0; i < made->rows; i++) {
        char label[256];
        row_label(&p->batches, p->data, i, label, sizeof label);
        json_array_append_new(labels, json_string(label));
        shown_label(&p->batches, p->data, i, &shown[i], legend);
        if ((int64_t)shown[i].length > letters) letters = (int64_t)shown[i].length;
    }
    mica_status status = sheet_open(s, made->rows, made->width, made->height, letters, err);
    int64_t size = made->height * made->width * made->channels;
    for (int64_t i = 0; i < made->rows && status == MICA_OK; i++) {
        sheet_put(s, i, made->pixels + i * size, made->width, made->height, made->channels);
        sheet_text(s, i, shown[i].data ? shown[i].data : "");
    }
    for (int64_t i = 0; i < made->rows; i++) strbuf_free(&shown[i]);
    free(shown);
    return status;
}

static void tell_sheet(const preview_data *p, const char *path, const picture_batch *made,
                       json_t *labels, json_t *legend) {
    const common_options *common = &p->o->common;
    strbuf names = {0};
    preview_names(p, &names);
    if (made->stretched)
        warn(common, "the numbers are %g to %g, no pixels of 0 to 255: shown from black to white",
             (double)made->least, (double)made->greatest);
    if (common->json) {
        json_t *all = json_pack("{s:s, s:I, s:O}", "output", path, "samples",
                                (json_int_t)made->rows, "labels", labels);
        if (names.length) json_object_set_new(all, "augmentation", json_string(names.data));
        if (json_array_size(legend)) json_object_set(all, "legend", legend);
        print_json(all);
    } else {
        say(common, "%s: %lld samples%s%s", path, (long long)made->rows,
            names.length ? ", after " : "", names.length ? names.data : "");
        print_legend(legend);
    }
    strbuf_free(&names);
}

static mica_status preview(preview_data *p, mica_error *err) {
    const char *path = p->o->output ? p->o->output : "preview.png";
    picture_batch made;
    int64_t rows;
    sheet s = {0};
    TRY(preview_first(p, &rows, err));
    TRY(leading_pictures(&p->layers, &p->batches, p->mode, rows, &made, err));
    json_t *labels = json_array(), *legend = json_array();
    mica_status status = draw(p, &made, &s, labels, legend, err);
    if (status == MICA_OK) status = png_write(path, s.width, s.height, 3, s.pixels, err);
    if (status == MICA_OK) tell_sheet(p, path, &made, labels, legend);
    json_decref(labels);
    json_decref(legend);
    free(made.pixels);
    sheet_free(&s);
    return status;
}

/* ---- usage ---- */

extern const command command_data_preview;

static bool ends_in_png(const char *path) {
    size_t n = strlen(path);
    return n > 4 && !strcasecmp(path + n - 4, ".png");
}

/* Whether any option that a SPEC has and a recipe says itself is given. */
static bool has_sample_options(const sample_options *s) {
    const picture_options *p = &s->pictures;
    const query_options *q = &s->query;
    const void *const texts[] = {p->image_size, p->color_mode, p->interpolation,
                                 p->label_mode, p->subset,     q->query,
                                 q->query_file, q->table,      q->password_file};
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (texts[i]) return true;
    return s->test || p->fast_decode || p->crop || p->pad || real_given(p->validation_split) ||
           real_given(p->max_broken);
}

static bool wrong_options(const preview_options *o) {
    const command *c = &command_data_preview;
    const bool recipe = is_recipe(o->common.argument[0]);
    if (o->output && !ends_in_png(o->output))
        return wrong_usage(c, "--output %s: expected a name that ends in .png", o->output);
    if (!recipe && o->set.count) return wrong_usage(c, "--set is of recipes (.json)");
    if (recipe && (o->augment.count || has_sample_options(&o->samples)))
        return wrong_usage(c, "the recipe says how its data are read and changed: --set "
                              "data.preprocessing.image_size=[64,64] changes it");
    return false;
}

static int run(void *data) {
    preview_data p = {.o = data};
    mica_error err = {0};
    if (wrong_options(p.o)) return EXIT_USAGE;
    mica_status status = preview_open(&p, &err);
    if (status == MICA_OK) status = has_lines(p.data) ? preview_lines(&p, &err) : preview(&p, &err);
    if (p.open) warn_broken(p.data, &(int64_t){0});
    preview_close(&p);
    return finish(p.ctx, &p.o->common, status, &err);
}

const command command_data_preview = {
    .name = "data preview",
    .arguments = "SPEC | RECIPE.json",
    .summary = "a batch with labels: a contact sheet of pictures, lines of texts and sounds",
    .options = options,
    .options_size = sizeof(preview_options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
    .details =
        "Of a recipe: the first batch of its training, after its preprocessing, after the model's\n"
        "leading layers that change pictures (RandomFlip, Resizing, …, as in training), after "
        "MixUp\n"
        "and CutMix; where labels are mixed, the two largest stand with their shares. Classes "
        "whose\n"
        "names are not ASCII are shown by their numbers, with a legend on standard output.\n"};
