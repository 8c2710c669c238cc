/* Splits and folds of tables: see split_table.h; the counts are made in transform/split_rows.h. The
 * columns that decide are gathered, the rows of the parts found, and then the table is gone
 * through. */
#include "batch/split_table.h"

#include "base/context.h"
#include "base/philox.h"
#include "data/tabular.h"
#include "table/blocks_order.h"
#include "table/edit.h"
#include "table/time_order.h"
#include "transform/split_rows.h"

#include <stdlib.h>
#include <string.h>

mica_table_split_options mica_table_split_defaults(void) {
    return (mica_table_split_options){.size = sizeof(mica_table_split_options)};
}
mica_table_folds_options mica_table_folds_defaults(void) {
    return (mica_table_folds_options){.size = sizeof(mica_table_folds_options)};
}

/* ---- what decides where a row goes ---- */

typedef struct deciding {
    mica_table *t; /* the columns that are asked */
    int64_t rows;
    int64_t *class_keys, *group_keys; /* of each row; NULL: they are not asked */
    int64_t *order;                   /* rows in the order of time; NULL: as they are */
    double *time;                     /* in that order */
} deciding;

/* Keys of column i of d->t; -1: it is not asked. */
static mica_status keys_of(const deciding *d, int i, int64_t **out, mica_error *err) {
    if (i < 0) return MICA_OK;
    *out = allocate((size_t)d->rows + 1, sizeof **out);
    if (!*out) return fail_no_memory(err, "split");
    column_keys(d->t, i, *out);
    return MICA_OK;
}

/* One text makes a column one of texts: where most cells are dates or numbers, it is named. */
static mica_status check_time(const mica_table *t, int i, mica_error *err) {
    const table_column *c = &t->column[i];
    wanted_column w = {t, i, WANTED_DATES, "split: time", "column", "to order the rows by"};
    wrong_cells dates, numbers;
    if (!is_text(c->type) && c->type != MICA_COLUMN_BOOLEAN) return MICA_OK;
    if (!tabular_count_wrong(&w, &dates)) return fail_no_memory(err, "split");
    w.wanted = WANTED_NUMBERS;
    if (!tabular_count_wrong(&w, &numbers)) return fail_no_memory(err, "split");
    if (dates.wrong < numbers.wrong) w.wanted = WANTED_DATES;
    const wrong_cells *fewer = w.wanted == WANTED_DATES ? &dates : &numbers;
    if (is_text(c->type) && fewer->wrong * 2 < fewer->cells) return tabular_wrong_cell(&w, err);
    return fail(err, MICA_TYPE, "split: time: column %s is %s, expected dates or numbers", c->name,
                mica_column_type_name(c->type));
}

enum { STRATIFY, GROUPS, TIME, ASKED };

/* The column in the table, and its place among those that are gathered. */
static mica_status ask(const mica_table *head, const char *name, const char *what, int *columns,
                       int *count, int *place, mica_error *err) {
    *place = -1;
    if (!name) return MICA_OK;
    TRY(tabular_find(head, name, what, "split", &columns[*count], err));
    *place = (*count)++;
    return MICA_OK;
}

static mica_status decide(deciding *d, table_blocks *in, const char *stratify, const char *groups,
                          const char *time, mica_error *err) {
    int columns[ASKED], place[ASKED], count = 0;
    d->rows = in->rows;
    if (d->rows > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "split: %lld rows, expected at most %u",
                    (long long)d->rows, UINT32_MAX);
    if (time && (stratify || groups))
        return fail(err, MICA_UNSUPPORTED,
                    "split: time, and stratify or groups: expected one of them");
    TRY(ask(in->head, stratify, "stratify", columns, &count, &place[STRATIFY], err));
    TRY(ask(in->head, groups, "groups", columns, &count, &place[GROUPS], err));
    TRY(ask(in->head, time, "time", columns, &count, &place[TIME], err));
    if (count) TRY(blocks_gather(in, columns, count, &d->t, err));
    if (time) TRY(check_time(d->t, place[TIME], err));
    TRY(keys_of(d, place[STRATIFY], &d->class_keys, err));
    TRY(keys_of(d, place[GROUPS], &d->group_keys, err));
    if (time) TRY(time_order(d->t, place[TIME], "split: time", &d->order, &d->time, err));
    mica_table_destroy(&d->t);
    return MICA_OK;
}

static void forget(deciding *d) {
    mica_table_destroy(&d->t);
    free(d->class_keys);
    free(d->group_keys);
    free(d->order);
    free(d->time);
}

/* Codes of those rows' keys; NULL rows: of all. */
static mica_status codes_at(const int64_t *keys, const uint32_t *rows, int64_t count, codes *out,
                            mica_error *err) {
    if (!keys) return MICA_OK;
    if (!rows) return codes_of_integers(keys, count, out, NULL, err);
    int64_t *some = allocate((size_t)count + 1, sizeof *some);
    if (!some) return fail_no_memory(err, "split");
    for (int64_t i = 0; i < count; i++) some[i] = keys[rows[i]];
    mica_status status = codes_of_integers(some, count, out, NULL, err);
    free(some);
    return status;
}

/* ---- parts ---- */

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The rows of `of` (NULL: all) at those places, in their order. */
static mica_status part_of(const deciding *d, const uint32_t *of, uint32_t *places, int64_t count,
                           rising_rows *out, mica_error *err) {
    *out = (rising_rows){allocate((size_t)count + 1, sizeof *out->rows), count};
    if (!out->rows) return fail_no_memory(err, "split");
    qsort(places, (size_t)count, sizeof *places, by_number);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = of ? of[places[i]] : places[i];
        out->rows[i] = d->order ? d->order[at] : at;
    }
    return MICA_OK;
}

static bool rising(const rising_rows *list) {
    for (int64_t i = 1; i < list->count; i++)
        if (list->rows[i] < list->rows[i - 1]) return false;
    return true;
}

/* The rows from place `first` on in the order of time, as a part. */
static mica_status part_of_times(const deciding *d, int64_t first, int64_t count, const char *part,
                                 rising_rows *out, mica_error *err) {
    int64_t from = time_bound(d->time, d->rows, first),
            to = time_bound(d->time, d->rows, first + count);
    if (from >= to)
        return fail(err, MICA_VALUE,
                    "split: time: no row is left for the %s part: rows of one time go into one "
                    "part, and around row %lld of the order of time too many have the same",
                    part, (long long)first + 1);
    free(out->rows);
    *out = (rising_rows){allocate((size_t)(to - from) + 1, sizeof *out->rows), to - from};
    if (!out->rows) return fail_no_memory(err, "split");
    memcpy(out->rows, d->order + from, (size_t)(to - from) * sizeof *out->rows);
    return MICA_OK;
}

static const char *const part_names[PARTS] = {
    [PART_TRAIN] = "train", [PART_VALIDATION] = "validation", [PART_TEST] = "test"};

/* Parts that follow each other in time, with their bounds where the time changes. */
static mica_status keep_times_together(const deciding *d, rising_rows parts[PARTS],
                                       mica_error *err) {
    for (int i = 0; i < PARTS && d->order; i++) {
        int64_t first = 0;
        if (!parts[i].count) continue;
        while (d->order[first] != parts[i].rows[0]) first++;
        TRY(part_of_times(d, first, parts[i].count, part_names[i], &parts[i], err));
    }
    return MICA_OK;
}

/* Puts the parts that have a sink; where time is another order than the table's, one after the
 * other, as many rows at a time as fit. */
static mica_status put_parts(table_blocks *in, rising_rows parts[PARTS],
                             table_sink *const sinks[PARTS], mica_error *err) {
    rising_rows lists[PARTS];
    table_sink *to[PARTS];
    bool in_order = true;
    int count = 0;
    for (int i = 0; i < PARTS; i++) {
        if (!parts[i].rows || !sinks[i]) continue;
        in_order = in_order && rising(&parts[i]);
        lists[count] = parts[i], to[count++] = sinks[i];
    }
    if (in_order || in->whole) return blocks_pick(in, lists, count, to, err);
    for (int i = 0; i < count; i++)
        TRY(blocks_put_ordered(in, lists[i].rows, lists[i].count, to[i], err));
    return MICA_OK;
}

/* ---- splits ---- */

static mica_status check_fractions(const mica_table_split_options *o, mica_error *err) {
    const struct {
        const char *name;
        double value;
    } all[] = {{"test_fraction", o->test_fraction},
               {"validation_fraction", o->validation_fraction},
               {"train_fraction", o->train_fraction}};
    for (size_t i = 0; i < LENGTH(all); i++)
        if (!(all[i].value >= 0 && all[i].value < 1))
            return fail(err, MICA_VALUE, "split: %s is %g, expected 0 to less than 1", all[i].name,
                        all[i].value);
    double sum = o->test_fraction + o->validation_fraction + o->train_fraction;
    if (sum > 1 + 1e-9)
        return fail(err, MICA_VALUE, "split: the fractions are %g together, expected at most 1",
                    sum);
    return MICA_OK;
}

/* Divides rows (NULL: all) once; `purpose` gives each division a lot of its own. */
static mica_status divide(mica_context *ctx, const deciding *d, const mica_table_split_options *o,
                          const uint32_t *rows, int64_t count, double test, double train,
                          uint64_t repeat, row_split *out, mica_error *err) {
    codes classes = {0}, groups = {0};
    mica_status status = codes_at(d->class_keys, rows, count, &classes, err);
    if (status == MICA_OK) status = codes_at(d->group_keys, rows, count, &groups, err);
    split_plan p = {count,
                    test,
                    train,
                    !o->no_shuffle && !d->order,
                    d->class_keys ? &classes : NULL,
                    d->group_keys ? &groups : NULL,
                    philox_key(ctx->options.seed, "dataset_split"),
                    repeat};
    if (status == MICA_OK) status = split_rows(&p, "split", out, err);
    codes_free(&classes);
    codes_free(&groups);
    return status;
}

static int64_t distinct(const int64_t *keys, const uint32_t *rows, int64_t count, mica_error *err) {
    codes c = {0};
    int64_t n = codes_at(keys, rows, count, &c, err) == MICA_OK ? c.count : -1;
    codes_free(&c);
    return n;
}

/* Of the rows that are not the test's: validation and train. The fractions are of all rows, so they
 * grow by `whole / rest`, of groups alone counted in groups; a hair is taken off where ceil() would
 * make of 20.000000001 21. */
static mica_status split_rest(mica_context *ctx, const deciding *d,
                              const mica_table_split_options *o, row_split *first,
                              rising_rows parts[PARTS], mica_error *err) {
    const double hair = 1e-9;
    row_split rest = {0};
    double whole = (double)d->rows, left = (double)first->train_rows;
    if (d->group_keys && !d->class_keys) {
        whole = (double)distinct(d->group_keys, NULL, d->rows, err);
        left = (double)distinct(d->group_keys, first->train, first->train_rows, err);
        if (whole < 0 || left < 0) return fail_no_memory(err, "split");
    }
    qsort(first->train, (size_t)first->train_rows, sizeof *first->train, by_number);
    double part = o->train_fraction > 0 ? (o->train_fraction * whole + hair) / left : 0;
    TRY(divide(ctx, d, o, first->train, first->train_rows,
               (o->validation_fraction * whole - hair) / left, part < 1 ? part : 0, 1, &rest, err));
    mica_status status = part_of(d, first->train, rest.train, rest.train_rows, &parts[PART_TRAIN],
                                 err);
    if (status == MICA_OK)
        status = part_of(d, first->train, rest.test, rest.test_rows, &parts[PART_VALIDATION], err);
    row_split_free(&rest);
    return status;
}

static mica_status split(mica_context *ctx, const deciding *d, const mica_table_split_options *o,
                         rising_rows parts[PARTS], mica_error *err) {
    bool two = o->validation_fraction == 0;
    row_split first = {0};
    TRY(divide(ctx, d, o, NULL, d->rows, o->test_fraction, two ? o->train_fraction : 0, 0, &first,
               err));
    mica_status status = part_of(d, NULL, first.test, first.test_rows, &parts[PART_TEST], err);
    if (status == MICA_OK && two)
        status = part_of(d, NULL, first.train, first.train_rows, &parts[PART_TRAIN], err);
    else if (status == MICA_OK) status = split_rest(ctx, d, o, &first, parts, err);
    row_split_free(&first);
    return status;
}

static void free_parts(rising_rows parts[PARTS]) {
    for (int i = 0; i < PARTS; i++) free(parts[i].rows);
}

mica_status split_blocks(mica_context *ctx, table_blocks *in,
                         const mica_table_split_options *options, table_sink *const sinks[PARTS],
                         mica_error *err) {
    mica_table_split_options o = mica_table_split_defaults();
    TRY(options_take(&o, sizeof o, options, "split", err));
    if (o.test_fraction == 0 && o.train_fraction == 0) o.test_fraction = 0.25;
    if (o.test_fraction == 0) o.test_fraction = 1 - o.train_fraction - o.validation_fraction;
    deciding d = {0};
    rising_rows parts[PARTS] = {{0}};
    mica_status status = check_fractions(&o, err);
    if (status == MICA_OK) status = decide(&d, in, o.stratify, o.groups, o.time, err);
    if (status == MICA_OK) status = split(ctx, &d, &o, parts, err);
    if (status == MICA_OK) status = keep_times_together(&d, parts, err);
    forget(&d);
    if (status == MICA_OK) status = put_parts(in, parts, sinks, err);
    free_parts(parts);
    return status;
}

/* ---- folds ---- */

static mica_status time_fold_of(const deciding *d, int64_t fold, int64_t folds,
                                rising_rows parts[PARTS], mica_error *err) {
    time_fold f;
    time_fold_plan p = {.rows = d->rows, .folds = folds, .fold = fold};
    TRY(time_fold_rows(&p, "fold", &f, err));
    const int64_t first[] = {f.train_first, 0, f.test_first},
                  rows[] = {f.train_rows, 0, f.test_rows};
    for (int i = 0; i < PARTS; i++) {
        if (i == PART_VALIDATION) continue;
        TRY(part_of_times(d, first[i], rows[i], part_names[i], &parts[i], err));
    }
    return MICA_OK;
}

static mica_status fold_of(mica_context *ctx, const deciding *d, int64_t fold,
                           const mica_table_folds_options *o, rising_rows parts[PARTS],
                           mica_error *err) {
    int64_t folds = o->folds ? o->folds : 5;
    codes classes = {0}, groups = {0};
    row_split rows = {0};
    if (d->order) return time_fold_of(d, fold, folds, parts, err);
    mica_status status = codes_at(d->class_keys, NULL, d->rows, &classes, err);
    if (status == MICA_OK) status = codes_at(d->group_keys, NULL, d->rows, &groups, err);
    fold_plan p = {.rows = d->rows,
                   .folds = folds,
                   .fold = fold,
                   .shuffle = o->shuffle,
                   .classes = d->class_keys ? &classes : NULL,
                   .groups = d->group_keys ? &groups : NULL,
                   .key = philox_key(ctx->options.seed, "dataset_fold")};
    if (status == MICA_OK) status = fold_rows(&p, "fold", &rows, err);
    if (status == MICA_OK)
        status = part_of(d, NULL, rows.train, rows.train_rows, &parts[PART_TRAIN], err);
    if (status == MICA_OK)
        status = part_of(d, NULL, rows.test, rows.test_rows, &parts[PART_TEST], err);
    row_split_free(&rows);
    codes_free(&classes);
    codes_free(&groups);
    return status;
}

mica_status fold_blocks(mica_context *ctx, table_blocks *in, int64_t fold,
                        const mica_table_folds_options *options, table_sink *const sinks[PARTS],
                        mica_error *err) {
    mica_table_folds_options o = mica_table_folds_defaults();
    TRY(options_take(&o, sizeof o, options, "fold", err));
    deciding d = {0};
    rising_rows parts[PARTS] = {{0}};
    mica_status status = decide(&d, in, o.stratify, o.groups, o.time, err);
    if (status == MICA_OK) status = fold_of(ctx, &d, fold, &o, parts, err);
    forget(&d);
    if (status == MICA_OK) status = put_parts(in, parts, sinks, err);
    free_parts(parts);
    return status;
}

/* ---- of tables in memory ---- */

mica_status mica_table_split(mica_context *ctx, const mica_table *t,
                             const mica_table_split_options *options, mica_table **train,
                             mica_table **validation, mica_table **test, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(train, "train");
    REQUIRE(validation, "validation");
    REQUIRE(test, "test");
    table_blocks in;
    table_sink kept[] = {{train, table_keep}, {validation, table_keep}, {test, table_keep}};
    *train = *validation = *test = NULL;
    TRY(blocks_of_table(t, 0, &in, err));
    mica_status status = split_blocks(ctx, &in, options,
                                      (table_sink *const[]){&kept[0], &kept[1], &kept[2]}, err);
    blocks_close(&in);
    if (status == MICA_OK) return MICA_OK;
    mica_table_destroy(train), mica_table_destroy(validation), mica_table_destroy(test);
    return status;
}

mica_status mica_table_fold(mica_context *ctx, const mica_table *t, int64_t fold,
                            const mica_table_folds_options *options, mica_table **train,
                            mica_table **test, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(train, "train");
    REQUIRE(test, "test");
    table_blocks in;
    table_sink kept[] = {{train, table_keep}, {test, table_keep}};
    *train = *test = NULL;
    TRY(blocks_of_table(t, 0, &in, err));
    mica_status status = fold_blocks(ctx, &in, fold, options,
                                     (table_sink *const[]){&kept[0], NULL, &kept[1]}, err);
    blocks_close(&in);
    if (status == MICA_OK) return MICA_OK;
    mica_table_destroy(train), mica_table_destroy(test);
    return status;
}
