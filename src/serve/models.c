/* See models.h: a sorted list under a lock that is held for a look alone. */
#include "serve/models.h"

#include "serve/wire.h"

#include "serve/rwlock.h"

#include <stdlib.h>
#include <string.h>

struct models {
    pthread_rwlock_t lock;
    served **at; /* by name, then version as a number */
    size_t count, room;
    name_list names; /* the default is there where somebody chose one */
};

mica_status models_open(models **out, mica_error *err) {
    models *m = allocate(1, sizeof *m);
    if (!m) return fail_memory(err, sizeof *m, "the list of models");
    rwlock_open(&m->lock);
    *out = m;
    return MICA_OK;
}

void models_close(models *m) {
    if (!m) return;
    for (size_t i = 0; i < m->count; i++) served_release(m->at[i]);
    pthread_rwlock_destroy(&m->lock);
    names_free(&m->names);
    free(m->at);
    free(m);
}

/* Versions are positive numbers; other names come before them, in order. */
static int compare_versions(const char *a, const char *b) {
    const long long x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);
    return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

static int compare(const served *s, const char *name, const char *version) {
    const int by_name = strcmp(s->options.name, name);
    return by_name || !version ? by_name : compare_versions(s->options.version, version);
}

/* The first that is not below. */
static size_t find(const models *m, const char *name, const char *version) {
    size_t low = 0, high = m->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare(m->at[middle], name, version) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool is_of(const models *m, size_t i, const char *name) {
    return i < m->count && !strcmp(m->at[i]->options.name, name);
}

static bool is_there(const models *m, size_t i, const char *name, const char *version) {
    return is_of(m, i, name) && !compare(m->at[i], name, version);
}

/* A version by its number or an alias; NULL: the default, which is the newest where none was
 * chosen. */
static bool find_meant(const models *m, const char *name, const char *version, size_t *i) {
    *i = find(m, name, version);
    if (version && is_there(m, *i, name, version)) return true;
    const char *meant = names_find(&m->names, name, version ? version : "");
    if (meant) {
        *i = find(m, name, meant);
        return is_there(m, *i, name, meant);
    }
    if (version || !is_of(m, *i, name)) return false;
    while (is_of(m, *i + 1, name)) ++*i;
    return true;
}

mica_status models_put(models *m, served *s, mica_error *err) {
    served *old = NULL;
    pthread_rwlock_wrlock(&m->lock);
    const size_t i = find(m, s->options.name, s->options.version);
    const bool same = is_there(m, i, s->options.name, s->options.version),
               room = same || grow(&m->at, &m->room, m->count + 1, sizeof *m->at);
    if (same) {
        old = m->at[i];
        m->at[i] = s;
    } else if (room) {
        memmove(m->at + i + 1, m->at + i, (m->count++ - i) * sizeof *m->at);
        m->at[i] = s;
    }
    pthread_rwlock_unlock(&m->lock);
    served_release(old);
    if (!room) served_release(s);
    return room ? MICA_OK : fail_no_memory(err, "the list of models");
}

static mica_status unknown(const models *m, const char *name, const char *version,
                           mica_error *err) {
    const char *meant = names_find(&m->names, name, version ? version : "");
    if (!is_of(m, find(m, name, NULL), name))
        return fail(err, MICA_NAME, "there is no model \"%s\" here", name);
    if (meant)
        return fail(err, MICA_NAME, "version \"%s\" of model \"%s\", its %s, is not loaded", meant,
                    name, version ? version : "default");
    if (version) return fail(err, MICA_NAME, "model \"%s\" has no version \"%s\"", name, version);
    return fail(err, MICA_NAME, "there is no model \"%s\" here", name);
}

mica_status models_take_out(models *m, const char *name, const char *version, mica_error *err) {
    served_list out = {0};
    mica_status status = MICA_OK;
    pthread_rwlock_wrlock(&m->lock);
    size_t first = find(m, name, NULL), end = first;
    if (version) end = find_meant(m, name, version, &first) ? first + 1 : first;
    else
        while (is_of(m, end, name)) end++;
    if (end == first) status = unknown(m, name, version, err);
    else if (!(out.at = allocate(end - first, sizeof *out.at)))
        status = fail_no_memory(err, "unloading");
    else {
        for (size_t i = first; i < end; i++) out.at[out.count++] = m->at[i];
        memmove(m->at + first, m->at + end, (m->count - end) * sizeof *m->at);
        m->count -= end - first;
        names_drop(&m->names, name, version ? out.at[0]->options.version : NULL);
    }
    pthread_rwlock_unlock(&m->lock);
    served_list_free(&out);
    return status;
}

bool models_has_default(models *m, const char *name) {
    pthread_rwlock_rdlock(&m->lock);
    const bool chosen = names_find(&m->names, name, "") != NULL;
    pthread_rwlock_unlock(&m->lock);
    return chosen;
}

mica_status models_set_default(models *m, const char *name, const char *version, mica_error *err) {
    mica_status status = MICA_OK;
    pthread_rwlock_wrlock(&m->lock);
    size_t i;
    if (!find_meant(m, name, version, &i)) status = unknown(m, name, version, err);
    else if (!names_set(&m->names, name, "", m->at[i]->options.version))
        status = fail_no_memory(err, "the default version");
    pthread_rwlock_unlock(&m->lock);
    return status;
}

mica_status models_set_names(models *m, const char *name, const version_name *names, int count,
                             mica_error *err) {
    pthread_rwlock_wrlock(&m->lock);
    const bool done = names_replace(&m->names, name, names, count);
    pthread_rwlock_unlock(&m->lock);
    return done ? MICA_OK : fail_no_memory(err, "names of versions");
}

/* NULL: none answers. */
static const char *default_of(const models *m, const char *name) {
    size_t i;
    return find_meant(m, name, NULL, &i) ? m->at[i]->options.version : NULL;
}

void models_put_names(models *m, const char *name, const char *version, strbuf *out) {
    const char *before = "";
    pthread_rwlock_rdlock(&m->lock);
    const char *answers = default_of(m, name);
    const bool is_default = answers && !strcmp(answers, version);
    strbuf_add(out, "\"default\":%s,\"aliases\":[", is_default ? "true" : "false");
    for (size_t i = 0; i < m->names.count; i++) {
        const named_version *n = &m->names.at[i];
        if (strcmp(n->model, name) != 0 || !*n->alias || strcmp(n->version, version) != 0) continue;
        strbuf_add(out, "%s", before);
        json_put_text(out, n->alias);
        before = ",";
    }
    strbuf_add(out, "]");
    pthread_rwlock_unlock(&m->lock);
}

void models_put_all_names(models *m, const char *name, strbuf *out) {
    const char *before = "";
    pthread_rwlock_rdlock(&m->lock);
    const char *answers = default_of(m, name);
    strbuf_add(out, "\"default_version\":");
    if (answers) json_put_text(out, answers);
    else strbuf_add(out, "null");
    strbuf_add(out, ",\"aliases\":{");
    for (size_t i = 0; i < m->names.count; i++) {
        const named_version *n = &m->names.at[i];
        if (strcmp(n->model, name) != 0 || !*n->alias) continue;
        strbuf_add(out, "%s", before);
        json_put_text(out, n->alias);
        strbuf_add(out, ":");
        json_put_text(out, n->version);
        before = ",";
    }
    strbuf_add(out, "}");
    pthread_rwlock_unlock(&m->lock);
}

mica_status models_hold(models *m, const char *name, const char *version, served **out,
                        mica_error *err) {
    mica_status status = MICA_OK;
    size_t i;
    pthread_rwlock_rdlock(&m->lock);
    if (!find_meant(m, name, version, &i)) status = unknown(m, name, version, err);
    else *out = served_hold(m->at[i]);
    pthread_rwlock_unlock(&m->lock);
    return status;
}

mica_status models_list(models *m, const char *name, served_list *out, mica_error *err) {
    mica_status status = MICA_OK;
    *out = (served_list){0};
    pthread_rwlock_rdlock(&m->lock);
    out->at = allocate(m->count, sizeof *out->at);
    if (!out->at) status = fail_no_memory(err, "a list of models");
    for (size_t i = name ? find(m, name, NULL) : 0; out->at && i < m->count; i++) {
        if (name && !is_of(m, i, name)) break;
        out->at[out->count++] = served_hold(m->at[i]);
    }
    if (out->at && name && !out->count) status = unknown(m, name, NULL, err);
    pthread_rwlock_unlock(&m->lock);
    return status;
}

const char **served_list_versions(const served_list *l) {
    const char **versions = allocate((size_t)l->count + 1, sizeof *versions);
    for (int i = 0; versions && i < l->count; i++) versions[i] = l->at[i]->options.version;
    return versions;
}

void served_list_free(served_list *l) {
    for (int i = 0; i < l->count; i++) served_release(l->at[i]);
    free(l->at);
    *l = (served_list){0};
}
