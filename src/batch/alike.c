/* How alike rows are: see alike.h. A column's cells become numbers, equal ones where cells are
 * equal, in whichever block they come. */
#include "batch/alike.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = LENGTH(((mica_texts *)0)->values) };

/* Missing is 0. */
typedef struct cell_numbers {
    int column;
    bool as_text; /* a protection makes texts of its cells, where it changes them */
    text_maker texts;
    numbering keys;
    uint32_t *out; /* of the block's rows */
    size_t room;
} cell_numbers;

struct alike {
    cell_numbers column[2 * MOST]; /* quasi-identifiers, then sensitive ones */
    int quasi, sensitive;
    likeness groups;
};

/* ---- numbers of cells ---- */

static mica_status number_texts(cell_numbers *n, const table_column *c, int64_t rows,
                                mica_error *err) {
    uint32_t *number = allocate((size_t)c->texts.count + 1, sizeof *number);
    bool done = number != NULL;
    for (int32_t k = 0; k < c->texts.count && done; k++) {
        size_t length;
        const char *text = text_at(&c->texts, k, &length);
        int32_t made = text_maker_add(&n->texts, text, length);
        done = made >= 0;
        number[k + 1] = (uint32_t)(made + 1);
    }
    for (int64_t i = 0; i < rows && done; i++) n->out[i] = number[((int32_t *)c->cells)[i] + 1];
    free(number);
    return done ? MICA_OK : fail_no_memory(err, "k-anonymity");
}

static mica_status number_as_texts(cell_numbers *n, const mica_table *t, mica_error *err) {
    char text[64];
    for (int64_t i = 0; i < t->rows; i++) {
        size_t length = mica_table_text(t, n->column, i, text, sizeof text);
        if (!strcmp(text, "-0")) length = (size_t)snprintf(text, sizeof text, "0"); /* are equal */
        int32_t made = length ? text_maker_add(&n->texts, text, length) : -1;
        if (length && made < 0) return fail_no_memory(err, "k-anonymity");
        n->out[i] = (uint32_t)(made + 1);
    }
    return MICA_OK;
}

static mica_status number_keys(cell_numbers *n, const mica_table *t, mica_error *err) {
    const table_column *c = &t->column[n->column];
    int64_t *keys = allocate((size_t)t->rows + 1, sizeof *keys);
    bool done = keys != NULL;
    if (done) column_keys(t, n->column, keys);
    for (int64_t i = 0; i < t->rows && done; i++) {
        uint32_t made = cell_missing(c, i) ? 0 : numbering_of(&n->keys, (uint64_t)keys[i]) + 1;
        done = made > 0 || cell_missing(c, i);
        n->out[i] = made;
    }
    free(keys);
    return done ? MICA_OK : fail_no_memory(err, "k-anonymity");
}

static mica_status number_cells(cell_numbers *n, const mica_table *t, mica_error *err) {
    const table_column *c = &t->column[n->column];
    if (!grow(&n->out, &n->room, (size_t)t->rows + 1, sizeof *n->out))
        return fail_no_memory(err, "k-anonymity");
    if (is_text(c->type)) return number_texts(n, c, t->rows, err);
    return n->as_text ? number_as_texts(n, t, err) : number_keys(n, t, err);
}

/* ---- the rows ---- */

static int choose(const policy *p, const int *list, int count, bool after, cell_numbers *out) {
    int n = 0;
    for (int i = 0; i < count; i++) {
        const protection *kind = p->rule[list[i]].kind;
        if (after && kind->drops) continue;
        out[n++] = (cell_numbers){.column = list[i],
                                  .as_text = after && kind->apply && !kind->keeps_type};
    }
    return n;
}

mica_status alike_open(const policy *p, bool after, alike **out, mica_error *err) {
    alike *a = *out = allocate(1, sizeof *a);
    if (!a) return fail_no_memory(err, "k-anonymity");
    a->quasi = choose(p, p->quasi, p->o.quasi_identifiers.count, after, a->column);
    a->sensitive = choose(p, p->sensitive, p->o.sensitive.count, after, a->column + a->quasi);
    return likeness_open(&a->groups, a->quasi, a->sensitive, err);
}

static mica_status number_block(alike *a, const mica_table *block, const uint32_t **numbers,
                                mica_error *err) {
    for (int i = 0; i < a->quasi + a->sensitive; i++) {
        TRY(number_cells(&a->column[i], block, err));
        numbers[i] = a->column[i].out;
    }
    return MICA_OK;
}

mica_status alike_add(alike *a, const mica_table *block, mica_error *err) {
    const uint32_t *numbers[2 * MOST];
    TRY(number_block(a, block, numbers, err));
    return likeness_add(&a->groups, numbers, numbers + a->quasi, block->rows, err);
}

mica_status alike_again(alike *a, const mica_table *block, uint32_t *group, mica_error *err) {
    const uint32_t *numbers[2 * MOST];
    TRY(number_block(a, block, numbers, err));
    return likeness_again(&a->groups, numbers, numbers + a->quasi, block->rows, group, err);
}

const likeness *alike_groups(const alike *a) { return &a->groups; }

void alike_close(alike *a) {
    if (!a) return;
    for (int i = 0; i < 2 * MOST; i++) {
        text_maker_free(&a->column[i].texts);
        numbering_free(&a->column[i].keys);
        free(a->column[i].out);
    }
    likeness_close(&a->groups);
    free(a);
}
