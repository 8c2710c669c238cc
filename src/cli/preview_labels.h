/* Labels of a batch as people read them. */
#ifndef CLI_PREVIEW_LABELS_H
#define CLI_PREVIEW_LABELS_H

#include "base/config.h"
#include "base/strbuf.h"
#include "batch/batches.h"

/* The class of row i of a batch: its name or number, a number as it is; of shares the two largest,
 * "cat .62, dog .38"; "" where the data have no target. */
void row_label(const batches *b, const mica_dataset *d, int64_t i, char *out, size_t room);
/* The same in letters that a sheet has: a class whose name has others is its number, and is counted
 * in the legend, [{"number", "name", "count"}]. */
void shown_label(const batches *b, const mica_dataset *d, int64_t i, strbuf *out, json_t *legend);
/* On standard output. */
void print_legend(const json_t *legend);

#endif
