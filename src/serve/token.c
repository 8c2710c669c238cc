/* See token.h. Which algorithm is used is said by the files the server was given, never by the
 * token alone: a public key is no secret of HS256, and "none" is nothing. */
#include "serve/token.h"

#include "build_config.h"
#include "base/file.h"
#include "base/sha256.h"
#include "serve/base64.h"
#include "serve/keys.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_GNUTLS
#include <gnutls/abstract.h>
#endif

enum { LONGEST = 8192, LEEWAY = 30 };

struct token_keys {
    unsigned char *secret;
    size_t secret_size;
    struct gnutls_pubkey_st *public; /* NULL: no RS256 */
    char *audience, *issuer;
};

/* ---- RS256, by GnuTLS ---- */

#ifdef HAVE_GNUTLS
static mica_status read_public(token_keys *k, const char *path, mica_error *err) {
    file_bytes f;
    TRY(file_read(path, &f, err));
    const gnutls_datum_t text = {(unsigned char *)f.data, (unsigned)f.size};
    int why = gnutls_pubkey_init(&k->public);
    if (!why) why = gnutls_pubkey_import(k->public, &text, GNUTLS_X509_FMT_PEM);
    free(f.data);
    if (why)
        return fail(err, MICA_FORMAT, "%s: no public key in PEM: %s", path, gnutls_strerror(why));
    if (gnutls_pubkey_get_pk_algorithm(k->public, NULL) == GNUTLS_PK_RSA) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: RS256 wants an RSA key", path);
}

static void free_public(token_keys *k) {
    if (k->public) gnutls_pubkey_deinit(k->public);
}

static bool good_rs256(const token_keys *k, const char *text, size_t length, const char *signature,
                       size_t size) {
    const gnutls_datum_t data = {(unsigned char *)text, (unsigned)length},
                         sign = {(unsigned char *)signature, (unsigned)size};
    return k->public &&
           gnutls_pubkey_verify_data2(k->public, GNUTLS_SIGN_RSA_SHA256, 0, &data, &sign) >= 0;
}

#else
static mica_status read_public(token_keys *k, const char *path, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica was built without GnuTLS, which RS256 needs",
                path);
}
static void free_public(token_keys *k) {}
static bool good_rs256(const token_keys *k, const char *text, size_t length, const char *signature,
                       size_t size) {
    return false;
}
#endif

/* ---- keys ---- */

static mica_status read_secret(token_keys *k, const char *path, mica_error *err) {
    file_bytes f;
    TRY(file_read(path, &f, err));
    size_t size = f.size;
    while (size && (f.data[size - 1] == '\n' || f.data[size - 1] == '\r')) size--;
    mica_status status = size >= 32
                             ? MICA_OK
                             : fail(err, MICA_VALUE,
                                    "%s: a secret of %zu bytes, expected 32 or more", path, size);
    if (status == MICA_OK && !(k->secret = malloc(size))) status = fail_no_memory(err, path);
    if (status == MICA_OK) memcpy(k->secret, f.data, k->secret_size = size);
    free(f.data);
    return status;
}

mica_status tokens_open(const access_options *o, token_keys **out, mica_error *err) {
    token_keys *k = allocate(1, sizeof *k);
    if (!k) return fail_memory(err, sizeof *k, "tokens");
    mica_status status = MICA_OK;
    if (o->jwt_secret) status = read_secret(k, o->jwt_secret, err);
    if (status == MICA_OK && o->jwt_key) status = read_public(k, o->jwt_key, err);
    k->audience = o->jwt_audience ? strdup(o->jwt_audience) : NULL;
    k->issuer = o->jwt_issuer ? strdup(o->jwt_issuer) : NULL;
    if (status == MICA_OK && ((o->jwt_audience && !k->audience) || (o->jwt_issuer && !k->issuer)))
        status = fail_no_memory(err, "tokens");
    if (status == MICA_OK) *out = k;
    else tokens_close(k);
    return status;
}

void tokens_close(token_keys *k) {
    if (!k) return;
    if (k->secret) explicit_bzero(k->secret, k->secret_size);
    free(k->secret);
    free_public(k);
    free(k->audience);
    free(k->issuer);
    free(k);
}

/* ---- signatures ---- */

static bool good_hs256(const token_keys *k, const char *text, size_t length, const char *signature,
                       size_t size) {
    unsigned char own[32];
    if (!k->secret || size != sizeof own) return false;
    hmac_sha256(k->secret, k->secret_size, text, length, own);
    return secrets_equal(own, signature, sizeof own);
}

/* ---- claims ---- */

static json_t *decode_json(const char *text, size_t length) {
    char bytes[LONGEST];
    size_t size;
    if (length > LONGEST - 4 || !base64_decode(text, length, bytes, &size)) return NULL;
    return json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
}

/* A text, or a list that holds it. */
static bool names(const json_t *value, const char *wanted) {
    if (json_is_string(value)) return !strcmp(json_string_value(value), wanted);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *one = json_string_value(json_array_get(value, i));
        if (one && !strcmp(one, wanted)) return true;
    }
    return false;
}

static const char *check_times(const json_t *claims, time_t now) {
    const json_t *expires = json_object_get(claims, "exp"), *from = json_object_get(claims, "nbf");
    if (!json_is_number(expires)) return "the token has no time at which it expires";
    if (json_number_value(expires) + LEEWAY <= (double)now) return "the token is expired";
    if (from && (!json_is_number(from) || json_number_value(from) - LEEWAY > (double)now))
        return "the token is not valid yet";
    return NULL;
}

static const char *read_claims(const token_keys *k, const json_t *claims, time_t now, token *out) {
    const char *problem = check_times(claims, now),
               *subject = json_string_value(json_object_get(claims, "sub"));
    const json_t *roles = json_object_get(claims, "roles"),
                 *models = json_object_get(claims, "models");
    if (problem) return problem;
    if (k->audience && !names(json_object_get(claims, "aud"), k->audience))
        return "the token is for another audience";
    if (k->issuer && !names(json_object_get(claims, "iss"), k->issuer))
        return "the token is of another issuer";
    snprintf(out->subject, sizeof out->subject, "%s", subject ? subject : "");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *role = json_string_value(json_array_get(roles, i));
        if (role) role_of_name(role, &out->roles); /* roles of others' are none of ours */
    }
    out->all_models = !models || names(models, "*");
    for (size_t i = 0; i < json_array_size(models) && out->model_count < TOKEN_MODELS; i++) {
        const char *name = json_string_value(json_array_get(models, i));
        if (name && strlen(name) < sizeof *out->models)
            memcpy(out->models[out->model_count++], name, strlen(name) + 1);
    }
    return NULL;
}

const char *token_read(const token_keys *k, const char *text, time_t now, token *out) {
    const char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    char signature[LONGEST];
    size_t size;
    *out = (token){0};
    if (!second || strlen(text) > LONGEST - 4 || strchr(second + 1, '.'))
        return "the token is no JSON Web Token";
    if (!base64_decode(second + 1, strlen(second + 1), signature, &size))
        return "the token is no JSON Web Token";
    json_t *head = decode_json(text, (size_t)(first - text));
    const char *name = json_string_value(json_object_get(head, "alg"));
    const size_t length = (size_t)(second - text);
    /* "crit" names what must be understood, and nothing of it is. RFC 7515, 4.1.11. */
    const bool good = name && !json_object_get(head, "crit") &&
                      ((!strcmp(name, "HS256") && good_hs256(k, text, length, signature, size)) ||
                       (!strcmp(name, "RS256") && good_rs256(k, text, length, signature, size)));
    json_decref(head);
    if (!good) return "the token's signature does not hold";
    json_t *claims = decode_json(first + 1, (size_t)(second - first - 1));
    const char *problem = json_is_object(claims) ? read_claims(k, claims, now, out)
                                                 : "the token is no JSON Web Token";
    json_decref(claims);
    return problem;
}

bool token_for_model(const token *t, const char *model) {
    if (!model || t->all_models) return true;
    for (int i = 0; i < t->model_count; i++)
        if (!strcmp(t->models[i], model)) return true;
    return false;
}
