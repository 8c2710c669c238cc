/* Who may do what: API keys, tokens, certificates. Loaded from files, read again on SIGHUP; a key
 * that was revoked is refused from the next request on. */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

#include "serve/route.h"

typedef struct access_control access_control;

/* Who asks; lives in the request's own struct, no pointers into what may be reloaded. */
typedef struct identity {
    char name[64];  /* the key's id, the token's "sub" */
    char label[64]; /* the key's name; "": it is no key */
    char method[8]; /* "key", "jwt", "mtls", "none" */
    uint64_t key;   /* a number that is the same for the same caller: for rates */
    double rate;    /* requests a second that the key may send; 0: no limit */
} identity;

/* What logs call whoever asks: a key's name, a token's subject; "unnamed": a token without one;
 * NULL: nobody that is known. */
const char *identity_who(const identity *who);
/* How that is known: "key k3fa2…", "mtls k3fa2…", "jwt"; NULL: nobody. */
const char *identity_by(const identity *who, char by[96]);

/* Paths of files, each NULL where there is none. */
typedef struct access_options {
    const char *keys;                      /* of `mica key create` */
    const char *jwt_secret;                /* HS256: a file with at least 32 bytes */
    const char *jwt_key;                   /* RS256: a public key in PEM */
    const char *jwt_audience, *jwt_issuer; /* NULL: any */
} access_options;

mica_status access_open(const access_options *o, access_control **out, mica_error *err);
/* Reads the files again; the old state stays where one is broken. Any thread. */
mica_status access_reload(access_control *a, mica_error *err);
/* What the last reload changed, as JSON: {"added": [ids], "revoked": [ids], "removed": [ids]}; told
 * once, NULL: nothing. The caller frees. */
char *access_news(access_control *a);
/* Whether the file of keys is another one than was read. */
bool access_changed(const access_control *a);
void access_close(access_control *a);

typedef enum access_result {
    ACCESS_GRANTED,
    ACCESS_UNKNOWN /* 401 */,
    ACCESS_DENIED /* 403 */,
    ACCESS_LIMITED /* 429 */
} access_result;

/* `authorization` is the header's value (Bearer …) or that of X-API-Key, `certificate` the verified
 * name; NULL: none. `model` NULL: none. On refusal *err tells why in words for the caller that help
 * nobody to guess. Any thread; nothing is allocated; times of comparison do not depend on keys. */
access_result access_check(access_control *a, const char *authorization, const char *certificate,
                           action what, const char *model, identity *who, mica_error *err);
/* Which of these models who shows this may ask; it was granted something before. */
void access_see(access_control *a, const credentials *asker, const char *const *models,
                size_t count, bool *may);

#endif
