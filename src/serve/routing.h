/* Which route a request takes, and whether it may. */
#ifndef SERVE_ROUTING_H
#define SERVE_ROUTING_H

#include "serve/server.h"

/* The parts of a path that a pattern names, percent signs decoded. */
typedef struct path_parts {
    char model[256], version[64];
} path_parts;

/* The route; NULL: none, and *known says whether one has that path with another method. */
const route *route_find(const char *method, const char *path, bool control, path_parts *parts,
                        bool *known);
/* Takes the id that a client gave, where it is a plain word; false: it is not, and id stays. */
bool request_id_given(char id[REQUEST_ID_ROOM], const char *given, size_t length);
/* The methods that a path has ("GET, HEAD, OPTIONS"); "*": any path's. */
enum { ALLOW_ROOM = 64 };
void route_methods(const char *path, bool control, char out[ALLOW_ROOM]);
/* Whether the Host header names this server, and the Origin, where there is one, is the same. */
bool host_allowed(const server *s, const char *host);
bool origin_allowed(const char *origin, const char *host);

#endif
