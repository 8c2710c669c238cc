/* Reads the cells of all pieces into the table's columns. */
#ifndef CODEC_CSV_PARSE_H
#define CODEC_CSV_PARSE_H

#include "codec/csv_inside.h"

/* t has csv->columns columns with names; `rows` is an upper bound. */
mica_status csv_parse(const csv_text *csv, csv_piece *pieces, int count, int64_t rows, team *team,
                      mica_table *t, const csv_reading *how, mica_error *err);

#endif
