/* See library.h. */
#include "client/library.h"

#include "base/lazy.h"

#include <pthread.h>

static library loaded;
static char problem[256]; /* written by the one thread that loads, then only read */

/* The GnuTLS build first: the server's TLS has that library in the process already. */
static void load(void) {
#define FUNCTION(name) {"curl_" #name, &loaded.name},
    static const lazy_function functions[] = {LIBRARY_FUNCTIONS(FUNCTION)};
#undef FUNCTION
    if ((lazy_load("libcurl-gnutls.so.4", functions, LENGTH(functions), problem) ||
         lazy_load("libcurl.so.4", functions, LENGTH(functions), problem)) &&
        loaded.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        snprintf(problem, sizeof problem, "it cannot be started");
}

mica_status library_open(const library **out, mica_error *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    *out = &loaded;
    if (!*problem) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "libcurl, which asks servers, cannot be loaded (Debian's package libcurl3-gnutls): "
                "%s",
                problem);
}
