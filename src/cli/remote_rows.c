/* See remote_rows.h. */
#include "cli/remote_rows.h"

#include "client/rows.h"
#include "data/tabular.h"
#include "format/card.h"

#include <stdlib.h>
#include <string.h>

static const json_t *prepared_columns(const mica_model *m) {
    return json_object_get(card_get(m, "table"), "columns");
}

bool remote_rows_fit(const mica_model *m) {
    const json_t *recipe = json_object_get(card_get(m, "recipe"), "preprocessing");
    return json_array_size(prepared_columns(m)) && !json_object_get(recipe, "windows");
}

/* A part of a date is made of its column. */
static mica_status want(remote_rows *r, const json_t *how, const char *name, mica_error *err) {
    const char *column = json_string_value(json_object_get(how, "name")),
               *type = json_string_value(json_object_get(how, "type"));
    size_t length = column ? strlen(column) : 0;
    int part, at;
    if (!column || !type) return fail(err, MICA_FORMAT, "%s: the card's table is broken", name);
    char *own = strndup(column, length);
    if (!own) return fail_no_memory(err, name);
    if (!strcmp(type, "date_part") && tabular_part_of(column, &length, &part)) own[length] = 0;
    const mica_status status = tabular_find_trained(r->table, own, name, &at, err);
    if (status == MICA_OK) r->wanted[at] = true;
    free(own);
    return status;
}

mica_status remote_rows_open(remote_rows *r, const mica_model *m, const mica_table *t,
                             const char *name, mica_error *err) {
    size_t i;
    json_t *how;
    *r = (remote_rows){.table = t, .wanted = allocate((size_t)t->count + 1, sizeof *r->wanted)};
    if (!r->wanted) return fail_no_memory(err, name);
    json_array_foreach((json_t *)prepared_columns(m), i, how) TRY(want(r, how, name, err));
    return MICA_OK;
}

mica_status remote_rows_next(remote_rows *r, int64_t most, size_t bytes, strbuf *out, int64_t *rows,
                             mica_error *err) {
    for (*rows = 0; *rows < most && r->at < r->table->rows && out->length < bytes; ++*rows) {
        strbuf_put(out, *rows ? "," : "[", 1);
        TRY(row_write_one(r->table, r->at++, r->wanted, out, err));
    }
    strbuf_put(out, "]", 1);
    return out->failed ? fail_no_memory(err, "a request") : MICA_OK;
}

void remote_rows_close(remote_rows *r) { free(r->wanted); }
