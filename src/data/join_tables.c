/* Joins: see join_tables.h; the columns are made in join_columns.c. The right table's rows are put
 * in the order of their keys' numbers; then each left row finds its partners at one place. */
#include "data/join_tables.h"

#include "base/fields.h"
#include "base/parallel.h"
#include "data/tabular.h"
#include "table/blocks_order.h"

#include <stdlib.h>
#include <string.h>

static const char *const ways[] = {"inner", "left", "right", "outer", NULL};
static const char *const checks[] = {"many_to_many", "one_to_one", "one_to_many", "many_to_one",
                                     NULL};

#define OWNER mica_join_options
const field join_fields[] = {
    TEXTS(OWNER, on, .help = "the key"),
    TEXTS(OWNER, left_on, .help = "the key's columns left"),
    TEXTS(OWNER, right_on, .help = "and right"),
    TEXT(OWNER, how, "inner", .choices = ways, .help = "which rows"),
    TEXTS(OWNER, suffixes, .help = "of columns that both have"),
    TEXT(OWNER, validate, "many_to_many", .choices = checks, .help = "how often keys may come"),
    BOOLEAN(OWNER, missing_apart, .help = "missing keys equal none"),
    BOOLEAN(OWNER, indicator, .help = "a column _merge"),
    END_OF_FIELDS,
};
#undef OWNER

mica_join_options mica_join_defaults(void) {
    return (mica_join_options){.size = sizeof(mica_join_options)};
}

/* ---- the key ---- */

static mica_status find_keys(join *j, const mica_table *head, mica_error *err) {
    const mica_join_options *o = j->o;
    const mica_texts *left = o->on.count ? &o->on : &o->left_on,
                     *right = o->on.count ? &o->on : &o->right_on;
    if (o->on.count && (o->left_on.count || o->right_on.count))
        return fail(err, MICA_VALUE, "join: on, and left_on and right_on: expected one of them");
    if (!left->count || left->count != right->count)
        return fail(err, MICA_VALUE,
                    "join: keys of %d columns left and %d right, expected as many, "
                    "at least 1",
                    left->count, right->count);
    j->count = left->count;
    for (int i = 0; i < j->count; i++) {
        TRY(tabular_find(head, left->values[i], "left table", "join", &j->left_on[i], err));
        TRY(tabular_find(j->right, right->values[i], "right table", "join", &j->right_on[i], err));
    }
    return MICA_OK;
}

/* begin[k] … begin[k + 1] - 1 of rows are those with key k, in their order. */
typedef struct buckets {
    int64_t *begin, *rows;
} buckets;

static bool fill_buckets(const uint32_t *keys, int64_t rows, int64_t count, buckets *b) {
    *b = (buckets){allocate((size_t)count + 2, sizeof *b->begin),
                   allocate((size_t)rows + 1, sizeof *b->rows)};
    if (!b->begin || !b->rows) return false;
    for (int64_t i = 0; i < rows; i++)
        if (keys[i] != NO_KEY) b->begin[keys[i] + 2]++;
    for (int64_t k = 2; k <= count + 1; k++) b->begin[k] += b->begin[k - 1];
    for (int64_t i = 0; i < rows; i++)
        if (keys[i] != NO_KEY) b->rows[b->begin[keys[i] + 1]++] = i;
    return true;
}

static void free_buckets(buckets *b) {
    free(b->begin);
    free(b->rows);
}

static mica_status check_once(const uint32_t *keys, int64_t rows, int64_t count, const char *side,
                              const char *validate, mica_error *err) {
    bool *seen = allocate((size_t)count + 1, sizeof *seen);
    mica_status status = seen ? MICA_OK : fail_no_memory(err, "join");
    for (int64_t i = 0; i < rows && status == MICA_OK; i++) {
        if (keys[i] == NO_KEY) continue;
        if (seen[keys[i]])
            status = fail(
                err, MICA_VALUE,
                "join: validate %s: the key of data row %lld of the %s table is there twice",
                validate, (long long)i + 1, side);
        else seen[keys[i]] = true;
    }
    free(seen);
    return status;
}

static mica_status validate(const join *j, mica_error *err) {
    const char *how = j->o->validate;
    if (!strcmp(how, "one_to_one") || !strcmp(how, "one_to_many"))
        TRY(check_once(j->keys.left, j->left_count, j->keys.count, "left", how, err));
    if (!strcmp(how, "one_to_one") || !strcmp(how, "many_to_one"))
        TRY(check_once(j->keys.right, j->right->rows, j->keys.count, "right", how, err));
    return MICA_OK;
}

/* ---- the rows ---- */

/* Pairs in the order of the first table's rows; those without a partner where `all` says so.
 * first NULL: only counts. */
static int64_t pair_rows(const uint32_t *keys, int64_t rows, const buckets *other, bool all,
                         int64_t *first, int64_t *second) {
    int64_t n = 0;
    for (int64_t i = 0; i < rows; i++) {
        int64_t begin = 0, end = 0;
        if (keys[i] != NO_KEY) begin = other->begin[keys[i]], end = other->begin[keys[i] + 1];
        if (!first) {
            n += end > begin ? end - begin : all;
            continue;
        }
        for (int64_t k = begin; k < end; k++, n++) first[n] = i, second[n] = other->rows[k];
        if (end == begin && all) first[n] = i, second[n++] = -1;
    }
    return n;
}

/* Right rows whose key no left row has: appended for an outer join. */
static int64_t rest_of(const join *j, const buckets *left, int64_t *out) {
    int64_t n = 0;
    for (int64_t i = 0; i < j->right->rows; i++) {
        uint32_t key = j->keys.right[i];
        if (key != NO_KEY && left->begin[key] < left->begin[key + 1]) continue;
        if (out) out[n] = i;
        n++;
    }
    return n;
}

static mica_status make_rows(join *j, int64_t rows, mica_error *err) {
    double bytes = 16.0 * (double)rows;
    j->rows = rows;
    if (bytes < (double)memory_available()) {
        j->left_rows = allocate((size_t)rows + 1, sizeof *j->left_rows);
        j->right_rows = allocate((size_t)rows + 1, sizeof *j->right_rows);
    }
    if (j->left_rows && j->right_rows) return MICA_OK;
    fail_memory(err, (unsigned long long)bytes, "join");
    return fail_within(err, MICA_MEMORY, "join: %lld rows", (long long)rows);
}

/* Of so many left rows from `first` on; right and outer joins take all of them. */
static mica_status match(join *j, int64_t first, int64_t count, const buckets *left,
                         const buckets *right, mica_error *err) {
    const char *how = j->o->how;
    const uint32_t *keys = j->keys.left + first;
    bool outer = !strcmp(how, "outer"), by_right = !strcmp(how, "right"),
         all = strcmp(how, "inner");
    int64_t n = by_right ? pair_rows(j->keys.right, j->right->rows, left, true, NULL, NULL)
                         : pair_rows(keys, count, right, all, NULL, NULL);
    int64_t rest = outer ? rest_of(j, left, NULL) : 0;
    TRY(make_rows(j, n + rest, err));
    if (by_right) pair_rows(j->keys.right, j->right->rows, left, true, j->right_rows, j->left_rows);
    else pair_rows(keys, count, right, all, j->left_rows, j->right_rows);
    if (outer) rest_of(j, left, j->right_rows + n);
    for (int64_t i = n; i < n + rest; i++) j->left_rows[i] = -1;
    return MICA_OK;
}

/* ---- the order of an outer join ---- */

static join_cell key_cell(const join *j, int64_t row, int k) {
    return j->left_rows[row] >= 0 ? (join_cell){j->left_keys, k, j->left_rows[row]}
                                  : (join_cell){j->right, j->right_on[k], j->right_rows[row]};
}

static int compare_rows(const void *a, const void *b, void *arg) {
    const join *j = arg;
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    for (int k = 0; k < j->count; k++) {
        int order = join_compare(key_cell(j, x, k), key_cell(j, y, k));
        if (order) return order;
    }
    return (x > y) - (x < y);
}

static mica_status sort_rows(join *j, mica_error *err) {
    int64_t *order = allocate((size_t)j->rows + 1, sizeof *order),
            *copy = allocate((size_t)j->rows + 1, sizeof *copy),
            *sides[] = {j->left_rows, j->right_rows};
    bool done = order && copy;
    for (int64_t i = 0; i < j->rows && done; i++) order[i] = i;
    if (done) qsort_r(order, (size_t)j->rows, sizeof *order, compare_rows, j);
    for (int s = 0; s < 2 && done; s++) {
        memcpy(copy, sides[s], (size_t)j->rows * sizeof *copy);
        for (int64_t i = 0; i < j->rows; i++) sides[s][i] = copy[order[i]];
    }
    free(order);
    free(copy);
    return done ? MICA_OK : fail_no_memory(err, "join");
}

/* ---- the whole ---- */

typedef struct joining {
    join j;
    buckets left, right;
    int64_t rows, left_only, right_only; /* written so far */
} joining;

static json_t *report_of(const joining *g) {
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "left_rows", (json_int_t)g->j.left_count,
                     "right_rows", (json_int_t)g->j.right->rows, "rows_written",
                     (json_int_t)g->rows, "both",
                     (json_int_t)(g->rows - g->left_only - g->right_only), "left_only",
                     (json_int_t)g->left_only, "right_only", (json_int_t)g->right_only);
}

/* The rows that are matched, of which the left ones are in j->left. */
static mica_status put_rows(joining *g, table_sink *out, mica_error *err) {
    join *j = &g->j;
    mica_table *made = NULL;
    TRY(join_columns(j, &made, err));
    g->rows += j->rows;
    g->right_only += join_lone_rows(j->left_rows, j->rows);
    g->left_only += join_lone_rows(j->right_rows, j->rows);
    return out->put(out, made, err);
}

static void forget_rows(join *j) {
    free(j->left_rows), free(j->right_rows);
    j->left_rows = j->right_rows = NULL;
}

/* The left rows from `first` on, with their partners. */
static mica_status join_block(joining *g, const mica_table *block, int64_t first, table_sink *out,
                              mica_error *err) {
    g->j.left = block;
    mica_status status = match(&g->j, first, block->rows, &g->left, &g->right, err);
    if (status == MICA_OK) status = put_rows(g, out, err);
    forget_rows(&g->j);
    return status;
}

/* In the left table's order. */
static mica_status join_each(joining *g, table_blocks *left, table_sink *out, mica_error *err) {
    mica_table *block;
    mica_status status;
    if (left->whole) return join_block(g, left->whole, 0, out, err);
    TRY(left->begin(left, true, err));
    for (int64_t first = 0; (status = left->next(left, &block, err)) == MICA_OK && block;) {
        int64_t rows = block->rows;
        status = join_block(g, block, first, out, err);
        mica_table_destroy(&block);
        TRY(status);
        first += rows;
    }
    return status;
}

/* Some of the rows of `all`, whose left ones are picked; there their numbers are their places. */
static mica_status put_piece(joining *g, table_blocks *left, const join *all, int64_t from,
                             int64_t count, table_sink *out, mica_error *err) {
    join *j = &g->j;
    mica_table *picked = NULL;
    int64_t *places = allocate((size_t)count + 1, sizeof *places);
    if (!places) return fail_no_memory(err, "join");
    mica_status status = blocks_rows_at(left, all->left_rows + from, count, &picked, err);
    for (int64_t i = 0; i < count; i++) places[i] = all->left_rows[from + i] < 0 ? -1 : i;
    j->left = picked, j->rows = count;
    j->left_rows = places, j->right_rows = all->right_rows + from;
    if (status == MICA_OK) status = put_rows(g, out, err);
    mica_table_destroy(&picked);
    free(places);
    return status;
}

/* In another order: as many rows at a time as fit. */
static mica_status join_reordered(joining *g, table_blocks *left, table_sink *out,
                                  mica_error *err) {
    join *j = &g->j;
    int64_t most = 0, at = 0;
    mica_status status = match(j, 0, j->left_count, &g->left, &g->right, err);
    if (status == MICA_OK && !strcmp(j->o->how, "outer")) status = sort_rows(j, err);
    if (status == MICA_OK) status = blocks_rows_that_fit(left, &most, err);
    join all = *j;
    j->alone = status == MICA_OK && join_lone_rows(j->left_rows, j->rows) > 0;
    if (status == MICA_OK && left->whole) {
        j->left = left->whole;
        status = put_rows(g, out, err);
    } else if (status == MICA_OK) {
        do {
            const int64_t count = all.rows - at < most ? all.rows - at : most;
            status = put_piece(g, left, &all, at, count, out, err);
            at += count;
        } while (status == MICA_OK && at < all.rows);
    }
    forget_rows(&all);
    j->left_rows = j->right_rows = NULL;
    return status;
}

/* Whether the rows come in another order than the left table's. */
static bool reorders(const join *j) {
    return !strcmp(j->o->how, "right") || !strcmp(j->o->how, "outer");
}

/* The keys of all rows, of which the left columns are gathered: *keys. */
static mica_status number_keys(joining *g, table_blocks *left, mica_table **keys, mica_error *err) {
    join *j = &g->j;
    int places[LENGTH(j->left_on)];
    for (int i = 0; i < j->count; i++) places[i] = i;
    TRY(blocks_gather(left, j->left_on, j->count, keys, err));
    mica_status status = join_keys_of(*keys, places, j->right, j->right_on, j->count,
                                      j->o->missing_apart, &j->keys, err);
    if (status == MICA_OK) status = validate(j, err);
    if (status == MICA_OK &&
        !((!reorders(j) || fill_buckets(j->keys.left, j->left_count, j->keys.count, &g->left)) &&
          fill_buckets(j->keys.right, j->right->rows, j->keys.count, &g->right)))
        status = fail_no_memory(err, "join");
    return status;
}

static mica_status join_all(joining *g, table_blocks *left, table_sink *out, mica_error *err) {
    mica_table *keys = NULL;
    TRY(find_keys(&g->j, left->head, err));
    mica_status status = number_keys(g, left, &keys, err);
    g->j.left_keys = keys;
    if (strcmp(g->j.o->how, "outer")) mica_table_destroy(&keys); /* nothing is sorted by them */
    if (status == MICA_OK)
        status = reorders(&g->j) ? join_reordered(g, left, out, err) : join_each(g, left, out, err);
    mica_table_destroy(&keys);
    return status;
}

mica_status join_blocks(table_blocks *left, const mica_table *right,
                        const mica_join_options *options, table_sink *out, json_t **report,
                        mica_error *err) {
    mica_join_options o = mica_join_defaults();
    arena texts = {0};
    TRY(options_take(&o, sizeof o, options, "join", err));
    mica_status status = fields_resolve(join_fields, &o, &texts, "join", err);
    joining g = {.j = {.o = &o, .left_count = left->rows, .right = right}};
    if (status == MICA_OK && o.suffixes.count != 0 && o.suffixes.count != 2)
        status = fail(err, MICA_VALUE, "join: %d suffixes, expected 2", o.suffixes.count);
    if (status == MICA_OK) status = join_all(&g, left, out, err);
    if (status == MICA_OK && !(*report = report_of(&g))) status = fail_no_memory(err, "join");
    free_buckets(&g.left), free_buckets(&g.right);
    join_keys_free(&g.j.keys);
    arena_free(&texts);
    return status;
}

mica_status mica_table_join(mica_context *ctx, const mica_table *left, const mica_table *right,
                            const mica_join_options *options, mica_table **out, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(left, "left");
    REQUIRE(right, "right");
    REQUIRE(out, "out");
    table_blocks in;
    table_sink kept = {out, table_keep};
    json_t *report = NULL;
    *out = NULL;
    TRY(blocks_of_table(left, 0, &in, err));
    mica_status status = join_blocks(&in, right, options, &kept, &report, err);
    status = table_end_report(out, report, status, err);
    blocks_close(&in);
    return status;
}
