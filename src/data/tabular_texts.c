/* A table's column as an input of strings: see tabular.h. */
#include "data/memory.h"
#include "data/tabular.h"

#include <stdlib.h>
#include <string.h>

typedef struct texts_of {
    const mica_table *t;
    int column;
    row_list rows;
    const char *fill, *name;
    mica_string *out;
    arena texts; /* of cells that are no texts in the table */
} texts_of;

static mica_status text_of(texts_of *x, int64_t row, mica_string *out, mica_error *err) {
    const table_column *c = &x->t->column[x->column];
    if (mica_table_is_missing(x->t, x->column, row)) {
        if (!x->fill) return tabular_missing(x->name, "column", c->name, row, err);
        *out = (mica_string){x->fill, strlen(x->fill)};
        return MICA_OK;
    }
    if (is_text(c->type)) {
        out->bytes = text_at(&c->texts, ((const int32_t *)c->cells)[row], &out->size);
        return MICA_OK;
    }
    char *text = tabular_text(x->t, x->column, row);
    const char *kept = text ? arena_text(&x->texts, text) : NULL;
    free(text);
    if (!kept) return fail_no_memory(err, x->name);
    *out = (mica_string){kept, strlen(kept)};
    return MICA_OK;
}

static mica_status gather_texts(texts_of *x, mica_error *err) {
    for (int64_t i = 0; i < x->rows.count; i++) TRY(text_of(x, x->rows.row[i], &x->out[i], err));
    return MICA_OK;
}

mica_status tabular_add_texts(mica_dataset *d, const mica_table *t, int column, row_list rows,
                              const char *fill, const char *name, mica_error *err) {
    texts_of x = {t, column, rows, fill, name, NULL, {0}};
    x.out = allocate((size_t)rows.count + 1, sizeof *x.out);
    mica_status status = x.out ? gather_texts(&x, err) : fail_no_memory(err, name);
    buffer *bytes = status == MICA_OK ? texts_block(x.out, rows.count) : NULL;
    if (status == MICA_OK && !bytes) status = fail_no_memory(err, name);
    if (status == MICA_OK)
        status = memory_add_column(d, t->column[column].name, COLUMN_INPUT, MICA_STRING,
                                   &(shape){0}, bytes, 0, err);
    if (bytes) buffer_drop(bytes);
    free(x.out);
    arena_free(&x.texts);
    return status;
}
