/* Progress of training: a live line on a terminal, one line an epoch elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "mica/mica.h"

typedef struct progress {
    bool live, quiet;
    double last; /* when the line was drawn */
} progress;

progress progress_open(bool quiet);
/* A callback that draws on stderr. */
mica_callback progress_callback(progress *p);

#endif
