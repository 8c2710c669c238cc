/* The columns of a join: see join_tables.h. Cells are picked by the rows that were found; then
 * names, the keys of right rows without a left one, and the indicator are put in. */
#include "data/join_tables.h"

#include <stdlib.h>
#include <string.h>

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

int64_t join_lone_rows(const int64_t *rows, int64_t count) {
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++) n += rows[i] < 0;
    return n;
}

mica_status join_columns(join *j, mica_table **out, mica_error *err) {
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
    for (int k = 0; k < j->count && status == MICA_OK && j->alone; k++)
        if (place_in(right, right_count, j->right_on[k]) < 0)
            status = fill_key(j, made, j->left_on[k], j->right_on[k], err);
    if (status == MICA_OK && j->o->indicator) status = add_indicator(j, made, count, err);
    mica_table_destroy(&a), mica_table_destroy(&b);
    free(right);
    if (status == MICA_OK) *out = made;
    else mica_table_destroy(&made);
    return status;
}
