/* A route from inside. To add one: src/serve/route_foo.c with a route of that name, made by a macro
 * below or as `const route route_foo = {.method = …}` with its fields named, and ROUTE(route_foo)
 * in routes.def (MODEL_ROUTE where ROUTE_OF_MODEL made it). That line has the build compile
 * route_foo.c; a file that is called unlike all its ROUTE lines is a name in
 * src/serve/meson.build. The OpenAPI description follows from the table. The rows in
 * docs/serving.md and docs/serving.zh.md are yours: tests/serve/monitoring.py tells which are
 * missing. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "serve/inference.h"
#include "serve/loader.h"

typedef struct server server;

/* What a caller may do; each key and token names some. */
typedef enum action { ACTION_OPEN, ACTION_PREDICT, ACTION_METRICS, ACTION_ADMIN } action;

enum { REQUEST_ID_ROOM = 40 };

/* One request and its reply. Everything lives until the reply is sent. */
typedef struct exchange {
    server *server;
    const struct route *route;
    const char *method, *path;
    const char *model, *version; /* of the path; NULL: none there. Percent signs are decoded */
    const char *body; /* while `parse` runs, or `answer` of a route without an inference */
    size_t length;
    inference *work; /* of this connection, cleared */
    char request_id[REQUEST_ID_ROOM];
    const struct identity *who; /* NULL: nobody */
    void *connection;           /* of the HTTP library: http.c's alone */
    /* Set by `answer` where that takes long: the loader runs it, with the server, model and
     * version, while the connection waits; its status is the reply. NULL: it was answered. */
    load_work *later;
    /* the reply */
    int code;         /* 200 unless set */
    const char *type; /* of the content; "application/json" unless set */
    strbuf reply;
    size_t json_length;      /* of a v2 reply with binary tensors: its header; 0: none */
    int retry_after_s;       /* with 429 and 503; 0: none */
    const char *static_body; /* instead of `reply`: lives for ever */
    size_t static_length;
    const char *allow_cache; /* Cache-Control; NULL: no-store */
    const char *codings;     /* with 415: those that bodies may have; NULL: it is not told */
} exchange;

typedef struct route {
    /* "POST", "/v2/models/{model}/versions/{version}/infer". A part of a path in braces that begins
     * with m, {model}, becomes x->model; any other, {version} or {label}, x->version. */
    const char *method, *pattern;
    action action;
    bool control; /* on the port for administration and metrics, not on the one for predictions */
    const char *summary, *tag;
    /* Answers now. An inference is answered later: `parse` fills x->work, the engine runs it,
     * `answer` writes the reply. */
    mica_status (*answer)(exchange *x, mica_error *err);
    mica_status (*parse)(exchange *x, mica_error *err); /* NULL: no inference */
    /* {"NAME":{JSON Schema of the argument}, …}, without spaces; NULL: none. Others are refused,
     * but where anyone may ask (ACTION_OPEN). */
    const char *query;
    const char *request_schema, *response_schema; /* JSON Schema; NULL: none */
    bool any_type;    /* of the request's content: the route looks at it itself; else it is JSON */
    const char *deed; /* what the audit log calls it; NULL: an inference, or nothing to record */
} route;

/* What a caller showed: the header's value (Bearer …) or that of X-API-Key, and the verified name
 * of a certificate; NULL: none. */
typedef struct credentials {
    const char *authorization, *certificate;
} credentials;

/* Header and query argument of the request; NULL: not given. */
const char *exchange_header(const exchange *x, const char *name);
const char *exchange_query(const exchange *x, const char *name);
credentials exchange_credentials(const exchange *x);
/* The reply's code for a status: 400, 404, 408, 413, 415, 429, 503 … */
int http_code(mica_status status);
/* {"error": "…", "code": "VALUE"} */
void exchange_fail(exchange *x, const mica_error *err);

/* A route of a model, "/v2" "/models/{model}" "/infer", and the same of one of its versions; in
 * routes.def MODEL_ROUTE(name). What follows the summary are members of `route`. */
#define ROUTE_AT(name_, method_, pattern_, summary_, ...)                                          \
    const route name_ = {.method = method_,                                                        \
                         .pattern = pattern_,                                                      \
                         .action = ACTION_PREDICT,                                                 \
                         .summary = summary_,                                                      \
                         __VA_ARGS__}
#define ROUTE_OF_MODEL(name, method, family, rest, summary, ...)                                   \
    ROUTE_AT(name, method, family "/models/{model}" rest, summary, __VA_ARGS__);                   \
    ROUTE_AT(name##_version, method, family "/models/{model}/versions/{version}" rest,             \
             summary " (a version)", __VA_ARGS__)

/* What administrators do with a model, on their port: "/load", "/traffic" … */
#define ROUTE_OF_ADMIN(name_, method_, rest, summary_, ...)                                        \
    const route name_ = {.method = method_,                                                        \
                         .pattern = "/v2/repository/models/{model}" rest,                          \
                         .action = ACTION_ADMIN,                                                   \
                         .control = true,                                                          \
                         .summary = summary_,                                                      \
                         .tag = "repository",                                                      \
                         __VA_ARGS__}
/* The same on both ports: route_name and route_control_name. */
#define ROUTE_ON_BOTH(name, ...)                                                                   \
    const route route_##name = {__VA_ARGS__};                                                      \
    const route route_control_##name = {.control = true, __VA_ARGS__}

extern const route *const all_routes[]; /* ends in NULL */
#define ROUTE(name) extern const route name;
#define MODEL_ROUTE(name) extern const route name, name##_version;
#include "serve/routes.def"
#undef MODEL_ROUTE
#undef ROUTE

#endif
