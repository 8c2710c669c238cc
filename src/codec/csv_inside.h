/* What the files of the CSV reader share: how a text is cut into pieces, rows and cells. */
#ifndef CODEC_CSV_INSIDE_H
#define CODEC_CSV_INSIDE_H

#include "codec/csv.h"
#include "table/columns.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef struct csv_text {
    const text_file *text;
    const char *name;
    char separator;
    bool quoted; /* there is a quote somewhere behind the header */
    int columns;
} csv_text;

/* Whole rows. */
typedef struct csv_piece {
    const char *begin, *end;
    int64_t first, rows; /* the row of the table that its first one may be at most; how many, found
                            while reading */
    arena unquoted;      /* cells that had quotes doubled */
    mica_error err;
} csv_piece;

/* Where the ends of rows' cells are. */
typedef struct csv_scan {
    const csv_text *csv;
    const char *begin, *end;
    size_t block; /* of 64 bytes, from begin; the bits of it that are not looked at yet */
    uint64_t bits, newlines, quotes;
    size_t field, skip; /* where the open cell begins; a quote that belongs to the one before */
    size_t row;         /* where the open row begins */
    bool inside;        /* a quoted cell */
} csv_scan;

void csv_scan_begin(csv_scan *s, const csv_text *csv, const char *begin, const char *end);
/* The next rows, at most `rows`: row r begins at start[r], its cell c ends at ends[r * columns +
 * c], from s->begin. `ends` has room for (rows + 1) * columns + 128. *got less than asked: the end.
 */
mica_status csv_scan_rows(csv_scan *s, int64_t rows, uint32_t *start, uint32_t *ends, int64_t *got,
                          mica_error *err);
/* Cuts begin … the text's end into at most `most` pieces of whole rows, with upper bounds of their
 * rows; sets csv->quoted. *count pieces, *rows in all. */
mica_status csv_split(csv_text *csv, const char *begin, team *team, csv_piece *pieces, int most,
                      int *count, int64_t *rows, mica_error *err);

/* A cell without its quotes; where some are doubled, a copy in the arena. False: no memory. */
bool csv_unquote(cell *c, arena *a);
/* The cells of one row, and where the next begins; the caller frees *cells. */
mica_status csv_one_row(const csv_text *csv, const char *at, arena *a, cell **cells, int *count,
                        const char **next, mica_error *err);

/* The separator and the column names, which the text begins with; *begin: where its rows do. */
mica_status csv_head(csv_text *csv, csv_options o, mica_table **t, const char **begin,
                     mica_error *err);
/* How columns are read. */
typedef struct csv_reading {
    int *seen;          /* becomes what their cells were, CELL_ bits; may be NULL */
    bool typed;         /* the table has the types already, and what is none of them is an error */
    const bool *wanted; /* of each column; the others get no cells; NULL: all */
} csv_reading;
/* All rows from `begin` on into the columns of t, which has names. */
mica_status csv_rows(csv_text *csv, const char *begin, team *team, mica_table *t,
                     const csv_reading *how, mica_error *err);
/* Behind the last whole row in begin … end, where a row begins; NULL: none ends there. */
const char *csv_rows_end(const csv_text *csv, const char *begin, const char *end);

/* The positions of bytes in 64 bytes, as bits. */
static inline uint64_t csv_mask(const char *block, char byte) {
    uint64_t mask = 0;
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8(byte);
    for (int i = 0; i < 4; i++) {
        __m128i b = _mm_loadu_si128((const __m128i *)(block + 16 * i));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, wanted)) << (16 * i);
    }
#else
    const uint64_t pattern = 0x0101010101010101u * (unsigned char)byte;
    for (int i = 0; i < 8; i++) {
        uint64_t word;
        memcpy(&word, block + 8 * i, 8);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        word ^= pattern; /* its zero bytes are wanted; exact, without a borrow between bytes */
        word = ~(((word & 0x7F7F7F7F7F7F7F7Fu) + 0x7F7F7F7F7F7F7F7Fu) | word | 0x7F7F7F7F7F7F7F7Fu);
        mask |= ((word >> 7) * 0x0102040810204080u >> 56) << (8 * i);
    }
#endif
    return mask;
}

static inline int csv_bits(uint64_t mask) { /* how many; without asking for an instruction */
    mask -= mask >> 1 & 0x5555555555555555u;
    mask = (mask & 0x3333333333333333u) + (mask >> 2 & 0x3333333333333333u);
    return (int)(((mask + (mask >> 4)) & 0x0F0F0F0F0F0F0F0Fu) * 0x0101010101010101u >> 56);
}

#endif
