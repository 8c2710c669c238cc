/* What the server was told to serve, by its command line and its file of settings: a version that a
 * request unloaded is loaded again from here. Any thread. */
#ifndef SERVE_SOURCES_H
#define SERVE_SOURCES_H

#include "serve/served.h"

typedef struct sources sources;

typedef struct model_source {
    served_options options; /* with texts of its own */
    bool is_default;        /* it answers where no version is asked for */
} model_source;

mica_status sources_open(sources **out, mica_error *err);
void sources_close(sources *l);

/* Instead of what had that name and version. */
mica_status sources_put(sources *l, const model_source *s, mica_error *err);
void sources_drop(sources *l, const char *name, const char *version);
/* Copies, in the arena, of a version (NULL: of all) of that name (NULL: of all). Errors: NAME,
 * where there is none of that name or version. */
mica_status sources_find(sources *l, const char *name, const char *version, arena *a,
                         model_source **out, size_t *count, mica_error *err);

#endif
