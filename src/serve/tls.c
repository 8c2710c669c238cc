/* See tls.h. */
#include "serve/tls.h"

#include "base/file.h"
#include "base/memory.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHAIN = 16 };

/* What was read at one time. */
struct tls_identity {
    gnutls_pcert_st chain[MOST_CHAIN];
    unsigned count;
    gnutls_privkey_t key;
    time_t expires;
    atomic_int holders; /* connections, and the server while it is the newest */
};

struct tls {
    char *certificate, *key, *client_ca;
    gnutls_datum_t authority;
    pthread_mutex_t lock;
    tls_identity *newest;
};

/* ---- reading ---- */

static void identity_free(tls_identity *f) {
    for (unsigned i = 0; i < f->count; i++) gnutls_pcert_deinit(&f->chain[i]);
    if (f->key) gnutls_privkey_deinit(f->key);
    free(f);
}

static mica_status wrong(const char *path, const char *expected, int why, mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: expected %s (PEM): %s", path, expected,
                gnutls_strerror(why));
}
#define CHAIN "the server's certificate, then those that signed it"
#define KEY "the private key of the server's certificate"

static mica_status load(const char *path, gnutls_datum_t *out, mica_error *err) {
    const int why = gnutls_load_file(path, out);
    return why ? fail(err, MICA_IO, "%s: it cannot be read", path) : MICA_OK;
}

static mica_status read_chain(tls_identity *f, const char *path, mica_error *err) {
    gnutls_datum_t text;
    gnutls_x509_crt_t own;
    unsigned count = MOST_CHAIN;
    TRY(load(path, &text, err));
    int why = gnutls_pcert_list_import_x509_raw(f->chain, &count, &text, GNUTLS_X509_FMT_PEM, 0);
    gnutls_free(text.data);
    if (why) return wrong(path, CHAIN, why, err);
    f->count = count;
    why = gnutls_pcert_export_x509(&f->chain[0], &own);
    if (why) return wrong(path, CHAIN, why, err);
    f->expires = gnutls_x509_crt_get_expiration_time(own);
    gnutls_x509_crt_deinit(own);
    return MICA_OK;
}

static mica_status read_key(tls_identity *f, const char *path, mica_error *err) {
    gnutls_datum_t text;
    TRY(load(path, &text, err));
    int why = gnutls_privkey_init(&f->key);
    if (!why) why = gnutls_privkey_import_x509_raw(f->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset(text.data, 0, text.size);
    gnutls_free(text.data);
    return why ? wrong(path, KEY, why, err) : MICA_OK;
}

/* The key is the certificate's: else every handshake would fail. */
static mica_status check_pair(const tls *t, const tls_identity *f, mica_error *err) {
    unsigned char of_key[64], of_certificate[64];
    size_t a = sizeof of_key, b = sizeof of_certificate;
    gnutls_pubkey_t public;
    int why = gnutls_pubkey_init(&public);
    if (!why) {
        why = gnutls_pubkey_import_privkey(public, f->key, 0, 0);
        if (!why) why = gnutls_pubkey_get_key_id(public, 0, of_key, &a);
        gnutls_pubkey_deinit(public);
    }
    if (!why) why = gnutls_pubkey_get_key_id(f->chain[0].pubkey, 0, of_certificate, &b);
    if (why) return wrong(t->key, KEY, why, err);
    if (a == b && !memcmp(of_key, of_certificate, a)) return MICA_OK;
    return fail(err, MICA_MISMATCH, "%s is not the key of the certificate in %s", t->key,
                t->certificate);
}

mica_status tls_reload(tls *t, mica_error *err) {
    tls_identity *f = allocate(1, sizeof *f);
    if (!f) return fail_memory(err, sizeof *f, "a certificate");
    mica_status status = read_chain(f, t->certificate, err);
    if (status == MICA_OK) status = read_key(f, t->key, err);
    if (status == MICA_OK) status = check_pair(t, f, err);
    if (status != MICA_OK) {
        identity_free(f);
        return status;
    }
    atomic_init(&f->holders, 1);
    pthread_mutex_lock(&t->lock);
    tls_identity *old = t->newest;
    t->newest = f;
    pthread_mutex_unlock(&t->lock);
    tls_release(old);
    return MICA_OK;
}

mica_status tls_open(const char *certificate, const char *key, const char *client_ca, tls **out,
                     mica_error *err) {
    tls *t = allocate(1, sizeof *t);
    if (!t) return fail_memory(err, sizeof *t, "TLS");
    pthread_mutex_init(&t->lock, NULL);
    t->certificate = strdup(certificate);
    t->key = strdup(key);
    t->client_ca = client_ca ? strdup(client_ca) : NULL;
    mica_status status = t->certificate && t->key && (!client_ca || t->client_ca)
                             ? MICA_OK
                             : fail_no_memory(err, "TLS");
    if (status == MICA_OK && client_ca) status = load(client_ca, &t->authority, err);
    if (status == MICA_OK) status = tls_reload(t, err);
    if (status == MICA_OK) *out = t;
    else tls_close(t);
    return status;
}

void tls_close(tls *t) {
    if (!t) return;
    tls_release(t->newest);
    gnutls_free(t->authority.data);
    pthread_mutex_destroy(&t->lock);
    free(t->certificate);
    free(t->key);
    free(t->client_ca);
    free(t);
}

/* ---- for connections ---- */

tls_identity *tls_hold(tls *t) {
    pthread_mutex_lock(&t->lock);
    tls_identity *held = t->newest;
    atomic_fetch_add(&held->holders, 1);
    pthread_mutex_unlock(&t->lock);
    return held;
}

void tls_release(tls_identity *held) {
    if (held && atomic_fetch_sub(&held->holders, 1) == 1) identity_free(held);
}

void tls_show(tls_identity *held, gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key) {
    *chain = held->chain;
    *count = held->count;
    *key = held->key;
}

const char *tls_client_ca(const tls *t) { return (const char *)t->authority.data; }

time_t tls_expires(tls *t) {
    pthread_mutex_lock(&t->lock);
    const time_t expires = t->newest->expires;
    pthread_mutex_unlock(&t->lock);
    return expires;
}

bool tls_client_name(gnutls_session_t session, char *name, size_t room) {
    gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID,
                                     (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
    unsigned problems = 1, count = 0;
    gnutls_x509_crt_t own;
    const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);
    if (!shown || !count) return false;
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &problems) || problems) return false;
    if (gnutls_x509_crt_init(&own)) return false;
    int why = gnutls_x509_crt_import(own, &shown[0], GNUTLS_X509_FMT_DER);
    if (!why)
        why = gnutls_x509_crt_get_dn_by_oid(own, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &room);
    gnutls_x509_crt_deinit(own);
    return !why;
}
