/* See traffic.h. */
#include "serve/traffic.h"

#include "base/fields.h"
#include "serve/rwlock.h"

#include <stdlib.h>
#include <string.h>

typedef struct share {
    char version[VERSION_ROOM];
    double part;
} share;

typedef struct rule {
    char *model;
    json_t *text; /* as it was set */
    share split[MOST_SHARES];
    int shares;
    shadow_rule shadow;
} rule;

struct traffic {
    pthread_rwlock_t lock;
    rule *at;
    size_t room;
    atomic_size_t count; /* read without the lock: most servers have no rules */
    _Atomic uint64_t unmet;
};

mica_status traffic_open(traffic **out, mica_error *err) {
    traffic *t = allocate(1, sizeof *t);
    if (!t) return fail_memory(err, sizeof *t, "the rules of traffic");
    rwlock_open(&t->lock);
    *out = t;
    return MICA_OK;
}

static void clear(rule *r) {
    free(r->model);
    json_decref(r->text);
    *r = (rule){0};
}

void traffic_close(traffic *t) {
    if (!t) return;
    for (size_t i = 0; i < atomic_load(&t->count); i++) clear(&t->at[i]);
    pthread_rwlock_destroy(&t->lock);
    free(t->at);
    free(t);
}

/* ---- reading a rule ---- */

typedef struct reading {
    rule *rule;
    traffic_look *there; /* NULL: versions may come later */
    void *user;
} reading;

static mica_status among_models(void *user, const char *model, const char *version,
                                mica_error *err) {
    served *s;
    TRY(models_hold(user, model, version, &s, err));
    served_release(s);
    return MICA_OK;
}

static mica_status read_version(const reading *r, const char *version, char *out, mica_error *err) {
    const char *model = r->rule->model;
    if (strlen(version) >= VERSION_ROOM)
        return fail(err, MICA_VALUE, "traffic of %s: \"%.80s\" is too long for a version", model,
                    version);
    if (r->there) TRY(r->there(r->user, model, version, err));
    memcpy(out, version, strlen(version) + 1);
    return MICA_OK;
}

static mica_status read_part(const char *version, const json_t *value, double *out,
                             mica_error *err) {
    char shown[CONFIG_SHOWN];
    *out = json_number_value(value);
    if (json_is_number(value) && *out >= 0 && *out <= 1) return MICA_OK;
    return fail(err, json_is_number(value) ? MICA_VALUE : MICA_TYPE,
                "traffic: split gives %s %s, expected a number from 0 to 1", version,
                config_show(value, shown));
}

static mica_status read_split(const reading *r, const json_t *split, mica_error *err) {
    const char *version;
    json_t *value;
    double sum = 0;
    if (split && !json_is_object(split))
        return fail(err, MICA_TYPE, "traffic: split is %s, expected {VERSION: share, …}",
                    config_kind(split));
    if (json_object_size(split) > MOST_SHARES)
        return fail(err, MICA_VALUE, "traffic: split has %zu versions, at most %d may be",
                    json_object_size(split), MOST_SHARES);
    json_object_foreach((json_t *)split, version, value) {
        share *s = &r->rule->split[r->rule->shares];
        TRY(read_version(r, version, s->version, err));
        TRY(read_part(s->version, value, &s->part, err));
        sum += s->part;
        r->rule->shares++;
    }
    if (sum <= 1 + 1e-9) return MICA_OK;
    return fail(err, MICA_VALUE, "traffic: the shares of split are %g together, at most 1 may be",
                sum);
}

typedef struct shadow_options {
    const char *version;
    double share, tolerance;
} shadow_options;

static const field shadow_fields[] = {
    TEXT(shadow_options, version, NULL, REQUIRED, .help = "the version that sees copies"),
    REAL(shadow_options, share, DEFAULT(1), .max = 1, .help = "of the requests"),
    REAL(shadow_options, tolerance, DEFAULT(1e-3), .max = 1e9,
         .help = "times 1 + |value|: how far values may lie apart and agree"),
    END_OF_FIELDS,
};

static mica_status read_shadow(const reading *r, const json_t *shadow, arena *a, mica_error *err) {
    shadow_rule *rule = &r->rule->shadow;
    shadow_options o = {0};
    if (!shadow || json_is_null(shadow)) return MICA_OK;
    TRY(fields_read(shadow_fields, &o, shadow, a, NULL, "traffic: shadow", err));
    rule->share = o.share, rule->tolerance = o.tolerance;
    return read_version(r, o.version, rule->version, err);
}

static mica_status read_rule(const reading *r, const char *model, const json_t *text,
                             mica_error *err) {
    static const char *const words[] = {"split", "shadow", NULL};
    const char *word;
    json_t *value;
    arena a = {0};
    if (!json_is_object(text))
        return fail(err, MICA_TYPE, "traffic of %s is %s, expected {\"split\", \"shadow\"}", model,
                    config_kind(text));
    json_object_foreach((json_t *)text, word, value) {
        if (strcmp(word, "split") && strcmp(word, "shadow"))
            return fail_unknown(err, "traffic", "key", word, words);
    }
    if (r->there) TRY(r->there(r->user, model, NULL, err));
    r->rule->text = json_deep_copy(text);
    if (!(r->rule->model = strdup(model)) || !r->rule->text)
        return fail_no_memory(err, "a rule of traffic");
    TRY(read_split(r, json_object_get(text, "split"), err));
    mica_status status = read_shadow(r, json_object_get(text, "shadow"), &a, err);
    arena_free(&a);
    return status;
}

/* ---- the rules ---- */

static rule *find(const traffic *t, const char *model) {
    const size_t count = atomic_load_explicit(&t->count, memory_order_relaxed);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(t->at[i].model, model)) return &t->at[i];
    return NULL;
}

/* Under the lock; r is the list's then. False: no memory. */
static bool put(traffic *t, const rule *r, rule *old) {
    const size_t count = atomic_load(&t->count);
    rule *here = find(t, r->model);
    if (here) {
        *old = *here;
        *here = *r;
        return true;
    }
    if (!grow(&t->at, &t->room, count + 1, sizeof *t->at)) return false;
    t->at[count] = *r;
    atomic_store(&t->count, count + 1);
    return true;
}

void traffic_forget(traffic *t, const char *model) {
    rule old = {0};
    pthread_rwlock_wrlock(&t->lock);
    rule *here = find(t, model);
    if (here) {
        const size_t last = atomic_load(&t->count) - 1;
        old = *here;
        *here = t->at[last];
        atomic_store(&t->count, last);
    }
    pthread_rwlock_unlock(&t->lock);
    clear(&old);
}

mica_status traffic_set(traffic *t, models *m, const char *model, const json_t *text,
                        mica_error *err) {
    rule r = {0}, old = {0};
    const reading reads = {&r, m ? among_models : NULL, m};
    mica_status status = read_rule(&reads, model, text, err);
    if (status == MICA_OK && !r.shares && !r.shadow.version[0]) {
        clear(&r);
        traffic_forget(t, model);
    } else if (status == MICA_OK) {
        pthread_rwlock_wrlock(&t->lock);
        if (!put(t, &r, &old)) status = fail_no_memory(err, "a rule of traffic");
        pthread_rwlock_unlock(&t->lock);
    }
    clear(status == MICA_OK ? &old : &r);
    return status;
}

mica_status traffic_check(const char *model, const json_t *text, traffic_look *there, void *user,
                          mica_error *err) {
    rule r = {0};
    const mica_status status = read_rule(&(reading){&r, there, user}, model, text, err);
    clear(&r);
    return status;
}

json_t *traffic_rule(traffic *t, const char *model) {
    pthread_rwlock_rdlock(&t->lock);
    const rule *r = find(t, model);
    json_t *text = r ? json_deep_copy(r->text) : json_object();
    pthread_rwlock_unlock(&t->lock);
    return text;
}

/* ---- requests ---- */

/* 0 ≤ x < 1, even over ids: FNV-1a, then the finalizer of SplitMix64. */
static double place_of(const char *id, uint64_t salt) {
    uint64_t h = 0xcbf29ce484222325u ^ salt;
    for (; *id; id++) h = (h ^ (unsigned char)*id) * 0x100000001b3u;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    return (double)((h ^ h >> 31) >> 11) * 0x1p-53;
}

/* False: the default. */
static bool choose(traffic *t, const char *model, const char *id, char version[VERSION_ROOM]) {
    bool found = false;
    pthread_rwlock_rdlock(&t->lock);
    const rule *r = find(t, model);
    double place = r ? place_of(id, 0) : 0;
    for (int i = 0; r && i < r->shares && !found; i++) {
        found = place < r->split[i].part;
        if (found) memcpy(version, r->split[i].version, VERSION_ROOM);
        place -= r->split[i].part;
    }
    pthread_rwlock_unlock(&t->lock);
    return found;
}

mica_status traffic_hold(traffic *t, models *m, const char *model, const char *id, served **out,
                         mica_error *err) {
    char version[VERSION_ROOM];
    if (atomic_load_explicit(&t->count, memory_order_relaxed) && choose(t, model, id, version)) {
        if (models_hold(m, model, version, out, NULL) == MICA_OK) return MICA_OK;
        atomic_fetch_add(&t->unmet, 1);
    }
    return models_hold(m, model, NULL, out, err);
}

bool traffic_shadow(traffic *t, const char *model, const char *id, shadow_rule *out) {
    if (!atomic_load_explicit(&t->count, memory_order_relaxed)) return false;
    pthread_rwlock_rdlock(&t->lock);
    const rule *r = find(t, model);
    const bool copied = r && r->shadow.version[0] && place_of(id, 1) < r->shadow.share;
    if (copied) *out = r->shadow;
    pthread_rwlock_unlock(&t->lock);
    return copied;
}

uint64_t traffic_unmet(const traffic *t) { return atomic_load(&t->unmet); }
