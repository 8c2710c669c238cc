/* csv: a table of CSV, TSV, JSON Lines or a database as samples: x (columns) float32, y of the
 * column `target`, weights. Options: mica_tabular_options. */
#include "data/database.h"
#include "data/memory.h"
#include "data/table.h"
#include "data/tabular.h"

/* What a query gave is what makes the data; the database may change afterwards. */
static mica_status digest_query(mica_dataset *d, const mica_table *t, mica_error *err) {
    sha256 h;
    char text[65];
    sha256_begin(&h);
    table_digest(t, &h);
    sha256_end_hex(&h, text);
    return memory_digest_text(d, text, err);
}

static mica_status csv_load(const source_request *r, mica_dataset *d, mica_error *err) {
    const mica_tabular_options *o = r->options;
    mica_table *t = NULL;
    TRY(mica_table_read(d->ctx, r->path,
                        MICA_OPTIONS(table, .format = o->format, .separator = o->separator,
                                     .encoding = o->encoding, .no_header = o->no_header,
                                     .query = o->query, .table = o->table,
                                     .password_file = o->password_file),
                        &t, err));
    mica_status status = is_database(r->path) ? digest_query(d, t, err)
                                              : memory_digest_files(d, &r->path, 1, err);
    if (status == MICA_OK) status = tabular_fill(d, t, r->part, o, r->path, err);
    mica_table_destroy(&t);
    if (status == MICA_OK && dataset_column(d, COLUMN_TARGET, 0) < 0 && !d->no_targets)
        d->no_targets = "no option target names one of its columns (in a recipe: "
                        "data.preprocessing.target)";
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
