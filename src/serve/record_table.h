/* The inputs of a request that was answered, as a table of the columns that its model knows: rows
 * of a table as they came; tensors of a model that was trained on a table brought back from numbers
 * to dates and categories, so that whatever way a request came, a person's row is the same; other
 * tensors with one value a row as columns of their inputs' names. */
#ifndef SERVE_RECORD_TABLE_H
#define SERVE_RECORD_TABLE_H

#include "mica/table.h"
#include "serve/record.h"

/* *out NULL: no input is a column. in_table[i]: input i of the contract is in the table. */
mica_status record_table(const record *r, mica_table **out, bool in_table[MAX_MODEL_INPUTS],
                         mica_error *err);
/* Whether requests may have a column of that name: of a table's model its columns, and parts of its
 * dates ("since.weekday"); else the inputs' names. */
bool record_may_have(const contract *c, const char *name);
/* All these names, for an error: "age, city, since". */
void record_columns_text(const contract *c, strbuf *out);

#endif
