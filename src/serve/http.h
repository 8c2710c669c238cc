/* Connections: libmicrohttpd's state machines on lanes, threads of ours that read what came, let
 * the engine run it together, and send the replies. */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "serve/server.h"

typedef struct http http;

mica_status http_open(server *s, http **out, mica_error *err);
int http_port(const http *h, bool control);
/* Accepts no more connections; each closes behind its reply. */
void http_quiesce(http *h);
/* Requests that were begun and are not answered. */
int http_requests(const http *h);
/* These, and lanes that have not looked yet whether connections wait to be accepted; 0: it may end.
 */
int http_active(const http *h);
/* The longest that one of the lanes has been at the same turn of its loop. */
double http_busy(const http *h);
int http_connections(const http *h);
void http_close(http *h);

#endif
