/* What one cell is: by pandas' rules (missing spellings, blanks around numbers, True and False),
 * and dates and full-width digits beside them. */
#ifndef TABLE_CELL_H
#define TABLE_CELL_H

#include "mica/table.h"
#include "table/calendar.h"

enum {
    CELL_MARGIN = 8, /* bytes before and behind a cell that may be read (not used) */
    CELL_SHORT = 64  /* as long as a cell_room has room for */
};

/* The bytes of a cell, with margins around them. */
typedef struct cell {
    const char *at;
    size_t length;
} cell;

typedef char cell_room[CELL_MARGIN + CELL_SHORT + CELL_MARGIN];
/* A copy of a short text with its margins; of a longer one an empty cell. */
cell cell_in_room(const char *text, size_t length, cell_room room);

/* What cells of a column were seen to be: bits. */
enum {
    CELL_MISSING = 1,
    CELL_INTEGER = 2,
    CELL_LARGE = 4, /* a whole number that 64 bits do not hold */
    CELL_NUMBER = 8,
    CELL_BOOLEAN = 16,
    CELL_DATE = 32, /* without a zone */
    CELL_ZONED = 64,
    CELL_TIMED = 128, /* beside CELL_DATE or CELL_ZONED */
    CELL_TEXT = 256
};

bool cell_is_missing(const char *at, size_t length);
/* Each tells its bits, or 0 where the cell is something else (missing too). */
int cell_integer(cell c, int64_t *out); /* CELL_INTEGER, CELL_LARGE */
int cell_number(cell c, double *out);   /* CELL_NUMBER, CELL_INTEGER, CELL_LARGE */
int cell_boolean(cell c, int8_t *out);
int cell_date(cell c, date_value *out);
int cell_classify(cell c); /* any of them, CELL_MISSING or CELL_TEXT */
/* The type of a column of which these were seen; CATEGORY for all texts. */
mica_column_type cell_type(int seen);

#endif
