/* Questions about a server and its models, and loading and unloading: see mica/client.h. */
#include "client/client.h"
#include "client/reply.h"

#include <string.h>

static mica_status ask_path(mica_client *c, const char *path, const question *q, courier_reply *out,
                            mica_error *err) {
    strbuf_add(&c->path, "%s", path);
    return client_ask(c, q, out, err);
}

mica_status mica_client_live(mica_client *c, mica_error *err) {
    courier_reply r;
    REQUIRE(c, "c");
    client_begin(c);
    return ask_path(c, "/v2/health/live", &(question){.once = true}, &r, err);
}

mica_status mica_client_ready(mica_client *c, const char *model, mica_error *err) {
    courier_reply r;
    REQUIRE(c, "c");
    client_begin(c);
    if (!model) return ask_path(c, "/v2/health/ready", &(question){.once = true}, &r, err);
    TRY(client_path(c, "/v2/models/", model, NULL, err));
    return ask_path(c, "/ready", &(question){.model = model, .once = true}, &r, err);
}

mica_status mica_client_describe(mica_client *c, const char *model, const char *version,
                                 const mica_client_model **description, mica_error *err) {
    courier_reply r;
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(description, "description");
    client_begin(c);
    TRY(client_path(c, "/v2/models/", model, version, err));
    TRY(client_ask(c, &(question){.model = model}, &r, err));
    TRY(reply_model(r.body, r.length, &c->memory, &c->model, err));
    *description = &c->model;
    return MICA_OK;
}

mica_status mica_client_models(mica_client *c, const mica_client_model **models, int *count,
                               mica_error *err) {
    courier_reply r;
    mica_client_model *all;
    REQUIRE(c, "c");
    REQUIRE(models, "models");
    REQUIRE(count, "count");
    client_begin(c);
    strbuf_add(&c->body, "{}");
    TRY(ask_path(c, "/v2/repository/index", &(question){.type = "application/json"}, &r, err));
    TRY(reply_models(r.body, r.length, &c->memory, &all, count, err));
    *models = all;
    return MICA_OK;
}

mica_status mica_client_card(mica_client *c, const char *model, const char *version,
                             const char **json, mica_error *err) {
    courier_reply r;
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(json, "json");
    client_begin(c);
    TRY(client_path(c, "/v2/models/", model, version, err));
    TRY(ask_path(c, "/card", &(question){.model = model}, &r, err));
    char *own = arena_take(&c->memory, r.length + 1);
    if (!own) return fail_memory(err, r.length + 1, "a card");
    memcpy(own, r.body, r.length);
    *json = own;
    return MICA_OK;
}

static mica_status change(mica_client *c, const char *model, const char *version, const char *what,
                          mica_error *err) {
    courier_reply r;
    client_begin(c);
    TRY(client_path(c, "/v2/repository/models/", model, NULL, err));
    if (version) {
        strbuf_add(&c->body, "{\"parameters\":{\"version\":");
        strbuf_put_quoted(&c->body, version, strlen(version));
        strbuf_add(&c->body, "}}");
    }
    return ask_path(c, what, &(question){.model = model, .type = "application/json"}, &r, err);
}

mica_status mica_client_load(mica_client *c, const char *model, const char *version,
                             mica_error *err) {
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    return change(c, model, version, "/load", err);
}

mica_status mica_client_unload(mica_client *c, const char *model, const char *version,
                               mica_error *err) {
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    return change(c, model, version, "/unload", err);
}
