/* Tables of commands: see data_table.h. Statistics as pandas's describe has them. */
#include "cli/data_table.h"

#include "base/context.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/data_made.h"
#include "cli/piped.h"
#include "cli/table.h"
#include "cli/words.h"
#include "data/table.h"
#include "data/tabular.h"
#include "table/calendar.h"
#include "transform/describe.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const table_formats[] = {
#define TABLE(name) #name,
#include "codec/tables.def"
#undef TABLE
    NULL,
};

static const char *path_of(const char *spec) { return !strncmp(spec, "csv:", 4) ? spec + 4 : spec; }

bool is_table(const char *spec, const table_reading *r) {
    return is_piped(spec) || path_of(spec) != spec || is_table_path(spec) || r->format ||
           r->separator || r->encoding || r->no_header || r->texts.count || r->query.query ||
           r->query.query_file || r->query.table || r->query.password_file;
}

/* --query, or what --query-file holds: free(). */
static mica_status query_text(const query_options *q, char **out, mica_error *err) {
    file_bytes file = {0};
    *out = NULL;
    if (q->query && q->query_file)
        return fail(err, MICA_VALUE, "--query and --query-file are both given, expected one");
    if (!q->query && !q->query_file) return MICA_OK;
    if (q->query_file) TRY(file_read(q->query_file, &file, err));
    *out = q->query ? strdup(q->query) : strndup((char *)file.data, file.size);
    free(file.data);
    return *out ? MICA_OK : fail_no_memory(err, "query");
}

mica_status query_json(const query_options *q, json_t *options, mica_error *err) {
    char *text;
    TRY(query_text(q, &text, err));
    if (text) json_object_set_new(options, "query", json_string(text));
    if (text && !json_object_get(options, "query")) {
        free(text);
        return fail(err, MICA_FORMAT, "%s: not UTF-8", q->query_file ? q->query_file : "--query");
    }
    free(text);
    if (q->table) json_object_set_new(options, "table", json_string(q->table));
    if (q->password_file)
        json_object_set_new(options, "password_file", json_string(q->password_file));
    return MICA_OK;
}

json_t *texts_json(const option_texts *texts) {
    json_t *list = json_array();
    for (int i = 0; i < texts->count; i++) json_array_append_new(list, json_string(texts->at[i]));
    return list;
}

mica_status reading_json(const table_reading *r, json_t *options, mica_error *err) {
    const char *const given[][2] = {
        {"format", r->format}, {"separator", r->separator}, {"encoding", r->encoding}};
    for (size_t i = 0; i < LENGTH(given); i++)
        if (given[i][1]) json_object_set_new(options, given[i][0], json_string(given[i][1]));
    if (r->no_header) json_object_set_new(options, "no_header", json_true());
    if (r->texts.count) json_object_set_new(options, "text_columns", texts_json(&r->texts));
    return query_json(&r->query, options, err);
}

/* The caller frees the query. */
static mica_status options_of(const table_reading *r, mica_table_options *out, mica_error *err) {
    char *query;
    mica_table_options o = mica_table_defaults();
    TRY(texts_of(&r->texts, "--text-column", &o.text_columns, err));
    TRY(query_text(&r->query, &query, err));
    o.format = r->format, o.separator = r->separator, o.encoding = r->encoding;
    o.no_header = r->no_header;
    o.query = query, o.table = r->query.table, o.password_file = r->query.password_file;
    *out = o;
    return MICA_OK;
}

mica_status table_place(const char *spec, const char **format, const char *encoding,
                        const char **path, mica_error *err) {
    const piped *p;
    *path = path_of(spec);
    if (!is_piped(spec)) return MICA_OK;
    TRY(piped_table(encoding, &p, err));
    *path = p->path;
    if (!*format) *format = p->lines ? "jsonl" : "csv";
    return MICA_OK;
}

/* That an encoding was guessed, once: who knows it says so. */
static void warn_of_guess(const common_options *c, const char *spec, const mica_table *t) {
    if (!c || !t->guessed) return;
    const language l = language_of(c);
    warn(c, "%s%s%s%s", is_piped(spec) ? PIPED : spec, word_in(l, WORD_ENCODING_GUESSED),
         t->encoding, word_in(l, WORD_ENCODING_TELL));
}

mica_status read_table(const common_options *c, mica_context *ctx, const char *spec,
                       const table_reading *r, mica_table **out, mica_error *err) {
    mica_table_options o;
    const char *path;
    TRY(options_of(r, &o, err));
    mica_status status = table_place(spec, &o.format, o.encoding, &path, err);
    if (status == MICA_OK) status = mica_table_read(ctx, path, &o, out, err);
    free((char *)o.query);
    if (status == MICA_OK) warn_of_guess(c, spec, *out);
    return status;
}

/* What a block took goes back when it is done: else glibc keeps such pieces in its heap once one of
 * the size was freed, where aligned ones leave gaps that the next does not fit into. */
static void give_back_blocks(void) {
#ifdef M_MMAP_THRESHOLD
    enum { LARGE = 4 << 20 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}

mica_status open_blocks(const common_options *c, mica_context *ctx, const char *spec,
                        const table_reading *r, table_blocks *out, mica_error *err) {
    mica_table_options o;
    const char *path;
    give_back_blocks();
    TRY(options_of(r, &o, err));
    mica_status status = table_place(spec, &o.format, o.encoding, &path, err);
    if (status == MICA_OK) status = table_blocks_open(ctx, path, &o, 0, out, err);
    free((char *)o.query);
    if (status == MICA_OK) warn_of_guess(c, spec, out->head);
    return status;
}

static bool ends_in(const char *path, const char *ending) {
    size_t n = strlen(path), k = strlen(ending);
    return n > k && !strcmp(path + n - k, ending);
}

bool is_table_output(const char *path) { return ends_in(path, ".csv") || ends_in(path, ".tsv"); }

/* ---- cells of a summary ---- */

static const char *const statistics[] = {"mean", "std", "min", "q25", "q50", "q75", "max"};
enum { STATISTICS = 7, SHOWN_TOP = 24 };

static double statistic(const mica_column_summary *s, int i) {
    const double values[STATISTICS] = {s->mean, s->std, s->min, s->q25, s->q50, s->q75, s->max};
    return values[i];
}

/* Of dates a date, else JSON's number, or "inf", "-inf", which it has not; null where there is
 * none. */
static json_t *statistic_json(const mica_table *t, int column, double value) {
    char text[64];
    if (isinf(value)) return json_string(value > 0 ? "inf" : "-inf");
    if (mica_table_type(t, column) != MICA_COLUMN_DATE || !isfinite(value)) return real_json(value);
    const table_column *c = &t->column[column];
    double us = nearbyint(value * 1e6);
    date_format((int64_t)us, c->timed || fmod(us, 86400e6) != 0, c->zoned, text);
    return json_string(text);
}

static json_t *top_json(const mica_table *t, int column, const char *top) {
    if (!top) return json_null();
    return mica_table_type(t, column) == MICA_COLUMN_BOOLEAN ? json_boolean(!strcmp(top, "True"))
                                                             : json_string(top);
}

/* ---- all columns ---- */

static const char *top_of(const table_summary *all, int i) {
    return all->top[i].count ? all->top[i].value[0].text : NULL;
}

static json_t *column_json(const mica_table *t, int i, const mica_column_summary *s,
                           const char *top) {
    json_t *c = json_pack("{s:s, s:s, s:I, s:I}", "name", mica_table_name(t, i), "type",
                          mica_column_type_name(mica_table_type(t, i)), "missing",
                          (json_int_t)s->missing, "distinct", (json_int_t)s->distinct);
    for (int k = 0; k < STATISTICS; k++)
        json_object_set_new(c, statistics[k], statistic_json(t, i, statistic(s, k)));
    json_object_set_new(c, "top", top_json(t, i, top));
    return c;
}

static void print_summaries_json(const mica_table *t, int64_t rows, const table_summary *all) {
    json_t *columns = json_array();
    for (int i = 0; i < mica_table_columns(t); i++)
        json_array_append_new(columns, column_json(t, i, &all->column[i], top_of(all, i)));
    json_t *out = json_pack("{s:I, s:o}", "rows", (json_int_t)rows, "columns", columns);
    if (t->encoding) {
        json_object_set_new(out, "encoding", json_string(t->encoding));
        json_object_set_new(out, "encoding_guessed", json_boolean(t->guessed));
    }
    print_json(out);
}

static void add_statistic(table *out, const mica_table *t, int column, double value) {
    json_t *v = statistic_json(t, column, value);
    if (json_is_string(v)) table_add(out, "%s", json_string_value(v));
    else if (json_is_real(v)) table_add(out, "%.6g", value);
    else table_add(out, "%s", "");
    json_decref(v);
}

/* The most frequent, and how often; a long text is cut, and one line. */
static void add_top(table *out, const char *top, int64_t count) {
    strbuf line = {0};
    if (!top) {
        table_add(out, "%s", "");
        return;
    }
    size_t fits = text_fitting(top, SHOWN_TOP);
    strbuf_put(&line, top, fits);
    for (size_t i = 0; i < line.length; i++)
        if ((unsigned char)line.data[i] < ' ') line.data[i] = ' ';
    table_add(out, "%s%s (%lld)", line.data ? line.data : "", top[fits] ? "…" : "",
              (long long)count);
    strbuf_free(&line);
}

static void print_summaries(const mica_table *t, int64_t rows, const table_summary *all) {
    static const char *const heads[] = {"column", "type", "missing", "distinct", "mean", "std",
                                        "min",    "25%",  "50%",     "75%",      "max",  "top"};
    table out = {.columns = LENGTH(heads), .right = "llrrrrrrrrrl"};
    printf("%lld rows\n", (long long)rows);
    for (size_t i = 0; i < LENGTH(heads); i++) table_add(&out, "%s", heads[i]);
    for (int i = 0; i < mica_table_columns(t); i++) {
        table_add(&out, "%s", mica_table_name(t, i));
        table_add(&out, "%s", mica_column_type_name(mica_table_type(t, i)));
        const mica_column_summary *s = &all->column[i];
        table_add(&out, "%lld", (long long)s->missing);
        table_add(&out, "%lld", (long long)s->distinct);
        for (int k = 0; k < STATISTICS; k++) add_statistic(&out, t, i, statistic(s, k));
        add_top(&out, top_of(all, i), s->top_count);
    }
    table_print(&out, stdout);
}

/* How many values a page shows. */
static int shown_values(mica_column_type type) {
    enum { SHOWN = 12 };
    return is_text(type) || type == MICA_COLUMN_BOOLEAN ? SHOWN : 1;
}

mica_status summarise(mica_context *ctx, table_blocks *b, table_summary *out, mica_error *err) {
    size_t columns = (size_t)b->head->count + 1;
    *out = (table_summary){allocate(columns, sizeof *out->column),
                           allocate(columns, sizeof *out->top), b->head->count};
    if (!out->column || !out->top) return fail_no_memory(err, "describe");
    for (int i = 0; i < out->count; i++)
        if (!frequent_open(&out->top[i], shown_values(b->head->column[i].type)))
            return fail_no_memory(err, "describe");
    return describe_blocks(b, 0, ctx->team, out->column, out->top, err);
}

void summary_free(table_summary *s) {
    for (int i = 0; s->top && i < s->count; i++) frequent_free(&s->top[i]);
    free(s->top), free(s->column);
}

void print_summary(const table_blocks *b, const table_summary *all, bool json) {
    if (json) print_summaries_json(b->head, b->rows, all);
    else print_summaries(b->head, b->rows, all);
}
