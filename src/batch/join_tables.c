/* Joins: see mica_table_join in mica/clean.h; the columns are made in join_columns.c. The right
 * table's rows are put in the order of their keys' numbers; then each left row finds its partners
 * at one place. */
#include "batch/join_tables.h"

#include "base/fields.h"
#include "base/parallel.h"
#include "data/tabular.h"

#include <stdlib.h>
#include <string.h>

static const char *const ways[] = {"inner", "left", "right", "outer", NULL};
static const char *const checks[] = {"many_to_many", "one_to_one", "one_to_many", "many_to_one",
                                     NULL};

#define OWNER mica_join_options
static const field join_fields[] = {
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

static mica_status find_keys(join *j, mica_error *err) {
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
        TRY(tabular_find(j->left, left->values[i], "left table", "join", &j->left_on[i], err));
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
        TRY(check_once(j->keys.left, j->left->rows, j->keys.count, "left", how, err));
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

static mica_status match(join *j, const buckets *left, const buckets *right, mica_error *err) {
    const char *how = j->o->how;
    bool outer = !strcmp(how, "outer"), by_right = !strcmp(how, "right"),
         all = strcmp(how, "inner");
    int64_t n = by_right ? pair_rows(j->keys.right, j->right->rows, left, true, NULL, NULL)
                         : pair_rows(j->keys.left, j->left->rows, right, all, NULL, NULL);
    int64_t rest = outer ? rest_of(j, left, NULL) : 0;
    TRY(make_rows(j, n + rest, err));
    if (by_right) pair_rows(j->keys.right, j->right->rows, left, true, j->right_rows, j->left_rows);
    else pair_rows(j->keys.left, j->left->rows, right, all, j->left_rows, j->right_rows);
    if (outer) rest_of(j, left, j->right_rows + n);
    for (int64_t i = n; i < n + rest; i++) j->left_rows[i] = -1;
    return MICA_OK;
}

/* ---- the order of an outer join ---- */

static join_cell key_cell(const join *j, int64_t row, int k) {
    return j->left_rows[row] >= 0 ? (join_cell){j->left, j->left_on[k], j->left_rows[row]}
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

static mica_status report(const join *j, mica_table *made, mica_error *err) {
    int64_t right_only = join_lone_rows(j->left_rows, j->rows),
            left_only = join_lone_rows(j->right_rows, j->rows);
    json_t *all = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "left_rows",
                            (json_int_t)j->left->rows, "right_rows", (json_int_t)j->right->rows,
                            "rows_written", (json_int_t)j->rows, "both",
                            (json_int_t)(j->rows - left_only - right_only), "left_only",
                            (json_int_t)left_only, "right_only", (json_int_t)right_only);
    bool done = all && table_set_report(made, all);
    json_decref(all);
    return done ? MICA_OK : fail_no_memory(err, "join");
}

static mica_status join_all(join *j, mica_table **out, mica_error *err) {
    buckets left = {0}, right = {0};
    TRY(find_keys(j, err));
    TRY(join_keys_of(j->left, j->left_on, j->right, j->right_on, j->count, j->o->missing_apart,
                     &j->keys, err));
    TRY(validate(j, err));
    bool done = fill_buckets(j->keys.left, j->left->rows, j->keys.count, &left) &&
                fill_buckets(j->keys.right, j->right->rows, j->keys.count, &right);
    mica_status status = done ? match(j, &left, &right, err) : fail_no_memory(err, "join");
    free_buckets(&left), free_buckets(&right);
    TRY(status);
    if (!strcmp(j->o->how, "outer")) TRY(sort_rows(j, err));
    TRY(join_columns(j, out, err));
    status = report(j, *out, err);
    if (status != MICA_OK) mica_table_destroy(out);
    return status;
}

mica_status mica_table_join(mica_context *ctx, const mica_table *left, const mica_table *right,
                            const mica_join_options *options, mica_table **out, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(left, "left");
    REQUIRE(right, "right");
    REQUIRE(out, "out");
    mica_join_options o = mica_join_defaults();
    arena texts = {0};
    TRY(options_take(&o, sizeof o, options, "join", err));
    mica_status status = fields_resolve(join_fields, &o, &texts, "join", err);
    join j = {.o = &o, .left = left, .right = right};
    if (status == MICA_OK && o.suffixes.count != 0 && o.suffixes.count != 2)
        status = fail(err, MICA_VALUE, "join: %d suffixes, expected 2", o.suffixes.count);
    if (status == MICA_OK) status = join_all(&j, out, err);
    join_keys_free(&j.keys);
    free(j.left_rows), free(j.right_rows);
    arena_free(&texts);
    return status;
}
