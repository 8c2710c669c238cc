/* The description of all routes of this port as OpenAPI 3.0.3, made from the table of routes. */
#include "build_config.h"
#include "serve/route.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_SCHEMA                                                                               \
    "{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"string\"" \
    "},\"code\":{\"type\":\"string\"}}}"

/* "{model}" and "{version}" of the path. */
static void add_parts(json_t *list, const char *pattern) {
    for (const char *at = pattern; (at = strchr(at, '{'));) {
        const char *end = strchr(at++, '}');
        json_array_append_new(list,
                              json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", at, (size_t)(end - at),
                                        "in", "path", "required", 1, "schema", "type", "string"));
        at = end;
    }
}

/* Arguments behind the path's "?". */
static void add_query(json_t *list, const char *query) {
    json_t *all = NULL, *schema;
    const char *name;
    if (!query || config_parse(query, strlen(query), "a query", &all, NULL) != MICA_OK) return;
    json_object_foreach(all, name, schema)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:O}", "name", name, "in", "query",
                                              "required", 0, "schema", schema));
    json_decref(all);
}

static json_t *parameters_of(const route *r) {
    json_t *list = json_array();
    add_parts(list, r->pattern);
    add_query(list, r->query);
    return list;
}

/* A name for programs: "post_v2_models_model_infer". */
static json_t *operation_id(const route *r) {
    char text[200];
    size_t n = 0;
    for (const char *at = r->method; *at && n < sizeof text - 1; at++)
        text[n++] = (char)tolower((unsigned char)*at);
    for (const char *at = r->pattern; *at && n < sizeof text - 1; at++) {
        if (isalnum((unsigned char)*at)) text[n++] = *at;
        else if (text[n - 1] != '_') text[n++] = '_';
    }
    while (n && text[n - 1] == '_') n--;
    return json_stringn(text, n);
}

static json_t *content(const char *schema) {
    json_t *tree = NULL;
    if (config_parse(schema, strlen(schema), "a schema", &tree, NULL) != MICA_OK) return NULL;
    /* Bytes have a type of their own; of JSON the schema says the rest. */
    const char *known = json_string_value(json_object_get(tree, "contentMediaType"));
    json_t *media = json_pack("{s:o}", "schema", tree),
           *content = media ? json_pack("{s:{s:o}}", "content", known ? known : "application/json",
                                        media)
                            : NULL;
    json_object_del(tree, "contentMediaType");
    return content;
}

static json_t *described(json_t *object, const char *text) {
    json_object_set_new(object, "description", json_string(text));
    return object;
}

static json_t *responses_of(const route *r) {
    json_t *all = json_object();
    json_t *good = r->response_schema ? content(r->response_schema) : json_object();
    json_object_set_new(all, "200", described(good, "the answer"));
    json_object_set_new(all, "default", json_pack("{s:s}", "$ref", "#/components/responses/Error"));
    return all;
}

static json_t *operation(const route *r) {
    json_t *o = json_pack("{s:s, s:[s], s:o, s:o, s:o}", "summary", r->summary, "tags", r->tag,
                          "operationId", operation_id(r), "parameters", parameters_of(r),
                          "responses", responses_of(r));
    if (r->request_schema && o) {
        json_t *body = content(r->request_schema);
        json_object_set_new(body, "required", json_boolean(r->parse != NULL));
        json_object_set_new(o, "requestBody", body);
    }
    if (r->action == ACTION_OPEN) json_object_set_new(o, "security", json_array());
    return o;
}

static json_t *paths(bool control) {
    json_t *all = json_object();
    for (size_t i = 0; all_routes[i]; i++) {
        const route *r = all_routes[i];
        char method[16] = "";
        if (r->control != control) continue;
        for (size_t k = 0; r->method[k] && k < sizeof method - 1; k++)
            method[k] = (char)tolower((unsigned char)r->method[k]);
        json_t *path = json_object_get(all, r->pattern);
        if (!path) {
            json_object_set_new(all, r->pattern, json_object());
            path = json_object_get(all, r->pattern);
        }
        json_object_set_new(path, method, operation(r));
    }
    return all;
}

static json_t *components(void) {
    return json_pack("{s:{s:o}, s:{s:{s:s, s:s}, s:{s:s, s:s, s:s}}}", "responses", "Error",
                     described(content(ERROR_SCHEMA), "what was wrong"), "securitySchemes",
                     "bearer", "type", "http", "scheme", "bearer", "key", "type", "apiKey", "in",
                     "header", "name", "X-API-Key");
}

static mica_status openapi(exchange *x, mica_error *err) {
    json_t *all = json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:[{s:[]}, {s:[]}, {}]}", "openapi", "3.0.3", "info",
        "title", "mica serve", "version", MICA_VERSION, "description",
        "Models over HTTP: KServe v2 (Open Inference Protocol) and TensorFlow Serving", "paths",
        paths(x->route->control), "components", components(), "security", "bearer", "key");
    char *text = all ? config_text(all) : NULL;
    json_decref(all);
    if (!text) return fail_no_memory(err, "the description");
    strbuf_put(&x->reply, text, strlen(text));
    free(text);
    return MICA_OK;
}

ROUTE_ON_BOTH(openapi, .method = "GET", .pattern = "/openapi.json", .action = ACTION_OPEN,
              .summary = "this description", .tag = "description", .answer = openapi,
              .response_schema = "{\"type\":\"object\"}");
