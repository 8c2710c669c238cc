/* csv: a table of CSV, TSV or JSON Lines as samples: x (columns) float32, y of the column `target`,
 * weights. Options: mica_tabular_options. */
#include "data/memory.h"
#include "data/table.h"
#include "data/tabular.h"

static mica_status csv_load(const source_request *r, mica_dataset *d, mica_error *err) {
    const mica_tabular_options *o = r->options;
    mica_table *t = NULL;
    TRY(memory_digest_files(d, &r->path, 1, err));
    TRY(mica_table_read(d->ctx, r->path,
                        MICA_OPTIONS(table, .format = o->format, .separator = o->separator,
                                     .encoding = o->encoding, .no_header = o->no_header),
                        &t, err));
    mica_status status = tabular_fill(d, t, r->part, o, r->path, err);
    mica_table_destroy(&t);
    if (status == MICA_OK && dataset_column(d, COLUMN_TARGET, 0) < 0 && !d->no_targets)
        d->no_targets = "no option target names one of its columns (in a recipe: "
                        "data.preprocessing.target)";
    return status;
}

static bool csv_probe(const char *path) { return is_table_path(path) && file_exists(path); }

const source source_csv = {
    "csv",          "a table: CSV, TSV, JSON Lines; the option target names y",
    tabular_fields, sizeof(mica_tabular_options),
    csv_probe,      csv_load,
    .fits = true};
