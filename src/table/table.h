/* A table from inside: columns of cells, each column one block of memory. What is missing is a
 * value of its own in the block, so that no mask is needed:
 *
 *   boolean   int8_t    0, 1; -1 missing
 *   integer   int64_t   MISSING_INTEGER (a file with that number is text)
 *   number    double    NaN
 *   date      int64_t   microseconds since 1970, UTC where there is a zone; MISSING_INTEGER
 *   category,
 *   text      int32_t   a code in the column's texts, in the order of their first cell; -1 missing
 *   missing   nothing */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "base/index.h"
#include "base/memory.h"
#include "mica/table.h"

#define MISSING_INTEGER INT64_MIN

/* Texts of which each is there once: text i is offset[i] … offset[i + 1] of bytes. */
typedef struct table_texts {
    int64_t count;
    uint64_t *offset;
    char *bytes;
} table_texts;

typedef struct table_column {
    char *name;
    mica_column_type type;
    void *cells;
    int64_t missing;
    table_texts texts;
    bool timed, zoned; /* dates: some have a time of the day; all have a zone */
    bool declared;     /* its cells are texts, whatever they look like */
} table_column;

struct mica_table {
    int64_t rows;
    int count;
    table_column *column;
    arena names; /* and report, encoding */
    const char *report;
    const char *encoding; /* of the text it was read from; NULL: it comes from none */
    bool guessed;         /* nobody said so: by what its bytes look like */
    hash_index by_name;
    void *block; /* where the cells of most columns lie; NULL: each has a block of its own */
    size_t block_size;
};

/* An empty table of that many columns, without names; NULL without memory. */
mica_table *table_new(int columns);
/* Names column i; a name that an earlier column has gets .1, .2, …, an empty one is "Unnamed: i",
 * as in pandas. False: no memory. */
bool table_set_name(mica_table *t, int i, const char *name, size_t length);
/* In which encoding its text was. False: no memory. */
bool table_set_encoding(mica_table *t, const char *encoding, bool guessed);
/* Whether a column of that name is meant: one of the names, or of their patterns. */
bool table_is_named(const mica_texts *names, const char *column);
/* Bytes of a cell of that type. */
size_t cell_size(mica_column_type type);
/* Frees the column's cells, where they are its own, and texts. */
void column_clear(mica_table *t, int i);

static inline bool is_text(mica_column_type type) {
    return type == MICA_COLUMN_CATEGORY || type == MICA_COLUMN_TEXT;
}
/* The bytes of a text; not NUL-terminated. */
static inline const char *text_at(const table_texts *t, int32_t code, size_t *length) {
    *length = (size_t)(t->offset[code + 1] - t->offset[code]);
    return t->bytes + t->offset[code];
}

#endif
