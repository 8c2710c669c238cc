/* csv: a table of CSV, TSV, JSON Lines or a database as samples: x (columns) float32, y of the
 * column `target`, weights. Options: mica_tabular_options. */
#include "data/clean_known.h"
#include "data/database.h"
#include "data/memory.h"
#include "data/table.h"
#include "data/table_list.h"
#include "data/table_sources.h"
#include "data/tabular.h"

#include <stdlib.h>
#include <string.h>

/* The columns that were read as texts in the training part; they live as long as the preparation.
 */
static mica_status fitted_texts(const json_t *preparation, mica_texts *out, const char *path,
                                mica_error *err) {
    const json_t *table = json_object_get(preparation, "table"), *one;
    size_t i;
    *out = (mica_texts){0};
    json_array_foreach(json_object_get(table, "text_columns"), i, one) {
        if (!json_is_string(one) || i >= LENGTH(out->values))
            return fail(err, MICA_FORMAT, "%s: fitted: text_columns, expected at most %zu texts",
                        path, LENGTH(out->values));
        out->values[out->count++] = json_string_value(one);
    }
    return MICA_OK;
}

/* And those whose texts cleaning made numbers or the like of: 1.234 may be more than a thousand
 * there. */
static mica_status cleaned_texts(const json_t *preparation, mica_texts *out, const char *path,
                                 mica_error *err) {
    const json_t *table = json_object_get(preparation, "table"),
                 *columns = json_object_get(json_object_get(table, "clean"), "columns");
    known_cleaning known;
    TRY(known_cleaning_read(preparation, &known, err));
    mica_status status = MICA_OK;
    for (int i = 0; i < known.count && status == MICA_OK; i++) {
        if (!known_wants_texts(&known.column[i])) continue;
        if (out->count < (int)LENGTH(out->values))
            out->values[out->count++] = json_string_value(
                json_object_get(json_array_get(columns, (size_t)i), "name"));
        else
            status = fail(err, MICA_UNSUPPORTED,
                          "%s: columns that are read as texts, expected at most %zu", path,
                          LENGTH(out->values));
    }
    known_cleaning_free(&known);
    return status;
}

/* The paths that are read: one, or those of a list. */
typedef struct table_paths {
    json_t *list; /* NULL: one */
    const char **path;
    int64_t *rows; /* how many each has */
    int count;
} table_paths;

static void paths_free(table_paths *p) {
    json_decref(p->list);
    free(p->path);
    free(p->rows);
}

static mica_status paths_of(const source_request *r, table_paths *out, mica_error *err) {
    *out = (table_paths){.list = spec_list(r->path)};
    out->count = out->list ? (int)json_array_size(out->list) : 1;
    if (out->count > NO_SOURCE)
        return paths_free(out), fail(err, MICA_UNSUPPORTED,
                                     "%d tables in a list, expected at most "
                                     "%d",
                                     out->count, NO_SOURCE);
    out->path = allocate((size_t)out->count, sizeof *out->path);
    out->rows = allocate((size_t)out->count, sizeof *out->rows);
    if (!out->path || !out->rows) return paths_free(out), fail_no_memory(err, r->path);
    if (!out->list) out->path[0] = r->path;
    for (int i = 0; i < out->count && out->list; i++)
        dataset_source(json_string_value(json_array_get(out->list, (size_t)i)), &out->path[i]);
    return MICA_OK;
}

typedef struct table_reading {
    mica_context *ctx;
    bool alike;
    int untold; /* tables that were not looked at for how their encoding was found */
} table_reading;

static mica_status read_one(void *arg, const char *path, const mica_table_options *how,
                            mica_table **out, mica_error *err) {
    table_reading *r = arg;
    TRY(r->alike ? table_read_alike(r->ctx, path, how, out, err)
                 : mica_table_read(r->ctx, path, how, out, err));
    if (r->untold-- > 0 && (*out)->guessed)
        context_log(r->ctx, MICA_LOG_WARNING,
                    "%s: the encoding was guessed: %s (it is no UTF-8 and has no mark); the option "
                    "encoding tells it (of a command --encoding, in a recipe "
                    "data.preprocessing.encoding)",
                    path, (*out)->encoding);
    return MICA_OK;
}

static mica_status read_paths(const source_request *r, const table_paths *p, table_reading *reading,
                              const mica_table_options *how, mica_table **out, mica_error *err) {
    const table_list_request all = {p->path, p->count, r->path, how, read_one, reading, p->rows};
    reading->untold = p->count;
    return p->list ? table_list_read(&all, out, err) : read_one(reading, r->path, how, out, err);
}

static mica_status read_as(const source_request *r, const table_paths *p, mica_context *ctx,
                           mica_table **out, mica_error *err) {
    const mica_tabular_options *o = r->options;
    mica_table_options how = mica_table_defaults();
    table_reading reading = {.ctx = ctx, .alike = o->fitted != NULL};
    json_t *preparation = NULL;
    how.format = o->format, how.separator = o->separator, how.encoding = o->encoding;
    how.likely_encoding = o->likely_encoding, how.likely_separator = o->likely_separator;
    how.no_header = o->no_header, how.text_columns = o->text_columns;
    how.query = o->query, how.table = o->table, how.password_file = o->password_file;
    if (!o->fitted) return read_paths(r, p, &reading, &how, out, err);
    TRY(config_parse(o->fitted, strlen(o->fitted), "fitted", &preparation, err));
    mica_status status = MICA_OK;
    if (!how.text_columns.count && !is_database(p->path[0]))
        status = fitted_texts(preparation, &how.text_columns, r->path, err);
    if (status == MICA_OK && !is_database(p->path[0]))
        status = cleaned_texts(preparation, &how.text_columns, r->path, err);
    if (status == MICA_OK) status = read_paths(r, p, &reading, &how, out, err);
    json_decref(preparation);
    return status;
}

static mica_status load_paths(const source_request *r, const table_paths *p, mica_dataset *d,
                              mica_error *err) {
    const mica_tabular_options *o = r->options;
    mica_table *t = NULL;
    TRY(read_as(r, p, d->ctx, &t, err));
    mica_status status = o->join ? MICA_OK /* what they make counts */
                         : p->list || is_database(r->path)
                             ? tabular_digest(d, t, err)
                             : memory_digest_files(d, p->path, 1, err);
    uint16_t *source = status == MICA_OK && p->list ? sources_of_rows(p->rows, p->count) : NULL;
    if (status == MICA_OK && p->list && !source) status = fail_no_memory(err, r->path);
    if (status == MICA_OK) status = tabular_fill(d, t, source, r->part, o, r->path, err);
    free(source);
    mica_table_destroy(&t);
    if (status == MICA_OK && dataset_column(d, COLUMN_TARGET, 0) < 0 && !d->no_targets)
        d->no_targets = "no option target names one of its columns (in a recipe: "
                        "data.preprocessing.target)";
    return status;
}

static mica_status csv_load(const source_request *r, mica_dataset *d, mica_error *err) {
    table_paths paths;
    TRY(paths_of(r, &paths, err));
    mica_status status = load_paths(r, &paths, d, err);
    paths_free(&paths);
    return status;
}

static bool csv_probe(const char *path) {
    return is_database(path) || (is_table_path(path) && file_exists(path));
}

const source source_csv = {
    "csv",
    "a table: CSV, TSV, JSON Lines, a query (sqlite:, postgresql:); the option target names y",
    tabular_fields,
    sizeof(mica_tabular_options),
    csv_probe,
    csv_load,
    .fits = true};
