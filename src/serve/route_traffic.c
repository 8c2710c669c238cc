/* How a model's requests are shared among its versions: reading the rule and setting it. */
#include "serve/server.h"

#include <stdlib.h>

static mica_status show(exchange *x, mica_error *err) {
    served *s;
    TRY(exchange_hold(x, &s, err));
    served_release(s);
    json_t *rule = traffic_rule(x->server->traffic, x->model);
    char *text = rule ? config_text(rule) : NULL;
    if (text) strbuf_add(&x->reply, "%s", text);
    json_decref(rule);
    free(text);
    return text ? MICA_OK : fail_no_memory(err, "the reply");
}

static mica_status set(exchange *x, mica_error *err) {
    server *s = x->server;
    served *any;
    json_t *rule;
    TRY(exchange_hold(x, &any, err)); /* a model that is not there is 404, a version 400 */
    served_release(any);
    TRY(config_parse(x->body, x->length, "the body", &rule, err));
    mica_status status = traffic_set(s->traffic, s->models, x->model, rule, err);
    if (status == MICA_OK) server_log(s, MICA_LOG_INFO, "traffic of %s: set", x->model);
    json_decref(rule);
    return status == MICA_OK ? show(x, err) : status;
}

#define RULE                                                                                       \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"split\":{\"type\":"     \
    "\"object\",\"additionalProperties\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1}},"      \
    "\"shadow\":{\"type\":\"object\",\"required\":[\"version\"],\"additionalProperties\":false,"   \
    "\"properties\":{\"version\":{\"type\":\"string\"},\"share\":{\"type\":\"number\",\"minimum\"" \
    ":0,\"maximum\":1},\"tolerance\":{\"type\":\"number\",\"minimum\":0}}}}}"

ROUTE_OF_ADMIN(route_traffic, "GET", "/traffic",
               "the shares of versions, and which one sees copies", .answer = show,
               .response_schema = RULE);
ROUTE_OF_ADMIN(route_set_traffic, "PUT", "/traffic",
               "share requests among versions, copy them to one ({}: neither)", .answer = set,
               .request_schema = RULE, .response_schema = RULE, .deed = "traffic");
