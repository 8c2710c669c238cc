/* Cleaning a table: the whole. See mica_table_clean in mica/clean.h; the stages are in
 * clean_repair.c, clean_rows.c and clean_columns.c. */
#include "data/clean_table.h"

#include "base/context.h"
#include "base/strbuf.h"
#include "data/tabular.h"
#include "transform/clean.h"
#include "transform/describe.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *const missings[] = {"none",     "mean",         "median", "most_frequent",
                                       "constant", "forward_fill", "drop",   NULL};
static const char *const unrepaireds[] = {"keep", "missing", NULL};
static const char *const decimals[] = {"auto", ".", ",", NULL};
static const char *const orders[] = {"auto", "dmy", "mdy", NULL};
static const char *const outliers[] = {"none", "z_score", "iqr", NULL};
static const char *const actions[] = {"clip", "drop", "missing", NULL};
static const char *const forms[] = NORMAL_FORMS;
static const char *const cases[] = LETTER_CASES;
static const char *const keeps[] = KEEP_NAMES;

#define OWNER mica_clean_options
const field clean_fields[] = {
    TEXT(OWNER, missing, "none", .choices = missings, .help = "what missing cells become"),
    REAL(OWNER, fill_value, .help = "numbers by constant"),
    TEXT(OWNER, fill_text, "missing", .help = "texts and dates by constant"),
    TEXTS(OWNER, na_values, .help = "texts that are missing"),
    TEXT(OWNER, normalize, "none", .choices = forms, .help = "a normal form of Unicode"),
    BOOLEAN(OWNER, trim, .help = "no blanks at both ends"),
    BOOLEAN(OWNER, spaces, .help = "runs of blanks become one space"),
    BOOLEAN(OWNER, width, .help = "full-width letters become ASCII"),
    TEXT(OWNER, letters, "keep", .choices = cases, .help = "case"),
    BOOLEAN(OWNER, repair, .help = "texts become numbers, dates, truth values"),
    TEXT(OWNER, unrepaired, "keep", .choices = unrepaireds, .help = "where some cells cannot"),
    TEXT(OWNER, decimal, "auto", .choices = decimals, .help = "the sign before a fraction"),
    TEXT(OWNER, date_order, "auto", .choices = orders, .help = "of dates in digits"),
    TEXT(OWNER, outliers, "none", .choices = outliers, .help = "which numbers are outliers"),
    REAL(OWNER, factor, .max = 1e9, .help = "how far they are"),
    TEXT(OWNER, outlier_action, "clip", .choices = actions, .help = "what becomes of them"),
    END_OF_FIELDS,
};
static const field table_fields[] = {
    TEXTS(OWNER, columns, .help = "that this is done with"),
    CONFIG(OWNER, rules, NULL, .flags = FIELD_JSON | FIELD_NULLABLE, .help = "single columns"),
    BOOLEAN(OWNER, drop_duplicates, .help = "equal rows go"),
    TEXTS(OWNER, subset, .help = "columns that must be equal"),
    TEXT(OWNER, keep, "first", .choices = keeps, .help = "which of equal rows stays"),
    CONFIG(OWNER, filter, NULL, .flags = FIELD_JSON | FIELD_NULLABLE, .help = "rows that stay"),
    END_OF_FIELDS,
};
#undef OWNER

mica_clean_options mica_clean_defaults(void) {
    return (mica_clean_options){.size = sizeof(mica_clean_options)};
}

mica_status clean_options_read(const char *text, const char *what, arena *memory,
                               mica_clean_options *out, mica_error *err) {
    field all[LENGTH(clean_fields) + LENGTH(table_fields)];
    json_t *tree;
    size_t n = 0;
    for (const field *f = table_fields; f->name; f++) all[n++] = *f;
    memcpy(all + n, clean_fields, sizeof clean_fields);
    *out = mica_clean_defaults();
    TRY(config_parse(text, strlen(text), what, &tree, err));
    mica_status status = fields_read(all, out, tree, memory, NULL, what, err);
    json_decref(tree);
    return status;
}

/* ---- what is done with which column ---- */

mica_status each_named(const mica_table *t, const mica_texts *names, const char *what, bool *marked,
                       mica_error *err) {
    for (int i = 0; i < names->count; i++) {
        const char *name = names->values[i];
        int column = mica_table_find(t, name), hits = 0;
        if (column >= 0) marked[column] = true;
        for (int k = 0; k < t->count && column < 0; k++)
            if (!fnmatch(name, t->column[k].name, 0)) marked[k] = true, hits++;
        if (column < 0 && !hits) TRY(tabular_find(t, name, what, "clean", &column, err));
    }
    return MICA_OK;
}

static bool is_named(const mica_texts *names, const char *column) {
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->values[i], column)) return true;
    return false;
}

static mica_status choose_columns(cleaning *c, const mica_clean_options *o, mica_error *err) {
    bool *chosen = arena_take(&c->memory, (size_t)c->head->count + 1);
    if (!chosen) return fail_no_memory(err, "clean");
    TRY(each_named(c->head, &o->columns, "column", chosen, err));
    for (int i = 0; i < c->head->count; i++)
        c->column[i] = (cleaned_column){
            .o = *o,
            .before = c->head->column[i].type,
            .spelled_type = c->head->column[i].type,
            .type = c->head->column[i].type,
            .left_out = o->columns.count && !chosen[i],
            .fill_named = is_named(&o->columns, c->head->column[i].name)};
    return MICA_OK;
}

/* What the rule does not say is as for all columns; nothing, where these leave the column out. */
static mica_status read_rule(cleaning *c, const char *name, const json_t *rule, int i,
                             mica_error *err) {
    cleaned_column *column = &c->column[i];
    char what[512];
    snprintf(what, sizeof what, "clean: rules: column %s", name);
    if (!json_is_object(rule))
        return fail(err, MICA_TYPE, "%s: %s, expected an object", what, config_kind(rule));
    json_t *all = json_object();
    mica_status status = all ? MICA_OK : fail_no_memory(err, what);
    if (status == MICA_OK && !column->left_out)
        status = fields_write(clean_fields, &column->o, all, err);
    if (status == MICA_OK) json_object_update(all, (json_t *)rule);
    column->o = mica_clean_defaults();
    if (status == MICA_OK)
        status = fields_read(clean_fields, &column->o, all, &c->memory, NULL, what, err);
    json_decref(all);
    column->named = true;
    column->fill_named |= json_object_get(rule, "missing") != NULL;
    column->left_out = false;
    return status;
}

static mica_status read_rules(cleaning *c, const char *text, mica_error *err) {
    json_t *rules, *rule;
    const char *name;
    mica_status status = MICA_OK;
    if (!text) return MICA_OK;
    TRY(config_parse(text, strlen(text), "clean: rules", &rules, err));
    if (!json_is_object(rules))
        status = fail(err, MICA_TYPE, "clean: rules: %s, expected an object of columns",
                      config_kind(rules));
    json_object_foreach(rules, name, rule) {
        int column;
        if (status == MICA_OK) status = tabular_find(c->head, name, "rules", "clean", &column, err);
        if (status == MICA_OK) status = read_rule(c, name, rule, column, err);
    }
    json_decref(rules);
    return status;
}

/* Also of a column that has no texts: what cannot be done is said. */
static mica_status check_forms(const cleaning *c, mica_error *err) {
    for (int i = 0; i < c->head->count; i++)
        if (!c->column[i].left_out)
            TRY(normal_form_supported(normal_form_by_name(c->column[i].o.normalize), "clean", err));
    return MICA_OK;
}

/* ---- the stages ---- */

static const clean_stage *const stages[] = {&clean_texts,      &clean_repair,   &clean_filter,
                                            &clean_duplicates, &clean_outliers, &clean_drop,
                                            &clean_fill};

/* What is counted while blocks go through. */
static void begin_counting(cleaning *c) {
    c->first = c->filtered = c->duplicates = c->outlier_rows = c->missing_rows = 0;
    for (int i = 0; i < c->head->count; i++) {
        cleaned_column *column = &c->column[i];
        column->texts = column->repaired = column->unrepaired = 0;
        column->outliers = column->unlike = column->filled = 0;
        mica_table_destroy(&column->carried);
    }
}

static mica_status apply(cleaning *c, int count, const bool *active, mica_table **block,
                         mica_error *err) {
    for (int k = 0; k < count; k++)
        if (active[k]) TRY(stages[k]->apply(c, block, err));
    return MICA_OK;
}

typedef mica_status block_use(cleaning *c, mica_table **block, void *arg, mica_error *err);

/* Each block, with the first `count` stages applied. */
static mica_status each_block(cleaning *c, int count, const bool *active, bool last, block_use *use,
                              void *arg, mica_error *err) {
    mica_table *block;
    mica_status status;
    begin_counting(c);
    TRY(c->in->begin(c->in, last, err));
    while ((status = c->in->next(c->in, &block, err)) == MICA_OK && block) {
        int64_t rows = block->rows;
        status = apply(c, count, active, &block, err);
        if (status == MICA_OK) status = use(c, &block, arg, err);
        mica_table_destroy(&block);
        TRY(status);
        c->first += rows;
    }
    if (status == MICA_OK && c->first != c->in->rows)
        status = fail(err, MICA_IO, "a table that is read twice: it has other rows now");
    return status;
}

static mica_status look(cleaning *c, mica_table **block, void *arg, mica_error *err) {
    const clean_stage *s = arg;
    return s->look(c, *block, err);
}

mica_status clean_learn_from(cleaning *c, const clean_stage *s, const mica_table *t,
                             mica_error *err) {
    for (bool again = s->look != NULL; again;) {
        TRY(s->look(c, t, err));
        TRY(s->turn(c, &again, err));
    }
    return MICA_OK;
}

mica_status clean_held(cleaning *c, const clean_stage *s, mica_error *err) {
    if (!s->asks(c)) return MICA_OK;
    TRY(clean_learn_from(c, s, c->held, err));
    return s->apply(c, &c->held, err);
}

static mica_status learn(cleaning *c, int stage, const bool *active, mica_error *err) {
    const clean_stage *s = stages[stage];
    if (c->held) return clean_learn_from(c, s, c->held, err);
    for (bool again = s->look != NULL; again;) {
        TRY(each_block(c, stage, active, false, look, (void *)s, err));
        TRY(s->turn(c, &again, err));
    }
    return MICA_OK;
}

static mica_status put(cleaning *c, mica_table **block, void *arg, mica_error *err) {
    table_sink *out = arg;
    mica_table *made = *block;
    c->rows_written += made->rows;
    for (int i = 0; i < made->count; i++)
        c->column[i].missing += made->column[i].missing, c->column[i].type = made->column[i].type;
    *block = NULL;
    return out->put(out, made, err);
}

/* A table in memory is taken as it is, and each stage changes it. */
mica_status clean_hold(cleaning *c, mica_error *err) {
    if (!c->in->whole) return MICA_OK;
    TRY(c->in->begin(c->in, true, err));
    return c->in->next(c->in, &c->held, err);
}

mica_status clean_choose(cleaning *c, mica_error *err) {
    TRY(choose_columns(c, c->o, err));
    TRY(read_rules(c, c->o->rules, err));
    TRY(check_forms(c, err));
    TRY(conditions_read(c->o->filter, &c->filter, err));
    TRY(conditions_check(&c->filter, c->head, "clean", err));
    c->chosen = arena_take(&c->memory, (size_t)c->head->count + 1);
    if (!c->chosen) return fail_no_memory(err, "clean");
    if (c->o->drop_duplicates) TRY(each_named(c->head, &c->o->subset, "subset", c->chosen, err));
    return MICA_OK;
}

static mica_status clean(cleaning *c, table_sink *out, mica_error *err) {
    bool active[LENGTH(stages)];
    TRY(clean_choose(c, err));
    TRY(clean_hold(c, err));
    for (int k = 0; k < (int)LENGTH(stages); k++) {
        active[k] = stages[k]->asks(c);
        if (!active[k]) continue;
        TRY(learn(c, k, active, err));
        if (c->held) TRY(stages[k]->apply(c, &c->held, err));
    }
    if (c->held) return put(c, &c->held, out, err);
    return each_block(c, LENGTH(stages), active, true, put, out, err);
}

/* ---- the report ---- */

static json_t *column_json(const char *name, const cleaned_column *c) {
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "column", name, "type_before",
        mica_column_type_name(c->before), "type", mica_column_type_name(c->type), "texts",
        (json_int_t)c->texts, "repaired", (json_int_t)c->repaired, "unrepaired",
        (json_int_t)(c->unrepaired + c->repair.others), "outliers", (json_int_t)c->outliers,
        "filled", (json_int_t)c->filled, "missing", (json_int_t)c->missing);
    json_object_set_new(all, "fill", c->value ? json_string(c->value) : json_null());
    json_object_set_new(all, "given_up", repair_given_up(&c->repair));
    return all;
}

static mica_status report_of(const cleaning *c, json_t **out, mica_error *err) {
    json_t *columns = json_array();
    for (int i = 0; i < c->head->count; i++)
        json_array_append_new(columns, column_json(c->head->column[i].name, &c->column[i]));
    *out = json_pack("{s:I, s:I, s:{s:I, s:I, s:I, s:I}, s:o}", "rows", (json_int_t)c->in->rows,
                     "rows_written", (json_int_t)c->rows_written, "dropped", "filter",
                     (json_int_t)c->filtered, "duplicates", (json_int_t)c->duplicates, "outliers",
                     (json_int_t)c->outlier_rows, "missing", (json_int_t)c->missing_rows, "columns",
                     columns);
    return *out ? MICA_OK : fail_no_memory(err, "clean");
}

/* Once, of all columns: what a mean was asked for that has none keeps its missing cells. */
static void warn_of_texts(mica_context *ctx, const cleaning *c) {
    enum { SHOWN = 5 };
    strbuf names = {0};
    int64_t missing = 0;
    int count = 0;
    for (int i = 0; i < c->head->count; i++) {
        const cleaned_column *d = &c->column[i];
        if (d->left_out || !d->missing || !has_no_mean(d)) continue;
        missing += d->missing;
        if (count < SHOWN) strbuf_add(&names, "%s%s", count ? ", " : "", c->head->column[i].name);
        if (count++ == SHOWN) strbuf_add(&names, ", …");
    }
    if (count)
        context_log(ctx, MICA_LOG_WARNING,
                    "clean: texts and truth values have no mean and no median: %lld missing "
                    "cell%s in %s (most_frequent or constant fill them)",
                    (long long)missing, missing == 1 ? " stays" : "s stay",
                    names.data ? names.data : "");
    strbuf_free(&names);
}

void warn_of_unscaled(mica_context *ctx, const char *name, const cleaning *c) {
    enum { SHOWN = 5 };
    strbuf names = {0};
    int count = 0;
    for (int i = 0; i < c->head->count; i++) {
        const cleaned_column *d = &c->column[i];
        if (!d->unlike) continue;
        if (count < SHOWN)
            strbuf_add(&names, "%s%s (%.6g, %lld cell%s other)", count ? ", " : "",
                       c->head->column[i].name, d->low, (long long)d->unlike,
                       d->unlike == 1 ? " is" : "s are");
        if (count++ == SHOWN) strbuf_add(&names, ", …");
    }
    if (count)
        context_log(ctx, MICA_LOG_WARNING,
                    "%s: outliers by iqr: both quartiles are the same number in %d column%s, so "
                    "nothing tells which others are far, and %s left as %s: %s",
                    name, count, count == 1 ? "" : "s", count == 1 ? "it is" : "they are",
                    count == 1 ? "it is" : "they are", names.data ? names.data : "");
    strbuf_free(&names);
}

void cleaning_free(cleaning *c) {
    for (int i = 0; c->column && i < c->head->count; i++) {
        learner_free(&c->column[i].learner);
        distinct_free(&c->column[i].spelled.texts);
        mica_table_destroy(&c->column[i].carried);
    }
    mica_table_destroy(&c->held);
    free(c->column), free(c->mark), free(c->prints), free(c->again);
    conditions_free(&c->filter);
    arena_free(&c->memory);
}

mica_status clean_blocks(mica_context *ctx, table_blocks *in, const mica_clean_options *options,
                         size_t most, table_sink *out, json_t **report, mica_error *err) {
    mica_clean_options o = mica_clean_defaults();
    TRY(options_take(&o, sizeof o, options, "clean", err));
    cleaning c = {.o = &o, .in = in, .head = in->head};
    c.most = in->whole ? SIZE_MAX : most ? most : described_values(in);
    mica_status status = fields_resolve(clean_fields, &o, &c.memory, "clean", err);
    if (status == MICA_OK) status = fields_resolve(table_fields, &o, &c.memory, "clean", err);
    c.column = allocate((size_t)in->head->count + 1, sizeof *c.column);
    if (status == MICA_OK && !c.column) status = fail_no_memory(err, "clean");
    if (status == MICA_OK) status = clean(&c, out, err);
    if (status == MICA_OK) status = report_of(&c, report, err);
    if (status == MICA_OK) warn_of_texts(ctx, &c);
    if (status == MICA_OK) warn_of_unscaled(ctx, "clean", &c);
    cleaning_free(&c);
    return status;
}

mica_status mica_table_clean(mica_context *ctx, const mica_table *t,
                             const mica_clean_options *options, mica_table **out, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(out, "out");
    table_blocks in;
    mica_table *made = NULL;
    table_sink kept = {&made, table_keep};
    json_t *report = NULL;
    TRY(blocks_of_table(t, 0, &in, err));
    mica_status status = clean_blocks(ctx, &in, options, 0, &kept, &report, err);
    status = table_end_report(&made, report, status, err);
    if (status == MICA_OK) *out = made;
    blocks_close(&in);
    return status;
}
