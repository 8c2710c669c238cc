/* Standard input as a file that can be read as any other: in a temporary file without a name. */
#ifndef CLI_PIPED_H
#define CLI_PIPED_H

#include "codec/archive_spool.h"

typedef struct piped {
    spool file;
    char path[40];
    bool arrays; /* .npy or .npz, by its first bytes */
    bool lines;  /* begins with an object: JSON Lines */
} piped;

#define PIPED "standard input"

/* Reads all of it. VALUE: there is nothing. */
mica_status piped_open(piped *p, mica_error *err);
void piped_close(piped *p);
/* Calls the file PIPED in the message. */
void piped_name(const piped *p, mica_error *err);

#endif
