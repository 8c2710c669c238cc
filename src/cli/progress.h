/* Progress of training: a live line on a terminal, one line an epoch elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "mica/mica.h"

typedef struct progress {
    bool live, quiet, drawn; /* drawn: the live line is there, without its end */
    double last;             /* when the line was drawn */
    int64_t resumed;         /* samples that were there already when this epoch went on */
} progress;

progress progress_open(bool quiet);
/* A callback that draws on stderr. */
mica_callback progress_callback(progress *p);
/* Ends the live line where a training ended within an epoch. */
void progress_close(progress *p);

#endif
