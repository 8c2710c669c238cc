/* De-identification of a table by a policy: see mica/clean.h. The table is copied, each column's
 * protection changes its copy, rows that are too few alike are left out where the policy allows it,
 * and nothing is given out unless k and l are reached. */
#include "mica/clean.h"

#include "base/context.h"
#include "batch/personal_table.h"
#include "batch/policy.h"
#include "batch/secret.h"

#include <stdlib.h>
#include <string.h>

typedef struct work {
    mica_context *ctx;
    policy policy;
    protecting shared;
    secret key;
    mica_table *made; /* with the columns that will be dropped */
    int64_t *changed; /* cells of each column */
    anonymity before, after;
    int64_t suppressed;
    double certainty;
} work;

mica_anonymize_options mica_anonymize_defaults(void) {
    return (mica_anonymize_options){.size = sizeof(mica_anonymize_options)};
}

/* ---- columns ---- */

static mica_status take_secrets(work *w, const mica_anonymize_options *o, const mica_table *t,
                                mica_error *err) {
    const char *key = o->key_file ? o->key_file : w->policy.o.key_file;
    if (key) TRY(secret_read(key, &w->key, err));
    else if (policy_wants_key(&w->policy, t)) return fail_without_key(w->policy.name, err);
    w->shared = (protecting){w->policy.name, w->key.bytes, w->key.size, (uint64_t)w->policy.o.seed};
    return w->policy.o.seed == NO_INTEGER ? secret_seed(&w->shared.seed, err) : MICA_OK;
}

static mica_status protect_columns(work *w, mica_error *err) {
    for (int i = 0; i < w->made->count; i++) {
        const column_rule *rule = &w->policy.rule[i];
        char what[512];
        snprintf(what, sizeof what, "%s: column %s", w->policy.name, w->made->column[i].name);
        if (rule->kind->drops) w->changed[i] = w->made->rows - w->made->column[i].missing;
        else if (rule->kind->apply)
            TRY(rule->kind->apply(&w->shared, w->made, i, rule->options, what, &w->changed[i],
                                  err));
    }
    return MICA_OK;
}

/* ---- rows ---- */

/* Leaves out the rows that are too few alike, where the policy allows as many. */
static mica_status suppress(work *w, mica_error *err) {
    const policy_options *o = &w->policy.o;
    bool *exposed = allocate((size_t)w->made->rows + 1, sizeof *exposed);
    mica_table *fewer = NULL;
    mica_status status = exposed
                             ? policy_measure(&w->policy, w->made, true, &w->after, exposed, err)
                             : fail_no_memory(err, "k-anonymity");
    int64_t rows = w->after.exposed;
    if (status == MICA_OK && rows > 0 && rows < w->made->rows &&
        (double)rows <= o->suppress * (double)w->made->rows) {
        status = table_without(w->made, exposed, &fewer, err);
        if (status == MICA_OK) {
            mica_table_destroy(&w->made);
            w->made = fewer;
            w->suppressed = rows;
            status = policy_measure(&w->policy, w->made, true, &w->after, NULL, err);
        }
    }
    free(exposed);
    return status;
}

static mica_status check_reached(const work *w, mica_error *err) {
    const policy_options *o = &w->policy.o;
    if (o->k > 1 && w->after.k < o->k)
        return fail(
            err, MICA_VALUE,
            "%s: k-anonymity is %lld before and %lld after, expected at least %lld: %lld of "
            "%lld rows are in smaller groups",
            w->policy.name, (long long)w->before.k, (long long)w->after.k, (long long)o->k,
            (long long)w->after.exposed, (long long)w->made->rows);
    if (o->l > 1 && w->after.l < o->l)
        return fail(err, MICA_VALUE,
                    "%s: l-diversity is %lld before and %lld after, expected at least %lld",
                    w->policy.name, (long long)w->before.l, (long long)w->after.l, (long long)o->l);
    return MICA_OK;
}

/* ---- the report ---- */

static json_t *anonymity_json(const anonymity *a, bool diverse) {
    json_t *all = json_pack("{s:I, s:I, s:I}", "k", (json_int_t)a->k, "groups",
                            (json_int_t)a->groups, "exposed_rows", (json_int_t)a->exposed);
    json_object_set_new(all, "l", diverse ? json_integer(a->l) : json_null());
    return all;
}

/* Columns that nobody named and that look personal. */
static mica_status add_unprotected(const work *w, json_t *report, mica_error *err) {
    json_t *list = json_array();
    for (int i = 0; i < w->made->count; i++) {
        personal_count count;
        if (w->policy.rule[i].named || w->policy.rule[i].kind->drops) continue;
        mica_status status = personal_in_column(w->made, i, w->certainty, w->ctx->team, &count,
                                                err);
        json_t *one = status == MICA_OK ? personal_json(w->made, i, &count) : NULL;
        if (one) json_array_append_new(list, one);
        if (status != MICA_OK) return json_decref(list), status;
    }
    json_object_set_new(report, "unprotected", list);
    return MICA_OK;
}

static json_t *columns_json(const work *w) {
    json_t *columns = json_array();
    for (int i = 0; i < w->made->count; i++)
        json_array_append_new(
            columns, json_pack("{s:s, s:s, s:I}", "column", w->made->column[i].name, "protection",
                               w->policy.rule[i].kind->name, "changed", (json_int_t)w->changed[i]));
    return columns;
}

static mica_status report_of(const work *w, const mica_table *t, json_t **out, mica_error *err) {
    bool measured = w->policy.o.quasi_identifiers.count, diverse = w->policy.o.sensitive.count;
    json_t *report = json_pack("{s:I, s:I, s:I, s:o}", "rows", (json_int_t)t->rows, "rows_written",
                               (json_int_t)w->made->rows, "suppressed", (json_int_t)w->suppressed,
                               "columns", columns_json(w));
    if (!report) return fail_no_memory(err, "a report");
    if (measured) {
        json_object_set_new(report, "before", anonymity_json(&w->before, diverse));
        json_object_set_new(report, "after", anonymity_json(&w->after, diverse));
    }
    mica_status status = add_unprotected(w, report, err);
    if (status == MICA_OK) *out = report;
    else json_decref(report);
    return status;
}

/* ---- the whole ---- */

static mica_status leave_columns(const work *w, mica_table **out, mica_error *err) {
    int *kept = allocate((size_t)w->made->count + 1, sizeof *kept), count = 0;
    if (!kept) return fail_no_memory(err, "a table of fewer columns");
    for (int i = 0; i < w->made->count; i++)
        if (!w->policy.rule[i].kind->drops) kept[count++] = i;
    mica_status status = count ? table_pick(w->made, kept, count, NULL, 0, out, err)
                               : fail(err, MICA_VALUE, "%s: no column is left", w->policy.name);
    free(kept);
    return status;
}

static mica_status anonymize(work *w, const mica_table *t, const mica_anonymize_options *o,
                             mica_table **out, mica_error *err) {
    json_t *report = NULL;
    bool measured = w->policy.o.quasi_identifiers.count;
    TRY(take_secrets(w, o, t, err));
    if (measured) TRY(policy_measure(&w->policy, t, false, &w->before, NULL, err));
    TRY(table_pick(t, NULL, 0, NULL, 0, &w->made, err));
    w->changed = allocate((size_t)t->count + 1, sizeof *w->changed);
    if (!w->changed) return fail_no_memory(err, "a report");
    TRY(protect_columns(w, err));
    if (measured) TRY(suppress(w, err));
    TRY(check_reached(w, err));
    TRY(report_of(w, t, &report, err));
    mica_status status = leave_columns(w, out, err);
    if (status == MICA_OK && !table_set_report(*out, report))
        status = fail_no_memory(err, "a report");
    if (status != MICA_OK) mica_table_destroy(out);
    json_decref(report);
    return status;
}

mica_status mica_table_anonymize(mica_context *ctx, const mica_table *t, const char *policy,
                                 const mica_anonymize_options *options, mica_table **out,
                                 mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(policy, "policy");
    REQUIRE(out, "out");
    mica_anonymize_options o = mica_anonymize_defaults();
    TRY(options_take(&o, sizeof o, options, "table_anonymize", err));
    work w = {.ctx = ctx, .certainty = o.certainty ? o.certainty : 0.6};
    *out = NULL;
    mica_status status = policy_read(&w.policy, policy, o.name ? o.name : "policy", t, err);
    if (status == MICA_OK) status = anonymize(&w, t, &o, out, err);
    mica_table_destroy(&w.made);
    secret_forget(&w.key);
    free(w.changed);
    policy_free(&w.policy);
    return status;
}

mica_status mica_table_find_personal(mica_context *ctx, const mica_table *t, double certainty,
                                     const char **json, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(json, "json");
    if (!(certainty >= 0 && certainty <= 1))
        return fail(err, MICA_VALUE, "table_find_personal: certainty is %g, expected 0 to 1",
                    certainty);
    json_t *list = json_array(),
           *report = json_pack("{s:I, s:o}", "rows", (json_int_t)t->rows, "columns", list);
    mica_status status = report ? MICA_OK : fail_no_memory(err, "personal data");
    for (int i = 0; i < t->count && status == MICA_OK; i++) {
        personal_count count;
        status = personal_in_column(t, i, certainty ? certainty : 0.6, ctx->team, &count, err);
        json_t *one = status == MICA_OK ? personal_json(t, i, &count) : NULL;
        if (one) json_array_append_new(list, one);
    }
    char *text = status == MICA_OK ? config_text(report) : NULL;
    if (status == MICA_OK && (!text || !(*json = context_text(ctx, text))))
        status = fail_no_memory(err, "personal data");
    free(text);
    json_decref(report);
    return status;
}
