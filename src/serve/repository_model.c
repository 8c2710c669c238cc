/* One look at one model of a repository: see repository_inside.h. First what is new is loaded, then
 * names change, then what nobody names goes. */
#include "serve/repository_inside.h"

#include "base/index.h"
#include "serve/observe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct look {
    repository *r;
    known_model *k;
    look_how how;
    int64_t only;
    stored_model m;
    bool again; /* something is to be tried again at the next look */
} look;

static void number_text(int64_t number, char out[24]) {
    snprintf(out, 24, "%lld", (long long)number);
}

known_version *known_find(const known_model *k, int64_t number) {
    for (size_t i = 0; i < k->versions; i++)
        if (k->version[i].number == number) return &k->version[i];
    return NULL;
}

static bool is_loaded(const known_model *k, int64_t number) {
    const known_version *v = known_find(k, number);
    return v && v->loaded;
}

static void free_version(known_version *v) { free(v->path), free(v->reason); }

void known_free(known_model *k) {
    for (size_t i = 0; i < k->versions; i++) free_version(&k->version[i]);
    free(k->version), free(k->alias), free(k->name), free(k->reason);
    *k = (known_model){0};
}

bool set_reason(repository *r, char **reason, const char *text) {
    if (*reason ? text && !strcmp(*reason, text) : !text) return false;
    char *own = text ? strdup(text) : NULL;
    pthread_mutex_lock(&r->lock);
    free(*reason);
    *reason = own;
    pthread_mutex_unlock(&r->lock);
    return true;
}

/* ---- marks: whether there is anything new ---- */

typedef struct marking {
    uint64_t hash;
    bool fresh; /* something is so new that a change after it might have the same time */
} marking;

static void add_mark(marking *m, const char *path) {
    enum { FRESH_SECONDS = 2 };
    struct stat s;
    int64_t facts[5] = {0};
    if (!stat(path, &s)) {
        facts[0] = (int64_t)s.st_ino, facts[1] = (int64_t)s.st_dev, facts[2] = s.st_size;
        facts[3] = s.st_mtim.tv_sec, facts[4] = s.st_mtim.tv_nsec;
        m->fresh |= llabs((long long)time(NULL) - s.st_mtim.tv_sec) < FRESH_SECONDS;
    }
    m->hash = hash_bytes(m->hash, facts, sizeof facts);
}

static uint64_t file_mark(const char *path) {
    marking m = {HASH_BEGIN, false};
    add_mark(&m, path);
    return m.hash;
}

/* 0: look. */
static uint64_t model_mark(const repository *r, const known_model *k) {
    marking m = {HASH_BEGIN, false};
    strbuf path = {0};
    strbuf_add(&path, "%s/%s", r->path, k->name);
    const size_t folder = path.length;
    if (!path.failed) add_mark(&m, path.data);
    strbuf_add(&path, "/%s", INDEX_FILE);
    if (!path.failed) add_mark(&m, path.data);
    for (size_t i = 0; i < k->versions && !path.failed; i++) {
        path.length = folder;
        strbuf_add(&path, "/%lld", (long long)k->version[i].number);
        if (!path.failed) add_mark(&m, path.data);
        if (k->version[i].path) add_mark(&m, k->version[i].path);
    }
    const bool certain = !m.fresh && !path.failed;
    strbuf_free(&path);
    return certain ? m.hash : 0;
}

/* ---- what is known of versions ---- */

/* What is there now; what is gone, and not in the server, is forgotten. */
static bool meet_versions(look *l) {
    known_model *k = l->k;
    const model_index *x = &l->m.index;
    size_t kept = 0;
    bool done = true;
    pthread_mutex_lock(&l->r->lock);
    for (size_t i = 0; i < k->versions; i++) {
        const stored_version *v = index_version(x, k->version[i].number);
        if (k->version[i].loaded || (v && !v->deleted && !v->missing))
            k->version[kept++] = k->version[i];
        else free_version(&k->version[i]);
    }
    k->versions = kept;
    for (size_t i = 0; i < x->versions && done; i++) {
        const stored_version *v = &x->version[i];
        if (v->deleted || v->missing || known_find(k, v->number)) continue;
        done = grow(&k->version, &k->version_room, k->versions + 1, sizeof *k->version);
        if (done) k->version[k->versions++] = (known_version){.number = v->number};
    }
    pthread_mutex_unlock(&l->r->lock);
    return done;
}

static bool has_alias(const model_index *x, int64_t number) {
    for (size_t i = 0; i < x->aliases; i++)
        if (x->alias[i].version == number) return true;
    return false;
}

static bool is_new(const look *l, int64_t number) {
    const model_index *x = &l->m.index;
    int newer = 0;
    for (size_t i = x->versions; i-- && x->version[i].number > number;)
        newer += stored_lives(&x->version[i]);
    return newer < l->r->o.newest;
}

/* Whether a version is to be served, and why not. */
static const char *why_not(const look *l, const known_version *k) {
    const stored_version *v = index_version(&l->m.index, k->number);
    if (!v || v->deleted || v->missing) return "it is gone";
    if (v->retired) return "it is retired";
    if (k->asked < 0) return "it was unloaded by request";
    if (k->asked > 0 || has_alias(&l->m.index, k->number) || is_new(l, k->number)) return NULL;
    return "it has no alias, and there are newer ones";
}

/* ---- loading ---- */

static mica_status load(look *l, const stored_version *v, const char *path, mica_error *err) {
    char number[24];
    number_text(v->number, number);
    const mica_status status = stored_check_sum(v, path, err);
    if (status != MICA_OK) {
        atomic_fetch_add(&l->r->server->failed_reloads, 1);
        observe_server(l->r->server, "loaded", l->k->name, number, NULL, err);
        return status;
    }
    served_options o = l->r->server->o.model;
    o.name = l->k->name, o.version = number, o.path = path;
    return server_load_as(l->r->server, &o, err);
}

static bool is_passing(mica_status status) { return status == MICA_IO || status == MICA_MEMORY; }

static void note(look *l, known_version *k, mica_status status, const mica_error *err,
                 const char *path, uint64_t mark) {
    repository *r = l->r;
    char *own = path ? strdup(path) : NULL;
    pthread_mutex_lock(&r->lock);
    free(k->path);
    k->path = own;
    k->mark = mark;
    k->loaded |= status == MICA_OK;
    k->refused = status != MICA_OK;
    k->again = is_passing(status);
    pthread_mutex_unlock(&r->lock);
    if (status == MICA_OK) {
        set_reason(r, &k->reason, NULL);
        server_log(r->server, MICA_LOG_INFO, "%s version %lld is loaded", l->k->name,
                   (long long)k->number);
    } else if (set_reason(r, &k->reason, err->message))
        server_log(r->server, MICA_LOG_WARNING, "%s version %lld is refused: %s", l->k->name,
                   (long long)k->number, err->message);
}

/* Whether there is anything to be done for it. */
static bool is_due(const look *l, const known_version *k, uint64_t mark) {
    if (k->mark != mark || k->again) return true;
    if (k->refused) return l->how != LOOK_CHANGED;
    return !k->loaded || (l->how == LOOK_ALL && (!l->only || l->only == k->number));
}

static void bring(look *l, known_version *k) {
    const stored_version *v = index_version(&l->m.index, k->number);
    const char *path = NULL;
    mica_error err = {0};
    arena a = {0};
    mica_status status = stored_path(&l->m, v, &a, &path, &err);
    const uint64_t mark = status == MICA_OK ? file_mark(path) : 1;
    if (is_due(l, k, mark)) {
        if (status == MICA_OK) status = load(l, v, path, &err);
        note(l, k, status, &err, status == MICA_OK || path ? path : NULL, mark);
    }
    l->again |= k->again;
    arena_free(&a);
}

/* ---- names ---- */

static int64_t now_of(const known_model *k, const char *alias) {
    for (size_t i = 0; i < k->aliases; i++)
        if (!strcmp(k->alias[i].name, alias)) return k->alias[i].version;
    return 0;
}

/* The version that an alias is to stand for; while it cannot be loaded, the one before. */
static int64_t meant_by(const look *l, const char *alias, int64_t wanted) {
    const int64_t now = now_of(l->k, alias);
    return !is_loaded(l->k, wanted) && is_loaded(l->k, now) ? now : wanted;
}

/* A server that begins where the champion is broken answers with the champion before. */
static int64_t earlier_champion(look *l) {
    const model_index *x = &l->m.index;
    for (size_t i = x->befores; i--;) {
        const stored_version *v = index_version(x, x->before[i]);
        known_version *k = known_find(l->k, x->before[i]);
        if (!v || !k || !stored_lives(v)) continue;
        bring(l, k);
        if (k->loaded) return k->number;
    }
    return 0;
}

static int64_t newest_loaded(const look *l) {
    int64_t newest = 0;
    for (size_t i = 0; i < l->k->versions; i++) {
        const known_version *k = &l->k->version[i];
        if (k->loaded && !why_not(l, k) && k->number > newest) newest = k->number;
    }
    return newest;
}

static int64_t choose_default(look *l) {
    const stored_alias *champion = index_alias(&l->m.index, CHAMPION);
    const known_version *k = champion ? known_find(l->k, champion->version) : NULL;
    const int64_t now = now_of(l->k, "");
    if (champion && !(k && k->asked < 0)) {
        const int64_t meant = meant_by(l, "", champion->version);
        const int64_t earlier = is_loaded(l->k, meant) ? 0 : earlier_champion(l);
        return earlier ? earlier : meant;
    }
    const int64_t newest = newest_loaded(l);
    return newest || !is_loaded(l->k, now) ? newest : now;
}

static void tell_default(const look *l, int64_t before, int64_t now) {
    const stored_alias *champion = index_alias(&l->m.index, CHAMPION);
    char number[24];
    if (now == before || !now) return;
    number_text(now, number);
    observe_server(l->r->server, "default", l->k->name, number, NULL, NULL);
    if (champion && champion->version != now)
        server_log(l->r->server, MICA_LOG_WARNING,
                   "%s: version %lld answers, for the champion, %lld, is not loaded", l->k->name,
                   (long long)now, (long long)champion->version);
    else
        server_log(l->r->server, MICA_LOG_INFO, "%s: version %lld answers where none is named",
                   l->k->name, (long long)now);
}

/* Into the server's list, and where the next look finds them. */
static bool set_names(look *l, known_alias *names, size_t count) {
    version_name *all = allocate(count + 1, sizeof *all);
    char(*numbers)[24] = allocate(count + 1, sizeof *numbers);
    bool done = all && numbers;
    for (size_t i = 0; i < count && done; i++) {
        number_text(names[i].version, numbers[i]);
        all[i] = (version_name){names[i].name, numbers[i]};
    }
    done = done &&
           models_set_names(l->r->server->models, l->k->name, all, (int)count, NULL) == MICA_OK;
    free(all), free(numbers);
    if (!done) return false;
    pthread_mutex_lock(&l->r->lock);
    free(l->k->alias);
    l->k->alias = names;
    l->k->aliases = count;
    pthread_mutex_unlock(&l->r->lock);
    return true;
}

static bool change_names(look *l) {
    const model_index *x = &l->m.index;
    const int64_t before = now_of(l->k, ""), now = choose_default(l);
    known_alias *names = allocate(x->aliases + 1, sizeof *names);
    size_t count = 0;
    if (!names) return false;
    if (now) names[count++].version = now;
    for (size_t i = 0; i < x->aliases; i++) {
        snprintf(names[count].name, sizeof names[count].name, "%s", x->alias[i].name);
        names[count++].version = meant_by(l, x->alias[i].name, x->alias[i].version);
    }
    if (!set_names(l, names, count)) {
        free(names);
        return false;
    }
    tell_default(l, before, now);
    return true;
}

/* ---- unloading ---- */

static void take_out(look *l, known_version *k) {
    char number[24];
    number_text(k->number, number);
    models_take_out(l->r->server->models, l->k->name, number, NULL);
    pthread_mutex_lock(&l->r->lock);
    k->loaded = k->refused = k->again = false;
    k->mark = 0;
    pthread_mutex_unlock(&l->r->lock);
    observe_server(l->r->server, "unloaded", l->k->name, number, NULL, NULL);
    server_log(l->r->server, MICA_LOG_INFO, "%s version %s is unloaded", l->k->name, number);
}

static bool is_named(const known_model *k, int64_t number) {
    for (size_t i = 0; i < k->aliases; i++)
        if (k->alias[i].version == number) return true;
    return false;
}

static void clear_out(look *l) {
    for (size_t i = 0; i < l->k->versions; i++) {
        known_version *k = &l->k->version[i];
        const char *reason = why_not(l, k);
        if (!reason) continue;
        if (k->loaded && !is_named(l->k, k->number)) take_out(l, k);
        if (!k->loaded) set_reason(l->r, &k->reason, reason);
    }
}

static void look_closely(look *l) {
    bool done = meet_versions(l);
    for (size_t i = 0; i < l->k->versions && done && !atomic_load(&l->r->ends); i++)
        if (!why_not(l, &l->k->version[i])) bring(l, &l->k->version[i]);
    done = done && change_names(l);
    if (done) clear_out(l);
    else server_log(l->r->server, MICA_LOG_WARNING, "%s: no memory", l->k->name);
    l->again |= !done;
}

void look_at_model(repository *r, known_model *k, look_how how, int64_t only) {
    look l = {r, k, how, only};
    mica_error err = {0};
    const uint64_t mark = model_mark(r, k);
    if (how == LOOK_CHANGED && mark && mark == k->mark) return;
    if (stored_open(r->path, k->name, &l.m, &err) != MICA_OK) {
        if (set_reason(r, &k->reason, err.message))
            server_log(r->server, MICA_LOG_WARNING, "%s; what is served stays", err.message);
        k->mark = 0;
        return;
    }
    set_reason(r, &k->reason, NULL);
    look_closely(&l);
    k->mark = l.again ? 0 : mark; /* of before: what changed meanwhile is seen the next time */
    stored_close(&l.m);
}
