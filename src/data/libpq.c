/* Loading libpq: see libpq.h. It stays to the end of the process, for what OpenSSL has registered
 * cannot be taken back. With -Dlibpq_lazy=false it is linked, as a static program needs it. */
#include "build_config.h"

#ifdef HAVE_LIBPQ

#include "data/libpq.h"

libpq pq;

#ifdef LIBPQ_LAZY

#include "base/lazy.h"

#include <pthread.h>

static char problem[256]; /* written by the one thread that loads, then only read */

static void load(void) {
#define FUNCTION(name) {#name, &pq.name},
    static const lazy_function functions[] = {LIBPQ_FUNCTIONS(FUNCTION)};
#undef FUNCTION
    lazy_load("libpq.so.5", functions, LENGTH(functions), problem);
}

mica_status libpq_load(const char *spec, mica_error *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!*problem) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s: libpq, which asks PostgreSQL, cannot be loaded (Debian's package libpq5): %s",
                spec, problem);
}

#else

mica_status libpq_load(const char *spec, mica_error *err) {
    (void)spec, (void)err;
#define TAKE(name) pq.name = name;
    LIBPQ_FUNCTIONS(TAKE)
#undef TAKE
    return MICA_OK;
}

#endif
#endif
