/* libcurl, opened by its name when the first client is: it and what it needs take longer to load
 * than the rest of a start of mica together, and most programs ask no server. */
#ifndef CLIENT_LIBRARY_H
#define CLIENT_LIBRARY_H

#include "base/error.h"

#include <curl/curl.h>

#define LIBRARY_FUNCTIONS(X)                                                                       \
    X(global_init)                                                                                 \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_perform)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)

typedef struct library {
#define LIBRARY_MEMBER(name) __typeof__(curl_##name) *name;
    LIBRARY_FUNCTIONS(LIBRARY_MEMBER)
#undef LIBRARY_MEMBER
} library;

/* The only one of the process, from any thread; it stays. Errors: UNSUPPORTED, it is not there. */
mica_status library_open(const library **out, mica_error *err);

#endif
