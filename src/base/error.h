/* Filling a caller's mica_error. `err` may be NULL everywhere. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "mica/status.h"

#include <stddef.h>

#define TRY MICA_TRY
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Runs `call`; where it fails, jumps to `label` with the status in `status`. */
#define TRY_GOTO(status, call, label)                                                              \
    do {                                                                                           \
        if (((status) = (call)) != MICA_OK) goto label;                                            \
    } while (0)

/* For public functions that return a status: an argument that is NULL, by its public name. */
#define REQUIRE(pointer, name)                                                                     \
    do {                                                                                           \
        if (!(pointer))                                                                            \
            return fail(err, MICA_VALUE, "%s: %s is NULL", __func__ + (sizeof "mica_" - 1), name); \
    } while (0)

/* The same for an array of pointers: the element that is NULL. */
#define REQUIRE_EACH(array, count, name)                                                           \
    do {                                                                                           \
        for (int each_ = 0; each_ < (count); each_++)                                              \
            if (!(array)[each_])                                                                   \
                return fail(err, MICA_VALUE, "%s: %s[%d] is NULL",                                 \
                            __func__ + (sizeof "mica_" - 1), name, each_);                         \
    } while (0)

/* Sets code and message (printf), returns code. An error already set is replaced. */
mica_status fail(mica_error *err, mica_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* Puts "text: " before a message that is already there, returns its code. */
mica_status fail_within(mica_error *err, mica_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* fail(MICA_MEMORY) with the number of bytes asked for. */
mica_status fail_memory(mica_error *err, unsigned long long bytes, const char *what);
mica_status fail_no_memory(mica_error *err, const char *what); /* where the bytes are not known */
/* Copies the options that a caller gave (NULL: none) over `own`, a struct of `room` bytes that
 * holds the defaults: as much as both know. Both begin with their size; own's stays. Errors: VALUE
 * where given's was not set, so that nothing in it can be read. */
mica_status options_take(void *own, size_t room, const void *given, const char *what,
                         mica_error *err);

/* fail(MICA_IO) with the text of errno. */
mica_status fail_errno(mica_error *err, const char *path, const char *doing);

const char *status_name(mica_status code);
const char *status_text(mica_status code);

#endif
