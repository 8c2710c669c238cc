/* See library.h. */
#include "client/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static library loaded;
static bool whole;
static char why[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The GnuTLS build first: the server's TLS has that library in the process already. */
static void *open_any(void) {
    static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        void *handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (handle) return handle;
    }
    return NULL;
}

static bool find(void *handle, const char *name, void *function) {
    void *at = dlsym(handle, name);
    memcpy(function, &at, sizeof at);
    if (!at) snprintf(why, sizeof why, "it has no %s", name);
    return at != NULL;
}

static void load(void) {
    void *handle = open_any();
    if (!handle) {
        snprintf(why, sizeof why, "neither libcurl-gnutls.so.4 nor libcurl.so.4 is installed");
        return;
    }
#define FIND(name)                                                                                 \
    if (!find(handle, "curl_" #name, &loaded.name)) return;
    LIBRARY_FUNCTIONS(FIND)
#undef FIND
    whole = loaded.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!whole) snprintf(why, sizeof why, "it cannot be started");
}

mica_status library_open(const library **out, mica_error *err) {
    pthread_once(&once, load);
    *out = &loaded;
    if (whole) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "libcurl, which asks servers: %s (Debian: apt install libcurl3-gnutls)", why);
}
