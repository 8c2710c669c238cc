/* Policies: see policy.h. */
#include "batch/policy.h"

#include "batch/row_names.h"
#include "data/tabular.h"

#include <stdlib.h>
#include <string.h>

static const char *const others[] = {"keep", "drop", NULL};

#define OWNER policy_options
const field policy_fields[] = {
    CONFIG(OWNER, columns, "{}", .flags = FIELD_JSON, .help = "what is done with each column"),
    TEXT(OWNER, key_file, NULL, NULLABLE, .help = "the key of pseudonyms, mode 0600"),
    TEXT(OWNER, other_columns, "keep", .choices = others, .help = "columns that are not named"),
    INTEGER(OWNER, seed, NULLABLE, .min = -9e15, .max = 9e15,
            .help = "of noise; as secret as a key"),
    INTEGER(OWNER, k, .max = 9e15, .help = "rows that are alike at least"),
    INTEGER(OWNER, l, .max = 9e15, .help = "sensitive values among them at least"),
    TEXTS(OWNER, quasi_identifiers, .help = "columns that together could name a person"),
    TEXTS(OWNER, sensitive, .help = "columns whose values nobody shall tell of a person"),
    TEXTS(OWNER, names, .help = "columns of names: redact finds them in the texts of their row"),
    REAL(OWNER, suppress, .max = 1, .help = "the share of rows that may be left out to reach k"),
    END_OF_FIELDS};
#undef OWNER

static const protection *const protections[] = {
#define PROTECTION(name) &name,
#include "batch/protections.def"
#undef PROTECTION
};

mica_status fail_without_key(const char *what, mica_error *err) {
    return fail(err, MICA_VALUE, "%s: pseudonyms need a key: key_file", what);
}

/* ---- rules ---- */

static mica_status find_protection(const char *name, const char *what, const protection **out,
                                   mica_error *err) {
    const char *names[LENGTH(protections) + 1] = {0};
    for (size_t i = 0; i < LENGTH(protections); i++) {
        names[i] = protections[i]->name;
        if (!strcmp(name, names[i])) return *out = protections[i], MICA_OK;
    }
    return fail_unknown(err, what, "protection", name, names);
}

static mica_status read_rule(policy *p, const char *column, const json_t *value, column_rule *rule,
                             mica_error *err) {
    const char *name;
    const json_t *config;
    char what[512];
    snprintf(what, sizeof what, "%s: column %s", p->name, column);
    if (!config_short_class(value, &name, &config))
        return fail(err, MICA_TYPE, "%s: %s, expected a name, or {NAME: {…}}", what,
                    config_kind(value));
    TRY(find_protection(name, what, &rule->kind, err));
    void *options = arena_take(&p->memory, rule->kind->options_size);
    if (!options) return fail_no_memory(err, what);
    snprintf(what, sizeof what, "%s: column %s: %s", p->name, column, name);
    rule->options = options;
    rule->named = true;
    return fields_read(rule->kind->fields, options, config, &p->memory, NULL, what, err);
}

static mica_status read_rules(policy *p, const mica_table *t, mica_error *err) {
    json_t *columns, *value;
    const char *name;
    TRY(config_parse(p->o.columns, strlen(p->o.columns), p->name, &columns, err));
    mica_status status = MICA_OK;
    if (!json_is_object(columns))
        status = fail(err, MICA_TYPE, "%s: columns is %s, expected an object", p->name,
                      config_kind(columns));
    for (int i = 0; i < t->count; i++)
        p->rule[i].kind = strcmp(p->o.other_columns, "drop") ? &protect_keep : &protect_drop;
    json_object_foreach(columns, name, value) {
        int column;
        if (status == MICA_OK) status = tabular_find(t, name, "columns", p->name, &column, err);
        if (status == MICA_OK) status = read_rule(p, name, value, &p->rule[column], err);
    }
    json_decref(columns);
    return status;
}

/* ---- who could be told ---- */

static mica_status find_all(const policy *p, const mica_table *t, const mica_texts *names,
                            const char *what, int *out, mica_error *err) {
    for (int i = 0; i < names->count; i++) {
        TRY(tabular_find(t, names->values[i], what, p->name, &out[i], err));
        for (int k = 0; k < i; k++)
            if (out[k] == out[i])
                return fail(err, MICA_VALUE, "%s: %s: %s is there twice", p->name, what,
                            names->values[i]);
    }
    return MICA_OK;
}

static mica_status check_wanted(const policy *p, mica_error *err) {
    const policy_options *o = &p->o;
    if ((o->k > 1 || o->l > 1 || o->suppress > 0) && !o->quasi_identifiers.count)
        return fail(err, MICA_VALUE, "%s: k and l need quasi_identifiers", p->name);
    if (o->l > 1 && !o->sensitive.count)
        return fail(err, MICA_VALUE, "%s: l is %lld, but no column is sensitive", p->name,
                    (long long)o->l);
    for (int i = 0; i < o->sensitive.count; i++)
        for (int q = 0; q < o->quasi_identifiers.count; q++)
            if (p->sensitive[i] == p->quasi[q])
                return fail(err, MICA_VALUE,
                            "%s: %s is in quasi_identifiers and in sensitive, expected one of them",
                            p->name, o->sensitive.values[i]);
    return MICA_OK;
}

mica_status policy_read(policy *p, const char *json, const char *name, const mica_table *t,
                        mica_error *err) {
    json_t *config = NULL;
    *p = (policy){.name = name};
    TRY(config_parse(json, strlen(json), name, &config, err));
    mica_status status = fields_read(policy_fields, &p->o, config, &p->memory, NULL, name, err);
    json_decref(config);
    TRY(status);
    p->rule = arena_take(&p->memory, ((size_t)t->count + 1) * sizeof *p->rule);
    p->quasi = arena_take(&p->memory, sizeof(int) * LENGTH(p->o.sensitive.values));
    p->sensitive = arena_take(&p->memory, sizeof(int) * LENGTH(p->o.sensitive.values));
    if (!p->rule || !p->quasi || !p->sensitive) return fail_no_memory(err, name);
    TRY(read_rules(p, t, err));
    TRY(name_columns(p, t, err));
    TRY(find_all(p, t, &p->o.quasi_identifiers, "quasi_identifiers", p->quasi, err));
    TRY(find_all(p, t, &p->o.sensitive, "sensitive", p->sensitive, err));
    return check_wanted(p, err);
}

void policy_free(policy *p) { arena_free(&p->memory); }

bool policy_wants_key(const policy *p, const mica_table *t) {
    for (int i = 0; i < t->count; i++) {
        const protection *kind = p->rule[i].kind;
        if (kind->needs_key || (kind->wants_key && kind->wants_key(p->rule[i].options)))
            return true;
    }
    return p->o.key_file != NULL;
}
