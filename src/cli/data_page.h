/* What `mica data describe --html` writes: one page with the same numbers and their distributions.
 */
#ifndef CLI_DATA_PAGE_H
#define CLI_DATA_PAGE_H

#include "cli/data_table.h"
#include "cli/page.h"
#include "data/dataset.h"

/* A table: its statistics, a histogram or the most frequent values of each column. The blocks are
 * gone through once more.
 */
mica_status table_page(table_blocks *b, const table_summary *all, const char *spec, language l,
                       const char *path, mica_error *err);
/* Samples, of which `all` is what is printed as JSON: arrays, classes, sizes of pictures, examples,
 * broken files. */
mica_status samples_page(mica_dataset *d, const json_t *all, const char *spec, language l,
                         const char *path, mica_error *err);

/* What both share: the head; the end and the file, unless something failed. Frees the text. */
void data_page_begin(page *p, const char *spec);
mica_status data_page_end(page *p, const char *path, mica_status status, mica_error *err);

#endif
