/* CSV that is larger than memory, as rows: see text_table.h. */
#ifndef CODEC_CSV_ROWS_H
#define CODEC_CSV_ROWS_H

#include "codec/text_table.h"

/* `open_rows` of the format. Errors are those of csv_decode. */
mica_status csv_open_rows(text_rows *text, csv_options o, team *team, row_source *out,
                          mica_error *err);

#endif
