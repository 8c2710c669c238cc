/* What a server has, and what it could have: for the index of the repository and for metrics. */
#include "serve/repository_inside.h"

#include <stdlib.h>
#include <string.h>

static bool add(version_states *v, const char *name, const char *version, bool ready,
                const char *reason) {
    if (!grow(&v->at, &v->room, v->count + 1, sizeof *v->at)) return false;
    version_state *s = &v->at[v->count++];
    *s = (version_state){arena_text(&v->texts, name), arena_text(&v->texts, version),
                         arena_text(&v->texts, reason ? reason : ""), ready};
    return s->name && s->version && s->reason;
}

static bool add_known(version_states *v, repository *r) {
    char number[24];
    bool done = true;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->models; i++) {
        const known_model *k = &r->model[i];
        for (size_t n = 0; n < k->versions && done; n++) {
            snprintf(number, sizeof number, "%lld", (long long)k->version[n].number);
            done = add(v, k->name, number, k->version[n].loaded, k->version[n].reason);
        }
    }
    pthread_mutex_unlock(&r->lock);
    return done;
}

/* What a request unloaded, and the server could load again. */
static bool add_unloaded(version_states *v, server *s) {
    arena a = {0};
    model_source *from = NULL;
    served *there;
    size_t count = 0;
    bool done = sources_find(s->sources, NULL, NULL, &a, &from, &count, NULL) == MICA_OK;
    for (size_t i = 0; i < count && done; i++) {
        const served_options *o = &from[i].options;
        if (models_hold(s->models, o->name, o->version, &there, NULL) == MICA_OK)
            served_release(there);
        else done = add(v, o->name, o->version, false, "it was unloaded by request");
    }
    arena_free(&a);
    return done;
}

static int by_name(const void *a, const void *b) {
    const version_state *x = a, *y = b;
    const int names = strcmp(x->name, y->name);
    const long long m = strtoll(x->version, NULL, 10), n = strtoll(y->version, NULL, 10);
    return names ? names : m != n ? (m > n) - (m < n) : strcmp(x->version, y->version);
}

/* Takes out what the caller may not know of. */
static bool limit(version_states *v, access_control *a, const credentials *asker) {
    const char **names = allocate(v->count + 1, sizeof *names);
    bool *may = allocate(v->count + 1, sizeof *may);
    const bool done = names && may;
    size_t kept = 0;
    for (size_t i = 0; done && i < v->count; i++) names[i] = v->at[i].name;
    if (done) access_see(a, asker, names, v->count, may);
    for (size_t i = 0; done && i < v->count; i++)
        if (may[i]) v->at[kept++] = v->at[i];
    if (done) v->count = kept;
    free(names);
    free(may);
    return done;
}

mica_status server_states(server *s, const credentials *asker, version_states *out,
                          mica_error *err) {
    served_list all;
    *out = (version_states){0};
    TRY(models_list(s->models, NULL, &all, err));
    bool done = !s->repository || add_known(out, s->repository);
    for (int i = 0; i < all.count && done; i++) {
        const served_options *o = &all.at[i]->options;
        if (!repository_has(s->repository, o->name)) done = add(out, o->name, o->version, true, "");
    }
    served_list_free(&all);
    done = done && add_unloaded(out, s);
    if (done && s->access) done = limit(out, s->access, asker);
    if (out->count) qsort(out->at, out->count, sizeof *out->at, by_name);
    if (done) return MICA_OK;
    version_states_free(out);
    return fail_no_memory(err, "what there is");
}

void version_states_free(version_states *v) {
    arena_free(&v->texts);
    free(v->at);
    *v = (version_states){0};
}

void repository_write_metrics(const repository *r, strbuf *out) {
    int unreadable = 0;
    repository *locked = (repository *)r;
    if (!r) return;
    pthread_mutex_lock(&locked->lock);
    meter_write_head(out, "mica_repository_version_refused", "gauge",
                     "versions of the repository that should be served and cannot be loaded");
    for (size_t i = 0; i < r->models; i++) {
        unreadable += r->model[i].reason != NULL;
        for (size_t n = 0; n < r->model[i].versions; n++) {
            if (!r->model[i].version[n].refused) continue;
            strbuf_add(out, "mica_repository_version_refused{model=\"");
            meter_write_text(out, r->model[i].name);
            strbuf_add(out, "\",version=\"%lld\"} 1\n", (long long)r->model[i].version[n].number);
        }
    }
    meter_write_head(
        out, "mica_repository_unreadable", "gauge",
        "models of the repository, or all of it (1), whose index or folder cannot be read");
    strbuf_add(out, "mica_repository_unreadable %d\n", unreadable + (r->reason != NULL));
    meter_write_head(out, "mica_repository_looks_total", "counter", "looks at the repository");
    strbuf_add(out, "mica_repository_looks_total %llu\n",
               (unsigned long long)atomic_load(&r->looks));
    pthread_mutex_unlock(&locked->lock);
}
