/* What cleaning a table for a model learned, kept on the model's card, and done with later tables:
 *
 *   {"table": {"clean": {"columns": [{"name", "options": {…}, "before": "text", "read": "integer",
 *                                     "repair": {…}, "low", "high", "fill"}, …]}}}
 *
 * "options" are those of mica_clean_options that are not their defaults; "read" is the type that
 * respelled texts had, "repair" how they became something else. Cells change as in the training:
 * nothing is learned, and no row is left out. */
#ifndef DATA_CLEAN_KNOWN_H
#define DATA_CLEAN_KNOWN_H

#include "data/clean_table.h"

typedef struct known_cleaning {
    cleaned_column *column;
    const char **name;
    int count;
    arena memory;
} known_cleaning;

/* Of a preparation; NULL or one without "clean": no columns. */
mica_status known_cleaning_read(const json_t *preparation, known_cleaning *out, mica_error *err);
void known_cleaning_free(known_cleaning *k);
/* NULL: nothing is done with it. */
const cleaned_column *known_column(const known_cleaning *k, const char *name);
/* {"columns"} of what was learned; NULL: no memory. */
json_t *known_cleaning_write(const cleaning *c);

/* What a text of a column becomes. */
typedef struct known_cell {
    enum { KNOWN_MISSING, KNOWN_VALUE, KNOWN_WRONG } is;
    repaired_value value; /* of read_type */
} known_cell;
/* The type that a column's texts become; of texts that stay texts nothing is read. */
mica_column_type known_type(const cleaned_column *d);
/* Whether its cells must be read as texts, however they look. */
bool known_wants_texts(const cleaned_column *d);
/* s: spelling_of(&d->o), whose room is used; `room` too. */
mica_status known_read(const cleaned_column *d, spelling *s, strbuf *room, const char *text,
                       size_t length, known_cell *out, mica_error *err);

/* Fills c (zeroed) for that table, which it takes a copy of: c->held with texts and types as in the
 * training; cleaning_free(). `name` is the table's, for errors. */
mica_status known_begin(const known_cleaning *k, const mica_table *t, const char *name, cleaning *c,
                        mica_error *err);
/* Fills after limit_columns; forward among all rows. */
mica_status known_fill(cleaning *c, mica_error *err);
/* All of it; *out NULL: t itself will do. */
mica_status known_clean(const known_cleaning *k, const mica_table *t, const char *name,
                        mica_table **out, mica_error *err);

#endif
