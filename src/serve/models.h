/* The models that a server has, by name and version. Any thread. */
#ifndef SERVE_MODELS_H
#define SERVE_MODELS_H

#include "serve/names.h"
#include "serve/served.h"

typedef struct models models;

mica_status models_open(models **out, mica_error *err);
void models_close(models *m);

/* Makes s (whose holder it becomes) the version of that name, instead of one of the same number, of
 * which requests that run go on. The newest number is the default, unless one was chosen. */
mica_status models_put(models *m, served *s, mica_error *err);
/* Takes a version out, or (NULL) all, and its aliases; what runs goes on. Errors: NAME. */
mica_status models_take_out(models *m, const char *name, const char *version, mica_error *err);
/* Whether one was chosen that answers where no version is asked for. */
bool models_has_default(models *m, const char *name);
/* Which version answers where none is asked for. Errors: NAME. */
mica_status models_set_default(models *m, const char *name, const char *version, mica_error *err);

/* Instead of all aliases and the default of a name these; they may stand for versions that are not
 * there, which is what is then told. Wherever a version is named, its alias does. */
mica_status models_set_names(models *m, const char *name, const version_name *names, int count,
                             mica_error *err);

/* What a version is called, as members of JSON: "default":true,"aliases":["champion"]. */
void models_put_names(models *m, const char *name, const char *version, strbuf *out);
/* What all names of a model stand for: "default_version":"2","aliases":{"champion":"2"}. */
void models_put_all_names(models *m, const char *name, strbuf *out);

/* A version, held (served_release gives it back); version NULL: the default. Errors: NAME, with
 * what there is. */
mica_status models_hold(models *m, const char *name, const char *version, served **out,
                        mica_error *err);

/* All versions of a name, or (NULL) of all, in order; every one held. */
typedef struct served_list {
    int count;
    served **at;
} served_list;
mica_status models_list(models *m, const char *name, served_list *out, mica_error *err);
/* Their versions; the caller frees it. NULL: no memory. */
const char **served_list_versions(const served_list *l);
void served_list_free(served_list *l);

#endif
