/* The server's certificate while it is replaced. */
#include "serve/tls.h"

#include "support/folder.h"
#include "support/testing.h"

#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

static mica_error err;

/* A new key, and its certificate of that serial number, in certificate.pem and key.pem. */
static void issue(unsigned char serial) {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t own;
    gnutls_datum_t text;
    const time_t now = time(NULL);
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(
                         key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    assert_int_equal(gnutls_x509_crt_init(&own), 0);
    gnutls_x509_crt_set_version(own, 3);
    gnutls_x509_crt_set_serial(own, &serial, 1);
    gnutls_x509_crt_set_activation_time(own, now - 60);
    gnutls_x509_crt_set_expiration_time(own, now + 86400);
    gnutls_x509_crt_set_key(own, key);
    gnutls_x509_crt_set_dn_by_oid(own, GNUTLS_OID_X520_COMMON_NAME, 0, "server", 6);
    assert_int_equal(gnutls_x509_crt_sign2(own, own, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text), 0);
    put_file(in_folder("key.pem"), text.data, text.size);
    gnutls_free(text.data);
    assert_int_equal(gnutls_x509_crt_export2(own, GNUTLS_X509_FMT_PEM, &text), 0);
    put_file(in_folder("certificate.pem"), text.data, text.size);
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(own);
    gnutls_x509_privkey_deinit(key);
}

/* What a handshake does with what it holds: signs, and the other side checks. */
static void assert_shows(tls_identity *held, unsigned char serial) {
    gnutls_pcert_st *chain;
    gnutls_privkey_t key;
    unsigned count;
    gnutls_datum_t data = {(unsigned char *)"hello", 5}, signature;
    gnutls_x509_crt_t own;
    unsigned char found[8];
    size_t size = sizeof found;
    tls_show(held, &chain, &count, &key);
    assert_int_equal(count, 1);
    assert_int_equal(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &data, &signature), 0);
    assert_true(gnutls_pubkey_verify_data2(chain[0].pubkey, GNUTLS_SIGN_ECDSA_SHA256, 0, &data,
                                           &signature) >= 0);
    gnutls_free(signature.data);
    assert_int_equal(gnutls_pcert_export_x509(&chain[0], &own), 0);
    assert_int_equal(gnutls_x509_crt_get_serial(own, found, &size), 0);
    assert_int_equal(found[size - 1], serial);
    gnutls_x509_crt_deinit(own);
}

/* However long a client takes for its handshake, and whatever is read meanwhile. */
TEST(what_a_handshake_holds_outlives_what_replaces_it) {
    tls *t = NULL;
    char certificate[256], key[256];
    snprintf(certificate, sizeof certificate, "%s", in_folder("certificate.pem"));
    snprintf(key, sizeof key, "%s", in_folder("key.pem"));
    issue(1);
    ASSERT_OK(tls_open(certificate, key, NULL, &t, &err));
    tls_identity *first = tls_hold(t), *also = tls_hold(t);
    assert_ptr_equal(first, also);
    issue(2);
    ASSERT_OK(tls_reload(t, &err));
    tls_identity *second = tls_hold(t);
    tls_release(also);
    for (unsigned char i = 3; i < 6; i++) {
        issue(i);
        ASSERT_OK(tls_reload(t, &err));
    }
    assert_shows(first, 1);
    assert_shows(second, 2);
    tls_release(first);
    assert_shows(second, 2);
    tls_identity *newest = tls_hold(t);
    assert_shows(newest, 5);
    tls_release(second);
    tls_release(newest);
    tls_release(NULL);
    tls_close(t); /* a sanitizer sees what is left */
}

RUN_TESTS(UNIT(what_a_handshake_holds_outlives_what_replaces_it))
