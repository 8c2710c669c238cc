/* Tables from queries of databases. To add a database Foo: write src/data/foo.c with `const
 * database database_foo` (how it is asked, below), and add DATABASE(foo) to databases.def. Its
 * SPECs are foo:…; wherever a table's path is taken they are, too, with the options query or table.
 */
#ifndef DATA_DATABASE_H
#define DATA_DATABASE_H

#include "base/sha256.h"
#include "table/blocks.h"
#include "table/builder.h"

/* What is asked for: `query` or all of `table`; neither: the only table that there is. */
typedef struct database_request {
    const char *spec; /* "sqlite:flights.db"; never with a password in it */
    const char *query, *table;
    const char *password_file; /* NULL: the database's own way */
    bool untouched;            /* nothing is made beside a file while it is read */
} database_request;

typedef struct database {
    const char *name, *alias; /* the begin of its SPECs before the colon; alias may be NULL */
    const char *form;         /* of its SPECs, for messages: "sqlite:FILE" */
    const char *tables;       /* the query for the names of its tables */
    bool takes_password_file;
    bool is_file; /* what follows the colon is the path of a file */
    /* Refuses a SPEC that holds a password, without repeating it; NULL: none can. */
    mica_status (*check)(const char *spec, mica_error *err);
    /* For reading alone. `place` is the SPEC behind the colon. */
    mica_status (*open)(const database_request *r, const char *place, void **connection,
                        mica_error *err);
    /* Runs one query and puts its rows into the builder, from builder_begin on. */
    mica_status (*run)(void *connection, const char *query, const char *spec, table_builder *b,
                       mica_error *err);
    void (*close)(void *connection);
    /* A query whose rows can be gone through more than once, all of one state of the database; as
     * long as the connection. *rows NULL: this one can only be run. */
    mica_status (*query)(void *connection, const char *query, const char *spec, void **rows,
                         mica_error *err);
    mica_status (*rewind)(void *rows, mica_error *err); /* before the first row, each time */
    mica_status (*columns)(void *rows, table_builder *b,
                           mica_error *err); /* builder_begin, names */
    /* The next row; wanted: columns, the others may be missing (NULL: all). *end: there is none. */
    mica_status (*row)(void *rows, const bool *wanted, table_builder *b, bool *end,
                       mica_error *err);
    void (*finish)(void *rows); /* before the connection is closed; also of NULL */
    /* For writing, by what keeps records of its own. A file is made where it is not there, mode
     * 0600. One statement, with $1, $2 … in the order of their coming, all texts; NULL is NULL. */
    mica_status (*open_to_write)(const database_request *r, const char *place, void **connection,
                                 mica_error *err);
    mica_status (*execute)(void *connection, const char *sql, int count, const char *const *values,
                           const char *spec, mica_error *err);
    const char *indexes; /* the query for how many indexes have the name at its %s */
    /* Types of columns: numbers that rise by themselves, moments, JSON. */
    const char *serial, *moment, *document;
} database;

extern const database *const all_databases[]; /* ends in NULL */

bool is_database(const char *spec);
/* "sqlite:FILE, postgresql://…": the forms of their SPECs, for messages. */
void database_forms(char out[256]);
/* The path in a SPEC: what follows "sqlite:"; all of it where it is of no database; NULL: it is no
 * path but the address of a server. */
const char *database_path(const char *spec);
/* Fails where the SPEC is of a database and holds a password: before it gets into any message. */
mica_status database_check(const char *spec, mica_error *err);
mica_status database_read(const database_request *r, mica_table **out, mica_error *err);
/* The same in blocks that take about `each` bytes (database_rows.c); rows that take no more than
 * `most` in all are held as one. */
mica_status database_blocks(const database_request *r, size_t each, size_t most, table_blocks *out,
                            mica_error *err);

/* ---- writing (database_write.c) ---- */

typedef struct database_writer {
    const database *kind;
    char *spec;
    void *connection;
} database_writer;

/* Errors: VALUE for what is no SPEC of a database; as database_read. */
mica_status database_open_to_write(const database_request *r, database_writer *out,
                                   mica_error *err);
mica_status database_execute(database_writer *w, const char *sql, int count,
                             const char *const *values, mica_error *err);
/* The rows of a query. */
mica_status database_ask(database_writer *w, const char *query, mica_table **out, mica_error *err);
void database_close(database_writer *w);

const database *database_of(const char *spec); /* NULL: of none */

/* ---- what reading is made of ---- */

/* A connection, and the query that the request means, the caller's. */
mica_status database_begin(const database_request *r, const database **kind, void **connection,
                           char **query, mica_error *err);
/* Nothing but blanks, semicolons and comments. */
bool sql_is_blank(const char *sql);

/* Adds names, types and cells of a table to a hash. */
void table_digest(const mica_table *t, sha256 *h);

#endif
