/* KServe v2's questions about the server and its models. */
#include "build_config.h"
#include "serve/repository.h"
#include "serve/wire.h"

#include <stdlib.h>
#include <string.h>

static mica_status server_metadata(exchange *x, mica_error *err) {
    strbuf_add(&x->reply,
               "{\"name\":\"mica\",\"version\":\"%s\",\"extensions\":[\"binary_tensor_data\","
               "\"classification\",\"model_repository\"]}",
               MICA_VERSION);
    return MICA_OK;
}

static mica_status metadata(exchange *x, mica_error *err) {
    served *v;
    served_list all = {0};
    TRY(exchange_hold(x, &v, err));
    mica_status status = models_list(x->server->models, x->model, &all, err);
    const char **versions = served_list_versions(&all);
    if (status == MICA_OK && !versions) status = fail_no_memory(err, "versions");
    strbuf names = {0};
    models_put_all_names(x->server->models, x->model, &names);
    if (status == MICA_OK && names.failed) status = fail_no_memory(err, "names of versions");
    if (status == MICA_OK)
        v2_write_metadata(&v->contract, versions, all.count, names.data, &x->reply);
    strbuf_free(&names);
    free(versions);
    served_list_free(&all);
    served_release(v);
    return status;
}

static mica_status ready(exchange *x, mica_error *err) {
    served *v;
    TRY(exchange_hold(x, &v, err));
    strbuf_put(&x->reply, "{\"name\":", 8);
    json_put_text(&x->reply, v->contract.name);
    strbuf_add(&x->reply, ",\"ready\":true}");
    served_release(v);
    return MICA_OK;
}

static void put_entry(server *s, strbuf *out, const version_state *v, bool first) {
    strbuf_put(out, &",{\"name\":"[first], 9 - (size_t)first);
    json_put_text(out, v->name);
    strbuf_add(out, ",\"version\":");
    json_put_text(out, v->version);
    strbuf_add(out, ",\"state\":\"%s\",\"reason\":", v->ready ? "READY" : "UNAVAILABLE");
    json_put_text(out, v->reason);
    strbuf_add(out, ",");
    models_put_names(s->models, v->name, v->version, out);
    strbuf_add(out, "}");
}

/* {"ready": true} leaves out what is not. */
static mica_status repository_index(exchange *x, mica_error *err) {
    version_states all;
    json_t *body = NULL;
    if (x->length) TRY(config_parse(x->body, x->length, "the body", &body, err));
    const bool good = !body || json_is_object(body),
               ready = json_is_true(json_object_get(body, "ready"));
    const char *kind = good ? "" : config_kind(body);
    json_decref(body);
    if (!good) return fail(err, MICA_FORMAT, "the body: expected an object, found %s", kind);
    const credentials asker = exchange_credentials(x);
    TRY(server_states(x->server, &asker, &all, err));
    strbuf_put(&x->reply, "[", 1);
    bool first = true;
    for (size_t i = 0; i < all.count; i++) {
        if (ready && !all.at[i].ready) continue;
        put_entry(x->server, &x->reply, &all.at[i], first);
        first = false;
    }
    strbuf_put(&x->reply, "]", 1);
    version_states_free(&all);
    return MICA_OK;
}

#define TEXT_SCHEMA "{\"type\":\"string\"}"
#define VALUES                                                                                     \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"datatype\","      \
    "\"shape\"],\"properties\":{\"name\":" TEXT_SCHEMA ",\"datatype\":" TEXT_SCHEMA                \
    ",\"shape\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}}}"
#define SERVER_REPLY                                                                               \
    "{\"type\":\"object\",\"required\":[\"name\",\"version\",\"extensions\"],\"properties\":{"     \
    "\"name\":" TEXT_SCHEMA ",\"version\":" TEXT_SCHEMA                                            \
    ",\"extensions\":{\"type\":\"array\",\"items\":" TEXT_SCHEMA "}}}"
#define MODEL_REPLY                                                                                \
    "{\"type\":\"object\",\"required\":[\"name\",\"versions\",\"platform\",\"inputs\","            \
    "\"outputs\"],\"properties\":{\"name\":" TEXT_SCHEMA                                           \
    ",\"versions\":{\"type\":\"array\",\"items\":" TEXT_SCHEMA "},\"platform\":" TEXT_SCHEMA       \
    ",\"inputs\":" VALUES ",\"outputs\":" VALUES                                                   \
    ",\"parameters\":{\"type\":\"object\",\"properties\":{"                                        \
    "\"classifier\":{\"type\":\"boolean\"},\"version\":" TEXT_SCHEMA                               \
    ",\"default_version\":{\"type\":\"string\",\"nullable\":true},\"aliases\":{\"type\":"          \
    "\"object\",\"additionalProperties\":" TEXT_SCHEMA "}}}}}"
#define READY_REPLY                                                                                \
    "{\"type\":\"object\",\"required\":[\"name\",\"ready\"],\"properties\":{\"name\":" TEXT_SCHEMA \
    ",\"ready\":{\"type\":\"boolean\"}}}"
#define INDEX_REPLY                                                                                \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"version\","       \
    "\"state\"],\"properties\":{\"name\":" TEXT_SCHEMA ",\"version\":" TEXT_SCHEMA                 \
    ",\"state\":" TEXT_SCHEMA ",\"reason\":" TEXT_SCHEMA                                           \
    ",\"default\":{\"type\":\"boolean\"},\"aliases\":{\"type\":\"array\",\"items\":" TEXT_SCHEMA   \
    "}}}}"

const route route_v2 = {.method = "GET",
                        .pattern = "/v2",
                        .action = ACTION_OPEN,
                        .summary = "the server's name, version and extensions",
                        .tag = "models",
                        .answer = server_metadata,
                        .response_schema = SERVER_REPLY};
ROUTE_OF_MODEL(route_model, "GET", "/v2", "", "what a model takes and gives", .tag = "models",
               .answer = metadata, .response_schema = MODEL_REPLY);
ROUTE_OF_MODEL(route_model_ready, "GET", "/v2", "/ready", "whether a model is loaded",
               .tag = "models", .answer = ready, .response_schema = READY_REPLY);

ROUTE_AT(route_index, "POST", "/v2/repository/index", "all models and versions", .tag = "models",
         .answer = repository_index, .request_schema = "{\"type\":\"object\"}",
         .response_schema = INDEX_REPLY);
