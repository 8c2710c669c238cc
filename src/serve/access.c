/* See access.h. What was read is replaced as a whole, under a lock that readers hold for a look. */
#include "serve/access.h"

#include "base/clock.h"
#include "base/index.h"
#include "base/sha256.h"
#include "serve/keys.h"
#include "serve/rwlock.h"
#include "serve/token.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* How many requests a key may send now: it fills at the key's rate, up to a second's worth. */
typedef struct bucket {
    double tokens, filled;
} bucket;

struct access_control {
    access_options options;
    arena texts;
    pthread_rwlock_t lock;
    key_list keys;
    struct timespec keys_changed;
    pthread_mutex_t rates;
    bucket *bucket;            /* of each key */
    struct token_keys *tokens; /* NULL: none are taken */
    char *news;                /* of the last reload; NULL: none, or it was told */
};

/* ---- reading files ---- */

static struct timespec changed_at(const char *path) {
    struct stat s;
    return path && !stat(path, &s) ? s.st_mtim : (struct timespec){0};
}

/* ---- what a reload changed ---- */

static const api_key *find_id(const key_list *keys, const char *id) {
    for (size_t i = 0; i < keys->count; i++)
        if (!strcmp(keys->at[i].id, id)) return &keys->at[i];
    return NULL;
}

static bool is_added(const api_key *k, const key_list *old) { return !find_id(old, k->id); }

static bool is_revoked(const api_key *k, const key_list *old) {
    const api_key *before = find_id(old, k->id);
    return k->revoked && before && !before->revoked;
}

/* The ids for which it holds; false: there is none. */
static bool list_keys(json_t *news, const char *name, const key_list *of, const key_list *other,
                      bool (*holds)(const api_key *k, const key_list *other)) {
    json_t *list = json_array();
    for (size_t i = 0; i < of->count; i++)
        if (holds(&of->at[i], other)) json_array_append_new(list, json_string(of->at[i].id));
    const bool any = json_array_size(list) > 0;
    json_object_set_new(news, name, list);
    return any;
}

static void keep_news(access_control *a, const key_list *fresh, const key_list *old) {
    json_t *news = json_object();
    bool any = list_keys(news, "added", fresh, old, is_added);
    any |= list_keys(news, "revoked", fresh, old, is_revoked);
    any |= list_keys(news, "removed", old, fresh, is_added);
    free(a->news);
    a->news = any && news ? config_text(news) : NULL;
    json_decref(news);
}

char *access_news(access_control *a) {
    char *news = a->news;
    a->news = NULL;
    return news;
}

/* What a key may send still, it may also after the file was read again. Under the lock. */
static void keep_buckets(const access_control *a, const key_list *fresh, bucket *buckets) {
    for (size_t i = 0; i < fresh->count; i++)
        for (size_t k = 0; k < a->keys.count; k++)
            if (!memcmp(fresh->at[i].digest, a->keys.at[k].digest, sizeof fresh->at[i].digest))
                buckets[i] = a->bucket[k];
}

static mica_status read_again(access_control *a, mica_error *err) {
    key_list fresh = {0};
    struct token_keys *tokens = NULL;
    const access_options *o = &a->options;
    if (o->keys) TRY(keys_load(o->keys, &fresh, err));
    bucket *buckets = allocate(fresh.count, sizeof *buckets);
    mica_status status = buckets ? MICA_OK : fail_no_memory(err, "keys");
    if (status == MICA_OK && (o->jwt_secret || o->jwt_key)) status = tokens_open(o, &tokens, err);
    if (status != MICA_OK) {
        keys_free(&fresh);
        free(buckets);
        return status;
    }
    for (size_t i = 0; i < fresh.count; i++)
        buckets[i] = (bucket){fmax(fresh.at[i].rate, 1), clock_seconds()};
    pthread_rwlock_wrlock(&a->lock);
    keep_buckets(a, &fresh, buckets);
    key_list old = a->keys;
    bucket *old_buckets = a->bucket;
    struct token_keys *old_tokens = a->tokens;
    a->keys = fresh, a->bucket = buckets, a->tokens = tokens;
    pthread_rwlock_unlock(&a->lock);
    keep_news(a, &a->keys, &old); /* one thread alone reads again */
    keys_free(&old);
    free(old_buckets);
    tokens_close(old_tokens);
    return MICA_OK;
}

mica_status access_reload(access_control *a, mica_error *err) {
    const struct timespec changed = changed_at(a->options.keys);
    a->keys_changed = changed; /* also where it is broken: it is told once */
    return read_again(a, err);
}

bool access_changed(const access_control *a) {
    const struct timespec now = changed_at(a->options.keys);
    return now.tv_sec &&
           (now.tv_sec != a->keys_changed.tv_sec || now.tv_nsec != a->keys_changed.tv_nsec);
}

mica_status access_open(const access_options *o, access_control **out, mica_error *err) {
    access_control *a = allocate(1, sizeof *a);
    if (!a) return fail_memory(err, sizeof *a, "keys");
    a->options = *o;
    const char **texts[] = {&a->options.keys, &a->options.jwt_secret, &a->options.jwt_key,
                            &a->options.jwt_audience, &a->options.jwt_issuer};
    mica_status status = MICA_OK;
    rwlock_open(&a->lock);
    pthread_mutex_init(&a->rates, NULL);
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (*texts[i] && !(*texts[i] = arena_text(&a->texts, *texts[i])))
            status = fail_no_memory(err, "keys");
    if (status == MICA_OK) status = access_reload(a, err);
    if (status == MICA_OK) *out = a;
    else access_close(a);
    return status;
}

void access_close(access_control *a) {
    if (!a) return;
    keys_free(&a->keys);
    free(a->bucket);
    free(a->news);
    tokens_close(a->tokens);
    pthread_rwlock_destroy(&a->lock);
    pthread_mutex_destroy(&a->rates);
    arena_free(&a->texts);
    free(a);
}

/* ---- checking ---- */

/* Every key is compared, to its end. */
static int find_key(const key_list *keys, const char *text) {
    unsigned char digest[32];
    sha256 h;
    int found = -1;
    sha256_begin(&h);
    sha256_add(&h, text, strlen(text));
    sha256_end(&h, digest);
    for (size_t i = 0; i < keys->count; i++)
        if (secrets_equal(keys->at[i].digest, digest, sizeof digest)) found = (int)i;
    return found;
}

static bool take_turn(access_control *a, size_t key, double rate) {
    const double now = clock_seconds();
    pthread_mutex_lock(&a->rates);
    bucket *b = &a->bucket[key];
    b->tokens = fmin(b->tokens + (now - b->filled) * rate, fmax(rate, 1));
    b->filled = now;
    const bool may = b->tokens >= 1;
    if (may) b->tokens -= 1;
    pthread_mutex_unlock(&a->rates);
    return may;
}

static access_result refuse(mica_error *err, access_result why, const char *text) {
    fail(err, why == ACCESS_LIMITED ? MICA_BUSY : MICA_VALUE, "%s", text);
    return why;
}

static access_result may(unsigned roles, const char *const *models, action what, const char *model,
                         mica_error *err) {
    if (!(roles >> what & 1)) return refuse(err, ACCESS_DENIED, "the key may not do this");
    if (model && !models_hold_name(models, model))
        return refuse(err, ACCESS_DENIED, "the key is not for this model");
    return ACCESS_GRANTED;
}

static void name_caller(identity *who, const char *name, const char *method, uint64_t number) {
    snprintf(who->name, sizeof who->name, "%s", name);
    snprintf(who->method, sizeof who->method, "%s", method);
    who->key = number;
}

static access_result check_key(access_control *a, int i, const char *method, action what,
                               const char *model, identity *who, mica_error *err) {
    if (i < 0) return refuse(err, ACCESS_UNKNOWN, "the key is not known");
    const api_key *k = &a->keys.at[i];
    const time_t now = time(NULL);
    name_caller(who, k->id, method, (uint64_t)i + 1);
    snprintf(who->label, sizeof who->label, "%s", k->name);
    if (k->revoked) return refuse(err, ACCESS_UNKNOWN, "the key was revoked");
    if (k->expires && now >= k->expires) return refuse(err, ACCESS_UNKNOWN, "the key is expired");
    who->rate = k->rate;
    const access_result result = may(k->roles, k->models, what, model, err);
    if (result != ACCESS_GRANTED || !model || k->rate <= 0) return result;
    if (take_turn(a, (size_t)i, k->rate)) return result;
    return refuse(err, ACCESS_LIMITED, "the key sent more requests than it may");
}

/* A name may come again when its key was revoked or is expired: the newest counts that is neither,
 * else the newest. */
static int find_named(const key_list *keys, const char *name) {
    const time_t now = time(NULL);
    int found = -1;
    for (size_t i = keys->count; i-- > 0;) {
        const api_key *k = &keys->at[i];
        if (strcmp(k->name, name) != 0) continue;
        if (!k->revoked && (!k->expires || now < k->expires)) return (int)i;
        if (found < 0) found = (int)i;
    }
    return found;
}

static access_result check_token(access_control *a, const char *text, action what,
                                 const char *model, identity *who, mica_error *err) {
    token t;
    const char *problem = token_read(a->tokens, text, time(NULL), &t);
    if (problem) return refuse(err, ACCESS_UNKNOWN, problem);
    name_caller(who, t.subject, "jwt", hash_bytes(HASH_BEGIN, t.subject, strlen(t.subject)));
    if (!(t.roles >> what & 1)) return refuse(err, ACCESS_DENIED, "the token may not do this");
    if (!token_for_model(&t, model))
        return refuse(err, ACCESS_DENIED, "the token is not for this model");
    return ACCESS_GRANTED;
}

/* "Bearer KEY" and "KEY" are the key; NULL: there is none. */
static const char *bare(const char *text) {
    if (text && !strncasecmp(text, "Bearer ", 7)) text += 7;
    while (text && *text == ' ') text++;
    return text && *text ? text : NULL;
}

static bool is_token(const access_control *a, const char *text) {
    return text && strncmp(text, "mica_", 5) && a->tokens;
}

static access_result check(access_control *a, const char *text, const char *certificate,
                           action what, const char *model, identity *who, mica_error *err) {
    text = bare(text);
    if (is_token(a, text)) return check_token(a, text, what, model, who, err);
    if (text) return check_key(a, find_key(&a->keys, text), "key", what, model, who, err);
    if (certificate)
        return check_key(a, find_named(&a->keys, certificate), "mtls", what, model, who, err);
    return refuse(err, ACCESS_UNKNOWN, "this asks for a key: Authorization: Bearer mica_…");
}

const char *identity_who(const identity *who) {
    if (!who || !who->method[0]) return NULL;
    return who->label[0] ? who->label : who->name[0] ? who->name : "unnamed";
}

const char *identity_by(const identity *who, char by[96]) {
    if (!who || !who->method[0]) return NULL;
    snprintf(by, 96, "%s%s%s", who->method, who->label[0] ? " " : "",
             who->label[0] ? who->name : "");
    return by;
}

access_result access_check(access_control *a, const char *authorization, const char *certificate,
                           action what, const char *model, identity *who, mica_error *err) {
    *who = (identity){0};
    pthread_rwlock_rdlock(&a->lock);
    const access_result result = check(a, authorization, certificate, what, model, who, err);
    pthread_rwlock_unlock(&a->lock);
    return result;
}

void access_see(access_control *a, const credentials *asker, const char *const *models,
                size_t count, bool *may) {
    const char *text = bare(asker->authorization);
    token t;
    pthread_rwlock_rdlock(&a->lock);
    const bool by_token = is_token(a, text),
               known = by_token && !token_read(a->tokens, text, time(NULL), &t);
    const int i = by_token             ? -1
                  : text               ? find_key(&a->keys, text)
                  : asker->certificate ? find_named(&a->keys, asker->certificate)
                                       : -1;
    for (size_t n = 0; n < count; n++)
        may[n] = by_token ? known && token_for_model(&t, models[n])
                          : i >= 0 && models_hold_name(a->keys.at[i].models, models[n]);
    pthread_rwlock_unlock(&a->lock);
}
