/* See record_table.h. A float of fewer bits than a double is read as the shortest decimal that is
 * this float: 0.1 that came as float32 is 0.1, as it is in rows. */
#include "serve/record_table.h"

#include "serve/preparation.h"
#include "serve/wire.h"
#include "table/builder.h"
#include "table/calendar.h"
#include "table/real.h"
#include "tensor/dtype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where the values of a column lie in the tensors: value `at` of `stride` in each row. */
typedef struct origin {
    const char *name;
    cell_form form;
    const json_t *categories;
    int input;
    int64_t at, stride;
    int64_t first; /* the number of the first category: others may be counted before it */
} origin;

/* ---- which columns ---- */

static const json_t *prepared_columns(const preparation *p) {
    return json_object_get(json_object_get(p->tree, "table"), "columns");
}

static const char *column_name(const json_t *how) {
    return json_string_value(json_object_get(how, "name"));
}

static origin prepared_origin(const json_t *how, int input, int64_t at, int64_t stride) {
    const char *type = json_string_value(json_object_get(how, "type"));
    const cell_form form = !strcmp(type, "date")       ? FORM_DATE
                           : !strcmp(type, "category") ? FORM_CATEGORY
                           : !strcmp(type, "text")     ? FORM_TEXT
                                                       : FORM_NUMBER;
    const json_t *categories = json_object_get(how, "categories"),
                 *first = json_object_get(how, "first"); /* of a group: what is unknown */
    return (origin){.name = column_name(how),
                    .form = categories && first ? FORM_CATEGORY : form,
                    .categories = categories,
                    .input = input,
                    .at = at,
                    .stride = stride,
                    .first = first ? json_integer_value(first) + 1 : 0};
}

/* Values of input i in each row; 0: it was left out. */
static int64_t width_of(const record *r, int i) {
    return r->in[i].data ? shape_size(&r->in[i].shape) / r->rows : 0;
}

/* The columns that input i holds, behind the `count` that are there. */
static int add_origins(const record *r, int i, origin *to) {
    const contract *c = &r->served->contract;
    const int64_t width = width_of(r, i);
    if (!row_wanted(c)) {
        if (width == 1) *to = (origin){.name = c->in[i].name, .input = i, .stride = 1};
        return width == 1;
    }
    const json_t *columns = prepared_columns(c->preparation),
                 *table = json_object_get(c->preparation->tree, "table");
    const int feed = c->preparation->feed[i];
    /* Windows have more than one row of the table. */
    if (width < 1 || tabular_place(table, feed, width - 1) < 0 ||
        tabular_place(table, feed, width) >= 0)
        return 0;
    for (int64_t k = 0; k < width; k++)
        to[k] = prepared_origin(json_array_get(columns, (size_t)tabular_place(table, feed, k)), i,
                                k, width);
    return (int)width;
}

static size_t most_origins(const contract *c) {
    const size_t columns = row_wanted(c) ? json_array_size(prepared_columns(c->preparation)) : 1;
    return columns * (size_t)c->inputs + 1;
}

bool record_may_have(const contract *c, const char *name) {
    if (row_wanted(c)) {
        if (preparation_column(c->preparation, name, strlen(name)) >= 0) return true;
        size_t i;
        json_t *how;
        json_array_foreach((json_t *)prepared_columns(c->preparation), i, how) {
            if (!strcmp(column_name(how), name)) return true;
        }
        return false;
    }
    for (int i = 0; i < c->inputs; i++)
        if (!strcmp(name, c->in[i].name)) return true;
    return false;
}

void record_columns_text(const contract *c, strbuf *out) {
    const int count = row_wanted(c) ? c->preparation->known : c->inputs;
    for (int i = 0; i < count; i++)
        strbuf_add(out, "%s%s", i ? ", " : "",
                   row_wanted(c) ? c->preparation->names[i] : c->in[i].name);
}

/* ---- cells ---- */

static double value_of(mica_dtype dtype, const void *at) {
    const double wide = dtype_load(dtype, at);
    strbuf text = {0};
    double value = wide;
    bool whole;
    if (!dtype_is_float(dtype) || dtype == MICA_FLOAT64 || !isfinite(wide)) return wide;
    json_put_element(&text, dtype, at, false);
    strbuf_put(&text, "\0\0", 2); /* real_parse may look there */
    if (text.failed || !real_parse(text.data, text.length - 2, &value, &whole)) value = wide;
    strbuf_free(&text);
    return value;
}

static mica_status put_date(table_builder *b, int column, double days, mica_error *err) {
    enum { MOST_DAYS = 100000000 };
    if (!(fabs(days) < MOST_DAYS)) return builder_missing(b, column, err);
    const double at = days * (double)DAY_MICROSECONDS;
    const date_value date = {.microseconds = llround(at), .timed = days != floor(days)};
    return builder_date(b, column, date, err);
}

/* What is no category's number was one that the model does not know. */
static mica_status put_category(table_builder *b, int column, const json_t *names, double value,
                                mica_error *err) {
    const bool known = value >= 0 && value < (double)json_array_size(names) &&
                       value == floor(value);
    const json_t *name = known ? json_array_get(names, (size_t)value) : NULL;
    if (!json_is_string(name)) return builder_missing(b, column, err);
    return builder_text(b, column, json_string_value(name), json_string_length(name), err);
}

static mica_status put_cell(table_builder *b, int column, const origin *o, mica_dtype dtype,
                            const char *at, mica_error *err) {
    if (dtype == MICA_STRING) {
        const mica_string *s = (const void *)at;
        return builder_text(b, column, s->bytes, s->size, err);
    }
    const double value = value_of(dtype, at);
    if (o->form == FORM_DATE) return put_date(b, column, value, err);
    if (o->form == FORM_CATEGORY)
        return put_category(b, column, o->categories, value - (double)o->first, err);
    if (isnan(value)) return builder_missing(b, column, err);
    if (dtype == MICA_BOOL) return builder_boolean(b, column, value != 0, err);
    if (dtype_is_integer(dtype) && dtype != MICA_UINT64)
        return builder_integer(b, column, dtype_load_int(dtype, at), err);
    return builder_number(b, column, value, err);
}

static mica_status put_columns(const record *r, const origin *from, int count, table_builder *b,
                               mica_table **out, mica_error *err) {
    TRY(builder_begin(b, count, "inputs", err));
    for (int k = 0; k < count; k++) {
        const origin *o = &from[k];
        const mica_dtype dtype = r->served->contract.in[o->input].dtype;
        const size_t size = mica_dtype_size(dtype);
        const char *at = (const char *)r->in[o->input].data + (size_t)o->at * size;
        TRY(builder_name(b, k, o->name, err));
        if (dtype == MICA_STRING || o->form == FORM_CATEGORY) builder_declare_text(b, k);
        for (int64_t row = 0; row < r->rows; row++, at += (size_t)o->stride * size)
            TRY(put_cell(b, k, o, dtype, at, err));
    }
    return builder_end(b, out, err);
}

static mica_status tensor_table(const record *r, mica_table **out, bool in_table[MAX_MODEL_INPUTS],
                                mica_error *err) {
    const contract *c = &r->served->contract;
    origin *from = allocate(most_origins(c), sizeof *from);
    table_builder b = {0};
    int count = 0;
    if (!from) return fail_no_memory(err, "inputs");
    for (int i = 0; i < c->inputs; i++) {
        const int added = add_origins(r, i, from + count);
        in_table[i] = added > 0;
        count += added;
    }
    const mica_status status = count ? put_columns(r, from, count, &b, out, err) : MICA_OK;
    builder_free(&b);
    free(from);
    return status;
}

mica_status record_table(const record *r, mica_table **out, bool in_table[MAX_MODEL_INPUTS],
                         mica_error *err) {
    arena memory = {0};
    *out = NULL;
    if (!r->given) return tensor_table(r, out, in_table, err);
    for (int i = 0; i < MAX_MODEL_INPUTS; i++) in_table[i] = true;
    const mica_status status = row_table(&r->served->contract, r->given, r->given_length, &memory,
                                         out, err);
    arena_free(&memory);
    return status;
}
