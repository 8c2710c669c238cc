/* Pages about samples: see data_page.h. */
#include "cli/data_made.h"
#include "cli/data_page.h"
#include "cli/data_sheet.h"
#include "codec/image.h"

#include <stdlib.h>
#include <string.h>

enum { EXAMPLES = 25, EXAMPLE_SIDE = 96 };

static void add_arrays(page *p, const json_t *arrays) {
    size_t i;
    json_t *a;
    page_section(p, SAY(p, ARRAYS));
    strbuf_add(p->out, "<table>\n");
    json_array_foreach((json_t *)arrays, i, a) {
        char *extents = config_text(json_object_get(a, "shape"));
        strbuf_add(p->out, "<tr>");
        page_cell(p, "th", false, json_text_of(a, "name"));
        page_cell(p, "td", false, json_text_of(a, "role"));
        page_cell(p, "td", false, json_text_of(a, "type"));
        page_cell(p, "td", false, extents ? extents : "");
        strbuf_add(p->out, "</tr>\n");
        free(extents);
    }
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

/* Bars of a list of objects {NAME: text, "count": n}, at most MATRIX_MOST. */
static void add_bars(page *p, const char *title, const json_t *list, const char *name,
                     int64_t total) {
    char *names[MATRIX_MOST];
    int64_t counts[MATRIX_MOST];
    int count = 0;
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)list, i, one) {
        if (count == MATRIX_MOST) break;
        names[count] = (char *)json_text_of(one, name);
        counts[count++] = json_number_of(one, "count");
    }
    if (!count) return;
    page_section(p, title);
    chart_bars(&(bars){title, names, counts, count, total}, p->out);
    page_section_end(p);
}

/* "PPM 3, PNG 2". */
static void add_counts(page *p, const char *title, const json_t *counts) {
    strbuf text = {0};
    const char *name;
    json_t *n;
    json_object_foreach((json_t *)counts, name, n) strbuf_add(
        &text, "%s%s: %lld", text.length ? ", " : "", name, (long long)json_integer_value(n));
    page_pair(p, title, text.data ? text.data : "");
    strbuf_free(&text);
}

static void add_extent(page *p, const char *title, const json_t *e) {
    char text[128];
    if (!json_is_object(e)) return;
    snprintf(text, sizeof text, "%lld – %lld, %s %.1f", json_number_of(e, "min"),
             json_number_of(e, "max"), SAY(p, MEAN), json_real_value(json_object_get(e, "mean")));
    page_pair(p, title, text);
}

static void add_pictures(page *p, const json_t *pictures, int64_t rows) {
    if (!pictures) return;
    page_section(p, SAY(p, PICTURES));
    strbuf_add(p->out, "<table>\n");
    add_counts(p, SAY(p, FORMATS), json_object_get(pictures, "kinds"));
    add_counts(p, SAY(p, CHANNELS), json_object_get(pictures, "channels"));
    add_extent(p, SAY(p, WIDTH), json_object_get(pictures, "width"));
    add_extent(p, SAY(p, HEIGHT), json_object_get(pictures, "height"));
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
    add_bars(p, SAY(p, SIZES), json_object_get(pictures, "sizes"), "size", rows);
}

static void add_base64(strbuf *out, const unsigned char *bytes, size_t size) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        if (i + 1 < size) three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < size) three |= bytes[i + 2];
        char four[4] = {letters[three >> 18], letters[three >> 12 & 63],
                        i + 1 < size ? letters[three >> 6 & 63] : '=',
                        i + 2 < size ? letters[three & 63] : '='};
        strbuf_put(out, four, 4);
    }
}

/* Every k-th pixel, so that a picture is at most EXAMPLE_SIDE wide and high. */
static void shrink(const float *from, const int64_t extents[3], int64_t step, float *to) {
    int64_t channels = extents[2];
    for (int64_t y = 0; y < extents[0] / step; y++)
        for (int64_t x = 0; x < extents[1] / step; x++, to += channels)
            memcpy(to, from + ((y * step) * extents[1] + x * step) * channels,
                   sizeof *to * (size_t)channels);
}

/* Rows evenly over the data. */
static mica_status draw_examples(mica_dataset *d, int at, const int64_t extents[3], int64_t count,
                                 sheet *s, mica_error *err) {
    int64_t each = extents[0] * extents[1] * extents[2],
            larger = extents[0] > extents[1] ? extents[0] : extents[1];
    int64_t step = (larger + EXAMPLE_SIDE - 1) / EXAMPLE_SIDE;
    float *pixels = malloc(2 * (size_t)each * sizeof *pixels);
    if (!pixels) return fail_memory(err, 2 * (size_t)each * sizeof *pixels, "examples");
    mica_status status = sheet_open(s, count, extents[1] / step, extents[0] / step, 0, err);
    for (int64_t i = 0; i < count && status == MICA_OK; i++) {
        uint32_t row = (uint32_t)(i * d->rows / count);
        status = d->gather(d, at, &row, 1, MICA_FLOAT32, pixels, err);
        shrink(pixels, extents, step, pixels + each);
        if (status == MICA_OK)
            sheet_put(s, i, pixels + each, extents[1] / step, extents[0] / step, extents[2]);
    }
    free(pixels);
    return status;
}

/* Of samples that are pictures of known extents. */
static mica_status add_examples(page *p, mica_dataset *d, mica_error *err) {
    int at = dataset_column(d, COLUMN_INPUT, 0);
    int64_t extents[3] = {1, 1, 1}, count = d->rows < EXAMPLES ? d->rows : EXAMPLES;
    const shape *s = at < 0 ? NULL : &d->column[at].shape;
    bool pictures = s && count > 0 && (s->rank == 2 || (s->rank == 3 && s->dims[2] <= 4)) &&
                    (d->pictures || d->column[at].dtype == MICA_UINT8);
    for (int i = 0; pictures && i < s->rank; i++) extents[i] = s->dims[i];
    if (!pictures || extents[0] < 1 || extents[1] < 1) return MICA_OK;
    sheet sheet = {0};
    strbuf png = {0};
    mica_status status = draw_examples(d, at, extents, count, &sheet, err);
    if (status == MICA_OK)
        status = png_encode("examples", sheet.width, sheet.height, 3, sheet.pixels, &png, err);
    if (status == MICA_OK) {
        page_section(p, SAY(p, EXAMPLES));
        strbuf_add(p->out,
                   "<img alt=\"\" width=\"%lld\" height=\"%lld\" src=\"data:image/png;base64,",
                   (long long)sheet.width, (long long)sheet.height);
        add_base64(p->out, (const unsigned char *)png.data, png.length);
        strbuf_add(p->out, "\">\n");
        page_section_end(p);
    }
    strbuf_free(&png);
    sheet_free(&sheet);
    return status;
}

static void add_broken(page *p, const json_t *files) {
    size_t i;
    json_t *file;
    if (!json_array_size(files)) return;
    page_section(p, SAY(p, BROKEN));
    strbuf_add(p->out, "<table>\n");
    json_array_foreach((json_t *)files, i, file)
        page_pair(p, json_text_of(file, "path"), json_text_of(file, "reason"));
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

mica_status samples_page(mica_dataset *d, const json_t *all, const char *spec, language l,
                         const char *path, mica_error *err) {
    strbuf html = {0};
    page p = {&html, l};
    data_page_begin(&p, spec);
    strbuf_add(&html, "<p>%s: %lld</p>\n", SAY(&p, SAMPLES), (long long)d->rows);
    add_arrays(&p, json_object_get(all, "arrays"));
    add_bars(&p, SAY(&p, CLASSES), json_object_get(all, "classes"), "name", d->rows);
    add_pictures(&p, json_object_get(all, "pictures"), d->rows);
    mica_status status = add_examples(&p, d, err);
    add_broken(&p, json_object_get(all, "broken_files"));
    return data_page_end(&p, path, status, err);
}
