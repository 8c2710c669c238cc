/* Whether the server lives, and whether it may be asked (KServe v2, Kubernetes' probes). */
#include "serve/server.h"

static mica_status live(exchange *x, mica_error *err) {
    strbuf_add(&x->reply, "{\"live\":true}");
    return MICA_OK;
}

static mica_status ready(exchange *x, mica_error *err) {
    const bool yes = atomic_load(&x->server->ready) && !atomic_load(&x->server->draining);
    x->code = yes ? 200 : 503;
    strbuf_add(&x->reply, "{\"ready\":%s}", yes ? "true" : "false");
    return MICA_OK;
}

#define SCHEMA(name) "{\"type\":\"object\",\"properties\":{\"" name "\":{\"type\":\"boolean\"}}}"

/* For whoever watches the port of administration, too. */
ROUTE_ON_BOTH(live, .method = "GET", .pattern = "/v2/health/live", .action = ACTION_OPEN,
              .summary = "whether the server lives", .tag = "health", .answer = live,
              .response_schema = SCHEMA("live"));
ROUTE_ON_BOTH(ready, .method = "GET", .pattern = "/v2/health/ready", .action = ACTION_OPEN,
              .summary = "whether all models are loaded", .tag = "health", .answer = ready,
              .response_schema = SCHEMA("ready"));
