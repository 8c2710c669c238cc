/* libpq, loaded when the first PostgreSQL is asked: it brings thirty more libraries (TLS, Kerberos,
 * LDAP), whose start takes longer than all else of a short command. */
#ifndef DATA_LIBPQ_H
#define DATA_LIBPQ_H

#include "base/error.h"

#include <libpq-fe.h>

/* What is called of it. */
#define LIBPQ_FUNCTIONS(DO)                                                                        \
    DO(PQclear)                                                                                    \
    DO(PQconnectdb)                                                                                \
    DO(PQconnectdbParams)                                                                          \
    DO(PQconninfoFree)                                                                             \
    DO(PQconninfoParse)                                                                            \
    DO(PQdescribePortal)                                                                           \
    DO(PQerrorMessage)                                                                             \
    DO(PQexec)                                                                                     \
    DO(PQexecParams)                                                                               \
    DO(PQfinish)                                                                                   \
    DO(PQfname)                                                                                    \
    DO(PQfreemem)                                                                                  \
    DO(PQftype)                                                                                    \
    DO(PQgetResult)                                                                                \
    DO(PQgetisnull)                                                                                \
    DO(PQgetlength)                                                                                \
    DO(PQgetvalue)                                                                                 \
    DO(PQnfields)                                                                                  \
    DO(PQntuples)                                                                                  \
    DO(PQresultErrorField)                                                                         \
    DO(PQresultErrorMessage)                                                                       \
    DO(PQresultStatus)                                                                             \
    DO(PQsendQueryParams)                                                                          \
    DO(PQserverVersion)                                                                            \
    DO(PQsetNoticeProcessor)                                                                       \
    DO(PQsetSingleRowMode)                                                                         \
    DO(PQstatus)

typedef struct libpq {
#define MEMBER(name) __typeof__(&name) name;
    LIBPQ_FUNCTIONS(MEMBER)
#undef MEMBER
} libpq;

/* Once a call of libpq_load has succeeded. */
extern libpq pq;

/* Any thread, any number of times. Errors: UNSUPPORTED, which say what is missing. */
mica_status libpq_load(const char *spec, mica_error *err);

#endif
