/* Rows of a table in JSON, see inference.h: read one by one into a table of typed columns, which
 * data/tabular.h prepares as the training table was. */
#include "serve/json_scan.h"
#include "serve/predictions.h"
#include "serve/preparation.h"
#include "table/builder.h"
#include "tensor/dtype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS "rows"

/* ---- cells ---- */

typedef struct reading {
    const preparation *p;
    json_scan s;
    table_builder b;
    int64_t row;
    int64_t *seen; /* the last row that had the column */
} reading;

static bool keep(reading *r, mica_status status) {
    if (status != MICA_OK && r->s.status == MICA_OK) r->s.status = status;
    return status == MICA_OK;
}

static bool expected(reading *r, const row_column *c, const char *what) {
    char text[256];
    snprintf(text, sizeof text, "%s (row %lld, column \"%.100s\")", what, (long long)r->row,
             c->name);
    return scan_expected(&r->s, text);
}

static bool is_number(char first) { return first == '-' || (first >= '0' && first <= '9'); }

/* Whole numbers that a double holds with all their digits, and others. */
static bool is_exact(double value) { return fabs(value) < 0x1p53 || fabs(value) >= 0x1p63; }

/* One that began at `from`: its digits stay, for two of them are two persons in a log. */
static bool read_long(reading *r, int i, const char *from, double value) {
    int64_t whole;
    for (const char *at = from; at < r->s.at; at++)
        if (*at == '.' || (*at | 0x20) == 'e')
            return keep(r, builder_number(&r->b, i, value, r->s.err));
    r->s.at = from;
    return scan_array(&r->s, MICA_INT64, &(shape){0}, false, &whole) &&
           keep(r, builder_integer(&r->b, i, whole, r->s.err));
}

/* A text as the training's were cleaned: "1.234,5 EUR". False: it is no text, or its column's stay
 * texts. */
static bool reads_texts(reading *r, int i) {
    const cleaned_column *how = r->p->column[i].clean;
    return scan_peek(&r->s) == '"' && how && known_wants_texts(how) && !is_text(known_type(how));
}

static mica_status put_cleaned(reading *r, int i, const known_cell *c) {
    const mica_column_type type = known_type(r->p->column[i].clean);
    if (c->is == KNOWN_MISSING) return builder_missing(&r->b, i, r->s.err);
    if (type == MICA_COLUMN_DATE)
        return builder_date(&r->b, i, (date_value){.microseconds = c->value.date}, r->s.err);
    return builder_number(&r->b, i, type == MICA_COLUMN_BOOLEAN ? c->value.truth : c->value.number,
                          r->s.err);
}

static bool read_cleaned(reading *r, int i) {
    const cleaned_column *how = r->p->column[i].clean;
    const char *from = r->s.at;
    spelling s = spelling_of(&how->o);
    strbuf room = {0};
    mica_string text;
    known_cell cell = {.is = KNOWN_WRONG};
    if (!scan_text(&r->s, &text)) return false;
    const mica_status status = known_read(how, &s, &room, text.bytes, text.size, &cell, r->s.err);
    strbuf_free(&s.normal), strbuf_free(&room);
    if (status != MICA_OK) return keep(r, status);
    if (cell.is != KNOWN_WRONG) return keep(r, put_cleaned(r, i, &cell));
    r->s.at = from;
    return expected(r, &r->p->column[i], "a text that clean makes the column's type of, or null");
}

static bool read_number(reading *r, int i) {
    const char first = scan_peek(&r->s);
    double value;
    bool yes;
    if (first == 't' || first == 'f')
        return scan_boolean(&r->s, &yes) && keep(r, builder_number(&r->b, i, yes, r->s.err));
    if (!is_number(first)) return expected(r, &r->p->column[i], "a number, true, false or null");
    const char *from = r->s.at;
    if (!scan_array(&r->s, MICA_FLOAT64, &(shape){0}, false, &value)) return false;
    if (is_exact(value)) return keep(r, builder_number(&r->b, i, value, r->s.err));
    return read_long(r, i, from, value);
}

/* Of longer texts an empty one, which is no date. */
static cell cell_of(const mica_string *text, cell_room room) {
    return cell_in_room(text->bytes, text->size, room);
}

static bool is_missing(const mica_string *text, cell_room room) {
    const cell c = cell_of(text, room);
    return text->size <= CELL_SHORT && cell_is_missing(c.at, c.length);
}

static bool read_date(reading *r, int i) {
    cell_room room;
    const row_column *c = &r->p->column[i];
    static const char what[] = "a date as in 2024-03-05 or 2024-03-05 14:30:00, or null";
    mica_string text;
    date_value date;
    if (scan_peek(&r->s) != '"') return expected(r, c, what);
    const char *from = r->s.at;
    if (!scan_text(&r->s, &text)) return false;
    if (is_missing(&text, room)) return keep(r, builder_missing(&r->b, i, r->s.err));
    if (cell_date(cell_of(&text, room), &date))
        return keep(r, builder_date(&r->b, i, date, r->s.err));
    r->s.at = from;
    return expected(r, c, what);
}

/* As the cells of a table are written: 3, 2.5, True. */
static bool read_word(reading *r, mica_string *out, char room[40]) {
    const char first = scan_peek(&r->s), *from = r->s.at;
    double value;
    bool yes;
    if (first == '"') return scan_text(&r->s, out);
    if (first == 't' || first == 'f') {
        if (!scan_boolean(&r->s, &yes)) return false;
        *out = yes ? (mica_string){"True", 4} : (mica_string){"False", 5};
        return true;
    }
    if (!scan_array(&r->s, MICA_FLOAT64, &(shape){0}, false, &value)) return false;
    *out = (mica_string){from, (size_t)(r->s.at - from)};
    bool whole = true;
    for (size_t i = 0; i < out->size; i++) whole &= from[i] != '.' && (from[i] | 0x20) != 'e';
    if (whole) return true;
    format_real(room, value);
    *out = (mica_string){room, strlen(room)};
    return true;
}

static bool is_category(const row_column *c, const mica_string *text) {
    size_t i;
    json_t *name;
    json_array_foreach(
        (json_t *)c->categories, i,
        name) if (json_string_length(name) == text->size &&
                  !memcmp(json_string_value(name), text->bytes, text->size)) return true;
    return false;
}

static bool read_text(reading *r, int i) {
    const row_column *c = &r->p->column[i];
    const char first = scan_peek(&r->s);
    char room[40];
    cell_room margins;
    mica_string text;
    if (first != '"' && first != 't' && first != 'f' && !is_number(first))
        return expected(r, c, "a text, a number, true, false or null");
    if (!read_word(r, &text, room)) return false;
    const bool missing = r->p->of_card && is_missing(&text, margins) && !is_category(c, &text);
    return keep(r, missing ? builder_missing(&r->b, i, r->s.err)
                           : builder_text(&r->b, i, text.bytes, text.size, r->s.err));
}

static bool read_cell(reading *r, int i) {
    if (scan_peek(&r->s) == 'n')
        return scan_skip(&r->s) && keep(r, builder_missing(&r->b, i, r->s.err));
    if (r->p->column[i].form <= FORM_DATE && reads_texts(r, i)) return read_cleaned(r, i);
    switch (r->p->column[i].form) {
    case FORM_NUMBER: return read_number(r, i);
    case FORM_DATE: return read_date(r, i);
    default: return read_text(r, i);
    }
}

/* ---- rows ---- */

/* A column that the model needs must be there, as in a CSV: a missing cell, which the imputer may
 * fill, is null, so that nothing is filled in by a forgotten name. One of another name is passed
 * over, as in a CSV; beside one that is left out it may be that one, misspelt. */
typedef struct stranger {
    mica_string name;
    const char *at; /* NULL: there is none */
} stranger;

static bool fail_left_out(reading *r, const stranger *s, int left_out) {
    char text[128] = {0};
    memcpy(text, s->name.bytes, s->name.size < sizeof text - 1 ? s->name.size : sizeof text - 1);
    const char *near = nearest_name(text, r->p->names);
    const int meant = near ? preparation_column(r->p, near, strlen(near)) : -1;
    r->s.at = s->at;
    if (meant >= 0 && r->seen[meant] != r->row)
        return scan_fail(&r->s, MICA_NAME,
                         "row %lld: column \"%s\" is not one of the model's; did you mean \"%s\"?",
                         (long long)r->row, text, near);
    return scan_fail(
        &r->s, MICA_NAME,
        "row %lld: column \"%s\" is not one of the model's, and \"%.100s\" is left out",
        (long long)r->row, text, r->p->names[left_out]);
}

static bool read_member(reading *r, const mica_string *name, stranger *first) {
    const int i = preparation_column(r->p, name->bytes, name->size);
    if (i < 0 && !first->at) *first = (stranger){*name, r->s.at};
    if (i < 0) return scan_skip(&r->s);
    if (r->seen[i] == r->row)
        return scan_fail(&r->s, MICA_VALUE, "row %lld: column \"%s\" is given twice",
                         (long long)r->row, r->p->names[i]);
    r->seen[i] = r->row;
    return r->p->column[i].form == FORM_UNREAD ? scan_skip(&r->s) : read_cell(r, i);
}

static bool read_row(reading *r) {
    const preparation *p = r->p;
    mica_string name;
    stranger first = {.at = NULL};
    for (int64_t n = 0; scan_member(&r->s, &n, &name);)
        if (!read_member(r, &name, &first)) return false;
    for (int i = 0; i < p->columns && r->s.status == MICA_OK; i++) {
        if (r->seen[i] == r->row) continue;
        if (first.at) return fail_left_out(r, &first, i);
        return scan_fail(&r->s, MICA_NAME,
                         "row %lld: column \"%.100s\" is left out; null is what a missing cell is",
                         (long long)r->row, p->names[i]);
    }
    return r->s.status == MICA_OK;
}

static mica_status read_rows(reading *r) {
    const preparation *p = r->p;
    const int64_t most = MOST_INPUT_BYTES / (int64_t)sizeof(double) / p->columns;
    for (int64_t n = 0; scan_element(&r->s, &n);) {
        r->row = n;
        if (n > most) scan_fail(&r->s, MICA_VALUE, "more than %lld rows", (long long)most);
        else read_row(r);
    }
    if (scan_close(&r->s) == MICA_OK && !r->row)
        return fail(r->s.err, MICA_VALUE, "there are no rows: expected [{\"%s\": …}, …]",
                    p->names[0]);
    return r->s.status;
}

mica_status row_table(const contract *c, const char *json, size_t length, arena *memory,
                      mica_table **out, mica_error *err) {
    const preparation *p = c->preparation;
    reading r = {.p = p};
    scan_open(&r.s, json, length, memory, err);
    r.seen = allocate((size_t)p->known, sizeof *r.seen);
    mica_status status = r.seen ? builder_begin(&r.b, p->columns, ROWS, err)
                                : fail_no_memory(err, ROWS);
    for (int i = 0; i < p->columns && status == MICA_OK; i++) {
        status = builder_name(&r.b, i, p->names[i], err);
        if (p->column[i].form >= FORM_CATEGORY) builder_declare_text(&r.b, i);
    }
    if (status == MICA_OK) status = read_rows(&r);
    if (status == MICA_OK) status = builder_end(&r.b, out, err);
    builder_free(&r.b);
    free(r.seen);
    return status;
}

/* ---- inputs ---- */

/* Which column a value of that input came of. */
static const char *column_of(const inference *x, int input, int64_t value) {
    const preparation *p = x->contract->preparation;
    const json_t *table = json_object_get(p->tree, "table");
    const json_t *how = json_array_get(json_object_get(table, "columns"),
                                       (size_t)tabular_place(table, p->feed[input], value));
    const char *name = json_string_value(json_object_get(how, "name"));
    return name ? name : x->contract->in[input].name;
}

/* Cells are doubles; an input of fewer bits would make infinity of a great one, and the model
 * nothing that can be told. */
static mica_status check_range(const inference *x, int input, int64_t rows, mica_error *err) {
    const served_value *v = &x->contract->in[input];
    const int64_t count = shape_size(&x->in_shape[input]), width = count / rows;
    const size_t size = mica_dtype_size(v->dtype);
    if (!dtype_is_float(v->dtype)) return MICA_OK;
    for (int64_t i = 0; i < count; i++) {
        const double value = dtype_load(v->dtype, (const char *)x->in[input] + (size_t)i * size);
        if (isinf(value))
            return fail(err, MICA_VALUE,
                        "row %lld, column \"%.100s\": a number that is out of the range of %s, "
                        "which the model's input \"%.100s\" is",
                        (long long)(i / width + 1), column_of(x, input, i % width),
                        mica_dtype_name(v->dtype), v->name);
    }
    return MICA_OK;
}

static bool holds(mica_dtype dtype, double value) {
    const double range = ldexp(1, 8 * (int)mica_dtype_size(dtype) - (dtype_kind(dtype) == 'i'));
    return value == floor(value) && value < range &&
           value >= (dtype_kind(dtype) == 'i' ? -range : 0);
}

/* Inputs of whole numbers: 2.5 is none, and nothing is cut off without a word. */
static mica_status check_whole(const inference *x, int input, const mica_dataset *d, row_list rows,
                               mica_error *err) {
    const served_value *v = &x->contract->in[input];
    const int at = x->contract->preparation->feed[input];
    const int64_t width = shape_size(&d->column[at].shape);
    if (!dtype_is_integer(v->dtype)) return MICA_OK;
    double *values = allocate((size_t)(rows.count * width) + 1, sizeof *values);
    if (!values) return fail_no_memory(err, ROWS);
    mica_status status = d->gather(d, at, rows.row, rows.count, MICA_FLOAT64, values, err);
    for (int64_t i = 0; i < rows.count * width && status == MICA_OK; i++)
        if (!holds(v->dtype, values[i]))
            status = fail(err, MICA_VALUE,
                          "row %lld, column \"%.100s\": %g, expected a whole number that %s holds, "
                          "which the model's input \"%.100s\" is",
                          (long long)(i / width + 1), column_of(x, input, i % width), values[i],
                          mica_dtype_name(v->dtype), v->name);
    free(values);
    return status;
}

/* Windows of a table are made of several rows each. */
static mica_status fail_no_rows(const served_value *v, int64_t numbers, mica_error *err) {
    char want[128];
    shape_format(&v->shape, want);
    return fail(err, MICA_SHAPE,
                "input \"%s\" takes %s, of which a row of the table is %lld numbers: expected a "
                "tensor of that shape, to /infer (a window of a series is all its rows, in order)",
                v->name, want, (long long)numbers);
}

static mica_status put_input(inference *x, int input, const mica_dataset *d, row_list rows,
                             mica_error *err) {
    const served_value *v = &x->contract->in[input];
    const int at = x->contract->preparation->feed[input];
    shape s = v->shape;
    if (at < 0 || at >= d->columns)
        return fail(err, MICA_SHAPE, "model %s has %d inputs, rows make %d", x->contract->name,
                    x->contract->inputs, d->columns);
    const column *c = &d->column[at];
    s.dims[0] = rows.count;
    for (int i = 1; i < s.rank; i++)
        if (s.dims[i] < 0) s.dims[i] = i <= c->shape.rank ? c->shape.dims[i - 1] : 1;
    if (shape_size(&s) != rows.count * shape_size(&c->shape))
        return fail_no_rows(v, shape_size(&c->shape), err);
    TRY(inference_place(x, input, &s, err));
    TRY(check_whole(x, input, d, rows, err));
    TRY(d->gather(d, at, rows.row, rows.count, v->dtype, x->in[input], err));
    TRY(check_range(x, input, rows.count, err));
    return inference_own(x, v->dtype, x->in[input], shape_size(&s), err); /* the table goes */
}

static mica_status put_inputs(inference *x, const mica_table *t, mica_error *err) {
    const preparation *p = x->contract->preparation;
    mica_dataset d = {.origin = ROWS};
    row_list rows = {malloc(((size_t)t->rows + 1) * sizeof *rows.row), t->rows};
    if (!rows.row) return fail_no_memory(err, ROWS);
    for (int64_t i = 0; i < rows.count; i++) rows.row[i] = (uint32_t)i;
    mica_table *cleaned = NULL;
    mica_status status = known_clean(&p->cleaning, t, ROWS, &cleaned, err);
    if (status == MICA_OK)
        status = tabular_apply(&d, cleaned ? cleaned : t, p->tree, &p->options, rows, ROWS, err);
    for (int i = 0; i < x->contract->inputs && status == MICA_OK; i++)
        status = put_input(x, i, &d, rows, err);
    mica_table_destroy(&cleaned);
    if (d.destroy) d.destroy(&d);
    arena_free(&d.texts);
    free(rows.row);
    return status;
}

mica_status row_read(inference *x, const char *json, size_t length, mica_error *err) {
    mica_table *t = NULL;
    if (!x->contract->preparation)
        return fail(err, MICA_VALUE,
                    "model %s takes no rows: it was not trained on a table, and its inputs are no "
                    "single numbers or texts",
                    x->contract->name);
    TRY(row_table(x->contract, json, length, &x->memory, &t, err));
    if (x->kept && (x->given = arena_take(&x->memory, length + 1))) {
        memcpy(x->given, json, length);
        x->given_length = length;
    }
    mica_status status = put_inputs(x, t, err);
    mica_table_destroy(&t);
    return status == MICA_OK ? inference_complete(x, err) : status;
}

mica_status row_write(const inference *x, int top, bool outputs, strbuf *out, mica_error *err) {
    predictions_begin(out, x);
    for (int64_t i = 0; i < x->rows; i++) {
        strbuf_add(out, i ? "," : "[");
        if (!predictions_put_row(out, x, i, top)) return fail_no_memory(err, "the reply");
    }
    strbuf_add(out, "]");
    return predictions_end(out, x, outputs, err);
}
