/* Tables that commands make: writing them, and telling what was done. */
#ifndef CLI_DATA_MADE_H
#define CLI_DATA_MADE_H

#include "cli/data_table.h"
#include "codec/csv.h"
#include "mica/clean.h"

/* For people, of a report. */
typedef void print_made(const json_t *report, const char *output);
/* Prints a report (taken), with "output", as JSON or by `print`. */
mica_status tell_made(json_t *report, const char *output, bool json, print_made *print);

/* A table that is written block by block; the file is begun with the first one. */
typedef struct table_output {
    const char *path;
    bool owner_only; /* what not everybody may read */
    bool open;
    csv_writer writer;
    table_sink sink;
} table_output;
table_sink *output_sink(table_output *o);
/* The file is there only where `status`, which is given back, is OK. */
mica_status output_end(table_output *o, mica_status status, mica_error *err);
/* The same, and its report (taken) is told. */
mica_status end_made(table_output *o, json_t *report, bool json, print_made *print,
                     mica_status status, mica_error *err);

/* What is wrong with a table names its file, where the error does not do so; IO names its own. */
mica_status of_input(mica_status status, const char *path, mica_error *err);

const char *json_text_of(const json_t *object, const char *key); /* "" where there is none */
long long json_number_of(const json_t *object, const char *key);

/* A list of options as the library takes it. */
mica_status texts_of(const option_texts *from, const char *option, mica_texts *out,
                     mica_error *err);
/* The same of texts with commas, each split; the parts live as long as `memory`. */
mica_status split_texts_of(const option_texts *from, const char *option, arena *memory,
                           mica_texts *out, mica_error *err);
/* Usage: --output that is no table's name. True: it is said. */
bool wrong_output(const command *c, const char *output);

#endif
