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

/* PEM files; client_ca NULL: clients show no certificates. */
mica_status tls_open(const char *certificate, const char *key, const char *client_ca, tls **out,
                     mica_error *err);
/* Where a file is broken the old ones stay. One thread at a time. */
mica_status tls_reload(tls *t, mica_error *err);
void tls_close(tls *t);

/* What a handshake takes, as gnutls_certificate_retrieve_function2 wants it. Any thread. */
void tls_current(tls *t, gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key);
/* PEM text of the clients' authority; NULL: none. */
const char *tls_client_ca(const tls *t);
time_t tls_expires(tls *t);

/* The name of the verified certificate that a client showed: its subject's common name. False: it
 * showed none, or one that does not hold. */
bool tls_client_name(gnutls_session_t session, char *name, size_t room);

/* TLS 1.2 and 1.3 alone. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

#endif
