/* See server.h. */
#include "serve/server.h"

#include "build_config.h"
#include "base/clock.h"
#include "base/file.h"
#include "serve/access_log.h"
#include "serve/http.h"
#include "serve/listen.h"
#include "serve/observe.h"
#include "serve/repository.h"
#include "serve/request.h"
#include "serve/routing.h"
#include "serve/wire.h"
#ifdef HAVE_GNUTLS
#include "serve/tls.h"
#endif
#ifdef HAVE_NGHTTP2
#include "serve/grpc.h"
#endif

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

void server_log(const server *s, mica_log_level level, const char *format, ...) {
    char text[1200];
    va_list arguments;
    if (!s->o.log) return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    s->o.log(s->o.log_user, level, text);
}

/* ---- options ---- */

/* A connection takes a descriptor; so many more are for models, logs and the lanes. */
static int connections_by_files(void) {
    enum { OTHERS = 128, MOST = 16384 };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files)) return 1024;
    if (files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < MOST + OTHERS ? files.rlim_max : MOST + OTHERS;
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur <= 2 * OTHERS) return (int)files.rlim_cur / 2;
    return files.rlim_cur - OTHERS > MOST ? MOST : (int)files.rlim_cur - OTHERS;
}

/* Lanes are numbered: of connections, that of administration, of workers, that of gRPC. */
static int grpc_lane(const server_options *o) { return o->lanes + 1 + o->workers; }

/* What clients may take of one of the ports is not the others' loss: administration has a few of
 * its own, HTTP and gRPC have halves of the rest. */
static void share_connections(server_options *o, int all) {
    enum { PART = 8, MOST_OF_CONTROL = 64 };
    const int few = all / PART < MOST_OF_CONTROL ? all / PART : MOST_OF_CONTROL;
    o->control_connections = few ? few : 1;
    const int rest = all - o->control_connections * (o->grpc_control_port ? 2 : 1);
    o->grpc_connections = o->grpc_port ? rest / 2 : 0;
    o->connections = rest - o->grpc_connections;
    if (o->grpc_port && !o->grpc_connections) o->grpc_connections = 1;
    if (!o->connections) o->connections = 1;
}

static void complete(server_options *o) {
    const char *reason;
    const int files = connections_by_files();
    if (!o->host) o->host = "127.0.0.1";
    if (!o->port) o->port = 8080;
    if (!o->control_port) o->control_port = o->port > 0 && o->port < UINT16_MAX ? o->port + 1 : -1;
    if (!o->lanes) o->lanes = threads_available(&reason);
    if (o->lanes > MOST_CONNECTION_LANES) o->lanes = MOST_CONNECTION_LANES;
    if (!o->workers || o->workers > o->lanes) o->workers = o->lanes;
    share_connections(o, o->connections && o->connections < files ? o->connections : files);
    if (!o->most_body) o->most_body = (size_t)64 << 20;
    if (!o->idle_seconds) o->idle_seconds = 30;
    if (!o->model.threads) o->model.threads = 1;
    if (!o->model.max_batch) o->model.max_batch = 64;
    if (!o->model.max_queue) o->model.max_queue = 1024;
    if (o->model.inline_limit <= 0) o->model.inline_limit = 2e-3;
    o->model.lanes = grpc_lane(o) + 1;
}

/* Closed by default: what listens for other machines asks for keys and is encrypted. */
static mica_status check_openness(server *s, const char *host, mica_error *err) {
    const server_options *o = &s->o;
    TRY(check_address(host, err));
    if (is_loopback(host)) return MICA_OK;
    const bool keys = !o->open, tls = o->certificate != NULL;
    if (keys && tls) return MICA_OK;
    if (!o->insecure)
        return fail(err, MICA_VALUE,
                    "%s is an address that other machines reach: that wants %s%s%s, or --insecure",
                    host, keys ? "" : "keys (--keys)", keys || tls ? "" : " and ",
                    tls ? "" : "TLS (--tls-certificate, --tls-key)");
    server_log(s, MICA_LOG_WARNING, "--insecure: %s is reached by other machines, without %s%s%s",
               host, keys ? "" : "keys", keys || tls ? "" : " and without ",
               tls ? "" : "encryption");
    return MICA_OK;
}

/* Sockets that were passed say themselves where they listen. */
static mica_status take_sockets(server *s, mica_error *err) {
    server_options *o = &s->o;
    int port;
    if (o->sockets.http) {
        TRY(take_listener(o->sockets.http, "http", s->address, &o->port, err));
        o->host = s->address;
    }
    if (o->sockets.control) {
        char address[ADDRESS_TEXT];
        TRY(take_listener(o->sockets.control, "control", address, &port, err));
        TRY(check_openness(s, address, err));
    }
    if (o->sockets.grpc) {
        char address[ADDRESS_TEXT];
        TRY(take_listener(o->sockets.grpc, "grpc", address, &o->grpc_port, err));
        TRY(check_openness(s, address, err));
    }
    if (o->sockets.grpc_control) {
        char address[ADDRESS_TEXT];
        TRY(take_listener(o->sockets.grpc_control, "grpc-control", address, &o->grpc_control_port,
                          err));
        TRY(check_openness(s, address, err));
    }
    return MICA_OK;
}

#ifdef HAVE_GNUTLS
double server_certificate_left(const server *s) {
    return s->tls ? difftime(tls_expires(s->tls), time(NULL)) : INFINITY;
}

/* Once a day. */
static void warn_of_expiry(server *s) {
    enum { DAY = 86400, SOON = 14 };
    const double left = server_certificate_left(s), days = floor(left / DAY);
    if (days >= SOON || days == s->told_days) return;
    s->told_days = (int)days;
    server_log(s, MICA_LOG_WARNING, "%s %s %.0f days", s->o.certificate,
               left < 0 ? "expired, it is over since" : "expires in", fabs(left) / DAY);
}

static mica_status open_tls(server *s, mica_error *err) {
    const server_options *o = &s->o;
    if (!o->certificate && !o->key && !o->client_ca) return MICA_OK;
    if (!o->certificate || !o->key)
        return fail(err, MICA_VALUE, "TLS wants both a certificate and its key");
    TRY(tls_open(o->certificate, o->key, o->client_ca, &s->tls, err));
    warn_of_expiry(s);
    return MICA_OK;
}

static mica_status reread_tls(server *s, mica_error *err) {
    if (!s->tls) return MICA_OK;
    s->told_days = INT_MAX;
    TRY(tls_reload(s->tls, err));
    warn_of_expiry(s);
    return MICA_OK;
}

static void close_tls(server *s) { tls_close(s->tls); }
#else
static void warn_of_expiry(server *s) {}
double server_certificate_left(const server *s) { return INFINITY; }
static mica_status open_tls(server *s, mica_error *err) {
    if (!s->o.certificate && !s->o.key && !s->o.client_ca) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "this mica was built without GnuTLS, which TLS needs");
}
static mica_status reread_tls(server *s, mica_error *err) { return MICA_OK; }
static void close_tls(server *s) {}
#endif

#ifdef HAVE_NGHTTP2
static mica_status open_grpc(server *s, mica_error *err) {
    const server_options *o = &s->o;
    if (!o->grpc_port && o->grpc_control_port)
        return fail(err, MICA_VALUE, "--grpc-control-port wants --grpc-port");
    if (!o->grpc_port) return MICA_OK;
    return grpc_open(&(grpc_options){.server = s,
                                     .lane = grpc_lane(o),
                                     .host = o->host,
                                     .port = o->grpc_port,
                                     .socket = o->sockets.grpc,
                                     .control_port = o->grpc_control_port,
                                     .control_socket = o->sockets.grpc_control,
                                     .control_connections = o->control_connections,
                                     .connections = o->grpc_connections,
                                     .most_message = o->most_body,
                                     .idle_seconds = o->idle_seconds},
                     &s->grpc, err);
}
static void drain_grpc(server *s) { grpc_drain(s->grpc); }
static int active_grpc(const server *s) { return grpc_active(s->grpc); }
static void close_grpc(server *s) { grpc_close(s->grpc); }
static double busy_grpc(const server *s) { return s->grpc ? grpc_busy(s->grpc) : 0; }
int server_grpc_port(const server *s) { return s->grpc ? grpc_port(s->grpc) : 0; }
int server_grpc_control_port(const server *s) { return s->grpc ? grpc_control_port(s->grpc) : 0; }
#else
static mica_status open_grpc(server *s, mica_error *err) {
    if (!s->o.grpc_port && !s->o.grpc_control_port) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "this mica was built without nghttp2, which gRPC needs");
}
static void drain_grpc(server *s) {}
static int active_grpc(const server *s) { return 0; }
static void close_grpc(server *s) {}
static double busy_grpc(const server *s) { return 0; }
int server_grpc_port(const server *s) { return 0; }
int server_grpc_control_port(const server *s) { return 0; }
#endif

static void reread_keys(server *s) {
    mica_error err;
    if (!s->access) return;
    const bool good = access_reload(s->access, &err) == MICA_OK;
    if (!good) server_log(s, MICA_LOG_WARNING, "%s; the old keys stay", err.message);
    char *news = good ? access_news(s->access) : NULL;
    if (news || !good) observe_server(s, "keys", NULL, NULL, news, good ? NULL : &err);
    free(news);
}

void server_reread(server *s) {
    mica_error err;
    const bool good = reread_tls(s, &err) == MICA_OK;
    if (!good) server_log(s, MICA_LOG_WARNING, "%s; the old certificate stays", err.message);
    observe_server(s, "reread", NULL, NULL, NULL, good ? NULL : &err);
    access_log_reopen(s->log);
    repository_tell(s->repository);
    reread_keys(s);
}

static void tell_warning(void *user, const char *text) {
    server_log(user, MICA_LOG_WARNING, "%s", text);
}

static mica_status check_logs(const server_options *o, mica_error *err) {
    if (o->audit.folder) TRY(trail_check(&o->audit, err));
    if (o->access_log && strcmp(o->access_log, "-") != 0) TRY(file_check_open(o->access_log, err));
    return o->records.database ? recorder_check(&o->records, err) : MICA_OK;
}

static mica_status open_logs(server *s, mica_error *err) {
    if (s->o.check) return check_logs(&s->o, err);
    if (s->o.access_log) TRY(access_log_open(s->o.access_log, &s->log, err));
    trail_options o = s->o.audit;
    o.tell = tell_warning, o.user = s;
    if (o.folder) TRY(trail_open(&o, &s->trail, err));
    recorder_options r = s->o.records;
    r.tell = tell_warning, r.user = s;
    return r.database ? recorder_open(&r, &s->recorder, err) : MICA_OK;
}

static mica_status open_http(server *s, mica_error *err) {
    http *h;
    TRY(http_open(s, &h, err));
    s->http = h;
    return MICA_OK;
}

static mica_status open_parts(server *s, mica_error *err) {
    const server_options *o = &s->o;
    TRY(take_sockets(s, err));
    complete(&s->o);
    TRY(check_openness(s, s->o.host, err));
    TRY(open_logs(s, err));
    if (!o->open) TRY(access_open(&o->access, &s->access, err));
    TRY(open_tls(s, err));
    TRY(models_open(&s->models, err));
    TRY(sources_open(&s->sources, err));
    TRY(loader_open(&s->loader, err));
    TRY(traffic_open(&s->traffic, err));
    TRY(engine_open(o->workers, o->lanes + 1, &s->engine, err));
    TRY(shadows_open(s->engine, s->models, s->traffic, &s->shadows, err));
    TRY(open_http(s, err));
    return open_grpc(s, err);
}

mica_status server_open(const server_options *o, server **out, mica_error *err) {
    server *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, "the server");
    s->o = *o;
    s->started = clock_seconds();
    s->told_days = INT_MAX;
    if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed) s->seed = (uint64_t)time(NULL);
    pthread_mutex_init(&s->loading, NULL);
    mica_status status = open_parts(s, err);
    if (status == MICA_OK) *out = s;
    else server_close(s);
    return status;
}

int server_port(const server *s) { return http_port(s->http, false); }
int server_control_port(const server *s) { return http_port(s->http, true); }

/* ---- models ---- */

static void observe_loaded(server *s, const char *name, const char *version, const char *path,
                           const mica_error *err) {
    strbuf detail = {0};
    strbuf_put(&detail, "{\"file\":", 8);
    strbuf_put_quoted_bytes(&detail, path, strlen(path));
    strbuf_put(&detail, "}", 1);
    observe_server(s, "loaded", name, version, detail.failed ? NULL : detail.data, err);
    strbuf_free(&detail);
}

mica_status server_load_apart(server *s, const served_options *o, served **out, mica_error *err) {
    char word[REQUEST_ID_ROOM];
    if (!request_id_given(word, o->version, strlen(o->version)))
        return fail(err, MICA_VALUE,
                    "version \"%s\" of %s: expected up to %d letters, digits, - _ .", o->version,
                    o->name, REQUEST_ID_ROOM - 1);
    pthread_mutex_lock(&s->loading);
    mica_status status = served_load(o, out, err);
    pthread_mutex_unlock(&s->loading);
    if (status == MICA_OK) return MICA_OK;
    observe_loaded(s, o->name, o->version, o->path, err);
    atomic_fetch_add(&s->failed_reloads, 1);
    return status;
}

/* A version that comes later does not end the server; before, the start itself is refused. */
static void warn_of_policy(const server *s, const served *v) {
    const policy_files *files = s->recorder ? &s->o.records.policies : &s->o.audit.policies;
    mica_error why;
    if (!atomic_load(&s->started_told)) return;
    if (deidentify_check_columns(files, &v->contract, &why) != MICA_OK)
        server_log(s, MICA_LOG_WARNING, "%s (version %s): inputs of its requests are not kept",
                   why.message, v->contract.version);
}

mica_status server_put(server *s, served *v, mica_error *err) {
    served_hold(v); /* for its texts, whatever comes of it */
    mica_status status = models_put(s->models, v, err);
    if (status == MICA_OK) warn_of_policy(s, v);
    const served_options *o = &v->options;
    observe_loaded(s, o->name, o->version, o->path, status == MICA_OK ? NULL : err);
    atomic_fetch_add(status == MICA_OK ? &s->reloads : &s->failed_reloads, 1);
    served_release(v);
    return status;
}

mica_status server_load_as(server *s, const served_options *o, mica_error *err) {
    served *v;
    TRY(server_load_apart(s, o, &v, err));
    return server_put(s, v, err);
}

mica_status server_load(server *s, const char *name, const char *version, const char *path,
                        mica_error *err) {
    model_source from = {.options = s->o.model};
    served_options *o = &from.options;
    o->name = name, o->version = version, o->path = path;
    TRY(server_load_as(s, o, err));
    return sources_put(s->sources, &from, err);
}

/* What was the default before it was unloaded is it again, unless another one was chosen since. */
static mica_status load_source(server *s, const model_source *from, mica_error *err) {
    const served_options *o = &from->options;
    TRY(server_load_as(s, o, err));
    if (!from->is_default || models_has_default(s->models, o->name)) return MICA_OK;
    return models_set_default(s->models, o->name, o->version, err);
}

mica_status server_load_again(server *s, const char *name, const char *version, mica_error *err) {
    arena a = {0};
    model_source *from = NULL;
    size_t count = 0;
    if (repository_has(s->repository, name))
        return repository_load(s->repository, name, version, err);
    mica_status status = sources_find(s->sources, name, version, &a, &from, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++) status = load_source(s, &from[i], err);
    arena_free(&a);
    return status;
}

mica_status exchange_hold(exchange *x, served **out, mica_error *err) {
    server *s = x->server;
    mica_status status = x->route->parse
                             ? request_hold(s, x->model, x->version, x->request_id, out, err)
                             : models_hold(s->models, x->model, x->version, out, err);
    status = request_missing(s, status, err);
    if (status == MICA_NAME) x->code = 404;
    return status;
}

void server_ready(server *s, bool ready) {
    char detail[128];
    snprintf(detail, sizeof detail, "{\"mica\":\"%s\",\"process\":%ld}", MICA_VERSION,
             (long)getpid());
    if (ready && !atomic_exchange(&s->started_told, true))
        observe_server(s, "start", NULL, NULL, detail, NULL);
    atomic_store(&s->ready, ready);
}

void server_tick(server *s) {
    served_list all;
    warn_of_expiry(s);
    if (s->access && access_changed(s->access)) reread_keys(s);
    if (models_list(s->models, NULL, &all, NULL) != MICA_OK) return;
    for (int i = 0; i < all.count; i++) served_tick(all.at[i]);
    served_list_free(&all);
}

double server_busy(const server *s) {
    const double of_lanes = http_busy(s->http), of_workers = engine_busy(s->engine);
    return fmax(busy_grpc(s), fmax(of_lanes, of_workers));
}

/* ---- the end ---- */

static int active(const server *s) { return http_active(s->http) + active_grpc(s); }

/* All but HTTP's that were cut off: those have the code 0. */
static uint64_t replies(const server *s) {
    uint64_t sum = atomic_load(&s->replies[BY_GRPC][0]);
    for (int code = 1; code < REPLY_CODES; code++)
        sum += atomic_load(&s->replies[BY_HTTP][code]) + atomic_load(&s->replies[BY_GRPC][code]);
    return sum;
}

static void tell_drained(const server *s, uint64_t answered, int cut, double seconds) {
    server_log(
        s, cut ? MICA_LOG_WARNING : MICA_LOG_INFO,
        "stops: drained in %.2f s: of the requests that were under way %llu %s answered, %d cut "
        "off",
        seconds, (unsigned long long)answered, answered == 1 ? "was" : "were", cut);
}

void server_drain(server *s, double seconds) {
    const double began = clock_seconds(), until = began + seconds;
    const uint64_t before = replies(s);
    atomic_store(&s->draining, true);
    loader_stop(s->loader);
    http_quiesce(s->http);
    drain_grpc(s);
    while (active(s) && clock_seconds() < until)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    tell_drained(s, replies(s) - before, http_requests(s->http) + active_grpc(s),
                 clock_seconds() - began);
}

/* Behind the last load that was begun; a moment is given to what is between two of them. */
static bool is_loading(server *s) {
    enum { LOOKS = 100 };
    for (int i = 0; i < LOOKS; i++) {
        if (!loader_busy(s->loader) && !repository_busy(s->repository)) return false;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return true;
}

/* What threads that load use. */
static void close_models(server *s) {
    loader_close(s->loader);
    repository_close(s->repository);
    traffic_close(s->traffic);
    models_close(s->models);
    sources_close(s->sources);
    trail_close(s->trail);
    pthread_mutex_destroy(&s->loading);
    free(s);
}

bool server_close(server *s) {
    if (!s) return true;
    loader_stop(s->loader);
    repository_stop(s->repository);
    close_grpc(s);
    /* Lanes end when what they wait for was run, and drain the engine until then. */
    if (s->engine) engine_stop(s->engine);
    http_close(s->http);
    engine_close(s->engine);
    shadows_close(s->shadows);
    recorder_close(s->recorder);
    access_close(s->access);
    if (atomic_load(&s->started_told)) observe_server(s, "stop", NULL, NULL, NULL, NULL);
    trail_end(s->trail);
    access_log_close(s->log);
    close_tls(s);
    if (!is_loading(s)) return close_models(s), true;
    loader_leave(s->loader);
    repository_leave(s->repository);
    return false;
}
