/* Status codes and errors.
 *
 * What can fail returns a mica_status and fills a mica_error that the caller owns (NULL where the
 * text is not wanted). What builds tensors, layers and models returns a handle instead and leaves
 * its first error in the context: see mica_check in context.h. */
#ifndef MICA_STATUS_H
#define MICA_STATUS_H

/* X(name, exit-stable text): every code, what it means. One line here makes enum, name and text. */
#define MICA_STATUS_CODES(X)                                                                       \
    X(OK, "success")                                                                               \
    X(SHAPE, "shapes do not fit")                                                                  \
    X(VALUE, "a value is out of its range")                                                        \
    X(TYPE, "a type does not fit")                                                                 \
    X(NAME, "a name is not known")                                                                 \
    X(FORMAT, "a file or text is not in its format")                                               \
    X(IO, "reading or writing failed")                                                             \
    X(MEMORY, "memory is not enough")                                                              \
    X(STATE, "called at the wrong time")                                                           \
    X(UNSUPPORTED, "this build or backend cannot do it")                                           \
    X(NUMERIC, "a number is not finite")                                                           \
    X(MISMATCH, "what is stored differs from what is asked")                                       \
    X(INTERRUPTED, "stopped by a signal or a callback")                                            \
    X(INTERNAL, "a fault in mica itself")                                                          \
    X(BUSY, "another process holds it")                                                            \
    X(TIMEOUT, "the time for it is over")

typedef enum mica_status {
#define MICA_STATUS_ENUM(name, text) MICA_##name,
    MICA_STATUS_CODES(MICA_STATUS_ENUM)
#undef MICA_STATUS_ENUM
        MICA_STATUS_COUNT
} mica_status;

/* An error with its whole story, e.g. "model.h5: layer dense_1: kernel (3, 4), expected (3, 5)". */
typedef struct mica_error {
    mica_status code;
    char message[1024];
} mica_error;

/* Leaves the calling function with the status of `call` unless that is MICA_OK. */
#define MICA_TRY(call)                                                                             \
    do {                                                                                           \
        mica_status mica_try_status_ = (call);                                                     \
        if (mica_try_status_ != MICA_OK) return mica_try_status_;                                  \
    } while (0)

#endif
