/* Tables from files: mica/table.h. */
#include "data/table.h"
#include "base/context.h"
#include "base/parallel.h"
#include "codec/csv.h"
#include "data/database.h"
#include "data/tabular.h"
#include "transform/describe.h"

#include <string.h>
#include <strings.h>

mica_table_options mica_table_defaults(void) {
    return (mica_table_options){.size = sizeof(mica_table_options)};
}

/* ---- which format ---- */

static bool ends_in(const char *path, size_t length, const char *ending) {
    size_t n = strlen(ending);
    return length > n && !strncasecmp(path + length - n, ending, n);
}

static const char *const packed[] = {".gz", ".xz", ".zst"};

/* The format that the name's ending tells, and the separator that this means; NULL: none. */
static const text_table *format_of(const char *path, char *separator) {
    size_t length = strlen(path);
    *separator = 0;
    for (size_t i = 0; i < LENGTH(packed); i++)
        if (ends_in(path, length, packed[i])) {
            length -= strlen(packed[i]);
            break;
        }
    for (const text_table *const *f = text_tables; *f; f++)
        for (size_t i = 0; i < LENGTH((*f)->endings) && (*f)->endings[i].text; i++)
            if (ends_in(path, length, (*f)->endings[i].text))
                return *separator = (*f)->endings[i].separator, *f;
    return NULL;
}

static const text_table *format_named(const char *name) {
    for (const text_table *const *f = text_tables; *f; f++)
        if (!strcmp((*f)->name, name)) return *f;
    return NULL;
}

bool is_table_path(const char *path) {
    char separator;
    return is_database(path) || format_of(path, &separator) != NULL;
}

/* ---- options ---- */

static mica_status separator_of(const char *text, const char *path, char *out, mica_error *err) {
    static const char refused[] = "\"\n\r.+-0123456789";
    if (!text) return MICA_OK;
    *out = !strcmp(text, "tab") || !strcmp(text, "\\t") ? '\t' : text[0];
    bool one = *out == '\t' || (text[0] && !text[1]);
    if (!one || strchr(refused, *out) || (unsigned char)*out >= 0x80)
        return fail(err, MICA_VALUE,
                    "%s: separator '%s', expected one character of ASCII that is in no number, or "
                    "tab",
                    path, text);
    return MICA_OK;
}

static mica_status fail_no_database(const char *path, mica_error *err) {
    char forms[256];
    database_forms(forms);
    return fail(err, MICA_VALUE,
                "%s: query, table and password_file are of databases (%s), not of files", path,
                forms);
}

/* How the bytes of a file are read. */
typedef struct file_form {
    const text_table *kind;
    csv_options csv;
} file_form;

static mica_status form_of(const char *path, const mica_table_options *o, file_form *out,
                           mica_error *err) {
    char separator;
    const text_table *ending = format_of(path, &separator);
    *out = (file_form){ending ? ending : &table_csv, {.no_header = o->no_header}};
    if (o->format) out->kind = format_named(o->format);
    if (!out->kind)
        return fail(err, MICA_VALUE, "%s: format '%s', expected csv or jsonl", path, o->format);
    if (o->query || o->table || o->password_file) return fail_no_database(path, err);
    out->csv.texts = o->text_columns;
    if (!o->format) out->csv.separator = separator;
    TRY(separator_of(o->likely_separator, path, &out->csv.likely, err));
    return separator_of(o->separator, path, &out->csv.separator, err);
}

/* What is given; else what the text itself tells goes before what is likely. NULL: it is found. */
static const char *encoding_of(const char *path, const mica_table_options *o) {
    const char *encoding = o->encoding;
    if (!encoding && o->likely_encoding) text_encoding_find(path, o->likely_encoding, &encoding);
    return encoding;
}

static mica_status decode(const char *path, const mica_table_options *o, team *team,
                          mica_table **out, mica_error *err) {
    file_form form;
    text_file text;
    TRY(form_of(path, o, &form, err));
    TRY(text_file_read(path, encoding_of(path, o), team, &text, err));
    mica_status status = text_table_decode(form.kind, &text, path, form.csv, team, out, err);
    text_file_free(&text);
    return status;
}

static mica_status check_texts(const mica_texts *names, const mica_table *t, const char *path,
                               mica_error *err) {
    int column;
    for (int i = 0; i < names->count; i++) {
        const mica_texts one = {1, {names->values[i]}};
        bool found = strpbrk(names->values[i], "*?["); /* a pattern may find nothing */
        for (int k = 0; k < t->count && !found; k++)
            found = table_is_named(&one, t->column[k].name);
        if (!found) TRY(tabular_find(t, names->values[i], "text_columns", path, &column, err));
    }
    return MICA_OK;
}

/* ---- databases ---- */

static mica_status request_of(const char *spec, const mica_table_options *o, database_request *out,
                              mica_error *err) {
    if (o->format || o->separator || o->encoding || o->no_header || o->text_columns.count)
        return fail(err, MICA_VALUE,
                    "%s: format, separator, encoding, no_header and text_columns are of files, not "
                    "of queries",
                    spec);
    *out = (database_request){
        .spec = spec, .query = o->query, .table = o->table, .password_file = o->password_file};
    return MICA_OK;
}

static mica_status ask(const char *spec, const mica_table_options *o, mica_table **out,
                       mica_error *err) {
    database_request r;
    TRY(request_of(spec, o, &r, err));
    return database_read(&r, out, err);
}

mica_status table_read_alike(mica_context *ctx, const char *path, const mica_table_options *options,
                             mica_table **out, mica_error *err) {
    mica_table_options own = mica_table_defaults();
    TRY(database_check(path, err));
    TRY(options_take(&own, sizeof own, options, path, err));
    return is_database(path) ? ask(path, &own, out, err) : decode(path, &own, ctx->team, out, err);
}

mica_status mica_table_read(mica_context *ctx, const char *path, const mica_table_options *options,
                            mica_table **out, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(path, "path");
    REQUIRE(out, "out");
    TRY(table_read_alike(ctx, path, options, out, err));
    if (!options) return MICA_OK;
    mica_status status = check_texts(&options->text_columns, *out, path, err);
    if (status != MICA_OK) mica_table_destroy(out);
    return status;
}

enum { BLOCK = 16 << 20, HELD = 256 << 20, HELD_ROWS = 64 << 20, PART = 6 };

/* What is held at most, of what takes `times` as much: going through a file again and again takes
 * longer. At most that part of the memory that is free. */
static size_t held(int times, size_t limit) {
    const int64_t most = memory_available() / PART / times;
    return most > (int64_t)limit ? limit : most < BLOCK ? BLOCK : (size_t)most;
}

static mica_status file_blocks(mica_context *ctx, const char *path, const mica_table_options *o,
                               size_t each, table_blocks *out, mica_error *err) {
    file_form form;
    TRY(form_of(path, o, &form, err));
    const text_blocks how = {.encoding = encoding_of(path, o),
                             .csv = form.csv,
                             .each = each ? each : BLOCK,
                             .most = each ? each : held(form.kind->held, HELD),
                             .team = ctx->team};
    TRY(text_table_blocks(form.kind, path, &how, out, err));
    mica_status status = check_texts(&o->text_columns, out->head, path, err);
    if (status != MICA_OK) blocks_close(out);
    return status;
}

/* How much a query gives is not known before: what is held at first is read again where it is too
 * much, so that less is held than of a file. */
static mica_status query_blocks(const char *spec, const mica_table_options *o, size_t each,
                                table_blocks *out, mica_error *err) {
    enum { TIMES = 2 }; /* while the builder makes a table, both are there */
    database_request r;
    TRY(request_of(spec, o, &r, err));
    return database_blocks(&r, each ? each : BLOCK, each ? each : held(TIMES, HELD_ROWS), out, err);
}

mica_status table_blocks_open(mica_context *ctx, const char *path,
                              const mica_table_options *options, size_t each, table_blocks *out,
                              mica_error *err) {
    mica_table_options own = mica_table_defaults();
    *out = (table_blocks){0};
    TRY(database_check(path, err));
    TRY(options_take(&own, sizeof own, options, path, err));
    return is_database(path) ? query_blocks(path, &own, each, out, err)
                             : file_blocks(ctx, path, &own, each, out, err);
}

mica_status mica_table_describe(mica_context *ctx, const mica_table *t,
                                mica_column_summary *summaries, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(summaries, "summaries");
    table_blocks b;
    TRY(blocks_of_table(t, 0, &b, err));
    mica_status status = describe_blocks(&b, 0, ctx->team, summaries, NULL, err);
    blocks_close(&b);
    return status;
}

char table_separator(const char *path) {
    char separator;
    format_of(path, &separator);
    return separator ? separator : ',';
}

mica_status mica_table_write(const mica_table *t, const char *path, mica_error *err) {
    REQUIRE(t, "t");
    REQUIRE(path, "path");
    return csv_write(t, path, table_separator(path), false, err);
}

mica_status mica_table_write_private(const mica_table *t, const char *path, mica_error *err) {
    REQUIRE(t, "t");
    REQUIRE(path, "path");
    return csv_write(t, path, table_separator(path), true, err);
}
