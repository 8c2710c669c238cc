/* See serve_config.h. */
#include "cli/serve_config.h"

#include "base/fields.h"
#include "base/file.h"

#include <string.h>

const char *const serve_config_words[] = {"models", "traffic", NULL};

/* An entry of "models"; a text stands for {"path": text}. */
typedef struct model_entry {
    const char *path, *name, *version, *backend;
    int64_t max_batch, max_queue, threads;
    double max_delay;
    bool is_default;
} model_entry;

#define E model_entry
static const field entry_fields[] = {
    TEXT(E, path, NULL, REQUIRED, .help = "the model's file"),
    TEXT(E, name, NULL, NULLABLE, .help = "as requests call it; else the file's name"),
    TEXT(E, version, "1", .help = "a number, of which the highest is the default"),
    FIELD_(FIELD_BOOLEAN, E, is_default, .name = "default",
           .help = "answers where none is asked for"),
    INTEGER(E, max_batch, NULLABLE, .min = 1, .max = MOST_BATCH, .help = "as --max-batch"),
    INTEGER(E, max_queue, NULLABLE, .min = 1, .max = INT32_MAX, .help = "as --max-queue"),
    REAL(E, max_delay, NULLABLE, .max = 10000, .help = "as --max-delay"),
    INTEGER(E, threads, NULLABLE, .min = 1, .max = MICA_MAX_THREADS, .help = "as --threads"),
    TEXT(E, backend, NULL, NULLABLE, .help = "as --backend"),
    END_OF_FIELDS,
};
#undef E

/* The word before the first '=', or the file's name without its ending. */
static mica_status name_of(const char *argument, char name[256], const char **path,
                           mica_error *err) {
    const char *equals = strchr(argument, '=');
    *path = equals ? equals + 1 : argument;
    const char *slash = strrchr(*path, '/'), *begin = equals ? argument : slash ? slash + 1 : *path;
    const char *dot = equals ? equals : strrchr(begin, '.');
    const size_t length = dot ? (size_t)(dot - begin) : strlen(begin);
    if (!length || length >= 256) return fail(err, MICA_VALUE, "%s: no name for a model", argument);
    memcpy(name, begin, length);
    name[length] = 0;
    return MICA_OK;
}

mica_status serve_file(server *s, const char *argument, mica_error *err) {
    char name[256];
    const char *path;
    served *there;
    TRY(name_of(argument, name, &path, err));
    if (models_hold(s->models, name, "1", &there, NULL) == MICA_OK) {
        fail(err, MICA_VALUE,
             "%s: there is a model \"%s\" already, from %s; NAME=FILE names another", argument,
             name, there->options.path);
        served_release(there);
        return MICA_VALUE;
    }
    return server_load(s, name, "1", path, err);
}

static mica_status read_entry(const json_t *value, arena *a, model_entry *out, mica_error *err) {
    char name[256];
    const char *path;
    json_t *object = json_is_string(value) ? json_pack("{s:O}", "path", value) : NULL;
    *out = (model_entry){0};
    mica_status status = fields_read(entry_fields, out, object ? object : value, a, NULL, "models",
                                     err);
    json_decref(object);
    if (status == MICA_OK && !out->name) {
        TRY(name_of(out->path, name, &path, err));
        if (!(out->name = arena_text(a, name)) || !(out->path = arena_text(a, path)))
            return fail_no_memory(err, "the names of models");
    }
    return status;
}

const char *serve_folder_of(const json_t *config) {
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(config, "models"), i, value) {
        const char *path = json_is_string(value) ? json_string_value(value)
                                                 : config_member(value, "path");
        if (path && file_is_folder(path)) return path;
    }
    return NULL;
}

static mica_status load_entry(server *s, const model_entry *e, served **out, mica_error *err) {
    served_options o = s->o.model;
    o.name = e->name, o.version = e->version, o.path = e->path;
    if (e->backend) o.backend = e->backend;
    if (e->max_batch != NO_INTEGER) o.max_batch = e->max_batch;
    if (e->max_queue != NO_INTEGER) o.max_queue = e->max_queue;
    if (e->threads != NO_INTEGER) o.threads = (int)e->threads;
    if (!isnan(e->max_delay)) o.max_delay = e->max_delay * 1e-3;
    return server_load_apart(s, &o, out, err);
}

/* Whether `list` has an entry of that name and version; *same: with the same settings. */
static mica_status find_entry(const json_t *list, const model_entry *e, const json_t *value,
                              arena *a, bool *there, bool *same, mica_error *err) {
    size_t i;
    json_t *other;
    model_entry k;
    *there = *same = false;
    json_array_foreach(list, i, other) {
        TRY(read_entry(other, a, &k, err));
        if (strcmp(k.name, e->name) || strcmp(k.version, e->version)) continue;
        *there = true;
        *same = json_equal(other, value);
    }
    return MICA_OK;
}

/* By a request it may have been unloaded. */
static bool is_loaded(server *s, const model_entry *e) {
    served *v;
    if (models_hold(s->models, e->name, e->version, &v, NULL) != MICA_OK) return false;
    const bool same = !strcmp(v->options.version, e->version); /* not by an alias */
    served_release(v);
    return same;
}

/* What the new file brings: all of it is loaded before any of it is there. */
typedef struct newcomers {
    size_t count;
    model_entry *entry;
    served **loaded; /* of each; NULL: what is there stays */
} newcomers;

static mica_status load_new(server *s, const json_t *list, const json_t *before, arena *a,
                            newcomers *n, mica_error *err) {
    size_t i;
    json_t *value;
    bool there, same;
    n->count = json_array_size(list);
    n->entry = arena_take(a, n->count * sizeof *n->entry);
    n->loaded = arena_take(a, n->count * sizeof *n->loaded);
    if (n->count && (!n->entry || !n->loaded)) return fail_no_memory(err, "a list of models");
    json_array_foreach(list, i, value) TRY(read_entry(value, a, &n->entry[i], err));
    json_array_foreach(list, i, value) {
        const model_entry *e = &n->entry[i];
        TRY(find_entry(before, e, value, a, &there, &same, err));
        if (!same || !is_loaded(s, e)) TRY(load_entry(s, e, &n->loaded[i], err));
    }
    return MICA_OK;
}

static mica_status put_new(server *s, newcomers *n, mica_error *err) {
    for (size_t i = 0; i < n->count; i++) {
        const model_entry *e = &n->entry[i];
        served *v = n->loaded[i];
        if (v) TRY(sources_put(s->sources, &(model_source){v->options, e->is_default}, err));
        n->loaded[i] = NULL;
        if (v) TRY(server_put(s, v, err));
        if (e->is_default) TRY(models_set_default(s->models, e->name, e->version, err));
    }
    return MICA_OK;
}

static mica_status take_out_old(server *s, const json_t *list, const json_t *before, arena *a,
                                mica_error *err) {
    size_t i;
    json_t *value;
    model_entry e;
    bool there, same;
    json_array_foreach(before, i, value) {
        TRY(read_entry(value, a, &e, err));
        TRY(find_entry(list, &e, value, a, &there, &same, err));
        if (there) continue;
        sources_drop(s->sources, e.name, e.version);
        models_take_out(s->models, e.name, e.version, NULL); /* a request may have been first */
    }
    return MICA_OK;
}

/* Versions of a repository come and go: a server must be able to start while one is not there. */
static mica_status set_rule(server *s, const char *model, const json_t *rule, mica_error *err) {
    mica_error why;
    mica_status status = traffic_set(s->traffic, s->models, model, rule, err);
    if (status != MICA_NAME || !s->repository) return status;
    why = *err;
    TRY(traffic_set(s->traffic, NULL, model, rule, err));
    server_log(s, MICA_LOG_WARNING, "traffic: %s; its share is the default's until it comes",
               why.message);
    return MICA_OK;
}

static mica_status set_traffic(server *s, const json_t *rules, const json_t *before,
                               mica_error *err) {
    const char *model;
    json_t *rule;
    json_object_foreach((json_t *)before, model, rule) {
        if (!json_object_get(rules, model)) traffic_forget(s->traffic, model);
    }
    json_object_foreach((json_t *)rules, model, rule) TRY(set_rule(s, model, rule, err));
    return MICA_OK;
}

/* What will be there when all that a file says is done. */
typedef struct coming {
    server *server;
    const json_t *list, *before;
    arena *memory;
} coming;

/* Whether a version of the model (NULL: any) is in a list of models. */
static mica_status is_listed(const json_t *list, const char *model, const char *version, arena *a,
                             bool *found, mica_error *err) {
    size_t i;
    json_t *value;
    model_entry e;
    *found = false;
    json_array_foreach(list, i, value) {
        TRY(read_entry(value, a, &e, err));
        *found |= !strcmp(e.name, model) && (!version || !strcmp(e.version, version));
    }
    return MICA_OK;
}

/* Whether one is there that the command line named: what only the file before named goes. */
static mica_status stays(const coming *c, const char *model, const char *version, bool *found,
                         mica_error *err) {
    served_list all;
    mica_status status = MICA_OK;
    if (models_list(c->server->models, model, &all, err) != MICA_OK)
        return err->code == MICA_NAME ? MICA_OK : err->code;
    for (int i = 0; i < all.count && status == MICA_OK && !*found; i++) {
        const char *here = all.at[i]->options.version;
        bool goes;
        if (version && strcmp(here, version)) continue;
        status = is_listed(c->before, model, here, c->memory, &goes, err);
        *found = !goes;
    }
    served_list_free(&all);
    return status;
}

static mica_status will_be_there(void *user, const char *model, const char *version,
                                 mica_error *err) {
    const coming *c = user;
    bool found, known;
    TRY(is_listed(c->list, model, version, c->memory, &found, err));
    if (!found) TRY(stays(c, model, version, &found, err));
    if (found) return MICA_OK;
    TRY(is_listed(c->list, model, NULL, c->memory, &known, err));
    if (!known) TRY(stays(c, model, NULL, &known, err));
    if (!known) return fail(err, MICA_NAME, "there is no model \"%s\" here", model);
    return fail(err, MICA_NAME, "model \"%s\" has no version \"%s\"", model, version);
}

/* Versions of a repository come and go, others must be there: before anything changes, it is known
 * that the rules fit. */
static mica_status check_forms(server *s, const json_t *config, const json_t *before, arena *a,
                               mica_error *err) {
    const json_t *list = json_object_get(config, "models"),
                 *rules = json_object_get(config, "traffic");
    const char *model;
    json_t *rule;
    if (list && !json_is_array(list))
        return fail(err, MICA_TYPE, "models is %s, expected a list", config_kind(list));
    if (rules && !json_is_object(rules))
        return fail(err, MICA_TYPE, "traffic is %s, expected {MODEL: rule, …}", config_kind(rules));
    coming c = {s, list, before, a};
    json_object_foreach((json_t *)rules, model, rule)
        TRY(traffic_check(model, rule, s->repository ? NULL : will_be_there, &c, err));
    return MICA_OK;
}

mica_status serve_models_of(server *s, const json_t *config, const json_t *before,
                            mica_error *err) {
    const json_t *list = json_object_get(config, "models"),
                 *old = json_object_get(before, "models");
    arena a = {0};
    newcomers n = {0};
    mica_status status = check_forms(s, config, old, &a, err);
    if (s->repository) list = old = NULL;
    if (status == MICA_OK) status = load_new(s, list, old, &a, &n, err);
    if (status == MICA_OK) status = put_new(s, &n, err);
    if (status == MICA_OK) status = take_out_old(s, list, old, &a, err);
    for (size_t i = 0; n.loaded && i < n.count; i++) served_release(n.loaded[i]);
    arena_free(&a);
    return status;
}

mica_status serve_traffic_of(server *s, const json_t *config, const json_t *before,
                             mica_error *err) {
    return set_traffic(s, json_object_get(config, "traffic"), json_object_get(before, "traffic"),
                       err);
}
