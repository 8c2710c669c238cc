/* mica models list: what a repository holds. */
#include "base/strbuf.h"
#include "cli/repository_of.h"
#include "cli/table.h"

#include <string.h>

typedef struct list_options {
    common_options common;
    const char *repository;
    bool changes, check;
} list_options;

#define O list_options
static const option options[] = {
    REPOSITORY_OPTION(O),
    FLAG(O, changes, "changes", "who did what, too"),
    FLAG(O, check, "check", "read every file, and compare its SHA-256 with what was published"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static const char *state(const stored_version *v) {
    return v->deleted   ? "deleted"
           : v->missing ? "missing"
           : v->retired ? "retired"
           : v->found   ? "unlisted"
                        : "live";
}

static json_t *aliases_of(const stored_model *m, int64_t version) {
    json_t *list = json_array();
    for (size_t i = 0; i < m->index.aliases; i++)
        if (m->index.alias[i].version == version)
            json_array_append_new(list, json_string(m->index.alias[i].name));
    return list;
}

/* Its aliases, and what else there is to say. */
static void add_names(table *t, const stored_model *m, const stored_version *v) {
    strbuf names = {0};
    for (size_t i = 0; i < m->index.aliases; i++)
        if (m->index.alias[i].version == v->number)
            strbuf_add(&names, "%s%s", names.length ? ", " : "", m->index.alias[i].name);
    if (stored_default(m) == v->number) strbuf_add(&names, "%s(default)", names.length ? " " : "");
    if (v->forced) strbuf_add(&names, "%s(forced)", names.length ? " " : "");
    table_add(t, "%s", names.data ? names.data : "");
    strbuf_free(&names);
}

static void add_version(table *t, const stored_model *m, const stored_version *v) {
    table_add(t, "%s", m->name), table_add(t, "%lld", (long long)v->number);
    table_add(t, "%s", state(v));
    table_add(t, "%s", *v->published ? v->published : "-");
    table_add(t, "%.12s", *v->sha256 ? v->sha256 : "-");
    table_add(t, "%s", *v->by ? v->by : "-");
    add_names(t, m, v);
}

static json_t *version_json(const stored_model *m, const stored_version *v) {
    return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s, s:b, s:o}", "version", (json_int_t)v->number,
                     "state", state(v), "sha256", v->sha256, "bytes", (json_int_t)v->bytes,
                     "published", v->published, "by", v->by, "forced", v->forced, "aliases",
                     aliases_of(m, v->number));
}

static json_t *change_json(const stored_change *c) {
    return json_pack("{s:s, s:s, s:s, s:I, s:s*, s:I}", "at", c->at, "by", c->by, "what", c->what,
                     "version", (json_int_t)c->version, "alias", c->alias, "before",
                     (json_int_t)c->before);
}

static void add_change(table *t, const stored_model *m, const stored_change *c) {
    table_add(t, "%s", m->name), table_add(t, "%s", c->at), table_add(t, "%s", c->by);
    table_add(t, "%s", c->what), table_add(t, "%lld", (long long)c->version);
    table_add(t, "%s", c->alias ? c->alias : "");
    if (c->before) table_add(t, "%lld", (long long)c->before);
    else table_add(t, " ");
}

/* Every file that should be there, as it was published. */
static mica_status check(const stored_model *m, mica_error *err) {
    arena a = {0};
    mica_status status = MICA_OK;
    for (size_t i = 0; i < m->index.versions && status == MICA_OK; i++) {
        const stored_version *v = &m->index.version[i];
        const char *path;
        if (v->deleted) continue;
        status = stored_path(m, v, &a, &path, err);
        if (status == MICA_OK) status = stored_check_sum(v, path, err);
    }
    arena_free(&a);
    return status;
}

/* What is found, for people and for programs. */
typedef struct listing {
    const list_options *o;
    table versions, changes;
    json_t *all;
} listing;

static void begin(listing *l) {
    static const char *const titles[] = {"model",  "version", "state",  "published",
                                         "sha256", "by",      "aliases"},
                             *const of_changes[] = {"model",   "when",  "by",    "what",
                                                    "version", "alias", "before"};
    l->versions = (table){.columns = LENGTH(titles), .right = "lrlllll"};
    l->changes = (table){.columns = LENGTH(of_changes), .right = "llllrlr"};
    for (size_t i = 0; i < LENGTH(titles); i++) table_add(&l->versions, "%s", titles[i]);
    for (size_t i = 0; i < LENGTH(of_changes); i++) table_add(&l->changes, "%s", of_changes[i]);
    l->all = json_array();
}

static void add_model(listing *l, const stored_model *m) {
    for (size_t i = 0; i < m->index.versions; i++)
        add_version(&l->versions, m, &m->index.version[i]);
    for (size_t i = 0; i < m->index.changes; i++) add_change(&l->changes, m, &m->index.change[i]);
}

static void show(listing *l, bool found) {
    const bool json = l->o->common.json, changes = l->o->changes;
    table_print(&l->versions, found && !json ? stdout : NULL);
    if (found && !json && changes) printf("\n");
    table_print(&l->changes, found && !json && changes ? stdout : NULL);
    if (found && json) print_json(json_pack("{s:O}", "models", l->all));
    json_decref(l->all);
}

static json_t *model_json(const list_options *o, const stored_model *m) {
    json_t *versions = json_array(), *changes = json_array();
    for (size_t i = 0; i < m->index.versions; i++)
        json_array_append_new(versions, version_json(m, &m->index.version[i]));
    for (size_t i = 0; i < m->index.changes && o->changes; i++)
        json_array_append_new(changes, change_json(&m->index.change[i]));
    json_t *tree = json_pack("{s:s, s:I, s:o}", "name", m->name, "default",
                             (json_int_t)stored_default(m), "versions", versions);
    if (o->changes) json_object_set(tree, "changes", changes);
    json_decref(changes);
    return tree;
}

static mica_status list_one(listing *l, const char *repository, const char *name, mica_error *err) {
    stored_model m;
    TRY(stored_open(repository, name, &m, err));
    json_array_append_new(l->all, model_json(l->o, &m));
    add_model(l, &m);
    mica_status status = l->o->check ? check(&m, err) : MICA_OK;
    stored_close(&m);
    return status;
}

static mica_status list(const list_options *o, mica_error *err) {
    const char *repository, *wanted = o->common.arguments ? o->common.argument[0] : NULL;
    arena a = {0};
    char **names = NULL;
    size_t count = 0;
    TRY(repository_of(o->repository, &repository, err));
    listing l = {.o = o};
    begin(&l);
    mica_status status = wanted ? list_one(&l, repository, wanted, err)
                                : store_names(repository, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        status = list_one(&l, repository, names[i], err);
    show(&l, status == MICA_OK || (!o->common.json && json_array_size(l.all)));
    arena_free(&a);
    return status;
}

static int run(void *raw) {
    const list_options *o = raw;
    mica_error err = {0};
    return list(o, &err) == MICA_OK ? EXIT_DONE : report(&o->common, &err);
}

const command command_models_list = {
    "models list",
    "[NAME]",
    "versions: state, when, SHA-256, by whom, aliases",
    options,
    sizeof(list_options),
    0,
    1,
    run,
    "unlisted: a folder that was put there without mica; missing: its folder is gone.\n"};
