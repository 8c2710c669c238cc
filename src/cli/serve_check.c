/* See serve_check.h. */
#include "cli/serve_check.h"

#include "base/strbuf.h"
#include "cli/table.h"

#include <string.h>

/* ---- models ---- */

static json_t *values_json(const served_value *at, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        char shape[128];
        shape_format(&at[i].shape, shape);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", at[i].name, "dtype",
                                              mica_dtype_name(at[i].dtype), "shape", shape));
    }
    return list;
}

static json_t *models_json(const server *s, mica_error *err) {
    served_list all;
    if (models_list(s->models, NULL, &all, err) != MICA_OK) return NULL;
    json_t *list = json_array();
    for (int i = 0; i < all.count; i++) {
        const contract *c = &all.at[i]->contract;
        served *first = NULL;
        const bool chosen = models_hold(s->models, c->name, NULL, &first, NULL) == MICA_OK &&
                            first == all.at[i];
        if (first) served_release(first);
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:o, s:o}", "name", c->name,
                                              "version", c->version, "default", chosen, "path",
                                              all.at[i]->options.path, "inputs",
                                              values_json(c->in, c->inputs), "outputs",
                                              values_json(c->out, c->outputs)));
    }
    served_list_free(&all);
    return list;
}

/* ---- address, protections, logs ---- */

/* NULL: any that is free. */
static json_t *port_json(int meant, int usual) {
    const int port = meant ? meant : usual;
    return port > 0 ? json_integer(port) : json_null();
}

static json_t *address_json(const server *s, meant_ports p) {
    const int port = p.port ? p.port : 8080;
    json_t *at = json_pack("{s:s, s:o, s:o}", "host", s->o.host, "port", port_json(port, 0),
                           "control_port", port_json(p.control, port > 0 ? port + 1 : 0));
    if (p.grpc) json_object_set_new(at, "grpc_port", port_json(p.grpc, 0));
    if (p.grpc_control) json_object_set_new(at, "grpc_control_port", port_json(p.grpc_control, 0));
    return at;
}

static json_t *protection_json(const server *s) {
    const access_options *a = &s->o.access;
    return json_pack("{s:b, s:s?, s:s?, s:s?, s:s?, s:s?}", "open", s->o.open, "keys", a->keys,
                     "jwt_secret", a->jwt_secret, "jwt_key", a->jwt_key, "tls_certificate",
                     s->o.certificate, "client_ca", s->o.client_ca);
}

static json_t *logs_json(const server *s) {
    return json_pack("{s:s?, s:s?, s:s?}", "access_log", s->o.access_log, "audit_log",
                     s->o.audit.folder, "prediction_log", s->o.records.database);
}

/* ---- as text ---- */

static void add_values(table *t, const json_t *values) {
    enum { SHOWN = 2 };
    strbuf text = {0};
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)values, i, v) if (i < SHOWN)
        strbuf_add(&text, "%s%s %s %s", i ? ", " : "", config_member(v, "name"),
                   config_member(v, "dtype"), config_member(v, "shape"));
    if (json_array_size(values) > SHOWN)
        strbuf_add(&text, " and %zu more", json_array_size(values) - SHOWN);
    table_add(t, "%s", text.data ? text.data : "");
    strbuf_free(&text);
}

static void print_models(const json_t *models) {
    static const char *const titles[] = {"model", "version", "default", "takes", "gives"};
    table t = {.columns = LENGTH(titles)};
    size_t i;
    json_t *m;
    for (i = 0; i < LENGTH(titles); i++) table_add(&t, "%s", titles[i]);
    json_array_foreach((json_t *)models, i, m) {
        table_add(&t, "%s", config_member(m, "name"));
        table_add(&t, "%s", config_member(m, "version"));
        table_add(&t, "%s", json_is_true(json_object_get(m, "default")) ? "yes" : "");
        add_values(&t, json_object_get(m, "inputs"));
        add_values(&t, json_object_get(m, "outputs"));
    }
    table_print(&t, stdout);
}

static void add_port(strbuf *out, const char *what, const json_t *port) {
    if (!port) return;
    if (json_is_null(port)) strbuf_add(out, "%sany port that is free", what);
    else strbuf_add(out, "%sport %lld", what, (long long)json_integer_value(port));
}

static void add_pair(table *t, const char *name, const char *text) {
    table_add(t, "%s", name);
    table_add(t, "%s", text);
}

static void print_address(table *t, const json_t *address, bool encrypted) {
    strbuf text = {0};
    strbuf_add(&text, "%s, ", config_member(address, "host"));
    add_port(&text, encrypted ? "HTTPS on " : "HTTP on ", json_object_get(address, "port"));
    add_port(&text, ", metrics and administration on ", json_object_get(address, "control_port"));
    add_port(&text, ", gRPC on ", json_object_get(address, "grpc_port"));
    add_port(&text, ", its administration on ", json_object_get(address, "grpc_control_port"));
    add_pair(t, "listens", text.data ? text.data : "");
    strbuf_free(&text);
}

static void print_rest(const json_t *all) {
    static const struct name {
        const char *object, *key, *shown, *none;
    } names[] = {{"protection", "keys", "API keys", NULL},
                 {"protection", "jwt_secret", "tokens, HS256", NULL},
                 {"protection", "jwt_key", "tokens, RS256", NULL},
                 {"protection", "tls_certificate", "TLS", "none: not encrypted"},
                 {"protection", "client_ca", "clients' certificates", NULL},
                 {"logs", "access_log", "access log", NULL},
                 {"logs", "audit_log", "audit log", NULL},
                 {"logs", "prediction_log", "prediction log", NULL}};
    const json_t *protection = json_object_get(all, "protection");
    table t = {.columns = 2};
    print_address(&t, json_object_get(all, "address"),
                  config_member(protection, "tls_certificate"));
    if (json_is_true(json_object_get(protection, "open")))
        add_pair(&t, "callers", "anyone: no keys are asked for");
    for (size_t i = 0; i < LENGTH(names); i++) {
        const char *text = config_member(json_object_get(all, names[i].object), names[i].key);
        if (text || names[i].none) add_pair(&t, names[i].shown, text ? text : names[i].none);
    }
    table_print(&t, stdout);
}

static void print_text(const json_t *all) {
    print_models(json_object_get(all, "models"));
    printf("\n");
    print_rest(all);
    printf("\nAll of this is right; nothing was started.\n");
}

mica_status serve_tell_checked(const common_options *c, const server *s, meant_ports ports,
                               mica_error *err) {
    json_t *models = models_json(s, err);
    json_t *all = models ? json_pack("{s:o, s:o, s:o, s:o}", "models", models, "address",
                                     address_json(s, ports), "protection", protection_json(s),
                                     "logs", logs_json(s))
                         : NULL;
    if (!all) return fail_no_memory(err, "what was checked");
    if (c->json) return print_json(all), MICA_OK;
    if (!c->quiet) print_text(all);
    json_decref(all);
    return MICA_OK;
}
