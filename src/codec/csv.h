/* CSV and TSV (RFC 4180) into tables, and back.  Read as pandas reads it: blank lines are skipped,
 * a quote opens only at the begin of a cell, the types are those of table/columns.h. Rows of
 * another length than the header are errors with file and line. */
#ifndef CODEC_CSV_H
#define CODEC_CSV_H

#include "base/strbuf.h"
#include "codec/text_table.h"
#include "table/columns.h"
#include "table/table.h"

/* Pieces of the file are read by the team's threads; the table does not depend on how many. */
mica_status csv_decode(const text_file *text, const char *name, csv_options o, team *team,
                       mica_table **out, mica_error *err);
/* Goes through rows as they are written: no cell is missing, none has a type. Blank lines are
 * skipped. What `each` fails with ends it. */
typedef mica_status csv_visit(void *arg, int64_t line, const cell *cells, int count,
                              mica_error *err);
mica_status csv_each_row(const text_file *text, const char *name, char separator, csv_visit *each,
                         void *arg, mica_error *err);
/* Adds a text as a cell, in quotes where it needs them; alone: it is the only one of its row. */
void csv_put_text(strbuf *out, const char *text, size_t length, char separator, bool alone);
/* A table that is written block by block. After csv_write_begin there is one csv_write_end, which
 * gives back `status`, or what went wrong then; the file is there only where nothing did. */
typedef struct csv_writer {
    file_writer file;
    strbuf text;
    char separator;
    bool named; /* the names are written, those of the first block */
    int64_t rows;
} csv_writer;
/* owner_only: see file_begin_private. */
mica_status csv_write_begin(csv_writer *w, const char *path, char separator, bool owner_only,
                            mica_error *err);
mica_status csv_write_rows(csv_writer *w, const mica_table *t, mica_error *err);
mica_status csv_write_end(csv_writer *w, mica_status status, mica_error *err);
/* All of it at once. */
mica_status csv_write(const mica_table *t, const char *path, char separator, bool owner_only,
                      mica_error *err);

#endif
