/* API keys in a file. A key is "mica_" and 256 random bits; the file has its SHA-256, so that who
 * reads the file has no key. One JSON object:
 *
 *   {"version": 1, "keys": [{"id", "name", "sha256", "roles": ["predict"], "models": ["*"],
 *                            "created", "expires", "revoked", "rate"}]}
 *
 * Times are seconds since 1970; expires and revoked are null where they are not. */
#ifndef SERVE_KEYS_H
#define SERVE_KEYS_H

#include "base/config.h"
#include "base/memory.h"
#include "serve/route.h"

#include <time.h>

enum { KEY_TEXT = 64, KEY_ID = 16 };

typedef struct api_key {
    const char *id, *name;
    unsigned char digest[32];
    unsigned roles;                   /* bit 1 << ACTION_… */
    const char *const *models;        /* names, or "*"; ends in NULL */
    time_t created, expires, revoked; /* 0: never */
    double rate;                      /* requests a second; 0: any */
} api_key;

typedef struct key_list {
    arena texts;
    api_key *at;
    size_t count, room;
} key_list;

/* "predict", "metrics", "admin"; admin may do all. False: there is no such role. */
bool role_of_name(const char *name, unsigned *roles);
/* Every byte is looked at, wherever the first difference is. */
bool secrets_equal(const void *a, const void *b, size_t size);
extern const char *const role_names[]; /* by action; "" for ACTION_OPEN; ends in NULL */
/* Whether a list of names has this model; a model that is NULL is none's in particular. */
bool models_hold_name(const char *const *names, const char *model);

/* Errors: IO, FORMAT with file, key and found. */
mica_status keys_load(const char *path, key_list *out, mica_error *err);
/* Replaces the file at once, mode 0600. */
mica_status keys_save(const char *path, const key_list *keys, mica_error *err);
void keys_free(key_list *keys);
/* Adds a key like `wish` (its name, roles, models, expires, rate); `text` is what the caller gets,
 * and nobody sees again. */
mica_status keys_make(key_list *keys, const api_key *wish, char text[KEY_TEXT], mica_error *err);

#endif
