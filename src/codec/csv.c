/* CSV into tables: see csv.h. Here the separator and the header. */
#include "codec/csv.h"

#include "codec/csv_parse.h"
#include "codec/csv_rows.h"
#include "codec/text_encoding.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the separator ---- */

enum { SEPARATORS = 4, LIKELY = SEPARATORS, TRIED, LINES = 10 };

/* How often each stands in a line outside of quotes; the next line. NULL: the text ends within
 * quotes, and what was counted is not all of that line. */
static const char *count_separators(const char *at, const char *end, const char tried[TRIED],
                                    int counts[TRIED]) {
    bool inside = false;
    memset(counts, 0, sizeof(int) * TRIED);
    for (; at < end && (inside || *at != '\n'); at++) {
        if (*at == '"') inside = !inside;
        for (int i = 0; i < TRIED && !inside; i++) counts[i] += *at == tried[i];
    }
    if (inside) return NULL;
    return at < end ? at + 1 : end;
}

/* The one that stands in each of the first lines, most often in the line that has the fewest; in
 * doubt the comma. `likely`, where there is one, needs to stand in each of them alone. A line of
 * which only the begin is there (csv_rows.c reads so much of a file) says nothing, unless it is the
 * first. */
static char find_separator(const text_file *text, char likely) {
    const char *at = text->bytes, *end = at + text->size;
    const char tried[TRIED] = {',', '\t', ';', '|', likely};
    int least[TRIED], counts[TRIED], best = 0;
    for (int i = 0; i < TRIED; i++) least[i] = INT32_MAX;
    for (int line = 0; line < LINES && at < end; line++) {
        const char *begin = at;
        at = count_separators(at, end, tried, counts);
        if (!at && line) break;
        if (!at) at = end;
        if (at - begin < 2 || (at - begin == 2 && *begin == '\r')) continue; /* blank */
        for (int i = 0; i < TRIED; i++)
            if (counts[i] < least[i]) least[i] = counts[i];
    }
    if (likely && least[LIKELY] > 0 && least[LIKELY] < INT32_MAX) return likely;
    for (int i = 1; i < SEPARATORS; i++)
        if (least[i] > least[best]) best = i;
    return tried[best];
}

/* ---- the header ---- */

static bool is_blank_line(const cell *cells, int count) {
    if (count != 1) return false;
    for (size_t i = 0; i < cells->length; i++)
        if (cells->at[i] != ' ' && cells->at[i] != '\t' && cells->at[i] != '\r') return false;
    return true;
}

/* The first row that is not blank; *begin where it begins, *next behind it. */
static mica_status first_row(const csv_text *csv, arena *a, cell **cells, int *count,
                             const char **begin, const char **next, mica_error *err) {
    const char *end = csv->text->bytes + csv->text->size;
    for (*begin = csv->text->bytes; *begin < end; *begin = *next) {
        mica_status status = csv_one_row(csv, *begin, a, cells, count, next, err);
        if (status == MICA_OK && !is_blank_line(*cells, *count)) return MICA_OK;
        free(*cells);
        *cells = NULL;
        TRY(status);
    }
    return fail(err, MICA_FORMAT, "%s: the file is empty, expected a row of column names",
                csv->name);
}

static mica_status set_names(mica_table *t, const csv_text *csv, const cell *cells, csv_options o,
                             mica_error *err) {
    for (int i = 0; i < t->count; i++) {
        char number[16];
        int n = snprintf(number, sizeof number, "%d", i);
        if (!(o.no_header ? table_set_name(t, i, number, (size_t)n)
                          : table_set_name(t, i, cells[i].at, cells[i].length)))
            return fail_no_memory(err, csv->name);
        t->column[i].declared = table_is_named(&o.texts, t->column[i].name);
    }
    return MICA_OK;
}

/* ---- the whole ---- */

mica_status csv_rows(csv_text *csv, const char *begin, team *team, mica_table *t,
                     const csv_reading *how, mica_error *err) {
    enum { BYTES = 1024 }; /* of each column, at least, in a piece: parts of columns take more */
    int64_t size = csv->text->bytes + csv->text->size - begin, large = size / (1 << 30);
    const int64_t columns = csv->columns > 0 ? csv->columns : 1; /* a head has one at least */
    int64_t pieces_of_rows = 1 + size / (BYTES * columns);
    const int most = pieces_of_rows < 4 * team_threads(team) ? (int)pieces_of_rows
                                                             : 4 * team_threads(team);
    int count = 0, room = large < most ? most : (int)(large < 65536 ? large : 65536);
    int64_t rows = 0;
    csv_piece *pieces = allocate((size_t)room, sizeof *pieces);
    if (!pieces) return fail_no_memory(err, csv->name);
    mica_status status = csv_split(csv, begin, team, pieces, room, &count, &rows, err);
    if (status == MICA_OK && rows > size / columns) /* most lines are blank: they get no room */
        rows = size / columns, count = 1,
        *pieces = (csv_piece){.begin = begin, .end = begin + size};
    if (status == MICA_OK) status = csv_parse(csv, pieces, count, rows, team, t, how, err);
    free(pieces);
    return status;
}

/* Lines that end in CR alone, as those of old Macintosh files, would be one line: the names and all
 * cells in it. */
static mica_status check_line_ends(const csv_text *csv, const char *begin, const char *next,
                                   mica_error *err) {
    bool inside = false;
    for (const char *at = begin; at + 1 < next; at++) {
        if (*at == '"') inside = !inside;
        if (inside || *at != '\r' || at[1] == '\n' || at[1] == '\r') continue;
        return fail(err, MICA_FORMAT,
                    "%s:1: a line that ends in CR alone (byte 0x0d at %lld), expected LF or CR LF: "
                    "tr '\\r' '\\n' <OLD >NEW makes such a file",
                    csv->name, (long long)(at - csv->text->bytes));
    }
    return MICA_OK;
}

static mica_status read_head(csv_text *csv, csv_options o, arena *a, cell **cells, mica_table **t,
                             const char **begin, mica_error *err) {
    const char *next;
    TRY(first_row(csv, a, cells, &csv->columns, begin, &next, err));
    TRY(check_line_ends(csv, *begin, next, err));
    if (!o.no_header) *begin = next;
    *t = table_new(csv->columns);
    return *t ? set_names(*t, csv, *cells, o, err) : fail_no_memory(err, csv->name);
}

mica_status csv_head(csv_text *csv, csv_options o, mica_table **t, const char **begin,
                     mica_error *err) {
    arena a = {0};
    cell *cells = NULL;
    *t = NULL;
    csv->separator = o.separator ? o.separator : find_separator(csv->text, o.likely);
    mica_status status = read_head(csv, o, &a, &cells, t, begin, err);
    free(cells);
    arena_free(&a);
    if (status != MICA_OK) mica_table_destroy(t);
    return status;
}

mica_status csv_decode(const text_file *text, const char *name, csv_options o, team *team,
                       mica_table **out, mica_error *err) {
    csv_text csv = {.text = text, .name = name};
    const char *begin;
    mica_table *t;
    TRY(csv_head(&csv, o, &t, &begin, err));
    mica_status status = csv_rows(&csv, begin, team, t, &(csv_reading){0}, err);
    if (status == MICA_OK) *out = t;
    else mica_table_destroy(&t);
    return status;
}

mica_status csv_each_row(const text_file *text, const char *name, char separator, csv_visit *each,
                         void *arg, mica_error *err) {
    const csv_text csv = {.text = text, .name = name, .separator = separator};
    const char *end = text->bytes + text->size, *next;
    mica_status status = MICA_OK;
    int64_t line = 1;
    for (const char *at = text->bytes; at < end && status == MICA_OK; at = next) {
        arena a = {0};
        cell *cells = NULL;
        int count;
        status = csv_one_row(&csv, at, &a, &cells, &count, &next, err);
        if (status == MICA_OK && !is_blank_line(cells, count))
            status = each(arg, line, cells, count, err);
        if (status == MICA_OK) line += text_lines(at, (size_t)(next - at));
        free(cells);
        arena_free(&a);
    }
    return status;
}

const text_table table_csv = {.name = "csv",
                              .endings = {{".csv", 0}, {".tsv", '\t'}, {".tab", '\t'}},
                              .held = 5,
                              .decode = csv_decode,
                              .open_rows = csv_open_rows};
