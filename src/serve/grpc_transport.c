/* Bytes of a connection, encrypted or not: see grpc_inside.h. */
#include "build_config.h"
#include "serve/grpc_inside.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t plain(ssize_t n) {
    if (n > 0) return n;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? TRANSPORT_AGAIN : TRANSPORT_OVER;
}

static void say_goodbye(grpc_transport *t);

void transport_finish(grpc_transport *t) {
    say_goodbye(t);
    shutdown(t->fd, SHUT_WR);
}

ssize_t transport_discard(grpc_transport *t) {
    char bytes[16 << 10];
    return plain(recv(t->fd, bytes, sizeof bytes, 0));
}

#ifdef HAVE_GNUTLS
#include "serve/tls.h"

static int choose(gnutls_session_t session, const gnutls_datum_t *names, int count,
                  const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                  gnutls_pcert_st **chain, unsigned *length, gnutls_privkey_t *key) {
    tls_show(gnutls_session_get_ptr(session), chain, length, key);
    return 0;
}

mica_status transport_setup(server *s, void **out, mica_error *err) {
    gnutls_certificate_credentials_t c;
    if (!s->tls) return MICA_OK;
    if (gnutls_certificate_allocate_credentials(&c)) return fail_no_memory(err, "TLS of gRPC");
    gnutls_certificate_set_retrieve_function2(c, choose);
    *out = c;
    const char *authority = tls_client_ca(s->tls);
    if (!authority) return MICA_OK;
    const gnutls_datum_t text = {(unsigned char *)authority, (unsigned)strlen(authority)};
    const int read = gnutls_certificate_set_x509_trust_mem(c, &text, GNUTLS_X509_FMT_PEM);
    return read > 0 ? MICA_OK
                    : fail(err, MICA_FORMAT, "%s: no certificate of an authority is in it",
                           s->o.client_ca);
}

void transport_teardown(void *credentials) {
    if (credentials) gnutls_certificate_free_credentials(credentials);
}

bool transport_open(grpc_transport *t, server *s, void *credentials, int fd) {
    static const gnutls_datum_t h2 = {(unsigned char *)"h2", 2};
    gnutls_session_t g;
    *t = (grpc_transport){.fd = fd};
    if (!credentials) return true;
    if (gnutls_init(&g, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL)) return false;
    t->session = g;
    t->identity = tls_hold(s->tls);
    t->shaking = true;
    if (gnutls_priority_set_direct(g, TLS_PRIORITIES, NULL) ||
        gnutls_credentials_set(g, GNUTLS_CRD_CERTIFICATE, credentials) ||
        gnutls_alpn_set_protocols(g, &h2, 1, GNUTLS_ALPN_MANDATORY))
        return false;
    if (tls_client_ca(s->tls)) gnutls_certificate_server_set_request(g, GNUTLS_CERT_REQUEST);
    gnutls_session_set_ptr(g, t->identity);
    gnutls_transport_set_int(g, fd);
    return true;
}

static void say_goodbye(grpc_transport *t) {
    if (t->session && !t->shaking) gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

void transport_close(grpc_transport *t) {
    if (t->session) gnutls_deinit(t->session);
    tls_release(t->identity);
    if (t->fd >= 0) close(t->fd);
}

static ssize_t secure(ssize_t n) {
    if (n > 0) return n;
    return n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED
               ? TRANSPORT_AGAIN
               : TRANSPORT_OVER;
}

/* Clients that do not name h2 are no clients of gRPC. */
static ssize_t shake(grpc_transport *t, server *s) {
    gnutls_datum_t protocol;
    const int why = gnutls_handshake(t->session);
    if (why) return gnutls_error_is_fatal(why) ? TRANSPORT_OVER : TRANSPORT_AGAIN;
    if (gnutls_alpn_get_selected_protocol(t->session, &protocol)) return TRANSPORT_OVER;
    t->shaking = false;
    if (!tls_client_ca(s->tls) || !tls_client_name(t->session, t->name, sizeof t->name))
        t->name[0] = 0;
    return 1;
}

ssize_t transport_read(grpc_transport *t, server *s, void *to, size_t room) {
    if (!t->session) return plain(recv(t->fd, to, room, 0));
    if (t->shaking) {
        const ssize_t done = shake(t, s);
        if (done < 0) return done;
    }
    return secure(gnutls_record_recv(t->session, to, room));
}

ssize_t transport_write(grpc_transport *t, const void *from, size_t length) {
    if (!t->session) return plain(send(t->fd, from, length, MSG_NOSIGNAL));
    return t->shaking ? TRANSPORT_AGAIN : secure(gnutls_record_send(t->session, from, length));
}

#else
static void say_goodbye(grpc_transport *t) {}
mica_status transport_setup(server *s, void **out, mica_error *err) { return MICA_OK; }
void transport_teardown(void *credentials) {}
bool transport_open(grpc_transport *t, server *s, void *credentials, int fd) {
    *t = (grpc_transport){.fd = fd};
    return true;
}
void transport_close(grpc_transport *t) {
    if (t->fd >= 0) close(t->fd);
}
ssize_t transport_read(grpc_transport *t, server *s, void *to, size_t room) {
    return plain(recv(t->fd, to, room, 0));
}
ssize_t transport_write(grpc_transport *t, const void *from, size_t length) {
    return plain(send(t->fd, from, length, MSG_NOSIGNAL));
}
#endif
