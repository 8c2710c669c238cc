/* Standard input as a file that can be read as any other: in a temporary file without a name
 * (codec/archive_spool.h), for it may be larger than memory. */
#ifndef CLI_PIPED_H
#define CLI_PIPED_H

#include "codec/archive_spool.h"

typedef struct piped {
    spool file;
    char path[40];
    bool arrays; /* .npy or .npz, by its first bytes */
    bool lines;  /* its text, which may be packed, begins with an object: JSON Lines */
} piped;

#define PIPED "standard input"

/* Reads all of it. encoding: that its text is in, or NULL. VALUE: there is nothing. */
mica_status piped_open(piped *p, const char *encoding, mica_error *err);
void piped_close(piped *p);
/* Calls the file PIPED in the message. */
void piped_name(const piped *p, mica_error *err);

/* Whether an argument is standard input: "-". */
bool is_piped(const char *argument);
/* Standard input as the table of a command: read at the first call, there until the process ends.
 * VALUE: it is asked for twice, or holds arrays. */
mica_status piped_table(const char *encoding, const piped **out, mica_error *err);
/* Calls that table's file PIPED in the message. */
void piped_table_name(mica_error *err);

#endif
