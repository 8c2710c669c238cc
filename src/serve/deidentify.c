/* See deidentify.h. Inputs become a table of the request's rows (record_table.h), which
 * mica_table_anonymize changes; what has more than a value a row (pictures, sequences) is no
 * column: it is kept or dropped. */
#include "serve/deidentify.h"

#include "batch/policy.h"
#include "batch/secret.h"
#include "mica/mica.h"
#include "serve/record_table.h"
#include "serve/wire.h"
#include "table/builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct rules {
    char *model; /* NULL: of all others */
    const char *file;
    json_t *tree;
} rules;

struct deidentify {
    mica_context *ctx;
    const char *key_file;
    int count;
    rules at[MOST_POLICIES];
};

/* ---- policies ---- */

static mica_status check_policy(const rules *p, mica_error *err) {
    static const char *const many[] = {"k",         "l",   "suppress", "quasi_identifiers",
                                       "sensitive", "seed"};
    if (!json_is_object(p->tree))
        return fail(err, MICA_FORMAT, "%s: %s, expected a policy, an object", p->file,
                    config_kind(p->tree));
    for (size_t i = 0; i < LENGTH(many); i++)
        if (json_object_get(p->tree, many[i]))
            return fail(err, MICA_VALUE,
                        "%s: %s speaks of a whole table, and requests are written one by one: "
                        "expected columns, other_columns, key_file alone",
                        p->file, many[i]);
    return MICA_OK;
}

static mica_status read_policy(deidentify *d, const char *argument, mica_error *err) {
    rules *p = &d->at[d->count++];
    const char *equals = strchr(argument, '=');
    p->file = equals ? equals + 1 : argument;
    if (equals && !(p->model = strndup(argument, (size_t)(equals - argument))))
        return fail_no_memory(err, argument);
    for (int i = 0; i + 1 < d->count; i++)
        if (!p->model ? !d->at[i].model : d->at[i].model && !strcmp(p->model, d->at[i].model))
            return fail(err, MICA_VALUE, "%s: %s has a policy already", argument,
                        p->model ? p->model : "what has none of its own");
    TRY(config_load(p->file, &p->tree, err));
    return check_policy(p, err);
}

/* A table that has the columns it names, and no row. */
static mica_status named_columns(const rules *p, mica_table **out, mica_error *err) {
    json_t *columns = json_object_get(p->tree, "columns"), *rule;
    table_builder b = {0};
    const char *name;
    int i = 0;
    mica_status status = builder_begin(&b, (int)json_object_size(columns), p->file, err);
    json_object_foreach(columns, name, rule) {
        if (status == MICA_OK) status = builder_name(&b, i++, name, err);
    }
    if (status == MICA_OK) status = builder_end(&b, out, err);
    builder_free(&b);
    return status;
}

/* Its rules, before there is any request; *wants_key: they need one. */
static mica_status check_rules(const rules *p, bool *wants_key, mica_error *err) {
    mica_table *t = NULL;
    policy read = {0};
    char *text = config_text(p->tree);
    mica_status status = text ? named_columns(p, &t, err) : fail_no_memory(err, p->file);
    if (status == MICA_OK) status = policy_read(&read, text, p->file, t, err);
    if (status == MICA_OK) *wants_key = policy_wants_key(&read, t);
    policy_free(&read);
    mica_table_destroy(&t);
    free(text);
    return status;
}

/* Keys are read anew for each record; one that cannot be, or is not there, is told at the start,
 * not by records without inputs. */
static mica_status check_key(const deidentify *d, const rules *p, bool wanted, mica_error *err) {
    secret key = {0};
    const char *own = json_string_value(json_object_get(p->tree, "key_file"));
    const char *path = d->key_file ? d->key_file : own;
    if (!path && !wanted) return MICA_OK;
    if (!path)
        return fail(err, MICA_VALUE,
                    "%s: pseudonyms need a key: --deidentify-key FILE, or key_file in the policy",
                    p->file);
    const mica_status status = secret_read(path, &key, err);
    secret_forget(&key);
    return status == MICA_OK ? status : fail_within(err, status, "%s", p->file);
}

mica_status deidentify_open(const policy_files *files, deidentify **out, mica_error *err) {
    const int count = files->count;
    deidentify *d = allocate(1, sizeof *d);
    *out = NULL;
    if (d && !count) return free(d), MICA_OK;
    if (!d) return fail_memory(err, sizeof *d, "policies");
    d->key_file = files->key;
    d->ctx = mica_open(MICA_OPTIONS(context, .threads = 1));
    mica_status status = d->ctx ? MICA_OK : fail_no_memory(err, "policies");
    if (count > MOST_POLICIES)
        status = fail(err, MICA_VALUE, "%d policies, expected at most %d", count, MOST_POLICIES);
    for (int i = 0; i < count && status == MICA_OK; i++) {
        bool wants_key = false;
        status = read_policy(d, files->at[i], err);
        if (status == MICA_OK) status = check_rules(&d->at[i], &wants_key, err);
        if (status == MICA_OK) status = check_key(d, &d->at[i], wants_key, err);
    }
    if (status == MICA_OK) *out = d;
    else deidentify_close(d);
    return status;
}

void deidentify_close(deidentify *d) {
    if (!d) return;
    for (int i = 0; i < d->count; i++) {
        json_decref(d->at[i].tree);
        free(d->at[i].model);
    }
    mica_close(&d->ctx);
    free(d);
}

mica_status deidentify_check_models(const policy_files *files, models *m, mica_error *err) {
    served *v;
    mica_error why;
    for (int i = 0; i < files->count; i++) {
        char name[256];
        const char *equals = strchr(files->at[i], '=');
        if (!equals) continue;
        snprintf(name, sizeof name, "%.*s", (int)(equals - files->at[i]), files->at[i]);
        if (models_hold(m, name, NULL, &v, &why) != MICA_OK)
            return fail(err, MICA_NAME, "--deidentify %s: %s", files->at[i], why.message);
        served_release(v);
    }
    return MICA_OK;
}

static const rules *rules_of(const deidentify *d, const char *model) {
    const rules *others = NULL;
    for (int i = 0; i < d->count; i++) {
        if (!d->at[i].model) others = &d->at[i];
        else if (!strcmp(d->at[i].model, model)) return &d->at[i];
    }
    return others;
}

/* ---- what is no column ---- */

/* A part of a date ("since.weekday") tells of its column: where that is protected and the part has
 * no rule of its own, it is not written. */
static bool is_hidden_part(const rules *p, const char *name) {
    const json_t *columns = json_object_get(p->tree, "columns");
    const char *dot = strrchr(name, '.');
    if (!dot || json_object_get(columns, name)) return false;
    const json_t *rule = json_object_getn(columns, name, (size_t)(dot - name));
    const char *what = json_string_value(rule);
    return rule && !(what && !strcmp(what, "keep"));
}

static void put_name(strbuf *out, const char *name) {
    strbuf_put(out, ",", out->length > 0 && out->data[out->length - 1] != '{');
    json_put_text(out, name);
    strbuf_put(out, ":", 1);
}

/* Whether it does anything to a column by its name. */
static bool protects(const rules *p) {
    json_t *columns = json_object_get(p->tree, "columns"), *rule;
    const char *name;
    json_object_foreach(columns, name, rule) {
        const char *what = json_string_value(rule);
        if (!what || strcmp(what, "keep") != 0) return true;
    }
    return false;
}

/* What is no column: kept or dropped by its own rule, or by other_columns. */
static mica_status put_wide(const rules *p, const record *r, int i, strbuf *out, mica_error *err) {
    const served_value *v = &r->served->contract.in[i];
    const json_t *rule = json_object_get(json_object_get(p->tree, "columns"), v->name);
    if (!rule) rule = json_object_get(p->tree, "other_columns");
    const char *what = rule ? json_string_value(rule) : "keep", *at = r->in[i].data;
    if (what && !strcmp(what, "drop")) return MICA_OK;
    if (!what || strcmp(what, "keep") != 0)
        return fail(err, MICA_VALUE,
                    "%s: column %s: an input with several values a row, expected drop or keep",
                    p->file, v->name);
    if (at && row_wanted(&r->served->contract) && protects(p))
        return fail(err, MICA_VALUE,
                    "%s: input %s holds columns of a table in a form that rules for columns cannot "
                    "be applied to: expected other_columns \"drop\", or requests by rows",
                    p->file, v->name);
    put_name(out, v->name);
    const size_t value = out->length;
    if (!at || !json_put_nested(out, v->dtype, &at, &r->in[i].shape, 0)) {
        out->length = value;
        strbuf_put(out, "null", 4);
    }
    return MICA_OK;
}

/* ---- tables ---- */

/* A name that the model does not know is misspelt, and what it was to protect would be written. */
static mica_status check_names(const rules *p, const contract *c, mica_error *err) {
    json_t *columns = json_object_get(p->tree, "columns"), *rule;
    strbuf known = {0};
    const char *name;
    json_object_foreach(columns, name, rule) {
        if (record_may_have(c, name)) continue;
        record_columns_text(c, &known);
        fail(err, MICA_NAME, "%s: column %.100s is not known to model %.100s, which has %.400s",
             p->file, name, c->name, known.data ? known.data : "none");
        strbuf_free(&known);
        return MICA_NAME;
    }
    return MICA_OK;
}

/* The argument that is about a model; NULL: none. */
static const char *file_of(const policy_files *files, const char *model) {
    const char *others = NULL;
    for (int i = 0; i < files->count; i++) {
        const char *at = files->at[i], *equals = strchr(at, '=');
        const size_t length = equals ? (size_t)(equals - at) : 0;
        if (!equals) others = at;
        else if (strlen(model) == length && !memcmp(at, model, length)) return equals + 1;
    }
    return others;
}

mica_status deidentify_check_columns(const policy_files *files, const contract *c,
                                     mica_error *err) {
    rules p = {.file = file_of(files, c->name)};
    if (!p.file) return MICA_OK;
    TRY(config_load(p.file, &p.tree, err));
    const mica_status status = check_names(&p, c, err);
    json_decref(p.tree);
    return status;
}

/* Of what a policy says, what is about columns that this table has, and about parts of dates. */
static json_t *policy_for(const rules *p, const mica_table *t) {
    json_t *own = json_deep_copy(p->tree), *columns = json_object_get(own, "columns"), *rule;
    const char *name;
    void *next;
    json_object_foreach_safe(columns, next, name, rule) {
        if (mica_table_find(t, name) < 0) json_object_del(columns, name);
    }
    for (int i = 0; i < mica_table_columns(t); i++)
        if (is_hidden_part(p, mica_table_name(t, i)))
            json_object_set_new(columns, mica_table_name(t, i), json_string("drop"));
    return own;
}

static void put_text_cell(const mica_table *t, int column, int64_t row, strbuf *out) {
    char small[256];
    const size_t length = mica_table_text(t, column, row, small, sizeof small);
    char *large = length < sizeof small ? NULL : malloc(length + 1);
    if (large) mica_table_text(t, column, row, large, length + 1);
    json_put_text(out, large ? large : small);
    free(large);
}

/* Whole ones without a point, whatever the column's type became by the request's other rows. */
static void put_number(double value, strbuf *out) {
    char text[40] = "null";
    if (isfinite(value)) format_real(text, value);
    strbuf_put(out, text, strlen(text));
}

static void put_column(const mica_table *t, int column, strbuf *out) {
    const mica_column_type type = mica_table_type(t, column);
    char text[64];
    put_name(out, mica_table_name(t, column));
    strbuf_put(out, "[", 1);
    for (int64_t row = 0; row < mica_table_rows(t); row++) {
        if (row) strbuf_put(out, ",", 1);
        if (mica_table_is_missing(t, column, row)) strbuf_put(out, "null", 4);
        else if (type == MICA_COLUMN_BOOLEAN)
            strbuf_add(out, mica_table_number(t, column, row) != 0 ? "true" : "false");
        else if (type == MICA_COLUMN_INTEGER) {
            mica_table_text(t, column, row, text, sizeof text);
            strbuf_add(out, "%s", text);
        } else if (type == MICA_COLUMN_NUMBER) put_number(mica_table_number(t, column, row), out);
        else put_text_cell(t, column, row, out);
    }
    strbuf_put(out, "]", 1);
}

static mica_status put_table(deidentify *d, const rules *p, const mica_table *t, strbuf *out,
                             mica_error *err) {
    mica_table *made = NULL;
    json_t *own = policy_for(p, t);
    char *text = own ? config_text(own) : NULL;
    mica_status status = text
                             ? mica_table_anonymize(d->ctx, t, text,
                                                    MICA_OPTIONS(anonymize, .key_file = d->key_file,
                                                                 .name = p->file, .certainty = 1),
                                                    &made, err)
                             : fail_no_memory(err, p->file);
    for (int i = 0; made && i < mica_table_columns(made); i++) put_column(made, i, out);
    mica_table_destroy(&made);
    free(text);
    json_decref(own);
    return status;
}

static mica_status put_inputs(deidentify *d, const rules *p, const record *r, strbuf *out,
                              mica_error *err) {
    const contract *c = &r->served->contract;
    bool in_table[MAX_MODEL_INPUTS];
    mica_table *t = NULL;
    TRY(check_names(p, c, err));
    mica_status status = record_table(r, &t, in_table, err);
    if (t && status == MICA_OK) status = put_table(d, p, t, out, err);
    mica_table_destroy(&t);
    for (int i = 0; i < c->inputs && status == MICA_OK; i++)
        if (!in_table[i]) status = put_wide(p, r, i, out, err);
    return status;
}

mica_status deidentify_inputs(deidentify *d, const record *r, strbuf *out, mica_error *err) {
    const rules *p = d ? rules_of(d, r->model) : NULL;
    const size_t before = out->length;
    if (!p) return MICA_OK;
    strbuf_put(out, "{", 1);
    mica_status status = put_inputs(d, p, r, out, err);
    strbuf_put(out, "}", 1);
    if (status == MICA_OK && out->failed) status = fail_no_memory(err, p->file);
    if (status != MICA_OK) out->length = before;
    return status;
}
