/* Serving a repository of models (store/stored_model.h): its versions come and go while requests
 * run. A thread looks at it now and then; what is new is loaded and warmed up before it answers,
 * and only then what it replaces is taken out. */
#ifndef SERVE_REPOSITORY_H
#define SERVE_REPOSITORY_H

#include "serve/server.h"

typedef struct repository repository;

typedef struct repository_options {
    int newest;          /* so many of the newest versions are served, beside those with an alias
                            (default 1) */
    double poll_seconds; /* between two looks; 0: only when it is told to */
} repository_options;

/* Looks at all of it once, loads, and becomes s's repository. A version that cannot be used is told
 * in the log; *refused: how many. Errors: IO, the folder; that of a version, where there are some
 * and none could be loaded. */
mica_status repository_open(server *s, const char *path, const repository_options *o, int *refused,
                            mica_error *err);
/* Begins to watch. */
mica_status repository_watch(repository *r, mica_error *err);
/* Looks at once (SIGHUP), also at versions that were refused; returns at once. */
void repository_tell(repository *r);
/* A look that goes on loads no further version, and none is begun. Returns at once. */
void repository_stop(repository *r);
/* Whether its thread looks; behind repository_stop, false is for ever. */
bool repository_busy(repository *r);
/* Behind repository_stop, instead of the close: its thread is left to itself. */
void repository_leave(repository *r);
/* Behind repository_stop, where its thread is not busy. */
void repository_close(repository *r);

/* Whether a model of that name is in it. */
bool repository_has(repository *r, const char *name);
/* Loads a version (NULL: those that are served), again where it is loaded; one that was left out or
 * unloaded is served from now on. Errors: NAME; those of loading. */
mica_status repository_load(repository *r, const char *name, const char *version, mica_error *err);
/* A version (NULL: all) is not served until it is loaded again. Errors: NAME. */
mica_status repository_unload(repository *r, const char *name, const char *version,
                              mica_error *err);

/* What clients ask for, by whatever protocol; user is the server. A model that is in no repository
 * is loaded from the file that the server was told. */
load_work load_by_request, unload_by_request;

/* Everything that the server has or could have: versions that are loaded, and those that are not,
 * with the reason. */
typedef struct version_state {
    const char *name, *version, *reason; /* "": none */
    bool ready;
} version_state;
typedef struct version_states {
    arena texts;
    version_state *at; /* by name, then version */
    size_t count, room;
} version_states;
/* Of the models that who shows this may ask. */
mica_status server_states(server *s, const credentials *asker, version_states *out,
                          mica_error *err);
void version_states_free(version_states *v);

/* Figures for Prometheus; nothing without a repository. */
void repository_write_metrics(const repository *r, strbuf *out);

#endif
