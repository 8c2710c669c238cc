/* See serve_life.h. */
#include "cli/serve_life.h"

#include "base/clock.h"
#include "base/sanitized.h"
#include "serve/sandbox.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOADED = SIGUSR1 }; /* from one thread of ours to another */

static mica_status find_credentials(serve_life *l, server_options *o, mica_error *err) {
    const char **const at[MOST_CREDENTIALS] = {&o->access.keys,
                                               &o->access.jwt_secret,
                                               &o->access.jwt_key,
                                               &o->certificate,
                                               &o->key,
                                               &o->client_ca,
                                               &o->audit.key_file,
                                               &o->audit.policies.key,
                                               &o->records.password_file,
                                               &o->records.policies.key};
    for (int i = 0; i < MOST_CREDENTIALS; i++) {
        TRY(credential_path(*at[i], &l->credential[i], err));
        if (l->credential[i]) *at[i] = l->credential[i];
    }
    return MICA_OK;
}

mica_status life_begin(serve_life *l, const common_options *common, server_options *o,
                       mica_error *err) {
    *l = (serve_life){.common = common, .manager.socket = -1, .first = pthread_self()};
    sigemptyset(&l->signals);
    sigaddset(&l->signals, SIGTERM);
    sigaddset(&l->signals, SIGINT);
    sigaddset(&l->signals, SIGHUP);
    sigaddset(&l->signals, LOADED);
    pthread_sigmask(SIG_BLOCK, &l->signals, NULL); /* threads that come inherit it */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a log that may not grow is like a full disk */
    TRY(manager_open(&l->manager, err));
    TRY(passed_sockets_read(&o->sockets, err));
    return find_credentials(l, o, err);
}

void life_end(serve_life *l) {
    manager_close(&l->manager);
    for (int i = 0; i < MOST_CREDENTIALS; i++) free(l->credential[i]);
}

void life_status(serve_life *l, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    manager_tell(&l->manager, "STATUS=%s", text);
}

/* The sanitizers' own threads and their look at the heap in the end need more than serving does. */
#if SANITIZED_ADDRESS || SANITIZED_THREAD
static const sandbox_mode mode_by_default = SANDBOX_OFF;
#else
static const sandbox_mode mode_by_default = SANDBOX_ON;
#endif

mica_status life_confine(const serve_life *l, const char *mode, mica_error *err) {
    mica_error why;
    int wanted = 0;
    const char *backend = l->common->backend;
    const bool generates = !backend || (strcmp(backend, "cpu") && strcmp(backend, "reference"));
    if (mode) {
        while (strcmp(sandbox_modes[wanted], mode)) wanted++;
        return sandbox_enter((sandbox_mode)wanted, generates, err);
    }
    if (sandbox_enter(mode_by_default, generates, &why) != MICA_OK)
        warn(l->common, "%s; it may make any (--seccomp off says that this is meant)", why.message);
    return MICA_OK;
}

static void tell_ready(serve_life *l, server *s) {
    served_list all;
    int models = 0;
    if (models_list(s->models, NULL, &all, NULL) == MICA_OK) {
        models = all.count;
        served_list_free(&all);
    }
    manager_tell(&l->manager, "READY=1\nSTATUS=%d model%s on port %d; metrics on port %d", models,
                 models == 1 ? "" : "s", server_port(s), server_control_port(s));
}

/* The watchdog is told for as long as every thread moves on: one that has been at the same batch,
 * write or turn for the whole period is stuck, and then the manager is to end this process. */
static void tell_watchdog(serve_life *l, const server *s) {
    if (l->manager.watchdog <= 0) return;
    const double busy = server_busy(s);
    const bool stuck = busy > l->manager.watchdog;
    if (stuck && !l->stuck)
        warn(l->common,
             "a thread of the server has been at the same thing for %.1f s: the watchdog is told "
             "no more",
             busy);
    l->stuck = stuck;
    if (!stuck) manager_tell(&l->manager, "WATCHDOG=1");
}

/* Waits for one of the signals, until it is time for the watchdog or a tick; 0: none came. */
static int next_signal(const serve_life *l, const sigset_t *signals) {
    const double seconds = l->manager.watchdog > 0 ? fmin(1, l->manager.watchdog / 3) : 1;
    const time_t whole = (time_t)seconds;
    const struct timespec most = {whole, (long)((seconds - (double)whole) * 1e9)};
    const int number = sigtimedwait(signals, NULL, &most);
    return number > 0 ? number : 0;
}

static bool is_end(int number) { return number == SIGTERM || number == SIGINT; }

static void drain(serve_life *l, server *s) {
    manager_tell(&l->manager, "STOPPING=1\nSTATUS=answers what it has accepted");
    server_drain(s, l->drain_seconds);
}

/* ---- what is loaded aside ---- */

/* The loader's word: wakes the thread that waits for signals. */
static void loaded(void *user, mica_status status, const mica_error *err) {
    serve_life *l = user;
    l->status = status;
    if (status != MICA_OK) l->err = *err;
    atomic_store(&l->loaded, true);
    pthread_kill(l->first, LOADED);
}

static mica_status begin_loading(serve_life *l, server *s, load_work *work, mica_error *err) {
    atomic_store(&l->loaded, false);
    TRY(loader_put(s->loader, &(load_job){.work = work, .user = l, .done = loaded, .waiter = l},
                   err));
    l->loads = true;
    return MICA_OK;
}

static mica_status load_at_start(void *user, const char *model, const char *version,
                                 mica_error *err) {
    serve_life *l = user;
    return l->load(l->user, l->server, err);
}

static mica_status reread(void *user, const char *model, const char *version, mica_error *err) {
    serve_life *l = user;
    l->reread(l->user, l->server);
    return MICA_OK;
}

/* Each model that was loaded gives the rest as much time again as systemd gives by itself. */
static void tell_progress(serve_life *l, uint64_t *told) {
    const uint64_t now = atomic_load(&l->server->reloads) + atomic_load(&l->server->failed_reloads);
    if (now != *told) manager_tell(&l->manager, "EXTEND_TIMEOUT_USEC=90000000");
    *told = now;
}

mica_status life_load(serve_life *l, server *s, bool *ended, mica_error *err) {
    uint64_t told = 0;
    sigset_t signals = l->signals;
    sigdelset(&signals, SIGHUP); /* which waits until all is there */
    l->server = s;
    *ended = false;
    TRY(begin_loading(l, s, load_at_start, err));
    while (!atomic_load(&l->loaded) && !*ended) {
        tell_watchdog(l, s);
        *ended = is_end(next_signal(l, &signals));
        tell_progress(l, &told);
    }
    if (*ended) return drain(l, s), MICA_OK;
    l->loads = false;
    if (l->status != MICA_OK) *err = l->err;
    return l->status;
}

static void begin_reread(serve_life *l, server *s) {
    mica_error err;
    l->again = false;
    if (l->reread && begin_loading(l, s, reread, &err) == MICA_OK) return;
    if (l->reread)
        server_log(s, MICA_LOG_WARNING, "%s: what SIGHUP asks for is not done", err.message);
    tell_ready(l, s);
}

/* Keys and certificates at once, whatever is being loaded. */
static void on_hangup(serve_life *l, server *s) {
    manager_reloading(&l->manager);
    server_reread(s);
    if (l->loads) l->again = true;
    else begin_reread(l, s);
}

static void end_reread(serve_life *l, server *s) {
    l->loads = false;
    if (l->again) begin_reread(l, s);
    else tell_ready(l, s);
}

void life_run(serve_life *l, server *s) {
    double ticked = clock_seconds();
    tell_ready(l, s);
    for (int number = 0; !is_end(number);) {
        manager_again(&l->manager);
        tell_watchdog(l, s);
        number = next_signal(l, &l->signals);
        if (clock_seconds() - ticked >= 0.99) {
            server_tick(s);
            ticked = clock_seconds();
        }
        if (number == SIGHUP) on_hangup(l, s);
        if (l->loads && atomic_load(&l->loaded)) end_reread(l, s);
    }
    drain(l, s);
}
