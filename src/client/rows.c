/* See rows.h. */
#include "client/rows.h"

#include "table/calendar.h"
#include "table/edit.h"

#include <math.h>
#include <string.h>

static bool put_cell(strbuf *out, const table_column *c, int64_t row) {
    char text[64];
    size_t length;
    if (cell_missing(c, row)) return strbuf_put(out, "null", 4), true;
    switch (c->type) {
    case MICA_COLUMN_BOOLEAN:
        strbuf_add(out, ((int8_t *)c->cells)[row] ? "true" : "false");
        return true;
    case MICA_COLUMN_INTEGER:
        strbuf_add(out, "%lld", (long long)((int64_t *)c->cells)[row]);
        return true;
    case MICA_COLUMN_NUMBER:
        if (!isfinite(((double *)c->cells)[row])) return false;
        format_real(text, ((double *)c->cells)[row]);
        strbuf_put(out, text, strlen(text));
        return true;
    case MICA_COLUMN_DATE:
        date_format(((int64_t *)c->cells)[row], c->timed, c->zoned, text);
        strbuf_put_quoted(out, text, strlen(text));
        return true;
    default: {
        const char *at = text_at(&c->texts, ((int32_t *)c->cells)[row], &length);
        strbuf_put_quoted(out, at, length);
        return true;
    }
    }
}

mica_status row_write_one(const mica_table *t, int64_t row, const bool *wanted, strbuf *out,
                          mica_error *err) {
    const char *before = "{";
    for (int i = 0; i < t->count; i++) {
        const table_column *c = &t->column[i];
        if (wanted && !wanted[i]) continue;
        strbuf_put(out, before, 1);
        before = ",";
        strbuf_put_quoted(out, c->name, strlen(c->name));
        strbuf_put(out, ":", 1);
        if (!put_cell(out, c, row))
            return fail(err, MICA_VALUE, "column \"%s\": row %lld is infinite", c->name,
                        (long long)row + 1);
    }
    strbuf_add(out, *before == '{' ? "{}" : "}");
    return MICA_OK;
}

mica_status rows_write(const mica_table *t, strbuf *out, mica_error *err) {
    for (int64_t row = 0; row < t->rows && !out->failed; row++) {
        strbuf_put(out, row ? "," : "[", 1);
        TRY(row_write_one(t, row, NULL, out, err));
    }
    if (!t->rows) strbuf_put(out, "[", 1);
    strbuf_put(out, "]", 1);
    return out->failed ? fail_no_memory(err, "rows") : MICA_OK;
}
