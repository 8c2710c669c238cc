/* Cleaning before samples: see tabular_clean.h. */
#include "data/tabular_clean.h"

#include "base/context.h"

#include <stdlib.h>
#include <string.h>

/* ---- all rows ---- */

/* Rows that come again would be on both sides of a division, and count twice in a training. */
static bool drops_duplicates(const table_cleaning *w) {
    const bool divided = w->o->test_split > 0 || w->o->validation_split > 0;
    return w->asked && !w->o->predicting && (divided || w->part == MICA_TRAIN);
}

/* The rows that stay, as a list; NULL without memory. */
static int64_t *rows_left(const table_cleaning *w, int64_t *count) {
    const int64_t all = w->c.held->rows;
    int64_t *rows = allocate((size_t)all + 1, sizeof *rows);
    *count = 0;
    for (int64_t row = 0; row < all && rows; row++)
        if (!w->gone[row]) rows[(*count)++] = row;
    return rows;
}

static mica_status mark_duplicates_of(table_cleaning *w, mica_error *err) {
    cleaning *c = &w->c;
    mica_table *left = NULL;
    int64_t count;
    if (!drops_duplicates(w) || !clean_duplicates.asks(c)) return MICA_OK;
    int64_t *rows = rows_left(w, &count);
    mica_status status = rows ? table_pick(c->held, NULL, 0, rows, count, &left, err)
                              : fail_no_memory(err, w->name);
    if (status == MICA_OK) status = clean_learn_from(c, &clean_duplicates, left, err);
    for (int64_t i = 0; i < count && status == MICA_OK; i++) {
        w->gone[rows[i]] = c->again[i];
        w->left_out[LEFT_OUT_AGAIN] += c->again[i];
    }
    mica_table_destroy(&left);
    free(rows);
    return status;
}

/* Rows by the conditions of `filter` and of clean's own. */
static mica_status mark_filtered(table_cleaning *w, mica_error *err) {
    const mica_table *t = w->c.held;
    int64_t count = 0;
    TRY(conditions_mark(&w->filter, t, "data", w->gone, err));
    TRY(conditions_mark(&w->c.filter, t, "clean", w->gone, err));
    for (int64_t row = 0; row < t->rows; row++) count += w->gone[row];
    w->left_out[LEFT_OUT_FILTER] = count;
    if (!count || count < t->rows) return MICA_OK;
    return fail(err, MICA_VALUE,
                "filter: no row is left: of none of the %lld the conditions hold, expected some",
                (long long)count);
}

/* Rows that belong to no part, whatever it is. */
static mica_status mark_gone(table_cleaning *w, mica_error *err) {
    const mica_table *t = w->c.held;
    if (w->o->predicting) return MICA_OK;
    w->gone = allocate((size_t)t->rows + 1, sizeof *w->gone);
    if (!w->gone) return fail_no_memory(err, w->name);
    TRY(mark_filtered(w, err));
    return mark_duplicates_of(w, err);
}

/* Classes keep their names: yes and no would be True and False, unless a rule says so. */
static void keep_classes(table_cleaning *w) {
    const int target = w->o->target ? mica_table_find(w->c.head, w->o->target) : -1;
    if (target < 0) return;
    cleaned_column *d = &w->c.column[target];
    if (d->named || !d->looked || d->repair.type != MICA_COLUMN_BOOLEAN) return;
    d->repair.type = MICA_COLUMN_TEXT;
    d->type = d->spelled_type;
}

static mica_status begin_learning(table_cleaning *w, mica_error *err) {
    cleaning *c = &w->c;
    TRY(clean_choose(c, err));
    TRY(clean_held(c, &clean_texts, err));
    if (!clean_repair.asks(c)) return MICA_OK;
    TRY(clean_learn_from(c, &clean_repair, c->held, err));
    keep_classes(w);
    return clean_repair.apply(c, &c->held, err);
}

static mica_status begin_known(table_cleaning *w, mica_error *err) {
    cleaning *c = &w->c;
    TRY(known_begin(&w->learned, c->head, w->name, c, err));
    c->chosen = arena_take(&c->memory, (size_t)c->head->count + 1);
    if (!c->chosen) return fail_no_memory(err, w->name);
    TRY(conditions_read(w->options.filter, &c->filter, err));
    return w->options.drop_duplicates
               ? each_named(c->head, &w->options.subset, "subset", c->chosen, err)
               : MICA_OK;
}

static mica_status read_options(table_cleaning *w, mica_error *err) {
    json_t *preparation = NULL;
    w->asked = w->o->clean != NULL;
    w->known = w->o->fitted != NULL;
    w->options = mica_clean_defaults();
    TRY(clean_options_read(w->asked ? w->o->clean : "{}", "clean", &w->memory, &w->options, err));
    TRY(conditions_read(w->o->filter, &w->filter, err));
    if (!w->known) return MICA_OK;
    TRY(config_parse(w->o->fitted, strlen(w->o->fitted), "fitted", &preparation, err));
    mica_status status = known_cleaning_read(preparation, &w->learned, err);
    json_decref(preparation);
    return status;
}

static mica_status begin(table_cleaning *w, const mica_table *t, mica_error *err) {
    TRY(read_options(w, err));
    if (!w->asked && !w->learned.count && !w->filter.count) return MICA_OK;
    TRY(blocks_of_table(t, 0, &w->in, err));
    w->c = (cleaning){
        .o = &w->options, .in = &w->in, .head = w->in.head, .most = SIZE_MAX, .later = true};
    w->c.column = w->known ? NULL : allocate((size_t)t->count + 1, sizeof *w->c.column);
    if (!w->known && !w->c.column) return fail_no_memory(err, w->name);
    TRY(clean_hold(&w->c, err));
    TRY(w->known ? begin_known(w, err) : begin_learning(w, err));
    return mark_gone(w, err);
}

mica_status tabular_clean_begin(table_cleaning *w, const mica_table *t, mica_error *err) {
    mica_status status = begin(w, t, err);
    return status == MICA_OK ? MICA_OK : fail_within(err, status, "%s", w->name);
}

/* ---- what the model is told, and its answer ---- */

static bool is_filling(const char *missing) {
    return strcmp(missing, "none") != 0 && strcmp(missing, "drop") != 0;
}

/* Of columns that the model is not told nothing is learned, unless they are named; what it shall
 * answer, and how much a row weighs, is never made up. */
static mica_status leave_out(table_cleaning *w, int i, bool answer, mica_error *err) {
    cleaned_column *d = &w->c.column[i];
    const bool named = d->named || d->fill_named, fills = is_filling(d->o.missing),
               changes = strcmp(d->o.outliers, "none") && strcmp(d->o.outlier_action, "drop");
    if (answer && d->named && (fills || changes))
        return fail(err, MICA_VALUE,
                    "clean: rules: column %s is what the model answers or a row's weight: %s would "
                    "make cells up, expected drop",
                    w->c.head->column[i].name, fills ? d->o.missing : d->o.outliers);
    if (answer ? fills : !named) d->o.missing = "none";
    if (!named || changes) d->o.outliers = "none";
    return MICA_OK;
}

static mica_status leave_columns_out(table_cleaning *w, mica_error *err) {
    const mica_table *t = w->c.held;
    const mica_tabular_options *o = w->o;
    bool *told = allocate((size_t)t->count + 1, sizeof *told);
    mica_status status = told ? tabular_told(t, o, w->name, told, err)
                              : fail_no_memory(err, w->name);
    for (int i = 0; i < t->count && status == MICA_OK; i++) {
        const char *column = t->column[i].name;
        const bool target = o->target && !strcmp(o->target, column),
                   weight = o->sample_weight && !strcmp(o->sample_weight, column);
        if (target || weight || !told[i]) status = leave_out(w, i, target || weight, err);
    }
    free(told);
    return status;
}

/* ---- the parts ---- */

/* Takes the marked rows away; how many. */
static int64_t take_away(const bool *mark, row_list *rows) {
    int64_t kept = 0, all = rows->count;
    for (int64_t i = 0; i < all; i++)
        if (!mark[rows->row[i]]) rows->row[kept++] = rows->row[i];
    rows->count = kept;
    return all - kept;
}

/* Learns of the rows that train. */
static mica_status learn(table_cleaning *w, const clean_stage *s, const row_list *train,
                         mica_error *err) {
    cleaning *c = &w->c;
    mica_table *taught = NULL;
    if (w->known || !s->asks(c)) return MICA_OK;
    int64_t *rows = allocate((size_t)train->count + 1, sizeof *rows);
    if (!rows) return fail_no_memory(err, w->name);
    for (int64_t i = 0; i < train->count; i++) rows[i] = train->row[i];
    mica_status status = table_pick(c->held, NULL, 0, rows, train->count, &taught, err);
    free(rows);
    if (status == MICA_OK) status = clean_learn_from(c, s, taught, err);
    mica_table_destroy(&taught);
    return status;
}

static mica_status drop_rows(table_cleaning *w, table_parts *parts, mica_error *err) {
    cleaning *c = &w->c;
    const bool drops = w->asked && !w->o->predicting;
    TRY(clean_marks(c, c->held, err));
    TRY(limit_columns(c, c->held, drops, err));
    if (!drops) return MICA_OK;
    w->left_out[LEFT_OUT_OUTLIERS] = take_away(c->mark, &parts->train);
    TRY(clean_marks(c, c->held, err));
    mark_missing_rows(c, c->held);
    w->left_out[LEFT_OUT_MISSING] = take_away(c->mark, &parts->train) +
                                    take_away(c->mark, &parts->validation);
    const int64_t of_test = take_away(c->mark, &parts->test);
    if (w->o->test_split > 0) w->left_out[LEFT_OUT_MISSING] += of_test;
    return MICA_OK;
}

/* A cell that is carried forward comes of the same part. */
static void fill_part(table_cleaning *w, row_list rows) {
    cleaning *c = &w->c;
    for (int i = 0; i < c->held->count; i++) {
        cleaned_column *d = &c->column[i];
        table_column *to = &c->held->column[i];
        const size_t size = cell_size(to->type);
        if (d->left_out || !is_carried(d) || !size) continue;
        for (int64_t k = 1; k < rows.count; k++) {
            if (!cell_missing(to, rows.row[k]) || cell_missing(to, rows.row[k - 1])) continue;
            memcpy((char *)to->cells + (size_t)rows.row[k] * size,
                   (char *)to->cells + (size_t)rows.row[k - 1] * size, size);
            to->missing--, d->filled++;
        }
    }
}

static mica_status fill(table_cleaning *w, const table_parts *parts, mica_error *err) {
    cleaning *c = &w->c;
    fill_part(w, parts->train);
    fill_part(w, parts->validation);
    if (w->o->test_split > 0) fill_part(w, parts->test);
    c->carried = true;
    return w->known ? known_fill(c, err) : clean_fill.apply(c, &c->held, err);
}

static void tell(const table_cleaning *w) {
    const int64_t *n = w->left_out;
    if (w->known) return;
    warn_of_unscaled(w->ctx, w->name, &w->c);
    if (n[LEFT_OUT_FILTER])
        context_log(w->ctx, MICA_LOG_WARNING, "%s: filter leaves out %lld of %lld rows", w->name,
                    (long long)n[LEFT_OUT_FILTER], (long long)w->c.held->rows);
    if (n[LEFT_OUT_AGAIN] || n[LEFT_OUT_OUTLIERS] || n[LEFT_OUT_MISSING])
        context_log(w->ctx, MICA_LOG_WARNING,
                    "%s: clean leaves out %lld rows that come again, %lld with outliers, %lld with "
                    "missing cells",
                    w->name, (long long)n[LEFT_OUT_AGAIN], (long long)n[LEFT_OUT_OUTLIERS],
                    (long long)n[LEFT_OUT_MISSING]);
}

static mica_status clean_parts(table_cleaning *w, table_parts *parts, mica_error *err) {
    if (!w->known) TRY(leave_columns_out(w, err));
    TRY(learn(w, &clean_outliers, &parts->train, err));
    TRY(drop_rows(w, parts, err));
    tell(w);
    if (!parts->train.count && !w->known)
        return fail(err, MICA_VALUE, "no row is left to train on of %lld (filter leaves out %lld)",
                    (long long)w->c.held->rows, (long long)w->left_out[LEFT_OUT_FILTER]);
    TRY(learn(w, &clean_fill, &parts->train, err));
    return fill(w, parts, err);
}

mica_status tabular_clean_parts(table_cleaning *w, table_parts *parts, mica_error *err) {
    if (!w->c.held) return MICA_OK;
    mica_status status = clean_parts(w, parts, err);
    return status == MICA_OK ? MICA_OK : fail_within(err, status, "%s", w->name);
}

/* What is read as texts later is listed for the reader, which takes so many. */
static mica_status check_texts(const cleaning *c, mica_error *err) {
    const int most = (int)LENGTH(((mica_texts *)0)->values);
    int count = 0;
    for (int i = 0; i < c->head->count; i++)
        count += !c->column[i].left_out && known_wants_texts(&c->column[i]);
    if (count <= most) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "clean: %d columns of texts become numbers, dates or truth values, expected at "
                "most %d",
                count, most);
}

mica_status tabular_clean_keep(const table_cleaning *w, json_t *preparation, mica_error *err) {
    if (!w->c.held || w->known) return MICA_OK;
    json_t *clean = known_cleaning_write(&w->c);
    if (!clean || json_object_set_new(json_object_get(preparation, "table"), "clean", clean))
        return fail_no_memory(err, w->name);
    json_object_set_new(clean, "left_out",
                        json_pack("{s:I, s:I, s:I, s:I}", "filter",
                                  (json_int_t)w->left_out[LEFT_OUT_FILTER], "duplicates",
                                  (json_int_t)w->left_out[LEFT_OUT_AGAIN], "outliers",
                                  (json_int_t)w->left_out[LEFT_OUT_OUTLIERS], "missing",
                                  (json_int_t)w->left_out[LEFT_OUT_MISSING]));
    return check_texts(&w->c, err);
}

void tabular_clean_end(table_cleaning *w) {
    cleaning_free(&w->c);
    conditions_free(&w->filter);
    free(w->gone);
    blocks_close(&w->in);
    known_cleaning_free(&w->learned);
    arena_free(&w->memory);
}
