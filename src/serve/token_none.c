/* A build without GnuTLS takes no tokens. */
#include "serve/token.h"

mica_status tokens_open(const access_options *o, token_keys **out, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "this mica was built without GnuTLS, which tokens need");
}
void tokens_close(token_keys *k) {}
const char *token_read(const token_keys *k, const char *text, time_t now, token *out) {
    return "tokens are not taken";
}
bool token_for_model(const token *t, const char *model) { return false; }
