/* Figures: Prometheus's text for collectors, a short JSON for the page. */
#include "build_config.h"
#include "serve/access_log.h"
#include "serve/http.h"
#include "serve/repository.h"
#include "serve/wire.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* model="…",version="…" */
static void write_labels(strbuf *out, const served *v) {
    out->length = 0;
    strbuf_add(out, "model=\"");
    meter_write_text(out, v->options.name);
    strbuf_add(out, "\",version=\"");
    meter_write_text(out, v->options.version);
    strbuf_add(out, "\"");
}

static void write_count(strbuf *out, const char *name, const char *labels, const char *more,
                        uint64_t count) {
    strbuf_add(out, "%s{%s%s} %llu\n", name, labels, more, (unsigned long long)count);
}

static void write_shadows(strbuf *out, strbuf *labels, const served_list *all) {
    static const char *const outcomes[] = {"same", "different", "failed", "dropped"};
    meter_write_head(out, "mica_shadow_requests_total", "counter",
                     "copies of requests, by how their answers compare");
    for (int i = 0; i < all->count; i++) {
        const shadow_counters *c = &all->at[i]->counters.shadow;
        const uint64_t counts[] = {atomic_load(&c->same), atomic_load(&c->different),
                                   atomic_load(&c->failed), atomic_load(&c->dropped)};
        write_labels(labels, all->at[i]);
        for (int k = 0; k < 4; k++)
            strbuf_add(out, "mica_shadow_requests_total{%s,outcome=\"%s\"} %llu\n", labels->data,
                       outcomes[k], (unsigned long long)counts[k]);
    }
}

static void write_replies(server *s, strbuf *out) {
    static const char *const protocols[] = {[BY_HTTP] = "http", [BY_GRPC] = "grpc"};
    meter_write_head(out, "mica_replies_total", "counter",
                     "replies of all kinds, by the protocol's codes");
    for (int p = 0; p < 2; p++)
        for (int code = 0; code < REPLY_CODES; code++) {
            const uint64_t count = atomic_load(&s->replies[p][code]);
            if (count)
                strbuf_add(out, "mica_replies_total{protocol=\"%s\",code=\"%d\"} %llu\n",
                           protocols[p], code, (unsigned long long)count);
        }
}

typedef struct meter_row {
    const char *name, *help;
    size_t offset; /* in served_counters */
} meter_row;

static const meter_row meters[] = {
#define METER(member, bounds, name, help) {name, help, offsetof(served_counters, member)},
#include "serve/meters.def"
#undef METER
};

static void write_counters(strbuf *out, strbuf *labels, const served_list *all) {
    meter_write_head(out, "mica_requests_total", "counter", "inferences, by what became of them");
    for (int i = 0; i < all->count; i++) {
        const served_counters *c = &all->at[i]->counters;
        write_labels(labels, all->at[i]);
        write_count(out, "mica_requests_total", labels->data, ",outcome=\"ok\"",
                    atomic_load(&c->done));
        write_count(out, "mica_requests_total", labels->data, ",outcome=\"refused\"",
                    atomic_load(&c->refused));
        write_count(out, "mica_requests_total", labels->data, ",outcome=\"failed\"",
                    atomic_load(&c->failed));
    }
    for (size_t k = 0; k < LENGTH(meters); k++) {
        meter_write_head(out, meters[k].name, "histogram", meters[k].help);
        for (int i = 0; i < all->count; i++) {
            const char *c = (const char *)&all->at[i]->counters;
            write_labels(labels, all->at[i]);
            meter_write(out, meters[k].name, labels->data, (const meter *)(c + meters[k].offset));
        }
    }
}

static void write_states(server *s, strbuf *out, strbuf *labels, const served_list *all) {
    meter_write_head(out, "mica_queue_length", "gauge", "inferences that wait");
    for (int i = 0; i < all->count; i++) {
        write_labels(labels, all->at[i]);
        write_count(out, "mica_queue_length", labels->data, "",
                    (uint64_t)engine_waiting(s->engine, all->at[i]));
    }
    meter_write_head(out, "mica_model_loaded", "gauge", "versions that answer");
    for (int i = 0; i < all->count; i++) {
        write_labels(labels, all->at[i]);
        write_count(out, "mica_model_loaded", labels->data, "", 1);
    }
}

static double resident(const server *s) {
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*u %llu", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---- figures of the whole server ---- */

static double unmet(const server *s) { return (double)traffic_unmet(s->traffic); }
static double reloads(const server *s) { return (double)atomic_load(&s->reloads); }
static double failed_reloads(const server *s) { return (double)atomic_load(&s->failed_reloads); }
static double connections(const server *s) { return http_connections(s->http); }
static double lines_lost(const server *s) { return (double)access_log_lost(s->log); }
static double audit_records(const server *s) { return (double)trail_written(s->trail); }
static double audit_lost(const server *s) { return (double)trail_lost(s->trail); }
static double audit_failing(const server *s) { return trail_fails(s->trail); }
static double predictions(const server *s) {
    return (double)recorder_read(s->recorder).predictions;
}
static double labels_kept(const server *s) { return (double)recorder_read(s->recorder).labels; }
static double records_lost(const server *s) { return (double)recorder_read(s->recorder).lost; }
static double withheld(const server *s) { return (double)recorder_read(s->recorder).withheld; }
static double records_failing(const server *s) { return recorder_read(s->recorder).fails; }
static double uptime(const server *s) { return clock_seconds() - s->started; }
static double one(const server *s) { return 1; }

static bool has_trail(const server *s) { return s->trail != NULL; }
static bool has_recorder(const server *s) { return s->recorder != NULL; }

/* One number. To add one: a line here, and its row in docs/serving.md and docs/serving.zh.md. */
typedef struct figure {
    const char *name, *type, *help;
    double (*value)(const server *s);
    bool (*there)(const server *s); /* NULL: always */
    const char *labels;             /* NULL: none. Lines of one name follow each other */
    int decimals;
} figure;

static const figure figures[] = {
    {"mica_traffic_unmet_total", "counter",
     "requests whose version of the split was not there: the default answered", unmet},
    {"mica_model_reloads_total", "counter", "models that were loaded", reloads,
     .labels = "outcome=\"ok\""},
    {"mica_model_reloads_total", "counter", "models that were loaded", failed_reloads,
     .labels = "outcome=\"failed\""},
    {"mica_connections", "gauge", "connections that are open", connections},
    {"mica_process_resident_memory_bytes", "gauge", "memory in use", resident},
    {"mica_access_log_lost_total", "counter", "lines of the access log that could not be written",
     lines_lost},
    {"mica_audit_records_total", "counter", "records of the audit log", audit_records, has_trail},
    {"mica_audit_lost_total", "counter",
     "events that the audit log has no record of, but for their number", audit_lost, has_trail},
    {"mica_audit_failing", "gauge", "1 while the audit log cannot be written", audit_failing,
     has_trail},
    {"mica_prediction_records_total", "counter", "requests in the prediction log", predictions,
     has_recorder},
    {"mica_prediction_labels_total", "counter", "true labels that were kept", labels_kept,
     has_recorder},
    {"mica_prediction_lost_total", "counter", "sampled requests that were not kept", records_lost,
     has_recorder},
    {"mica_prediction_withheld_total", "counter",
     "requests whose inputs a policy could not be applied to", withheld, has_recorder},
    {"mica_prediction_log_failing", "gauge", "1 while the database takes nothing", records_failing,
     has_recorder},
    {"mica_certificate_expires_seconds", "gauge",
     "until the certificate of this server expires; +Inf: it has none", server_certificate_left},
    {"mica_uptime_seconds", "gauge", "since the server began", uptime, .decimals = 3},
    {"mica_build_info", "gauge", "which mica this is", one,
     .labels = "version=\"" MICA_VERSION "\""},
};

static void write_figures(const server *s, strbuf *out) {
    const char *before = "";
    for (size_t i = 0; i < LENGTH(figures); i++) {
        const figure *f = &figures[i];
        if (f->there && !f->there(s)) continue;
        if (strcmp(before, f->name)) meter_write_head(out, f->name, f->type, f->help);
        before = f->name;
        const double value = f->value(s);
        strbuf_add(out, f->labels ? "%s{%s} " : "%s%s ", f->name, f->labels ? f->labels : "");
        if (isinf(value)) strbuf_add(out, "+Inf");
        else strbuf_add_fixed(out, f->decimals, value);
        strbuf_add(out, "\n");
    }
}

static mica_status metrics(exchange *x, mica_error *err) {
    served_list all;
    strbuf labels = {0};
    TRY(models_list(x->server->models, NULL, &all, err));
    x->type = "text/plain; version=0.0.4; charset=utf-8";
    write_counters(&x->reply, &labels, &all);
    write_states(x->server, &x->reply, &labels, &all);
    write_shadows(&x->reply, &labels, &all);
    write_replies(x->server, &x->reply);
    write_figures(x->server, &x->reply);
    repository_write_metrics(x->server->repository, &x->reply);
    strbuf_free(&labels);
    served_list_free(&all);
    return MICA_OK;
}

const route route_metrics = {.method = "GET",
                             .pattern = "/metrics",
                             .action = ACTION_METRICS,
                             .control = true,
                             .summary = "figures for Prometheus",
                             .tag = "metrics",
                             .answer = metrics};

/* ---- for the page ---- */

static void write_latency(strbuf *out, const meter_state *recent, double q) {
    if (!recent->total) strbuf_add(out, "null");
    else strbuf_add_fixed(out, 1, meter_quantile(recent, meter_seconds, q) * 1e6);
}

static void write_model(server *s, strbuf *out, served *v) {
    int seconds;
    const meter_state recent = served_recent(v, &seconds);
    const served_counters *c = &v->counters;
    strbuf_add(out, "{\"name\":");
    json_put_text(out, v->options.name);
    strbuf_add(out, ",\"version\":");
    json_put_text(out, v->options.version);
    strbuf_add(out, ",\"ready\":true,\"requests\":%llu,",
               (unsigned long long)atomic_load(&c->done));
    strbuf_add(out, "\"errors\":%llu,\"queue\":%lld,\"latency_us\":{\"p50\":",
               (unsigned long long)(atomic_load(&c->failed) + atomic_load(&c->refused)),
               (long long)engine_waiting(s->engine, v));
    write_latency(out, &recent, 0.5);
    strbuf_add(out, ",\"p99\":");
    write_latency(out, &recent, 0.99);
    strbuf_add(out, "},\"requests_per_second\":");
    strbuf_add_fixed(out, 1, (double)recent.total / seconds);
    strbuf_add(out, ",");
    models_put_names(s->models, v->options.name, v->options.version, out);
    strbuf_add(out, "}");
}

/* may[i]: whether who asks may know of all->at[i]; NULL: no memory. */
static bool *seen(const exchange *x, const served_list *all) {
    const char **names = allocate((size_t)all->count + 1, sizeof *names);
    bool *may = allocate((size_t)all->count + 1, sizeof *may);
    for (int i = 0; names && may && i < all->count; i++)
        names[i] = all->at[i]->options.name, may[i] = !x->server->access;
    if (names && may && x->server->access) {
        const credentials asker = exchange_credentials(x);
        access_see(x->server->access, &asker, names, (size_t)all->count, may);
    }
    if (!names) free(may), may = NULL;
    free(names);
    return may;
}

static mica_status stats(exchange *x, mica_error *err) {
    served_list all;
    TRY(models_list(x->server->models, NULL, &all, err));
    bool *may = seen(x, &all), first = true;
    strbuf_add(&x->reply, "{\"version\":\"%s\",\"uptime_seconds\":", MICA_VERSION);
    strbuf_add_fixed(&x->reply, 3, clock_seconds() - x->server->started);
    strbuf_add(&x->reply, ",\"models\":[");
    for (int i = 0; may && i < all.count; i++) {
        if (!may[i]) continue;
        if (!first) strbuf_add(&x->reply, ",");
        first = false;
        write_model(x->server, &x->reply, all.at[i]);
    }
    strbuf_add(&x->reply, "]}");
    served_list_free(&all);
    const bool done = may != NULL;
    free(may);
    return done ? MICA_OK : fail_no_memory(err, "what there is");
}

#define OF(name, type) "\"" name "\":{\"type\":\"" type "\"}"
#define STATS                                                                                                                                                   \
    "{\"type\":\"object\",\"required\":[\"version\",\"models\"],\"properties\":{" OF("version", "string") "," OF(                                               \
        "uptime_seconds",                                                                                                                                       \
        "number") ",\"models\":{\"type\":\"array\","                                                                                                            \
                  "\"items\":{\"type\":\"object\",\"properties\":{" OF("name", "string") "," OF("version", "string") "," OF(                                    \
                      "ready",                                                                                                                                  \
                      "boolean") "," OF("requests",                                                                                                             \
                                        "integer") "," OF("errors",                                                                                             \
                                                          "integer") "," OF("queue",                                                                            \
                                                                            "integer") "," OF("la"                                                              \
                                                                                              "te"                                                              \
                                                                                              "nc"                                                              \
                                                                                              "y_"                                                              \
                                                                                              "u"                                                               \
                                                                                              "s",                                                              \
                                                                                              "ob"                                                              \
                                                                                              "je"                                                              \
                                                                                              "c"                                                               \
                                                                                              "t") "," OF("requests_per_second",                                \
                                                                                                          "number") "," OF("default",                           \
                                                                                                                           "boolean") ",\"aliases\":{\"type\":" \
                                                                                                                                      "\"array\",\"items\":{\"type\":\"string\"}}}}}}}"

ROUTE_AT(route_stats, "GET", "/v2/stats", "throughput and latency of the last seconds",
         .tag = "metrics", .answer = stats, .response_schema = STATS);
