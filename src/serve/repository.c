/* See repository.h. */
#include "base/clock.h"
#include "base/file.h"
#include "serve/repository_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- a look at all of it ---- */

static known_model *find_model(const repository *r, const char *name) {
    for (size_t i = 0; i < r->models; i++)
        if (!strcmp(r->model[i].name, name)) return &r->model[i];
    return NULL;
}

static bool meet_model(repository *r, const char *name) {
    if (find_model(r, name)) return true;
    char *own = strdup(name);
    pthread_mutex_lock(&r->lock);
    const bool done = own && grow(&r->model, &r->room, r->models + 1, sizeof *r->model);
    if (done) r->model[r->models++] = (known_model){.name = own};
    pthread_mutex_unlock(&r->lock);
    if (!done) free(own);
    return done;
}

static bool is_among(char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], name)) return true;
    return false;
}

/* A model whose folder is gone is served no longer. */
static void forget_models(repository *r, char *const *names, size_t count) {
    for (size_t i = r->models; i--;) {
        known_model gone = r->model[i];
        if (is_among(names, count, gone.name)) continue;
        models_take_out(r->server->models, gone.name, NULL, NULL);
        pthread_mutex_lock(&r->lock);
        memmove(r->model + i, r->model + i + 1, (--r->models - i) * sizeof *r->model);
        pthread_mutex_unlock(&r->lock);
        server_log(r->server, MICA_LOG_INFO, "%s is gone from the repository, and unloaded",
                   gone.name);
        known_free(&gone);
    }
}

static mica_status look(repository *r, look_how how, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    atomic_fetch_add(&r->looks, 1);
    mica_status status = store_names(r->path, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        if (!meet_model(r, names[i])) status = fail_no_memory(err, names[i]);
    if (status == MICA_OK) {
        forget_models(r, names, count);
        for (size_t i = 0; i < r->models && !atomic_load(&r->ends); i++)
            look_at_model(r, &r->model[i], how, 0);
    }
    arena_free(&a);
    const bool other = set_reason(r, &r->reason, status == MICA_OK ? NULL : err->message);
    if (other && status != MICA_OK)
        server_log(r->server, MICA_LOG_WARNING, "%s; what is served stays", err->message);
    return status;
}

/* ---- the thread ---- */

/* Waits until it is told, until it is time, or until the end. */
static bool wait_for_turn(repository *r, look_how *how) {
    struct timespec until;
    pthread_mutex_lock(&r->lock);
    r->looks_now = false;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)r->o.poll_seconds;
    until.tv_nsec += (long)((r->o.poll_seconds - (double)(time_t)r->o.poll_seconds) * 1e9);
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    for (int ended = 0; !r->told && !atomic_load(&r->ends) && !ended;)
        ended = r->o.poll_seconds > 0 ? pthread_cond_timedwait(&r->wake, &r->lock, &until) != 0
                                      : pthread_cond_wait(&r->wake, &r->lock) != 0;
    *how = r->told ? LOOK_REFUSED : LOOK_CHANGED;
    r->told = false;
    const bool goes_on = r->looks_now = !atomic_load(&r->ends);
    pthread_mutex_unlock(&r->lock);
    return goes_on;
}

static void *watch(void *user) {
    repository *r = user;
    mica_error err;
    for (look_how how; wait_for_turn(r, &how);) {
        pthread_mutex_lock(&r->looking);
        look(r, how, &err);
        pthread_mutex_unlock(&r->looking);
    }
    return NULL;
}

mica_status repository_watch(repository *r, mica_error *err) {
    r->watched = !pthread_create(&r->thread, NULL, watch, r);
    return r->watched ? MICA_OK : fail(err, MICA_MEMORY, "%s: no thread that watches it", r->path);
}

void repository_tell(repository *r) {
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->told = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

/* ---- from beginning to end ---- */

/* How many versions were refused, and how many are loaded; the text of the last that was refused.
 */
static void count_versions(const repository *r, int *refused, int *loaded, const char **why) {
    *refused = *loaded = 0;
    *why = NULL;
    for (size_t i = 0; i < r->models; i++) {
        const known_model *k = &r->model[i];
        *refused += k->reason != NULL;
        if (k->reason) *why = k->reason;
        for (size_t n = 0; n < k->versions; n++) {
            *refused += k->version[n].refused;
            *loaded += k->version[n].loaded;
            if (k->version[n].refused) *why = k->version[n].reason;
        }
    }
}

static mica_status first_look(repository *r, int *refused, mica_error *err) {
    const char *why;
    int loaded;
    TRY(look(r, LOOK_CHANGED, err));
    if (atomic_load(&r->ends)) return fail(err, MICA_INTERRUPTED, "the server ends");
    count_versions(r, refused, &loaded, &why);
    if (*refused && !loaded)
        return fail(err, MICA_FORMAT, "%s: no version could be loaded; the last: %s", r->path, why);
    if (!loaded) server_log(r->server, MICA_LOG_WARNING, "%s: there is no model yet", r->path);
    return MICA_OK;
}

mica_status repository_open(server *s, const char *path, const repository_options *o, int *refused,
                            mica_error *err) {
    pthread_condattr_t monotonic;
    *refused = 0;
    if (s->repository)
        return fail(err, MICA_VALUE, "%s: there is a repository already, %s", path,
                    s->repository->path);
    repository *r = allocate(1, sizeof *r);
    if (!r) return fail_memory(err, sizeof *r, path);
    r->server = s;
    r->o = *o;
    if (!r->o.newest) r->o.newest = 1;
    pthread_mutex_init(&r->looking, NULL);
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    r->path = strdup(path);
    s->repository = r; /* which server_close closes, and others see from now on */
    return r->path ? first_look(r, refused, err) : fail_no_memory(err, path);
}

void repository_stop(repository *r) {
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    atomic_store(&r->ends, true);
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

bool repository_busy(repository *r) {
    if (!r) return false;
    pthread_mutex_lock(&r->lock);
    const bool busy = r->looks_now;
    pthread_mutex_unlock(&r->lock);
    return busy;
}

void repository_leave(repository *r) {
    if (r && r->watched) pthread_detach(r->thread);
}

void repository_close(repository *r) {
    if (!r) return;
    if (r->watched) pthread_join(r->thread, NULL);
    for (size_t i = 0; i < r->models; i++) known_free(&r->model[i]);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->looking);
    free(r->model), free(r->path), free(r->reason);
    free(r);
}

/* ---- by request ---- */

bool repository_has(repository *r, const char *name) {
    if (!r) return false;
    pthread_mutex_lock(&r->lock);
    const bool has = find_model(r, name) != NULL;
    pthread_mutex_unlock(&r->lock);
    return has;
}

/* The number that a version or an alias of the repository is. */
static mica_status number_of(const repository *r, const char *name, const char *version,
                             int64_t *number, mica_error *err) {
    stored_model m;
    stored_version *v;
    TRY(stored_open(r->path, name, &m, err));
    mica_status status = stored_find(&m, version, &v, err);
    if (status == MICA_OK) *number = v->number;
    if (status == MICA_OK && v->retired)
        status = fail(err, MICA_STATE, "version %lld of model \"%s\" is retired",
                      (long long)v->number, name);
    stored_close(&m);
    return status;
}

/* What was asked of one version (0: of all). */
static bool ask(repository *r, known_model *k, int64_t number, signed char asked) {
    bool found = !number;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < k->versions; i++) {
        known_version *v = &k->version[i];
        if (number && v->number != number) continue;
        if (number || asked < 0 || v->asked < 0) v->asked = asked;
        found = true;
    }
    pthread_mutex_unlock(&r->lock);
    return found;
}

static mica_status refusal(const known_model *k, int64_t number, mica_error *err) {
    if (k->reason) return fail(err, MICA_FORMAT, "%s", k->reason);
    for (size_t i = 0; i < k->versions; i++)
        if (k->version[i].refused && (!number || k->version[i].number == number))
            return fail(err, MICA_FORMAT, "%s", k->version[i].reason);
    return MICA_OK;
}

static mica_status load_known(repository *r, const char *name, const char *version,
                              mica_error *err) {
    known_model *k = find_model(r, name);
    int64_t number = 0;
    if (!k) return fail(err, MICA_NAME, "there is no model \"%s\" here", name);
    if (version) TRY(number_of(r, name, version, &number, err));
    k->mark = 0;
    if (!ask(r, k, number, number ? 1 : 0)) { /* published since the last look */
        look_at_model(r, k, LOOK_CHANGED, 0);
        ask(r, k, number, 1);
    }
    look_at_model(r, k, LOOK_ALL, number);
    return refusal(k, number, err);
}

mica_status repository_load(repository *r, const char *name, const char *version, mica_error *err) {
    pthread_mutex_lock(&r->looking);
    mica_status status = load_known(r, name, version, err);
    pthread_mutex_unlock(&r->looking);
    return status;
}

static mica_status unload_known(repository *r, const char *name, const char *version,
                                mica_error *err) {
    known_model *k = find_model(r, name);
    int64_t number = 0;
    if (!k) return fail(err, MICA_NAME, "there is no model \"%s\" here", name);
    if (version) {
        served *v;
        TRY(models_hold(r->server->models, name, version, &v, err));
        number = strtoll(v->options.version, NULL, 10);
        served_release(v);
    }
    TRY(models_take_out(r->server->models, name, version, err));
    ask(r, k, number, -1);
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < k->versions; i++)
        if (!number || k->version[i].number == number) k->version[i].loaded = false;
    pthread_mutex_unlock(&r->lock);
    look_at_model(r, k, LOOK_REFUSED, 0);
    return MICA_OK;
}

mica_status repository_unload(repository *r, const char *name, const char *version,
                              mica_error *err) {
    pthread_mutex_lock(&r->looking);
    mica_status status = unload_known(r, name, version, err);
    pthread_mutex_unlock(&r->looking);
    return status;
}
