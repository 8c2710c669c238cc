/* See sources.h. */
#include "serve/sources.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    model_source source;
    arena texts;
} entry;

struct sources {
    pthread_mutex_t lock;
    entry *at; /* in the order in which they came */
    size_t count, room;
};

mica_status sources_open(sources **out, mica_error *err) {
    sources *l = allocate(1, sizeof *l);
    if (!l) return fail_memory(err, sizeof *l, "the list of models");
    pthread_mutex_init(&l->lock, NULL);
    *out = l;
    return MICA_OK;
}

void sources_close(sources *l) {
    if (!l) return;
    for (size_t i = 0; i < l->count; i++) arena_free(&l->at[i].texts);
    pthread_mutex_destroy(&l->lock);
    free(l->at);
    free(l);
}

static bool copy_text(const char **text, arena *a) {
    return !*text || (*text = arena_text(a, *text));
}

static bool copy(model_source *out, const model_source *s, arena *a) {
    served_options *o = &out->options;
    *out = *s;
    return copy_text(&o->name, a) && copy_text(&o->version, a) && copy_text(&o->path, a) &&
           copy_text(&o->backend, a);
}

/* NULL: any. */
static bool is_of(const model_source *s, const char *name, const char *version) {
    return (!name || !strcmp(s->options.name, name)) &&
           (!version || !strcmp(s->options.version, version));
}

/* ---- under the lock ---- */

static entry *find(const sources *l, const char *name, const char *version) {
    for (size_t i = 0; i < l->count; i++)
        if (is_of(&l->at[i].source, name, version)) return &l->at[i];
    return NULL;
}

static bool put(sources *l, const entry *e) {
    const model_source *s = &e->source;
    entry *there = find(l, s->options.name, s->options.version);
    if (!there && !grow(&l->at, &l->room, l->count + 1, sizeof *l->at)) return false;
    if (there) arena_free(&there->texts);
    else there = &l->at[l->count++];
    *there = *e;
    return true;
}

static bool copy_all(const sources *l, const char *name, const char *version, arena *a,
                     model_source *out, size_t *count) {
    for (size_t i = 0; i < l->count; i++)
        if (is_of(&l->at[i].source, name, version) && !copy(&out[(*count)++], &l->at[i].source, a))
            return false;
    return true;
}

/* ---- */

mica_status sources_put(sources *l, const model_source *s, mica_error *err) {
    entry e = {0};
    bool done = copy(&e.source, s, &e.texts);
    pthread_mutex_lock(&l->lock);
    done = done && put(l, &e);
    pthread_mutex_unlock(&l->lock);
    if (done) return MICA_OK;
    arena_free(&e.texts);
    return fail_no_memory(err, "the list of models");
}

void sources_drop(sources *l, const char *name, const char *version) {
    pthread_mutex_lock(&l->lock);
    entry *gone = find(l, name, version);
    if (gone) {
        arena_free(&gone->texts);
        memmove(gone, gone + 1, (size_t)(l->at + --l->count - gone) * sizeof *gone);
    }
    pthread_mutex_unlock(&l->lock);
}

mica_status sources_find(sources *l, const char *name, const char *version, arena *a,
                         model_source **out, size_t *count, mica_error *err) {
    pthread_mutex_lock(&l->lock);
    const bool known = !name || find(l, name, NULL);
    *count = 0;
    *out = arena_take(a, (l->count + 1) * sizeof **out);
    const bool done = *out && copy_all(l, name, version, a, *out, count);
    pthread_mutex_unlock(&l->lock);
    if (!done) return fail_no_memory(err, "the list of models");
    if (*count || !name) return MICA_OK;
    if (known) return fail(err, MICA_NAME, "model \"%s\" has no version \"%s\"", name, version);
    return fail(err, MICA_NAME, "there is no model \"%s\" here", name);
}
