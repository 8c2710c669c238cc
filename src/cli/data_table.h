/* Tables as commands see them: which SPECs are tables, the options of reading one. */
#ifndef CLI_DATA_TABLE_H
#define CLI_DATA_TABLE_H

#include "cli/cli.h"
#include "data/table.h"
#include "transform/describe.h"

/* What is read of a database. */
typedef struct query_options {
    const char *query, *query_file, *table, *password_file;
} query_options;

#define QUERY_OPTIONS(owner, member)                                                               \
    TEXT_OPTION(owner, member.query, "query", "SQL",                                               \
                "of a database (sqlite:FILE, postgresql://user@host/dbname): what is read"),       \
        TEXT_OPTION(owner, member.query_file, "query-file", "FILE", "the same, in a file"),        \
        TEXT_OPTION(owner, member.table, "table", "NAME",                                          \
                    "of a database: all of this table (default: the only one)"),                   \
        TEXT_OPTION(owner, member.password_file, "password-file", "FILE",                          \
                    "of a server: lines host:port:database:user:password, mode 0600 (default "     \
                    "~/.pgpass)")

/* Adds them to options of the source. */
mica_status query_json(const query_options *q, json_t *options, mica_error *err);

typedef struct table_reading {
    const char *format, *separator, *encoding;
    bool no_header;
    option_texts texts;
    query_options query;
} table_reading;

extern const char *const table_formats[];
/* How a file is written. */
#define WRITING_OPTIONS(owner, member)                                                             \
    CHOICE_OPTION(owner, member.format, "format", "FORMAT", table_formats,                         \
                  "of a table: csv, jsonl (default: by the name's ending, else csv; of -, "        \
                  "standard input, by what is in it)"),                                            \
        TEXT_OPTION(owner, member.separator, "separator", "CHARACTER",                             \
                    "of a table's cells: one character, or tab (default: found)"),                 \
        TEXT_OPTION(owner, member.encoding, "encoding", "ENCODING",                                \
                    "of a table: utf-8, utf-16, gb18030 or what iconv knows (default: found)"),    \
        FLAG(owner, member.no_header, "no-header",                                                 \
             "the table's first row are cells, not names: columns are 0, 1, …")
#define TABLE_OPTIONS(owner, member)                                                               \
    WRITING_OPTIONS(owner, member),                                                                \
        TEXTS_OPTION(owner, member.texts, "text-column", "COLUMN",                                 \
                     "of a table: its cells are texts, 007 stays; again for more; patterns as "    \
                     "*_id"),                                                                      \
        QUERY_OPTIONS(owner, member.query)

/* A list of texts as JSON. */
json_t *texts_json(const option_texts *texts);
/* Adds them to options of the source, the query too. */
mica_status reading_json(const table_reading *r, json_t *options, mica_error *err);

/* Whether the SPEC is a table: - (standard input), csv:PATH, a database, a name that ends as one,
 * or options of tables say so.
 */
bool is_table(const char *spec, const table_reading *r);
/* Where the table lies: at the SPEC's path; standard input in a temporary file, whose *format is
 * set where it is NULL (encoding: that its text is in, or NULL). */
mica_status table_place(const char *spec, const char **format, const char *encoding,
                        const char **path, mica_error *err);
/* Says on stderr where its encoding had to be guessed (c NULL: the caller does). */
mica_status read_table(const common_options *c, mica_context *ctx, const char *spec,
                       const table_reading *r, mica_table **out, mica_error *err);
/* The same in blocks. */
mica_status open_blocks(const common_options *c, mica_context *ctx, const char *spec,
                        const table_reading *r, table_blocks *out, mica_error *err);
/* Whether a table can be written there: .csv, .tsv. */
bool is_table_output(const char *path);

/* What a table's columns hold. */
typedef struct table_summary {
    mica_column_summary *column;
    frequent_values *top; /* of texts and truth values as many as a page shows, of dates one */
    int count;
} table_summary;
/* Also where it fails it is to be freed. */
mica_status summarise(mica_context *ctx, table_blocks *b, table_summary *out, mica_error *err);
void summary_free(table_summary *s);
/* A row for each column, or JSON. */
void print_summary(const table_blocks *b, const table_summary *all, bool json);

#endif
