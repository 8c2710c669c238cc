/* The server's certificate and key, and the authority of its clients' certificates. Reading them
 * again changes what new connections get; those that shake hands go on with the old ones. */
#ifndef SERVE_TLS_H
#define SERVE_TLS_H

#include "base/error.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <time.h>

typedef struct tls tls;
/* A certificate and its key, as they were read at one time. */
typedef struct tls_identity tls_identity;

/* PEM files; client_ca NULL: clients show no certificates. */
mica_status tls_open(const char *certificate, const char *key, const char *client_ca, tls **out,
                     mica_error *err);
/* Where a file is broken the old ones stay. One thread at a time. */
mica_status tls_reload(tls *t, mica_error *err);
void tls_close(tls *t);

/* The newest. A session uses it for as long as its handshake takes, which is up to the client: it
 * is there until each holder has released it. Any thread. */
tls_identity *tls_hold(tls *t);
void tls_release(tls_identity *held); /* NULL: nothing */
/* What a handshake takes, as gnutls_certificate_retrieve_function2 wants it. */
void tls_show(tls_identity *held, gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key);
/* PEM text of the clients' authority; NULL: none. */
const char *tls_client_ca(const tls *t);
time_t tls_expires(tls *t);

/* The name of the verified certificate that a client showed: its subject's common name. False: it
 * showed none, or one that does not hold, or is for other purposes than a client's. */
bool tls_client_name(gnutls_session_t session, char *name, size_t room);

/* TLS 1.2 and 1.3 alone. Who learns the key later reads nothing of before, and every cipher is
 * authenticated: no key exchange by RSA, no CBC. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-AES-128-CBC:-AES-256-CBC"

#endif
