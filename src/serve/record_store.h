/* The tables that predictions and their true labels are kept in (docs/serving_records.md). */
#ifndef SERVE_RECORD_STORE_H
#define SERVE_RECORD_STORE_H

#include "data/database.h"
#include "serve/record.h"

enum { RECORD_SCHEMA = 1 }; /* version of these tables */

/* Makes the tables where they are not there. Errors: VALUE where they are of a newer mica. */
mica_status record_tables(database_writer *w, mica_error *err);
/* Whether the tables are there or can be made, by looking alone: nothing is touched. */
mica_status record_check(const char *spec, const char *password_file, mica_error *err);
/* inputs NULL: they may not be kept. Inside a transaction. */
mica_status record_insert(database_writer *w, const record *r, const char *inputs,
                          const char *outputs, mica_error *err);
mica_status record_insert_label(database_writer *w, const record *r, mica_error *err);
/* Keeps the newest `rows` predictions and labels, none older than `seconds` (0: any). */
mica_status record_expire(database_writer *w, int64_t rows, double seconds, mica_error *err);

#endif
