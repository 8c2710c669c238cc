/* Joins: see mica_table_join in mica/clean.h. The right table's rows are put in the order of their
 * keys' numbers; then each left row finds its partners at one place. */
#include "mica/clean.h"

#include "base/fields.h"
#include "base/parallel.h"
#include "batch/join_keys.h"
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

typedef struct join {
    const mica_join_options *o;
    const mica_table *left, *right;
    int left_on[64], right_on[64], count; /* of key columns */
    join_keys keys;
    int64_t *left_rows, *right_rows; /* of the result; -1: none */
    int64_t rows;
} join;

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

/* ---- the columns ---- */

static int place_in(const int *list, int count, int value) {
    for (int i = 0; i < count; i++)
        if (list[i] == value) return i;
    return -1;
}

/* Of keys with one name the cells of the right where there is no left row: texts. */
static mica_status fill_text_key(const join *j, mica_table *made, int at, int right,
                                 mica_error *err) {
    text_maker texts = {0};
    int32_t *codes = column_room(MICA_COLUMN_TEXT, j->rows);
    bool done = codes != NULL;
    for (int64_t i = 0; i < j->rows && done; i++) {
        bool alone = j->left_rows[i] < 0;
        const table_column *c = alone ? &j->right->column[right] : &made->column[at];
        int64_t row = alone ? j->right_rows[i] : i;
        size_t length;
        codes[i] = -1;
        if (cell_missing(c, row)) continue;
        const char *text = text_at(&c->texts, ((int32_t *)c->cells)[row], &length);
        done = (codes[i] = text_maker_add(&texts, text, length)) >= 0;
    }
    if (done) done = column_set_texts(made, at, codes, &texts), codes = NULL;
    release_aligned(codes);
    text_maker_free(&texts);
    return done ? MICA_OK : fail_no_memory(err, "join");
}

/* One cell of a type that is not text, from a column of the same type, of numbers, or without
 * cells. */
static void copy_cell(const mica_table *t, int column, int64_t row, mica_column_type type,
                      void *to) {
    const table_column *c = &t->column[column];
    int64_t none = MISSING_INTEGER;
    double number;
    if (type == MICA_COLUMN_NUMBER) {
        number = mica_table_number(t, column, row);
        memcpy(to, &number, sizeof number);
    } else if (c->type == type) {
        memcpy(to, (char *)c->cells + (size_t)row * cell_size(type), cell_size(type));
    } else if (type == MICA_COLUMN_BOOLEAN) {
        *(int8_t *)to = -1;
    } else {
        memcpy(to, &none, sizeof none);
    }
}

static mica_status fill_key(const join *j, mica_table *made, int at, int right, mica_error *err) {
    table_column *to = &made->column[at];
    const table_column *from = &j->right->column[right];
    if (is_text(to->type) || is_text(from->type)) return fill_text_key(j, made, at, right, err);
    bool number = to->type == MICA_COLUMN_NUMBER || from->type == MICA_COLUMN_NUMBER;
    mica_column_type type = number                            ? MICA_COLUMN_NUMBER
                            : to->type == MICA_COLUMN_MISSING ? from->type
                                                              : to->type;
    bool timed = to->timed || from->timed, zoned = to->zoned || from->zoned;
    char *cells = column_room(type, j->rows);
    size_t size = cell_size(type);
    if (!cells) return fail_no_memory(err, "join");
    for (int64_t i = 0; i < j->rows && size; i++) {
        bool alone = j->left_rows[i] < 0;
        copy_cell(alone ? j->right : made, alone ? right : at, alone ? j->right_rows[i] : i, type,
                  cells + (size_t)i * size);
    }
    column_set(made, at, type, cells);
    to->timed = timed, to->zoned = zoned;
    return MICA_OK;
}

/* "name", or with a suffix where the other table has it too and it is no common key. */
static bool put_name(mica_table *made, int at, const char *name, const char *suffix) {
    strbuf text = {0};
    strbuf_add(&text, "%s%s", name, suffix);
    bool done = !text.failed && table_set_name(made, at, text.data, text.length);
    strbuf_free(&text);
    return done;
}

/* Moves the columns of a picked table behind those that are there. */
static void move_columns(mica_table *from, mica_table *to, int *count) {
    for (int i = 0; i < from->count; i++) {
        to->column[*count] = from->column[i];
        to->column[*count].name = NULL;
        from->column[i] = (table_column){0};
        ++*count;
    }
}

static mica_status name_columns(const join *j, mica_table *made, const int *right, int right_count,
                                mica_error *err) {
    const char *suffix[2] = {"_x", "_y"};
    bool done = true;
    for (int i = 0; i < j->o->suffixes.count && i < 2; i++) suffix[i] = j->o->suffixes.values[i];
    for (int i = 0; i < j->left->count && done; i++) {
        const char *name = j->left->column[i].name;
        int other = mica_table_find(j->right, name);
        bool both = other >= 0 && place_in(right, right_count, other) >= 0;
        done = put_name(made, i, name, both ? suffix[0] : "");
    }
    for (int i = 0; i < right_count && done; i++) {
        const char *name = j->right->column[right[i]].name;
        bool both = mica_table_find(j->left, name) >= 0;
        done = put_name(made, j->left->count + i, name, both ? suffix[1] : "");
    }
    return done ? MICA_OK : fail_no_memory(err, "join");
}

static mica_status add_indicator(const join *j, mica_table *made, int at, mica_error *err) {
    static const char *const words[] = {"both", "left_only", "right_only"};
    text_maker texts = {0};
    int32_t *codes = column_room(MICA_COLUMN_TEXT, j->rows);
    bool done = codes && table_set_name(made, at, "_merge", 6);
    for (int64_t i = 0; i < j->rows && done; i++) {
        const char *word = words[j->left_rows[i] < 0 ? 2 : j->right_rows[i] < 0];
        done = (codes[i] = text_maker_add(&texts, word, strlen(word))) >= 0;
    }
    if (done) done = column_set_texts(made, at, codes, &texts), codes = NULL;
    release_aligned(codes);
    text_maker_free(&texts);
    return done ? MICA_OK : fail_no_memory(err, "join");
}

static int64_t count_negative(const int64_t *rows, int64_t count) {
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++) n += rows[i] < 0;
    return n;
}

/* Keys that have one name are one column. */
static mica_status make_columns(join *j, mica_table **out, mica_error *err) {
    int *right = allocate((size_t)j->right->count + 1, sizeof *right), right_count = 0, count = 0;
    mica_table *a = NULL, *b = NULL, *made = NULL;
    mica_status status = right ? MICA_OK : fail_no_memory(err, "join");
    for (int i = 0; i < j->right->count && status == MICA_OK; i++) {
        int key = place_in(j->right_on, j->count, i);
        bool one = key >= 0 &&
                   !strcmp(j->left->column[j->left_on[key]].name, j->right->column[i].name);
        if (!one) right[right_count++] = i;
    }
    if (status == MICA_OK) status = table_pick(j->left, NULL, 0, j->left_rows, j->rows, &a, err);
    if (status == MICA_OK)
        status = table_pick(j->right, right, right_count, j->right_rows, j->rows, &b, err);
    if (status == MICA_OK && !(made = table_new(j->left->count + right_count + j->o->indicator)))
        status = fail_no_memory(err, "join");
    if (status == MICA_OK) {
        made->rows = j->rows;
        move_columns(a, made, &count);
        move_columns(b, made, &count);
        status = name_columns(j, made, right, right_count, err);
    }
    bool alone = count_negative(j->left_rows, j->rows) > 0; /* right rows without a left one */
    for (int k = 0; k < j->count && status == MICA_OK && alone; k++)
        if (place_in(right, right_count, j->right_on[k]) < 0)
            status = fill_key(j, made, j->left_on[k], j->right_on[k], err);
    if (status == MICA_OK && j->o->indicator) status = add_indicator(j, made, count, err);
    mica_table_destroy(&a), mica_table_destroy(&b);
    free(right);
    if (status == MICA_OK) *out = made;
    else mica_table_destroy(&made);
    return status;
}

/* ---- the whole ---- */

static mica_status report(const join *j, mica_table *made, mica_error *err) {
    int64_t right_only = count_negative(j->left_rows, j->rows),
            left_only = count_negative(j->right_rows, j->rows);
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
    TRY(make_columns(j, out, err));
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
