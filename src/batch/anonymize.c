/* De-identification of a table by a policy: see anonymize.h. Where k is asked for, the rows are
 * gone through once to count how many are alike; then each column's protection changes the rows,
 * those that are too few alike are left out where the policy allows it, and they are given out.
 * Nothing is unless k and l are reached. */
#include "batch/anonymize.h"

#include "base/context.h"
#include "batch/alike.h"
#include "batch/personal_table.h"
#include "batch/secret.h"

#include <stdlib.h>
#include <string.h>

typedef struct work {
    mica_context *ctx;
    table_blocks *in;
    table_sink *out;
    policy policy;
    protecting shared;
    secret key;
    int64_t *changed;      /* cells of each column */
    int64_t *of_row;       /* cells of each in which a name of their row was found */
    personal_count *found; /* in each column that nobody named, in the rows that are written */
    alike *raw, *made;     /* NULL: nobody asked for k */
    anonymity before, after;
    int64_t suppressed, written;
    bool suppresses;
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
    w->shared.names = w->policy.name_column, w->shared.name_count = w->policy.name_count;
    return w->policy.o.seed == NO_INTEGER ? secret_seed(&w->shared.seed, err) : MICA_OK;
}

static bool is_measured(const policy *p, int column) {
    for (int i = 0; i < p->o.quasi_identifiers.count; i++)
        if (p->quasi[i] == column) return true;
    for (int i = 0; i < p->o.sensitive.count; i++)
        if (p->sensitive[i] == column) return true;
    return false;
}

/* What looks at other columns comes before these change; names change last of it. */
enum { OTHERS_ARE_READ, NAMES_ARE_READ, READS_ITSELF, TURNS };

static int turn_of(const policy *p, int column) {
    if (!p->rule[column].kind->of_row) return READS_ITSELF;
    for (int i = 0; i < p->name_count; i++)
        if (p->name_column[i] == column) return NAMES_ARE_READ;
    return OTHERS_ARE_READ;
}

static mica_status protect_column(work *w, mica_table *t, int i, mica_error *err) {
    const column_rule *rule = &w->policy.rule[i];
    char what[512];
    snprintf(what, sizeof what, "%s: column %s", w->policy.name, t->column[i].name);
    if (rule->kind->drops) w->changed[i] += t->rows - t->column[i].missing;
    w->shared.of_row = &w->of_row[i];
    return rule->kind->apply
               ? rule->kind->apply(&w->shared, t, i, rule->options, what, &w->changed[i], err)
               : MICA_OK;
}

/* The rows of a block, of which `first` come before; all columns, or those that k and l ask for. */
static mica_status protect_columns(work *w, mica_table *t, int64_t first, bool all,
                                   mica_error *err) {
    w->shared.first = first;
    for (int turn = 0; turn < TURNS; turn++)
        for (int i = 0; i < t->count; i++)
            if (turn_of(&w->policy, i) == turn && (all || is_measured(&w->policy, i)))
                TRY(protect_column(w, t, i, err));
    return MICA_OK;
}

/* ---- rows ---- */

typedef mica_status block_step(work *w, mica_table **block, int64_t first, mica_error *err);

/* A step with all blocks, which it may take. */
static mica_status each_block(work *w, bool last, block_step *step, mica_error *err) {
    mica_table *block;
    int64_t first = 0;
    mica_status status;
    for (int i = 0; i < w->in->head->count; i++) w->changed[i] = w->of_row[i] = 0;
    TRY(w->in->begin(w->in, last, err));
    while ((status = w->in->next(w->in, &block, err)) == MICA_OK && block) {
        int64_t rows = block->rows;
        status = step(w, &block, first, err);
        mica_table_destroy(&block);
        TRY(status);
        first += rows;
    }
    return status;
}

static mica_status measure_block(work *w, mica_table **block, int64_t first, mica_error *err) {
    TRY(alike_add(w->raw, *block, err));
    TRY(protect_columns(w, *block, first, first == 0, err)); /* the first block tells what fits */
    return alike_add(w->made, *block, err);
}

/* How alike rows are before and after; which are left out, where the policy allows as many. */
static mica_status measure(work *w, mica_error *err) {
    const policy_options *o = &w->policy.o;
    TRY(alike_open(&w->policy, false, &w->raw, err));
    TRY(alike_open(&w->policy, true, &w->made, err));
    TRY(each_block(w, false, measure_block, err));
    w->before = likeness_measure(alike_groups(w->raw), o->k, 0);
    w->after = likeness_measure(alike_groups(w->made), o->k, 0);
    int64_t rows = w->after.exposed;
    w->suppresses = rows > 0 && rows < w->in->rows &&
                    (double)rows <= o->suppress * (double)w->in->rows;
    if (!w->suppresses) return MICA_OK;
    w->suppressed = rows;
    w->after = likeness_measure(alike_groups(w->made), o->k, o->k);
    return MICA_OK;
}

/* Leaves out the rows that are too few alike. */
static mica_status suppress(const work *w, const uint32_t *group, mica_table **block,
                            mica_error *err) {
    int64_t rows = (*block)->rows;
    bool *exposed = allocate((size_t)rows + 1, sizeof *exposed);
    mica_table *fewer = NULL;
    if (!exposed) return fail_no_memory(err, "k-anonymity");
    for (int64_t i = 0; i < rows; i++)
        exposed[i] = alike_groups(w->made)->rows_of[group[i]] < w->policy.o.k;
    mica_status status = table_without(*block, exposed, &fewer, err);
    free(exposed);
    TRY(status);
    mica_table_destroy(block);
    *block = fewer;
    return MICA_OK;
}

/* What was measured holds for the same rows alone: a file may have been written to meanwhile. */
static mica_status check_measured(work *w, mica_table **block, mica_error *err) {
    uint32_t *group = allocate((size_t)(*block)->rows + 1, sizeof *group);
    if (!group) return fail_no_memory(err, "k-anonymity");
    mica_status status = alike_again(w->made, *block, group, err);
    if (status == MICA_IO) status = fail_within(err, status, "%s", w->policy.name);
    if (status == MICA_OK && w->suppresses) status = suppress(w, group, block, err);
    free(group);
    return status;
}

static mica_status check_all_written(const work *w, mica_error *err) {
    if (!w->made || likeness_complete(alike_groups(w->made))) return MICA_OK;
    return fail(err, MICA_IO, "%s: rows changed after k-anonymity was measured", w->policy.name);
}

static mica_status check_reached(const work *w, mica_error *err) {
    const policy_options *o = &w->policy.o;
    if (o->k > 1 && w->after.k < o->k)
        return fail(
            err, MICA_VALUE,
            "%s: k-anonymity is %lld before and %lld after, expected at least %lld: %lld of "
            "%lld rows are in smaller groups",
            w->policy.name, (long long)w->before.k, (long long)w->after.k, (long long)o->k,
            (long long)w->after.exposed, (long long)(w->in->rows - w->suppressed));
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
static json_t *unprotected_json(const work *w) {
    json_t *list = json_array();
    for (int i = 0; i < w->in->head->count; i++) {
        if (w->policy.rule[i].named || w->policy.rule[i].kind->drops) continue;
        json_t *one = personal_json(w->in->head, i, &w->found[i]);
        if (one) json_array_append_new(list, one);
    }
    return list;
}

static json_t *columns_json(const work *w) {
    json_t *columns = json_array();
    for (int i = 0; i < w->in->head->count; i++) {
        const protection *kind = w->policy.rule[i].kind;
        json_t *one = json_pack("{s:s, s:s, s:I}", "column", w->in->head->column[i].name,
                                "protection", kind->name, "changed", (json_int_t)w->changed[i]);
        if (kind->of_row) json_object_set_new(one, "names_of_row", json_integer(w->of_row[i]));
        json_array_append_new(columns, one);
    }
    return columns;
}

static mica_status report_of(const work *w, json_t **out, mica_error *err) {
    bool measured = w->policy.o.quasi_identifiers.count, diverse = w->policy.o.sensitive.count;
    json_t *report = json_pack("{s:I, s:I, s:I, s:o}", "rows", (json_int_t)w->in->rows,
                               "rows_written", (json_int_t)w->written, "suppressed",
                               (json_int_t)w->suppressed, "columns", columns_json(w));
    if (!report) return fail_no_memory(err, "a report");
    if (measured) {
        json_object_set_new(report, "before", anonymity_json(&w->before, diverse));
        json_object_set_new(report, "after", anonymity_json(&w->after, diverse));
    }
    json_object_set_new(report, "unprotected", unprotected_json(w));
    *out = report;
    return MICA_OK;
}

/* ---- the whole ---- */

static mica_status leave_columns(const work *w, const mica_table *made, mica_table **out,
                                 mica_error *err) {
    int *kept = allocate((size_t)made->count + 1, sizeof *kept), count = 0;
    if (!kept) return fail_no_memory(err, "a table of fewer columns");
    for (int i = 0; i < made->count; i++)
        if (!w->policy.rule[i].kind->drops) kept[count++] = i;
    mica_status status = count ? table_pick(made, kept, count, NULL, 0, out, err)
                               : fail(err, MICA_VALUE, "%s: no column is left", w->policy.name);
    free(kept);
    return status;
}

static mica_status write_block(work *w, mica_table **block, int64_t first, mica_error *err) {
    mica_table *made;
    TRY(protect_columns(w, *block, first, true, err));
    if (w->made) TRY(check_measured(w, block, err));
    for (int i = 0; i < (*block)->count; i++)
        if (!w->policy.rule[i].named && !w->policy.rule[i].kind->drops)
            TRY(personal_in_column(*block, i, w->certainty, w->ctx->team, &w->found[i], err));
    TRY(leave_columns(w, *block, &made, err));
    w->written += made->rows;
    return w->out->put(w->out, made, err);
}

static mica_status anonymize(work *w, const mica_anonymize_options *o, json_t **report,
                             mica_error *err) {
    size_t columns = (size_t)w->in->head->count;
    TRY(take_secrets(w, o, w->in->head, err));
    w->changed = allocate(columns + 1, sizeof *w->changed);
    w->of_row = allocate(columns + 1, sizeof *w->of_row);
    w->found = allocate(columns + 1, sizeof *w->found);
    if (!w->changed || !w->of_row || !w->found) return fail_no_memory(err, "a report");
    if (w->policy.o.quasi_identifiers.count) TRY(measure(w, err));
    TRY(check_reached(w, err));
    TRY(each_block(w, true, write_block, err));
    TRY(check_all_written(w, err));
    return report_of(w, report, err);
}

mica_status anonymize_blocks(mica_context *ctx, table_blocks *in, const char *policy,
                             const mica_anonymize_options *options, table_sink *out,
                             json_t **report, mica_error *err) {
    mica_anonymize_options o = mica_anonymize_defaults();
    TRY(options_take(&o, sizeof o, options, "table_anonymize", err));
    work w = {.ctx = ctx, .in = in, .out = out, .certainty = o.certainty ? o.certainty : 0.6};
    mica_status status = policy_read(&w.policy, policy, o.name ? o.name : "policy", in->head, err);
    if (status == MICA_OK) status = anonymize(&w, &o, report, err);
    alike_close(w.raw), alike_close(w.made);
    secret_forget(&w.key);
    free(w.changed), free(w.of_row), free(w.found);
    policy_free(&w.policy);
    return status;
}

mica_status mica_table_anonymize(mica_context *ctx, const mica_table *t, const char *policy,
                                 const mica_anonymize_options *options, mica_table **out,
                                 mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(policy, "policy");
    REQUIRE(out, "out");
    table_blocks in;
    table_sink kept = {out, table_keep};
    json_t *report = NULL;
    *out = NULL;
    TRY(blocks_of_table(t, 0, &in, err));
    mica_status status = anonymize_blocks(ctx, &in, policy, options, &kept, &report, err);
    status = table_end_report(out, report, status, err);
    blocks_close(&in);
    return status;
}

mica_status find_personal_in_blocks(mica_context *ctx, table_blocks *in, double certainty,
                                    json_t **out, mica_error *err) {
    int columns = in->head->count;
    mica_table *block;
    mica_status status;
    personal_count *found = allocate((size_t)columns + 1, sizeof *found);
    if (!found) return fail_no_memory(err, "personal data");
    status = in->begin(in, true, err);
    while (status == MICA_OK && (status = in->next(in, &block, err)) == MICA_OK && block) {
        for (int i = 0; i < columns && status == MICA_OK; i++)
            status = personal_in_column(block, i, certainty ? certainty : 0.6, ctx->team, &found[i],
                                        err);
        mica_table_destroy(&block);
    }
    json_t *list = json_array();
    for (int i = 0; i < columns && status == MICA_OK; i++) {
        json_t *one = personal_json(in->head, i, &found[i]);
        if (one) json_array_append_new(list, one);
    }
    free(found);
    *out = json_pack("{s:I, s:o}", "rows", (json_int_t)in->rows, "columns", list);
    if (status == MICA_OK && !*out) status = fail_no_memory(err, "personal data");
    if (status != MICA_OK) json_decref(*out), *out = NULL;
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
    table_blocks in;
    json_t *report = NULL;
    TRY(blocks_of_table(t, 0, &in, err));
    mica_status status = find_personal_in_blocks(ctx, &in, certainty, &report, err);
    char *text = status == MICA_OK ? config_text(report) : NULL;
    if (status == MICA_OK && (!text || !(*json = context_text(ctx, text))))
        status = fail_no_memory(err, "personal data");
    free(text);
    json_decref(report);
    blocks_close(&in);
    return status;
}
