/* Making columns of cells: readers (CSV, JSON Lines, queries) split text into cells, these
 * functions find types and read values. A column is read in parts, each by one thread, with a type
 * that was guessed; a part that meets a cell of another type only looks at the rest, so that
 * afterwards the type is known for sure and the column is read a second time. */
#ifndef TABLE_COLUMNS_H
#define TABLE_COLUMNS_H

#include "table/cell.h"
#include "table/dictionary.h"

typedef struct column_part {
    int seen; /* CELL_ bits: all of them once a read failed, else enough of them */
    bool failed, no_memory;
    int64_t missing;
    dictionary words; /* of texts; the cells hold its numbers until column_merge */
} column_part;

/* Reads cells as that type into out, which has room for as many. */
void column_read(column_part *p, mica_column_type type, const cell *cells, int64_t count,
                 void *out);
/* Only what they are. */
void column_look(column_part *p, const cell *cells, int64_t count);
/* The type to read with when these were seen in some cells. What it is does not depend on which:
 * only what no later cell can change is text. */
mica_column_type column_guess(int seen);
/* The type of the whole column after a read as `guess`; it is well read where that is the guess. */
mica_column_type column_type(const column_part *parts, int count, mica_column_type guess);
/* The column of which part i read the rows first[i] … first[i + 1] - 1 well: missing, texts, what
 * dates have. Frees the parts. False: no memory. */
bool column_merge(table_column *c, column_part *parts, int count, const int64_t *first);
void column_part_clear(column_part *p); /* as new */

typedef struct cell_reading {
    int *seen;               /* of each column: gets the CELL_ bits of its cells; may be NULL */
    const mica_table *types; /* the columns have those of this table already, and what is none of
                                them is an error; NULL: they are found */
} cell_reading;

/* A table of cells that lie column by column: cells[column * rows + row]. Names are set by the
 * caller. */
mica_status table_of_cells(mica_table *t, const cell *cells, int64_t rows, const cell_reading *how,
                           const char *name, mica_error *err);

#endif
