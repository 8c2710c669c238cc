/* Formats of text that are tables. To add a format Foo: write src/codec/foo.c with `const
 * text_table table_foo`, and add TABLE(foo) to tables.def: then files of it are read, packed or
 * not, in any encoding, whole and in blocks, wherever a table's path is taken. */
#ifndef CODEC_TEXT_TABLE_H
#define CODEC_TEXT_TABLE_H

#include "codec/text_rows.h"
#include "table/row_source.h"

typedef struct csv_options {
    char separator;   /* 0: found among comma, tab, semicolon and bar in the first lines */
    char likely;      /* that one, where it stands in each of them; 0: nothing is known */
    bool no_header;   /* names are 0, 1, … */
    mica_texts texts; /* columns that are texts (table_is_named), of any format; the names live as
                         long as what is read by them */
} csv_options;

typedef struct text_table {
    const char *name;
    struct {
        const char *text; /* ".csv" */
        char separator;   /* that it means; 0: none */
    } endings[4];
    int held; /* bytes that the whole takes at most, about, for each byte of its text */
    /* The whole of a file. */
    mica_status (*decode)(const text_file *text, const char *name, csv_options o, team *team,
                          mica_table **out, mica_error *err);
    /* Stretches of it as rows. The text is taken, also where that fails; the functions of *out are
     * there, and it is closed by the caller. */
    mica_status (*open_rows)(text_rows *text, csv_options o, team *team, row_source *out,
                             mica_error *err);
} text_table;

#define TABLE(name) extern const text_table table_##name;
#include "codec/tables.def"
#undef TABLE
extern const text_table *const text_tables[]; /* ends in NULL */

/* decode, of a table that says in which encoding its text was. */
mica_status text_table_decode(const text_table *kind, const text_file *text, const char *name,
                              csv_options o, team *team, mica_table **out, mica_error *err);

/* How a file becomes blocks. */
typedef struct text_blocks {
    const char *encoding; /* NULL: found */
    csv_options csv;
    size_t each; /* bytes of its text in a block, about; at least 1 */
    size_t most; /* bytes of a text that is held as a whole instead, where it is no larger */
    team *team;
} text_blocks;

/* Errors are those of text_file_read and decode. */
mica_status text_table_blocks(const text_table *kind, const char *path, const text_blocks *how,
                              table_blocks *out, mica_error *err);

#endif
