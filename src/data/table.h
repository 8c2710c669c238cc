/* Tables as sources of data. */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "mica/table.h"

/* Whether the name ends as a table's does: .csv, .tsv, .tab, .jsonl, .ndjson, packed or not. */
bool is_table_path(const char *path);

#endif
