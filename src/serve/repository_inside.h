/* The repository from inside: what was found at the last look. The thread that looks holds
 * `looking`, and alone changes it, under `lock`; others read it under `lock`. */
#ifndef SERVE_REPOSITORY_INSIDE_H
#define SERVE_REPOSITORY_INSIDE_H

#include "serve/repository.h"
#include "store/stored_model.h"

typedef struct known_version {
    int64_t number;
    uint64_t mark;     /* of the file that was loaded or refused; 0: look again */
    bool loaded;       /* the server has it, perhaps as an earlier file */
    bool refused;      /* this file; `reason` tells why */
    bool again;        /* what went wrong may go by itself: memory, the disk */
    signed char asked; /* 1: loaded because somebody asked, -1: unloaded so; 0: by the rules */
    char *path;        /* of its file; NULL: not known */
    char *reason;      /* why it is not served, or NULL */
} known_version;

/* Which version an alias stands for in the server: the one before, while the new one cannot be
 * loaded. */
typedef struct known_alias {
    char name[ALIAS_ROOM]; /* "": the default */
    int64_t version;
} known_alias;

typedef struct known_model {
    char *name;
    uint64_t mark; /* of folder and index at the last look; 0: look again */
    char *reason;  /* why its index cannot be read; NULL: it can */
    known_version *version;
    size_t versions, version_room;
    known_alias *alias;
    size_t aliases, alias_room;
} known_model;

struct repository {
    server *server;
    char *path;
    repository_options o;
    pthread_mutex_t looking, lock;
    known_model *model;
    size_t models, room;
    char *reason; /* why the folder cannot be read; NULL: it can */
    _Atomic uint64_t looks;
    /* ---- the thread ---- */
    pthread_t thread;
    bool watched, told, looks_now; /* under `lock` */
    atomic_bool ends;
    pthread_cond_t wake;
};

typedef enum look_how {
    LOOK_CHANGED, /* at what is another one than at the last look */
    LOOK_REFUSED, /* and again at what was refused */
    LOOK_ALL,     /* and load again what is loaded */
} look_how;

/* Looks at a model: loads, names, unloads. `only` is the version that LOOK_ALL is about; 0: all.
 * What goes wrong is told in the log and in its reasons. The caller holds `looking`. */
void look_at_model(repository *r, known_model *k, look_how how, int64_t only);
known_version *known_find(const known_model *k, int64_t number);
void known_free(known_model *k);
/* Replaces a reason; true: it is another one, which is to be told. */
bool set_reason(repository *r, char **reason, const char *text);

#endif
