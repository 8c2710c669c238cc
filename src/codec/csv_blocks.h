/* CSV that is larger than memory, as blocks of rows: the file is read once to find the types, and
 * again for each time that it is gone through. */
#ifndef CODEC_CSV_BLOCKS_H
#define CODEC_CSV_BLOCKS_H

#include "codec/csv.h"
#include "table/blocks.h"

/* About `each` bytes of the file are one block; a row is never cut. *out stays zeroes, and nothing
 * failed, where the file has to be read as a whole: it is no larger than that, packed, or in
 * another encoding than UTF-8. Errors are csv_decode's: the same codes, and places
 * in the same words. */
mica_status csv_blocks_open(const char *path, const char *encoding, csv_options o, size_t each,
                            team *team, table_blocks *out, mica_error *err);

#endif
