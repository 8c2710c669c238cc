/* Which cell made a column something else than is wanted of it: see tabular.h. */
#include "data/tabular.h"
#include "table/cell.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 60 }; /* bytes of a text */

static bool is_such(const char *text, size_t length, wanted_cells wanted) {
    cell_room room;
    double number;
    int8_t yes;
    date_value date;
    const cell c = cell_in_room(text, length, room);
    return wanted == WANTED_DATES ? cell_date(c, &date) != 0
                                  : cell_number(c, &number) != 0 || cell_boolean(c, &yes) != 0;
}

/* Whole letters, as many as are shown. */
static int shown_length(const char *text) {
    size_t n = 0, wrong;
    while (text[n]) {
        const size_t letter = utf8_letter(text + n, strlen(text + n), &wrong),
                     size = letter ? letter : wrong;
        if (n + size > SHOWN) break;
        n += size;
    }
    return (int)n;
}

bool tabular_count_wrong(const wanted_column *w, wrong_cells *out) {
    *out = (wrong_cells){.first = -1};
    for (int64_t i = 0; i < w->table->rows; i++) {
        if (mica_table_is_missing(w->table, w->column, i)) continue;
        char *text = tabular_text(w->table, w->column, i);
        if (!text) return false;
        out->cells++;
        if (!is_such(text, strlen(text), w->wanted)) {
            if (!out->wrong++) {
                out->first = i;
                snprintf(out->text, sizeof out->text, "%.*s%s", shown_length(text), text,
                         text[shown_length(text)] ? "…" : "");
            }
        }
        free(text);
    }
    return true;
}

mica_status tabular_wrong_cell(const wanted_column *w, mica_error *err) {
    const table_column *c = &w->table->column[w->column];
    const char *one = w->wanted == WANTED_DATES ? "date" : "number";
    wrong_cells found;
    char more[64] = "";
    if (!tabular_count_wrong(w, &found)) return fail_no_memory(err, w->name);
    if (found.first < 0)
        return fail(err, MICA_TYPE, "%s: %s %s is %s, expected %ss %s", w->name, w->what, c->name,
                    mica_column_type_name(c->type), one, w->why);
    if (found.wrong > 1)
        snprintf(more, sizeof more, " (%lld of %lld cells are none)", (long long)found.wrong,
                 (long long)found.cells);
    return fail(err, MICA_TYPE, "%s: %s %s: '%s' in data row %lld is no %s%s, expected %ss %s",
                w->name, w->what, c->name, found.text, (long long)found.first + 1, one, more, one,
                w->why);
}
