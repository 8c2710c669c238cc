/* Loading and unloading while requests run (the model repository extension of KServe v2), on the
 * port of administration. A request names models and versions, never a file. */
#include "serve/repository.h"
#include "serve/wire.h"

#include <stdlib.h>
#include <string.h>

static mica_status check_parameters(const json_t *given, mica_error *err) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)given, name, value) {
        (void)value;
        if (!change_parameter_known(name, strlen(name)))
            return fail_change_parameter(err, name, strlen(name));
    }
    return MICA_OK;
}

/* {"parameters": {"version": "2"}}, or nothing: what is loaded or unloaded is x->version's then. */
static mica_status read_version(exchange *x, mica_error *err) {
    json_t *body;
    if (!x->length) return MICA_OK;
    TRY(config_parse(x->body, x->length, "the body", &body, err));
    const json_t *given = json_object_get(body, "parameters"),
                 *version = json_object_get(given, "version");
    mica_status status = check_parameters(given, err);
    if (status != MICA_OK) return json_decref(body), status;
    if (!json_is_object(body))
        status = fail(err, MICA_TYPE, "the body is %s, expected {\"parameters\": {\"version\": …}}",
                      config_kind(body));
    else if (version && !json_is_null(version) && !json_is_string(version))
        status = fail(err, MICA_TYPE, "version is %s, expected a string", config_kind(version));
    else if (json_is_string(version)) {
        x->version = arena_text(&x->work->memory, json_string_value(version));
        if (!x->version) status = fail_no_memory(err, "the version");
    }
    json_decref(body);
    return status;
}

mica_status load_by_request(void *user, const char *model, const char *version, mica_error *err) {
    return server_load_again(user, model, version, err);
}

static mica_status load(exchange *x, mica_error *err) {
    x->later = load_by_request;
    return read_version(x, err);
}

/* Behind loads that wait: what was asked first is done first. */
mica_status unload_by_request(void *user, const char *model, const char *version, mica_error *err) {
    server *s = user;
    return repository_has(s->repository, model)
               ? repository_unload(s->repository, model, version, err)
               : models_take_out(s->models, model, version, err);
}

static mica_status unload(exchange *x, mica_error *err) {
    x->later = unload_by_request;
    return read_version(x, err);
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
