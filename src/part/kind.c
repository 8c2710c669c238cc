/* Kinds by name, and their options: see kind.h. */
#include "part/kind.h"

#include <stdlib.h>
#include <string.h>

static bool kind_is(const kind *k, const char *name) {
    if (!strcmp(k->name, name) || !strcmp(k->class_name, name)) return true;
    for (size_t i = 0; i < LENGTH(k->aliases) && k->aliases[i]; i++)
        if (!strcmp(k->aliases[i], name)) return true;
    return false;
}

const kind *kind_find(kinds all, const char *name) {
    for (; *all; all++)
        if (kind_is(*all, name)) return *all;
    return NULL;
}

void kind_rename_keys(json_t *config, const renamed_key *renamed) {
    for (; renamed && renamed->from; renamed++) {
        json_t *value = json_object_get(config, renamed->from);
        if (!value) continue;
        if (!json_object_get(config, renamed->to)) json_object_set(config, renamed->to, value);
        json_object_del(config, renamed->from);
    }
}

/* The names written the way the caller wrote his: classes for a class, else snake case. */
static mica_status fail_no_kind(kinds all, const char *name, const char *what, const char *sort,
                                mica_error *err) {
    const char *known[512];
    size_t n = 0;
    bool class_name = name[0] >= 'A' && name[0] <= 'Z';
    for (; *all && n + 1 < LENGTH(known); all++)
        known[n++] = class_name ? (*all)->class_name : (*all)->name;
    known[n] = NULL;
    return fail_unknown(err, what, sort, name, known);
}

/* Keras 3 writes a plain function as {"class_name": "function", "config": "relu"}. */
static bool identify(const json_t *value, const char **name, const json_t **config) {
    if (!config_class(value, name, config)) return false;
    if (json_is_string(*config) && !strcmp(*name, "function"))
        *name = json_string_value(*config), *config = NULL;
    return true;
}

mica_status kind_read(kinds all, const json_t *value, const char *what, const char *sort, arena *a,
                      const kind **out, void **options, mica_error *err) {
    const char *name;
    const json_t *config;
    if (!identify(value, &name, &config))
        return fail(err, MICA_TYPE, "%s: %s is %s, expected a name or an object with class_name",
                    what, sort, config_kind(value));
    const kind *k = kind_find(all, name);
    if (!k) return fail_no_kind(all, name, what, sort, err);
    char place[256];
    snprintf(place, sizeof place, "%s: %s %s", what, sort, name);
    TRY(config_class_check(value, place, NULL, err));
    *out = k;
    *options = NULL;
    if (!k->fields) return MICA_OK;
    *options = arena_take(a, k->options_size);
    if (!*options) return fail_memory(err, k->options_size, name);
    if (!k->renamed || !json_is_object(config))
        return fields_read(k->fields, *options, config, a, k->ignored, place, err);
    json_t *own = json_copy((json_t *)config);
    if (!own) return fail_no_memory(err, name);
    kind_rename_keys(own, k->renamed);
    mica_status status = fields_read(k->fields, *options, own, a, k->ignored, place, err);
    json_decref(own);
    return status;
}

mica_status kind_read_text(kinds all, const char *text, const char *what, const char *sort,
                           arena *a, const kind **out, void **options, mica_error *err) {
    json_t *value;
    if (*text == '{') TRY(config_parse(text, strlen(text), what, &value, err));
    else if (!(value = json_string(text))) return fail_memory(err, strlen(text), sort);
    mica_status status = kind_read(all, value, what, sort, a, out, options, err);
    json_decref(value);
    return status;
}

mica_status kind_options(const kind *k, const void *given, const char *what, arena *a,
                         void **options, mica_error *err) {
    *options = NULL;
    if (!k->options_size) return MICA_OK;
    void *own = arena_take(a, k->options_size);
    if (!own) return fail_memory(err, k->options_size, k->name);
    TRY(options_take(own, k->options_size, given, what, err));
    *options = own;
    return fields_resolve(k->fields, own, a, what, err);
}

json_t *kind_write(const kind *k, const char *module, const void *options, mica_error *err) {
    json_t *config = json_object();
    if (config && k->fields && fields_write(k->fields, options, config, err) != MICA_OK) {
        json_decref(config);
        return NULL;
    }
    json_t *tree = json_pack("{s:s?, s:s, s:o, s:s?}", "module", k->not_in_keras ? NULL : module,
                             "class_name", k->class_name, "config", config, "registered_name",
                             k->not_in_keras ? k->class_name : NULL);
    if (!tree) fail_no_memory(err, k->name);
    return tree;
}
