/* mica models list: what a repository holds. */
#include "cli/repository_of.h"

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

static void print_version(const stored_model *m, const stored_version *v) {
    printf("%s  %lld  %-8s %-20s  %.12s  %s%s", m->name, (long long)v->number, state(v),
           *v->published ? v->published : "-", *v->sha256 ? v->sha256 : "-", *v->by ? v->by : "-",
           v->forced ? "  forced" : "");
    for (size_t i = 0; i < m->index.aliases; i++)
        if (m->index.alias[i].version == v->number) printf("  %s", m->index.alias[i].name);
    printf("%s\n", stored_default(m) == v->number ? "  (default)" : "");
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

static void print_change(const stored_model *m, const stored_change *c) {
    printf("%s  %s  %s  %s %lld", m->name, c->at, c->by, c->what, (long long)c->version);
    if (c->alias) printf(" %s", c->alias);
    if (c->before) printf(" (before: %lld)", (long long)c->before);
    printf("\n");
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

static void print_model(const list_options *o, const stored_model *m) {
    for (size_t i = 0; i < m->index.versions; i++) print_version(m, &m->index.version[i]);
    for (size_t i = 0; i < m->index.changes && o->changes; i++)
        print_change(m, &m->index.change[i]);
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

static mica_status list_one(const list_options *o, const char *repository, const char *name,
                            json_t *all, mica_error *err) {
    stored_model m;
    TRY(stored_open(repository, name, &m, err));
    if (o->common.json) json_array_append_new(all, model_json(o, &m));
    else print_model(o, &m);
    mica_status status = o->check ? check(&m, err) : MICA_OK;
    stored_close(&m);
    return status;
}

static mica_status list(const list_options *o, mica_error *err) {
    const char *repository, *wanted = o->common.arguments ? o->common.argument[0] : NULL;
    arena a = {0};
    char **names = NULL;
    size_t count = 0;
    TRY(repository_of(o->repository, &repository, err));
    json_t *all = json_array();
    mica_status status = wanted ? list_one(o, repository, wanted, all, err)
                                : store_names(repository, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        status = list_one(o, repository, names[i], all, err);
    if (o->common.json && status == MICA_OK) print_json(json_pack("{s:O}", "models", all));
    json_decref(all);
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
