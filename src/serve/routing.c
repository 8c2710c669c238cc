/* See routing.h. */
#include "serve/routing.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const route *const all_routes[] = {
#define ROUTE(name) &name,
#define MODEL_ROUTE(name) &name, &name##_version,
#include "serve/routes.def"
#undef MODEL_ROUTE
#undef ROUTE
    NULL,
};

/* Path until '/' or `end` into out; false where it is empty, too long or badly encoded. */
static const char *read_part(const char *path, char end, char *out, size_t room) {
    size_t n = 0;
    for (; *path && *path != '/' && *path != end; path++) {
        char c = *path;
        if (c == '%') {
            const int high = hex_value(path[1]), low = high < 0 ? -1 : hex_value(path[2]);
            if (low < 0) return NULL;
            c = (char)(high * 16 + low);
            path += 2;
        }
        if (n + 1 >= room || !c) return NULL;
        out[n++] = c;
    }
    out[n] = 0;
    return n ? path : NULL;
}

static bool matches(const char *pattern, const char *path, path_parts *parts) {
    for (; *pattern; pattern++) {
        if (*pattern != '{') {
            if (*path++ != *pattern) return false;
            continue;
        }
        const bool model = pattern[1] == 'm'; /* else {version} or {label}: either names one */
        pattern = strchr(pattern, '}');
        path = model ? read_part(path, pattern[1], parts->model, sizeof parts->model)
                     : read_part(path, pattern[1], parts->version, sizeof parts->version);
        if (!path) return false;
    }
    return !*path;
}

const route *route_find(const char *method, const char *path, bool control, path_parts *parts,
                        bool *known) {
    const bool head = !strcmp(method, "HEAD");
    *known = false;
    for (size_t i = 0; all_routes[i]; i++) {
        const route *r = all_routes[i];
        parts->model[0] = parts->version[0] = 0;
        if (r->control != control || !matches(r->pattern, path, parts)) continue;
        if (!strcmp(r->method, head ? "GET" : method)) return r;
        *known = true;
    }
    return NULL;
}

bool request_id_given(char id[REQUEST_ID_ROOM], const char *given, size_t length) {
    if (!length || length >= REQUEST_ID_ROOM) return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)given[i]) && !strchr("-_.", given[i])) return false;
    memcpy(id, given, length);
    id[length] = 0;
    return true;
}

enum { MOST_METHODS = 5 }; /* GET, POST, PUT, PATCH, DELETE fit in ALLOW_ROOM */

/* Where the alphabet has it; how many there are then. */
static size_t add_method(const char *known[MOST_METHODS], size_t count, const char *method) {
    size_t at = 0;
    while (at < count && strcmp(known[at], method) < 0) at++;
    if (count == MOST_METHODS || (at < count && !strcmp(known[at], method))) return count;
    memmove(known + at + 1, known + at, (count - at) * sizeof *known);
    known[at] = method;
    return count + 1;
}

void route_methods(const char *path, bool control, char out[ALLOW_ROOM]) {
    const bool any = !strcmp(path, "*");
    const char *known[MOST_METHODS];
    size_t count = 0, length = 0;
    path_parts parts;
    for (size_t i = 0; all_routes[i]; i++)
        if (all_routes[i]->control == control &&
            (any || matches(all_routes[i]->pattern, path, &parts)))
            count = add_method(known, count, all_routes[i]->method);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(out + length, ALLOW_ROOM - length, "%s, %s", known[i],
                                   strcmp(known[i], "GET") ? "" : "HEAD, ");
    snprintf(out + length, ALLOW_ROOM - length, "OPTIONS");
}

/* "localhost:8080" → its length without the port; "[::1]:8080" likewise. */
static size_t name_length(const char *host) {
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    return bracket ? (size_t)(bracket + 1 - host) : strcspn(host, ":");
}

static bool is_name(const char *host, size_t length, const char *name) {
    return strlen(name) == length && !strncasecmp(host, name, length);
}

bool host_allowed(const server *s, const char *host) {
    static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
    if (!host) return false;
    const size_t length = name_length(host);
    const bool loopback = !strncmp(s->o.host, "127.", 4) || !strcmp(s->o.host, "::1");
    for (size_t i = 0; i < LENGTH(always); i++)
        if (is_name(host, length, always[i])) return true;
    for (int i = 0; i < s->o.host_count; i++)
        if (is_name(host, length, s->o.host_names[i])) return true;
    return is_name(host, length, s->o.host) || (!loopback && !s->o.host_count);
}

bool origin_allowed(const char *origin, const char *host) {
    const char *scheme = origin ? strstr(origin, "://") : NULL;
    return !origin || (scheme && host && !strcasecmp(scheme + 3, host));
}
