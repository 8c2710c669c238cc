/* See table.h. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void table_add(table *t, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (grow(&t->cells, &t->room, t->count + 1, sizeof *t->cells))
        t->cells[t->count++] = arena_text(&t->texts, text);
}

/* The next character's bytes, and its width; what is no text counts one column a byte. */
static size_t next_character(const char *text, mbstate_t *state, int *width) {
    wchar_t c;
    size_t n = mbrtowc(&c, text, MB_CUR_MAX, state);
    if (n == 0) return *width = 0, 0;
    if (n == (size_t)-1 || n == (size_t)-2) {
        *state = (mbstate_t){0};
        return *width = 1, 1;
    }
    *width = wcwidth(c);
    if (*width < 0) *width = 1;
    return n;
}

size_t text_fitting(const char *text, int columns) {
    mbstate_t state = {0};
    size_t bytes = 0;
    int width;
    while (text[bytes]) {
        size_t n = next_character(text + bytes, &state, &width);
        if (width > columns) break;
        columns -= width;
        bytes += n;
    }
    return bytes;
}

int text_width(const char *text) {
    mbstate_t state = {0};
    int all = 0, width;
    for (size_t n; *text && (n = next_character(text, &state, &width)); text += n) all += width;
    return all;
}

static const char *cell(const table *t, size_t i) { return t->cells[i] ? t->cells[i] : ""; }

static void print_cell(const table *t, size_t i, int wide, FILE *out) {
    int column = (int)(i % (size_t)t->columns);
    bool last = column + 1 == t->columns, right = t->right && t->right[column] == 'r';
    int gap = wide - text_width(cell(t, i));
    if (right) fprintf(out, "%*s%s", gap, "", cell(t, i));
    else fprintf(out, "%s%*s", cell(t, i), last ? 0 : gap, "");
    fputs(last ? "\n" : "  ", out);
}

void table_print(table *t, FILE *out) {
    int *wide = allocate((size_t)t->columns, sizeof *wide);
    for (size_t i = 0; i < t->count && wide; i++) {
        int w = text_width(cell(t, i)), column = (int)(i % (size_t)t->columns);
        if (w > wide[column]) wide[column] = w;
    }
    for (size_t i = 0; i < t->count && wide && out; i++)
        print_cell(t, i, wide[i % (size_t)t->columns], out);
    free(wide);
    free(t->cells);
    arena_free(&t->texts);
    *t = (table){0};
}
