/* Tables as CSV: missing cells are empty, texts are quoted where they must be, so that what is read
 * back is the same table. */
#include "base/strbuf.h"
#include "codec/csv.h"
#include "table/cell.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16 };

/* `alone`: the only cell of its line, which must not look blank. */
static bool wants_quotes(const char *text, size_t length, char separator, bool alone) {
    bool blank = true;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '"' || c == '\n' || c == '\r' || c == separator) return true;
        blank = blank && (c == ' ' || c == '\t');
    }
    return alone && blank;
}

void csv_put_text(strbuf *out, const char *text, size_t length, char separator, bool alone) {
    if (!wants_quotes(text, length, separator, alone)) {
        strbuf_put(out, text, length);
        return;
    }
    strbuf_put(out, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') strbuf_put(out, "\"", 1);
        strbuf_put(out, text + i, 1);
    }
    strbuf_put(out, "\"", 1);
}

static void put_cell(const mica_table *t, int column, int64_t row, char separator, strbuf *out) {
    const table_column *c = &t->column[column];
    char text[64];
    size_t length;
    if (is_text(c->type) && !mica_table_is_missing(t, column, row)) {
        const char *at = text_at(&c->texts, ((int32_t *)c->cells)[row], &length);
        csv_put_text(out, at, length, separator, t->count == 1);
        return;
    }
    length = mica_table_text(t, column, row, text, sizeof text);
    if (!length && t->count == 1) strbuf_put(out, "\"\"", 2); /* an empty line would be skipped */
    strbuf_put(out, text, length);
}

static mica_status flush(csv_writer *w, mica_error *err) {
    if (w->text.failed) return fail_no_memory(err, w->file.path);
    mica_status status = file_write(&w->file, w->text.data, w->text.length, err);
    w->text.length = 0;
    return status;
}

static void put_names(csv_writer *w, const mica_table *t) {
    for (int i = 0; i < t->count; i++) {
        if (i) strbuf_put(&w->text, &w->separator, 1);
        csv_put_text(&w->text, t->column[i].name, strlen(t->column[i].name), w->separator,
                     t->count == 1);
    }
    strbuf_put(&w->text, "\n", 1);
}

mica_status csv_write_begin(csv_writer *w, const char *path, char separator, bool owner_only,
                            mica_error *err) {
    *w = (csv_writer){.separator = separator};
    return owner_only ? file_begin_private(&w->file, path, err) : file_begin(&w->file, path, err);
}

mica_status csv_write_rows(csv_writer *w, const mica_table *t, mica_error *err) {
    if (!w->named) put_names(w, t);
    w->named = true;
    for (int64_t row = 0; row < t->rows; row++) {
        for (int i = 0; i < t->count; i++) {
            if (i) strbuf_put(&w->text, &w->separator, 1);
            put_cell(t, i, row, w->separator, &w->text);
        }
        strbuf_put(&w->text, "\n", 1);
        if (w->text.length > PIECE || w->text.failed) TRY(flush(w, err));
    }
    w->rows += t->rows;
    return flush(w, err);
}

mica_status csv_write_end(csv_writer *w, mica_status status, mica_error *err) {
    strbuf_free(&w->text);
    if (status == MICA_OK) return file_commit(&w->file, err);
    file_cancel(&w->file);
    return status;
}

mica_status csv_write(const mica_table *t, const char *path, char separator, bool owner_only,
                      mica_error *err) {
    csv_writer w;
    TRY(csv_write_begin(&w, path, separator, owner_only, err));
    return csv_write_end(&w, csv_write_rows(&w, t, err), err);
}
