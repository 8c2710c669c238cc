/* Errors: see error.h. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

mica_status fail(mica_error *err, mica_status code, const char *format, ...) {
    if (!err) return code;
    va_list args;
    va_start(args, format);
    err->code = code;
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

mica_status fail_within(mica_error *err, mica_status code, const char *format, ...) {
    if (!err) return code;
    char story[sizeof err->message];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(story, sizeof story, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof story)
        snprintf(story + n, sizeof story - (size_t)n, ": %s", err->message);
    err->code = code;
    memcpy(err->message, story, sizeof story);
    return code;
}

mica_status fail_memory(mica_error *err, unsigned long long bytes, const char *what) {
    return fail(err, MICA_MEMORY, "%s: %llu bytes cannot be had", what, bytes);
}

mica_status fail_no_memory(mica_error *err, const char *what) {
    return fail(err, MICA_MEMORY, "%s: no memory", what);
}

mica_status options_take(void *own, size_t room, const void *given, const char *what,
                         mica_error *err) {
    size_t size = room;
    if (given) memcpy(&size, given, sizeof size);
    if (!size)
        return fail(err, MICA_VALUE,
                    "%s: options without a size, expected MICA_OPTIONS(…) or the defaults", what);
    if (given) memcpy(own, given, size < room ? size : room);
    memcpy(own, &room, sizeof room);
    return MICA_OK;
}

mica_status fail_errno(mica_error *err, const char *path, const char *doing) {
    return fail(err, MICA_IO, "%s: %s: %s", path, doing, strerror(errno));
}

const char *status_name(mica_status code) {
    static const char *const names[] = {
#define NAME_OF(name, text) #name,
        MICA_STATUS_CODES(NAME_OF)
#undef NAME_OF
    };
    return (unsigned)code < LENGTH(names) ? names[code] : "UNKNOWN";
}

const char *status_text(mica_status code) {
    static const char *const texts[] = {
#define TEXT_OF(name, text) text,
        MICA_STATUS_CODES(TEXT_OF)
#undef TEXT_OF
    };
    return (unsigned)code < LENGTH(texts) ? texts[code] : "unknown status";
}
