/* Connections that are encrypted: which certificate they get, whose they show. */
#include "serve/http_exchange.h"

#include "build_config.h"

#ifdef HAVE_GNUTLS
#include "serve/tls.h"

#include <stdlib.h>

/* libmicrohttpd gives the callback of certificates nothing of ours but the session, whose pointer
 * is the connection. */
static int choose_certificate(gnutls_session_t session, const gnutls_datum_t *names, int count,
                              const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                              gnutls_pcert_st **chain, unsigned *length, gnutls_privkey_t *key) {
    struct MHD_Connection *c = gnutls_session_get_ptr(session);
    peer *p = c ? peer_of(c) : NULL;
    if (!p) return -1;
    if (!p->identity) p->identity = tls_hold(p->lane->http_server->tls);
    tls_show(p->identity, chain, length, key);
    return 0;
}

void secure_end(peer *p) { tls_release(p->identity); }

unsigned secure_options(lane *l, struct MHD_OptionItem *items, int *n) {
    const struct tls *t = l->http_server->tls;
    if (!t) return 0;
    items[(*n)++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES};
    items[(*n)++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                            (void *)(intptr_t)choose_certificate};
    if (tls_client_ca(t))
        items[(*n)++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                                (void *)tls_client_ca(t)};
    return MHD_USE_TLS;
}

const char *secure_name(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *session = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    peer *p = peer_of(connection);
    if (!p || !session) return NULL;
    if (!p->looked) {
        p->looked = true;
        p->known = tls_client_ca(p->lane->http_server->tls) &&
                   tls_client_name(session->tls_session, p->name, sizeof p->name);
    }
    return p->known ? p->name : NULL;
}

#else /* Connections of a build without GnuTLS: none is encrypted. */

unsigned secure_options(lane *l, struct MHD_OptionItem *items, int *n) { return 0; }

void secure_end(peer *p) {}

const char *secure_name(struct MHD_Connection *connection) { return NULL; }
#endif
