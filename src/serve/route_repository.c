/* Loading and unloading while requests run (the model repository extension of KServe v2), on the
 * port of administration. A request names models and versions, never a file. */
#include "serve/repository.h"

#include <stdlib.h>
#include <string.h>

static mica_status check_empty(const exchange *x, json_t **out, mica_error *err) {
    *out = NULL;
    return x->length ? config_parse(x->body, x->length, "the body", out, err) : MICA_OK;
}

/* {"parameters": {"version": "2"}}; NULL: none. */
static const char *asked_version(const json_t *body) {
    return json_string_value(json_object_get(json_object_get(body, "parameters"), "version"));
}

static mica_status load(exchange *x, mica_error *err) {
    json_t *body;
    TRY(check_empty(x, &body, err));
    mica_status status = server_load_again(x->server, x->model, asked_version(body), err);
    if (status == MICA_NAME) x->code = 404;
    json_decref(body);
    return status;
}

static mica_status unload(exchange *x, mica_error *err) {
    json_t *body;
    TRY(check_empty(x, &body, err));
    server *s = x->server;
    const char *version = asked_version(body);
    mica_status status = repository_has(s->repository, x->model)
                             ? repository_unload(s->repository, x->model, version, err)
                             : models_take_out(s->models, x->model, version, err);
    if (status == MICA_NAME) x->code = 404;
    json_decref(body);
    return status;
}

static mica_status choose(exchange *x, mica_error *err) {
    mica_status status = models_set_default(x->server->models, x->model, x->version, err);
    if (status == MICA_NAME) x->code = 404;
    return status;
}

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"parameters\":{\"type\":\"object\",\"properties\":"     \
    "{\"version\":{\"type\":\"string\"}}}}}"

ROUTE_OF_ADMIN(route_repository, "POST", "/load",
               "load a model's file again, while the old one answers", .answer = load,
               .request_schema = PARAMETERS, .deed = "load");
ROUTE_OF_ADMIN(route_unload, "POST", "/unload", "take a model out; requests that run go on",
               .answer = unload, .request_schema = PARAMETERS, .deed = "unload");
ROUTE_OF_ADMIN(route_default, "POST", "/versions/{version}/default",
               "the version that answers where none is named", .answer = choose, .deed = "default");
