/* Signed tokens (JSON Web Tokens, RFC 7519; HS256 and RS256, RFC 7518). The claims "roles" (a list
 * of predict, metrics, admin) and "models" (a list of names, or "*"; all where it is missing) say
 * what the token is for; "exp" is asked for, "nbf", "aud" and "iss" are looked at. */
#ifndef SERVE_TOKEN_H
#define SERVE_TOKEN_H

#include "serve/access.h"

typedef struct token_keys token_keys;

/* Errors: IO; FORMAT; VALUE where a secret is shorter than 32 bytes; UNSUPPORTED: RS256 without
 * GnuTLS. */
mica_status tokens_open(const access_options *o, token_keys **out, mica_error *err);
void tokens_close(token_keys *k);

enum { TOKEN_MODELS = 16 };
typedef struct token {
    char subject[64];
    unsigned roles;
    bool all_models;
    int model_count;
    char models[TOKEN_MODELS][64];
} token;

/* NULL: it is good; else what is wrong, in words that help nobody to guess. Any thread. */
const char *token_read(const token_keys *k, const char *text, time_t now, token *out);
bool token_for_model(const token *t, const char *model);

#endif
