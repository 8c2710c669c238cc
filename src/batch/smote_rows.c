/* Rows that smote makes new ones of: see smote_rows.h. */
#include "batch/smote_rows.h"

#include "data/tabular.h"
#include "table/edit.h"

#include <stdlib.h>

static const char not_numbers[] = "(over repeats rows of any columns)";

/* ---- what a table must be ---- */

/* Where most cells are numbers, the first one that is none is named. */
static mica_status fail_type(const mica_table *t, int i, mica_error *err) {
    const table_column *c = &t->column[i];
    const wanted_column w = {t, i, WANTED_NUMBERS, "resample: smote", "column", not_numbers};
    wrong_cells found = {0};
    if (is_text(c->type) && !tabular_count_wrong(&w, &found))
        return fail_no_memory(err, "resample");
    if (found.wrong * 2 < found.cells) return tabular_wrong_cell(&w, err);
    return fail(err, MICA_TYPE, "resample: smote: column %s is %s, expected numbers %s", c->name,
                mica_column_type_name(c->type), not_numbers);
}

static mica_status fail_missing(const mica_table *t, int i, mica_error *err) {
    int64_t row = 0;
    while (row < t->rows && !cell_missing(&t->column[i], row)) row++;
    return fail(err, MICA_VALUE, "resample: smote: column %s: data row %lld is missing",
                t->column[i].name, (long long)row + 1);
}

static bool are_numbers(mica_column_type type) {
    return type == MICA_COLUMN_INTEGER || type == MICA_COLUMN_NUMBER;
}

mica_status smote_rows_check(table_blocks *in, int target, mica_error *err) {
    const mica_table *head = in->head;
    mica_table *own = NULL;
    if (head->count < 2)
        return fail(err, MICA_VALUE, "resample: smote: there is no column beside the target");
    for (int i = 0; i < head->count; i++) {
        const table_column *c = &head->column[i];
        if (i == target || (are_numbers(c->type) && !c->missing)) continue;
        /* its cells are looked at only for what the error says */
        if (!in->whole) TRY(blocks_gather(in, &i, 1, &own, err));
        const mica_table *t = own ? own : in->whole;
        mica_status status = are_numbers(c->type) ? fail_missing(t, own ? 0 : i, err)
                                                  : fail_type(t, own ? 0 : i, err);
        mica_table_destroy(&own);
        return status;
    }
    return MICA_OK;
}

/* ---- the dataset ---- */

typedef struct smote_rows {
    int64_t features;
    int32_t *labels; /* of each row */
    uint32_t *place; /* of each row: where its features are, from 1; 0: nowhere */
    double *x;
} smote_rows;

static void destroy(mica_dataset *d) {
    smote_rows *s = d->state;
    free(s->labels), free(s->place), free(s->x);
    free(s);
}

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const smote_rows *s = d->state;
    bool input = d->column[at].role == COLUMN_INPUT;
    int64_t each = input ? s->features : 1;
    size_t bytes = (size_t)each * mica_dtype_size(dtype);
    for (int64_t i = 0; i < count; i++) {
        char *to = (char *)out + (size_t)i * bytes;
        if (rows[i] >= d->rows || (input && (!s->place || !s->place[rows[i]])))
            return fail(err, MICA_INTERNAL, "resample: row %u of %lld is not held", rows[i],
                        (long long)d->rows);
        if (input)
            convert(MICA_FLOAT64, s->x + (int64_t)(s->place[rows[i]] - 1) * each, dtype, to, each);
        else convert(MICA_INT32, &s->labels[rows[i]], dtype, to, 1);
    }
    return MICA_OK;
}

mica_status smote_rows_open(mica_context *ctx, int64_t rows, int64_t features, int32_t *labels,
                            mica_dataset **out, mica_error *err) {
    smote_rows *s = allocate(1, sizeof *s);
    mica_dataset *d = s ? dataset_new(ctx) : NULL;
    if (!d) {
        free(s), free(labels);
        return fail_no_memory(err, "resample");
    }
    *s = (smote_rows){.features = features, .labels = labels};
    d->rows = rows, d->state = s, d->gather = gather, d->destroy = destroy;
    dataset_add_column(d, "x", COLUMN_INPUT, MICA_FLOAT64, &(shape){.rank = 1, .dims = {features}});
    dataset_add_column(d, "y", COLUMN_TARGET, MICA_INT32, &(shape){0});
    *out = d;
    return MICA_OK;
}

/* ---- features ---- */

/* Finds the places of the rows whose classes grow; how many there are. */
static int64_t find_places(const resample_plan *plan, uint32_t *place) {
    const codes *c = &plan->classes.codes;
    int64_t count = 0;
    for (int64_t i = 0; i < c->rows; i++)
        if (plan->wanted[c->code[i]] > c->rows_of[c->code[i]]) place[i] = (uint32_t)++count;
    return count;
}

/* A block's rows that have a place; `first` is its first row. */
static mica_status read_block(const smote_rows *s, const mica_table *block, int64_t first,
                              int target, mica_error *err) {
    int64_t at = 0;
    for (int i = 0; i < block->count; i++) {
        if (i == target) continue;
        for (int64_t row = 0; row < block->rows; row++) {
            const uint32_t place = s->place[first + row];
            if (!place) continue;
            if (cell_missing(&block->column[i], row))
                return fail(err, MICA_IO, "a table that is read twice: it changed meanwhile");
            s->x[(int64_t)(place - 1) * s->features + at] = mica_table_number(block, i, row);
        }
        at++;
    }
    return MICA_OK;
}

static mica_status read_blocks(const smote_rows *s, table_blocks *in, int target, mica_error *err) {
    int64_t first = 0;
    mica_table *block;
    if (in->whole) return read_block(s, in->whole, 0, target, err);
    mica_status status = in->begin(in, false, err);
    while (status == MICA_OK && (status = in->next(in, &block, err)) == MICA_OK && block) {
        status = first + block->rows > in->rows
                     ? fail(err, MICA_IO, "a table that is read twice: it got more rows meanwhile")
                     : read_block(s, block, first, target, err);
        first += block->rows;
        mica_table_destroy(&block);
    }
    if (status == MICA_OK && first < in->rows)
        status = fail(err, MICA_IO, "a table that is read twice: it lost rows meanwhile");
    return status;
}

mica_status smote_rows_read(mica_dataset *d, table_blocks *in, int target,
                            const resample_plan *plan, mica_error *err) {
    smote_rows *s = d->state;
    bool *wanted = allocate((size_t)in->head->count + 1, sizeof *wanted);
    s->place = allocate((size_t)d->rows + 1, sizeof *s->place);
    int64_t held = s->place ? find_places(plan, s->place) : 0;
    s->x = allocate((size_t)held * (size_t)s->features + 1, sizeof *s->x);
    mica_status status = wanted && s->place && s->x
                             ? MICA_OK
                             : fail_memory(err, (size_t)held * (size_t)s->features * sizeof *s->x,
                                           "resample: rows of classes that grow");
    for (int i = 0; i < in->head->count && wanted; i++) wanted[i] = i != target;
    in->wanted = wanted;
    if (status == MICA_OK) status = read_blocks(s, in, target, err);
    in->wanted = NULL;
    free(wanted);
    return status;
}
