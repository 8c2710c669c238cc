/* See models.h: a sorted list under a lock that is held for a look alone. */
#include "serve/models.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    served *served;
    bool chosen; /* the default of its name, by somebody's word */
} entry;

struct models {
    pthread_rwlock_t lock;
    entry *at; /* by name, then version as a number */
    size_t count, room;
};

mica_status models_open(models **out, mica_error *err) {
    models *m = allocate(1, sizeof *m);
    if (!m) return fail_memory(err, sizeof *m, "the list of models");
    pthread_rwlock_init(&m->lock, NULL);
    *out = m;
    return MICA_OK;
}

void models_close(models *m) {
    if (!m) return;
    for (size_t i = 0; i < m->count; i++) served_release(m->at[i].served);
    pthread_rwlock_destroy(&m->lock);
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
        if (compare(m->at[middle].served, name, version) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool is_of(const models *m, size_t i, const char *name) {
    return i < m->count && !strcmp(m->at[i].served->options.name, name);
}

mica_status models_put(models *m, served *s, mica_error *err) {
    served *old = NULL;
    pthread_rwlock_wrlock(&m->lock);
    const size_t i = find(m, s->options.name, s->options.version);
    const bool same = i < m->count &&
                      !compare(m->at[i].served, s->options.name, s->options.version),
               room = same || grow(&m->at, &m->room, m->count + 1, sizeof *m->at);
    if (same) {
        old = m->at[i].served;
        m->at[i].served = s;
    } else if (room) {
        memmove(m->at + i + 1, m->at + i, (m->count++ - i) * sizeof *m->at);
        m->at[i] = (entry){.served = s};
    }
    pthread_rwlock_unlock(&m->lock);
    served_release(old);
    if (!room) served_release(s);
    return room ? MICA_OK : fail_no_memory(err, "the list of models");
}

static mica_status unknown(const models *m, const char *name, const char *version,
                           mica_error *err) {
    const size_t i = find(m, name, NULL);
    if (version && is_of(m, i, name))
        return fail(err, MICA_NAME, "model \"%s\" has no version \"%s\"", name, version);
    return fail(err, MICA_NAME, "there is no model \"%s\" here", name);
}

mica_status models_take_out(models *m, const char *name, const char *version, mica_error *err) {
    served_list out = {0};
    mica_status status = MICA_OK;
    pthread_rwlock_wrlock(&m->lock);
    const size_t first = find(m, name, version);
    size_t end = first;
    while (is_of(m, end, name) && (!version || !compare(m->at[end].served, name, version))) end++;
    if (end == first) status = unknown(m, name, version, err);
    else if (!(out.at = allocate(end - first, sizeof *out.at)))
        status = fail_no_memory(err, "unloading");
    else {
        for (size_t i = first; i < end; i++) out.at[out.count++] = m->at[i].served;
        memmove(m->at + first, m->at + end, (m->count - end) * sizeof *m->at);
        m->count -= end - first;
    }
    pthread_rwlock_unlock(&m->lock);
    served_list_free(&out);
    return status;
}

mica_status models_set_default(models *m, const char *name, const char *version, mica_error *err) {
    mica_status status = MICA_OK;
    pthread_rwlock_wrlock(&m->lock);
    const size_t chosen = find(m, name, version);
    if (!is_of(m, chosen, name) || compare(m->at[chosen].served, name, version))
        status = unknown(m, name, version, err);
    for (size_t i = find(m, name, NULL); status == MICA_OK && is_of(m, i, name); i++)
        m->at[i].chosen = i == chosen;
    pthread_rwlock_unlock(&m->lock);
    return status;
}

mica_status models_hold(models *m, const char *name, const char *version, served **out,
                        mica_error *err) {
    mica_status status = MICA_OK;
    pthread_rwlock_rdlock(&m->lock);
    size_t i = find(m, name, version);
    if (!is_of(m, i, name) || compare(m->at[i].served, name, version))
        status = unknown(m, name, version, err);
    for (size_t k = i; !version && is_of(m, k, name) && !m->at[i].chosen; k++) i = k;
    if (status == MICA_OK) *out = served_hold(m->at[i].served);
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
        out->at[out->count++] = served_hold(m->at[i].served);
    }
    if (out->at && name && !out->count) status = unknown(m, name, NULL, err);
    pthread_rwlock_unlock(&m->lock);
    return status;
}

void served_list_free(served_list *l) {
    for (int i = 0; i < l->count; i++) served_release(l->at[i]);
    free(l->at);
    *l = (served_list){0};
}
