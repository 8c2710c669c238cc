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

const route route_live = {
    "GET", "/v2/health/live", ACTION_OPEN, false, "whether the server lives", "health", live, NULL,
    NULL,  SCHEMA("live")};
const route route_ready = {"GET",
                           "/v2/health/ready",
                           ACTION_OPEN,
                           false,
                           "whether all models are loaded",
                           "health",
                           ready,
                           NULL,
                           NULL,
                           SCHEMA("ready")};
/* The same for whoever watches the port of administration. */
const route route_control_live = {
    "GET", "/v2/health/live", ACTION_OPEN, true, "whether the server lives", "health", live, NULL,
    NULL,  SCHEMA("live")};
const route route_control_ready = {"GET",
                                   "/v2/health/ready",
                                   ACTION_OPEN,
                                   true,
                                   "whether all models are loaded",
                                   "health",
                                   ready,
                                   NULL,
                                   NULL,
                                   SCHEMA("ready")};
