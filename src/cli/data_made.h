/* Tables that commands make: writing them, and telling what was done. */
#ifndef CLI_DATA_MADE_H
#define CLI_DATA_MADE_H

#include "cli/data_table.h"
#include "mica/clean.h"

/* For people, of a report. */
typedef void print_made(const json_t *report, const char *output);
/* Writes the table (private: as what not everybody may read), prints its report, with "output", as
 * JSON or by `print`, and frees the table. */
mica_status write_made(mica_table *made, const char *output, bool owner_only, bool json,
                       print_made *print, mica_error *err);

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
