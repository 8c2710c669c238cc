/* mica serve: models on the network. */
#include "cli/cli.h"

#include "build_config.h"
#include "serve/sandbox.h"
#include "serve/server.h"

#ifdef HAVE_MICROHTTPD
#include "base/file.h"
#include "cli/file_modes.h"
#include "cli/serve_check.h"
#include "cli/serve_config.h"
#include "cli/serve_life.h"
#include "serve/observe.h"
#include "serve/repository.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#endif

typedef struct serve_options {
    common_options common;
    const char *host, *access_log, *keys, *jwt_secret, *jwt_key, *certificate, *key, *client_ca;
    int64_t port, control_port, grpc_port, grpc_control_port, lanes, workers, connections,
        max_batch, max_queue, max_body, idle_seconds, newest;
    double max_delay_ms, drain_seconds, poll_seconds, audit_segment_hours, audit_keep_days;
    const char *audit_log, *audit_key, *audit_failure;
    int64_t audit_segment_bytes, audit_keep, prediction_rows;
    bool audit_bodies;
    const char *prediction_log, *prediction_password, *deidentify_key;
    double prediction_sample, prediction_days;
    option_texts deidentify;
    option_texts host_name;
    const char *seccomp;
    bool insecure, open, check, as_root;
    const char *config;
    json_t *settings;                 /* the config as it was read last */
    const struct serve_options *told; /* what the command line said alone */
    struct serve_life *life;
} serve_options;

static const char *const audit_failures[] = {"continue", "refuse", NULL};

enum { MOST_PORT = UINT16_MAX, MOST_IDLE = 24 * 60 * 60 };

#define O serve_options
static const option options[] = {
    TEXT_OPTION(O, host, "host", "ADDRESS", "where to listen (default 127.0.0.1)"),
    RANGE_OPTION(O, port, "port", "N", 0, MOST_PORT,
                 "of predictions; 0: any that is free (default 8080)"),
    RANGE_OPTION(O, control_port, "control-port", "N", 0, MOST_PORT,
                 "of metrics and administration; 0: any (default: the next)"),
    RANGE_OPTION(O, grpc_port, "grpc-port", "N", 0, MOST_PORT,
                 "of gRPC; 0: any that is free (default: none)"),
    RANGE_OPTION(O, grpc_control_port, "grpc-control-port", "N", 0, MOST_PORT,
                 "of administration over gRPC; 0: any that is free (default: none)"),
    RANGE_OPTION(O, lanes, "lanes", "N", 1, MOST_CONNECTION_LANES,
                 "threads that read requests and run models (default: as the machine allows)"),
    RANGE_OPTION(O, workers, "workers", "N", 1, MOST_CONNECTION_LANES,
                 "threads for slow models (default: as lanes)"),
    RANGE_OPTION(O, max_batch, "max-batch", "N", 1, MOST_BATCH,
                 "rows that are run together, at most 1024 (default 64)"),
    REAL_OPTION(O, max_delay_ms, "max-delay", "MS", 0, 10000,
                "how long a request may wait for others to run with (default 0: not at all)"),
    RANGE_OPTION(O, max_queue, "max-queue", "N", 1, INT32_MAX,
                 "requests of a model that may wait; more are answered 429 (default 1024)"),
    COUNT_OPTION(O, max_body, "max-body", "BYTES", 1, "of one request (default 64 MiB)"),
    RANGE_OPTION(
        O, connections, "connections", "N", 1, INT32_MAX,
        "open at once on all ports (default 16384, or what the limit of open files leaves)"),
    RANGE_OPTION(O, idle_seconds, "idle", "SECONDS", 1, MOST_IDLE,
                 "a connection that sends or takes nothing for so long is cut (default 30)"),
    REAL_OPTION(O, drain_seconds, "drain", "SECONDS", 0, 3600,
                "how long SIGTERM waits for requests that run (default 30)"),
    TEXT_OPTION(O, keys, "keys", "FILE", "API keys, from mica key create"),
    TEXT_OPTION(O, jwt_secret, "jwt-secret", "FILE", "the secret of tokens signed with HS256"),
    TEXT_OPTION(O, jwt_key, "jwt-key", "FILE", "the public key of tokens signed with RS256 (PEM)"),
    TEXT_OPTION(O, certificate, "tls-certificate", "FILE", "the server's certificate chain (PEM)"),
    TEXT_OPTION(O, key, "tls-key", "FILE", "its key (PEM)"),
    TEXT_OPTION(O, client_ca, "client-ca", "FILE",
                "the authority of clients' certificates, which are then asked for (PEM)"),
    FLAG(O, open, "open", "ask for no keys (the default on the loopback without --keys)"),
    TEXTS_OPTION(O, host_name, "host-name", "NAME",
                 "a name that requests may call this server by (their Host header)"),
    FLAG(O, insecure, "insecure", "listen beyond the loopback without keys or TLS"),
    TEXT_OPTION(O, access_log, "access-log", "FILE",
                "a line of JSON for each request; -: standard output"),
    CHOICE_OPTION(
        O, seccomp, "seccomp", "MODE", sandbox_modes,
        "system calls that serving does not need are refused (on), end the server (kill), "
        "are logged by the kernel (log), or let through (off; default on)"),
    FLAG(O, as_root, "as-root", "run as root without a warning"),
    TEXT_OPTION(O, audit_log, "audit-log", "FOLDER",
                "who did what, when: records that mica audit verify checks"),
    TEXT_OPTION(O, audit_key, "audit-key", "FILE",
                "a key, so that nobody without it can write the audit log anew (mode 0600)"),
    CHOICE_OPTION(O, audit_failure, "audit-failure", "WHAT", audit_failures,
                  "where it cannot be written, predictions continue (default) or are refused; "
                  "administration is refused always"),
    COUNT_OPTION(O, audit_segment_bytes, "audit-segment-bytes", "N", 4096,
                 "after so many a new file is begun (default 64 MiB)"),
    REAL_OPTION(O, audit_segment_hours, "audit-segment-hours", "N", 0.001, 1e6,
                "and after so long (default 24)"),
    RANGE_OPTION(O, audit_keep, "audit-keep", "N", 1, INT32_MAX,
                 "files that are kept (default: all)"),
    REAL_OPTION(O, audit_keep_days, "audit-keep-days", "N", 0.001, 1e6,
                "older files expire (default: none)"),
    FLAG(O, audit_bodies, "audit-bodies",
         "the audit log has the inputs of predictions, as far as --deidentify lets them"),
    TEXT_OPTION(O, prediction_log, "prediction-log", "DATABASE",
                "inputs and outputs of requests, and labels, go there: sqlite:FILE, "
                "postgresql://user@host:port/dbname"),
    TEXT_OPTION(O, prediction_password, "prediction-password-file", "FILE",
                "of the database (mode 0600; default: its own way)"),
    REAL_OPTION(O, prediction_sample, "prediction-sample", "X", 0, 1,
                "the share of requests that is kept (default 1)"),
    COUNT_OPTION(O, prediction_rows, "prediction-rows", "N", 1,
                 "that are kept; older ones go (default 1000000)"),
    REAL_OPTION(O, prediction_days, "prediction-days", "N", 0.0001, 1e6,
                "older ones go (default: none)"),
    TEXTS_OPTION(O, deidentify, "deidentify", "[MODEL=]POLICY.json",
                 "what of inputs may be written (mica data anonymize); without it, nothing"),
    TEXT_OPTION(O, deidentify_key, "deidentify-key", "FILE", "the key of its pseudonyms"),
    TEXT_OPTION(O, config, "config", "FILE",
                "these options, models and traffic as JSON; SIGHUP reads models and traffic again"),
    REAL_OPTION(O, poll_seconds, "poll", "SECONDS", 0, 86400,
                "between two looks at a repository; 0: on SIGHUP alone (default 2)"),
    RANGE_OPTION(
        O, newest, "newest", "N", 1, INT32_MAX,
        "of a repository, so many of the newest versions are served beside those that have "
        "an alias (default 1)"),
    FLAG(O, check, "check", "load everything, say what would be served, and end"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

#ifndef HAVE_MICROHTTPD
static mica_status serve_models(serve_options *o, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED,
                "this mica was built without libmicrohttpd, which the server needs");
}
#else

static void log_line(void *user, mica_log_level level, const char *text) {
    const common_options *c = user;
    if (level == MICA_LOG_WARNING || level == MICA_LOG_ERROR) warn(c, "%s", text);
    else say(c, "%s", text);
}

static int or_default(int64_t value) { return given(value) ? (int)value : 0; }
/* 0 on the command line is "any", which the server calls -1. */
static int port_or_default(int64_t value) { return !given(value) ? 0 : value ? (int)value : -1; }

static server_options options_of(const serve_options *o) {
    server_options s = {
        .host = o->host,
        .port = port_or_default(o->port),
        .control_port = port_or_default(o->control_port),
        .grpc_port = port_or_default(o->grpc_port),
        .grpc_control_port = port_or_default(o->grpc_control_port),
        .lanes = or_default(o->lanes),
        .workers = or_default(o->workers),
        .connections = or_default(o->connections),
        .most_body = given(o->max_body) ? (size_t)o->max_body : 0,
        .idle_seconds = or_default(o->idle_seconds),
        .insecure = o->insecure,
        .certificate = o->certificate,
        .key = o->key,
        .client_ca = o->client_ca,
        .access = {.keys = o->keys, .jwt_secret = o->jwt_secret, .jwt_key = o->jwt_key},
        .open = o->open || (!o->keys && !o->jwt_secret && !o->jwt_key),
        .access_log = o->access_log,
        .log = log_line,
        .log_user = (void *)&o->common};
    s.audit = (trail_options){
        .folder = o->audit_log,
        .key_file = o->audit_key,
        .segment_bytes = given(o->audit_segment_bytes) ? (uint64_t)o->audit_segment_bytes : 0,
        .segment_seconds = real_given(o->audit_segment_hours) ? o->audit_segment_hours * 3600 : 0,
        .keep_segments = or_default(o->audit_keep),
        .keep_seconds = real_given(o->audit_keep_days) ? o->audit_keep_days * 86400 : 0,
        .refuse = o->audit_failure && !strcmp(o->audit_failure, "refuse")};
    const policy_files policies = {o->deidentify.at, o->deidentify.count, o->deidentify_key};
    s.audit.bodies = o->audit_bodies;
    s.audit.policies = policies;
    s.records = (recorder_options){
        .database = o->prediction_log,
        .password_file = o->prediction_password,
        .sample = real_given(o->prediction_sample) ? o->prediction_sample : 1,
        .rows = given(o->prediction_rows) ? o->prediction_rows : 0,
        .keep_seconds = real_given(o->prediction_days) ? o->prediction_days * 86400 : 0,
        .policies = policies};
    if (o->check) { /* beside a server that has the ports, and the logs */
        s.check = true;
        s.port = s.control_port = -1;
        if (s.grpc_port) s.grpc_port = -1;
        if (s.grpc_control_port) s.grpc_control_port = -1;
    }
    s.model.backend = o->common.backend;
    s.model.threads = or_default(o->common.threads);
    s.model.max_batch = given(o->max_batch) ? o->max_batch : 0;
    s.model.max_queue = given(o->max_queue) ? o->max_queue : 0;
    s.model.max_delay = real_given(o->max_delay_ms) ? o->max_delay_ms * 1e-3 : 0;
    s.host_names = o->host_name.at, s.host_count = o->host_name.count;
    return s;
}

/* A repository's models are its own; rules of traffic may be about them. A file that is read again
 * names the same repository. */
static mica_status check_alone(const serve_options *o, const server *s, const json_t *config,
                               mica_error *err) {
    const json_t *models = json_object_get(config, "models"), *entry = json_array_get(models, 0);
    const char *folder = serve_folder_of(config);
    const bool again = config != o->settings;
    if (o->common.arguments && json_array_size(models) && (folder || s->repository))
        return fail(err, MICA_VALUE, "a folder is served alone, without \"models\" beside it");
    if (folder && (json_array_size(models) > 1 || json_object_size(entry) > 1))
        return fail(err, MICA_VALUE,
                    "models: %s is a folder, which is served alone: expected [\"%s\"]", folder,
                    folder);
    if (again && !o->common.arguments && (folder || s->repository) &&
        !json_equal(models, json_object_get(o->settings, "models")))
        return fail(err, MICA_VALUE,
                    "models: what is served, a repository or files, is chosen at the start");
    return MICA_OK;
}

/* Texts of `o` are the tree's then. */
static mica_status take_config(serve_options *o, const json_t *config, mica_error *err) {
    const json_t *models = json_object_get(config, "models");
    if (!json_is_object(config))
        return fail(err, MICA_TYPE, "this is %s, expected an object", config_kind(config));
    TRY(options_from_config(&command_serve, config, serve_config_words, o, err));
    if (o->common.arguments || (models && (!json_is_array(models) || json_array_size(models))))
        return MICA_OK;
    return fail(err, MICA_VALUE, "no model is named");
}

/* As it is when the server starts; options are those of the start all the same. */
static mica_status check_config(const serve_options *o, const json_t *config, mica_error *err) {
    serve_options *scratch = allocate(1, sizeof *scratch);
    if (!scratch) return fail_memory(err, sizeof *scratch, "the options");
    *scratch = *o->told;
    mica_status status = take_config(scratch, config, err);
    free(scratch);
    return status;
}

/* Puts what the new file says in the place of what the old one said. */
static mica_status take_settings(serve_options *o, server *s, json_t *now, mica_error *err) {
    json_t *before = o->settings;
    TRY(check_config(o, now, err));
    TRY(check_alone(o, s, now, err));
    TRY(serve_models_of(s, now, before, err));
    o->settings = json_incref(now);
    const mica_status status = serve_traffic_of(s, now, before, err);
    json_decref(before);
    return status;
}

/* What is wrong with the new file is told, and changes nothing. */
static void read_config_again(void *user, server *s) {
    serve_options *o = user;
    mica_error err;
    json_t *now = NULL;
    mica_status status = config_load(o->config, &now, &err);
    if (status == MICA_OK) {
        status = take_settings(o, s, now, &err);
        if (status != MICA_OK) fail_within(&err, status, "%s", o->config);
    }
    json_decref(now);
    if (status == MICA_OK) return;
    server_log(s, MICA_LOG_WARNING, "%s", err.message);
    observe_server(s, "reread", NULL, NULL, NULL, &err);
}

/* A folder is a repository; one that is only checked is not watched. */
static mica_status load_repository(const serve_options *o, server *s, const char *path,
                                   mica_error *err) {
    int refused;
    const repository_options wanted = {.newest = or_default(o->newest),
                                       .poll_seconds = real_given(o->poll_seconds) ? o->poll_seconds
                                                                                   : 2};
    if (o->common.arguments > 1)
        return fail(err, MICA_VALUE, "%s: a folder is served alone, there is \"%s\" beside it",
                    path, o->common.argument[o->common.argument[0] == path]);
    TRY(repository_open(s, path, &wanted, &refused, err));
    if (!o->check) return repository_watch(s->repository, err);
    if (!refused) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: %d version%s cannot be served", path, refused,
                refused == 1 ? "" : "s");
}

static mica_status load_argument(const serve_options *o, server *s, const char *argument,
                                 mica_error *err) {
    if (file_is_folder(argument)) return load_repository(o, s, argument, err);
    return serve_file(s, argument, err);
}

static void say_ready(const serve_options *o, const server *s) {
    const char *host = s->o.host;
    const bool six = strchr(host, ':') != NULL;
    if (o->common.json)
        print_json(json_pack("{s:s, s:i, s:i, s:i, s:i}", "host", host, "port", server_port(s),
                             "control_port", server_control_port(s), "grpc_port",
                             server_grpc_port(s), "grpc_control_port",
                             server_grpc_control_port(s)));
    else
        say(&o->common, "%s://%s%s%s:%d answers; metrics on port %d", s->tls ? "https" : "http",
            six ? "[" : "", host, six ? "]" : "", server_port(s), server_control_port(s));
    if (!o->common.json && server_grpc_port(s))
        say(&o->common, "gRPC on port %d", server_grpc_port(s));
    if (!o->common.json && server_grpc_control_port(s))
        say(&o->common, "administration over gRPC on port %d", server_grpc_control_port(s));
    fflush(stdout);
}

static mica_status load_models(void *user, server *s, mica_error *err) {
    const serve_options *o = user;
    for (int i = 0; i < o->common.arguments; i++) {
        life_status(o->life, "loads %s", o->common.argument[i]);
        TRY(load_argument(o, s, o->common.argument[i], err));
    }
    if (!o->settings) return MICA_OK;
    life_status(o->life, "loads the models of %s", o->config);
    const char *folder = serve_folder_of(o->settings);
    mica_status status = check_alone(o, s, o->settings, err);
    if (status == MICA_OK && folder) status = load_repository(o, s, folder, err);
    if (status == MICA_OK) status = serve_models_of(s, o->settings, NULL, err);
    if (status == MICA_OK) status = serve_traffic_of(s, o->settings, NULL, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", o->config);
}

static mica_status check_columns(const policy_files *files, server *s, mica_error *err) {
    served_list all;
    TRY(models_list(s->models, NULL, &all, err));
    mica_status status = MICA_OK;
    for (int i = 0; i < all.count && status == MICA_OK; i++)
        status = deidentify_check_columns(files, &all.at[i]->contract, err);
    served_list_free(&all);
    return status;
}

/* A model of a repository may come later. */
static mica_status check_policies(const serve_options *o, server *s, mica_error *err) {
    const policy_files files = {o->deidentify.at, o->deidentify.count, NULL};
    mica_status status = deidentify_check_models(&files, s->models, err);
    if (status != MICA_OK && !s->repository) return status;
    if (status != MICA_OK) server_log(s, MICA_LOG_WARNING, "%s: so far", err->message);
    return check_columns(&files, s, err);
}

static mica_status serve_until_told(serve_options *o, server *s, serve_life *life,
                                    mica_error *err) {
    bool ended;
    o->life = life;
    life->drain_seconds = real_given(o->drain_seconds) ? o->drain_seconds : 30;
    life->load = load_models, life->user = o;
    if (o->config) life->reread = read_config_again;
    TRY(life_load(life, s, &ended, err));
    if (ended) return MICA_OK;
    TRY(check_policies(o, s, err));
    if (o->check)
        return serve_tell_checked(
            &o->common, s,
            (meant_ports){port_or_default(o->port), port_or_default(o->control_port),
                          port_or_default(o->grpc_port), port_or_default(o->grpc_control_port)},
            err);
    TRY(life_confine(life, o->seccomp, err));
    server_ready(s, true);
    say_ready(o, s);
    life_run(life, s);
    return MICA_OK;
}

static mica_status read_config(serve_options *o, mica_error *err) {
    if (!o->config && o->common.arguments) return MICA_OK;
    if (!o->config)
        return fail(err, MICA_VALUE,
                    "no model is named: mica serve MODEL …, or \"models\" in the file of --config");
    TRY(config_load(o->config, &o->settings, err));
    mica_status status = take_config(o, o->settings, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", o->config);
}

/* Who says how a log is to be believes that there is one. */
static mica_status check_logs(const serve_options *o, mica_error *err) {
    const bool audits = o->audit_key || o->audit_failure || o->audit_bodies ||
                        given(o->audit_segment_bytes) || real_given(o->audit_segment_hours) ||
                        given(o->audit_keep) || real_given(o->audit_keep_days);
    const bool records = o->prediction_password || real_given(o->prediction_sample) ||
                         given(o->prediction_rows) || real_given(o->prediction_days);
    if (audits && !o->audit_log)
        return fail(err, MICA_VALUE,
                    "options of an audit log, and there is none: --audit-log FOLDER");
    if (records && !o->prediction_log)
        return fail(err, MICA_VALUE,
                    "options of a prediction log, and there is none: --prediction-log DATABASE");
    if ((o->deidentify.count || o->deidentify_key) && !o->prediction_log && !o->audit_bodies)
        return fail(err, MICA_VALUE,
                    "--deidentify is about a log, and there is none: --prediction-log DATABASE, or "
                    "--audit-log FOLDER with --audit-bodies");
    return MICA_OK;
}

/* What is being loaded would hold up the end, and uses what would be given back on the way to it.
 */
static void leave(const serve_options *o, mica_status status, const mica_error *err) {
    const int code = status == MICA_OK ? EXIT_DONE : report(&o->common, err);
    fflush(stdout); /* not all streams: a file that is read is locked by its reader */
    _exit(code);
}

/* `w`: with the paths of credentials. */
static void warn_of_modes(const serve_options *o, const server_options *w) {
    warn_of_mode(&o->common, w->access.keys, false); /* digests of keys */
    warn_of_mode(&o->common, w->access.jwt_secret, true);
    warn_of_mode(&o->common, w->access.jwt_key, false);
    warn_of_mode(&o->common, w->key, true);
    warn_of_mode(&o->common, w->certificate, false);
    warn_of_mode(&o->common, w->client_ca, false);
    warn_of_mode(&o->common, o->config, false);
}

static mica_status serve_as_told(serve_options *o, mica_error *err) {
    server *s = NULL;
    serve_life life;
    server_options wanted = options_of(o);
    if (!geteuid() && !o->as_root)
        warn(&o->common, "it runs as root: who breaks in would have the whole machine; better is a "
                         "user of its own, or say --as-root");
    TRY(check_logs(o, err));
    mica_status status = life_begin(&life, &o->common, &wanted, err);
    if (status == MICA_OK) warn_of_modes(o, &wanted);
    if (status == MICA_OK) status = server_open(&wanted, &s, err);
    if (status == MICA_OK) status = serve_until_told(o, s, &life, err);
    if (!server_close(s)) leave(o, status, err);
    life_end(&life);
    return status;
}

static mica_status serve_models(serve_options *o, mica_error *err) {
    serve_options *told = allocate(1, sizeof *told);
    if (!told) return fail_memory(err, sizeof *told, "the options");
    *told = *o;
    o->told = told;
    mica_status status = read_config(o, err);
    json_t *texts = json_incref(o->settings); /* options point into it, whatever is read later */
    if (status == MICA_OK) status = serve_as_told(o, err);
    json_decref(o->settings);
    json_decref(texts);
    free(told);
    return status;
}
#endif

static int serve(void *raw) {
    serve_options *o = raw;
    mica_error err = {0};
    mica_status status = serve_models(o, &err);
    return status == MICA_OK ? EXIT_DONE : report(&o->common, &err);
}

const command command_serve = {
    "serve",
    "[MODEL …]",
    "answer requests for predictions over HTTP",
    options,
    sizeof(serve_options),
    0,
    -1,
    serve,
    "MODEL is a file, or NAME=FILE, or the folder of a repository (docs/repository.md), which is\n"
    "watched. Files of keys, tokens and certificates may be credential:NAME, a file in\n"
    "$CREDENTIALS_DIRECTORY. Protocols: docs/serving.md; services, containers: docs/deploy.md.\n"};
