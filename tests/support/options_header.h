/* Holds an options struct of a public header to its table of fields: as many members as fields, and
 * each comment's "(default N)" or "(required)" as the table says. */
#ifndef SUPPORT_OPTIONS_HEADER_H
#define SUPPORT_OPTIONS_HEADER_H

#include "base/fields.h"
#include "base/strbuf.h"
#include "support/testing.h"

static inline char *whole_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s cannot be opened", path);
    char *text = calloc(1 << 20, 1);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static inline int by_offset(const void *a, const void *b) {
    const field *const *x = a, *const *y = b;
    return (*x)->offset < (*y)->offset ? -1 : (*x)->offset > (*y)->offset;
}

/* What the comment must hold; of numbers the value, which may be written otherwise. */
static inline void expected_default(const field *f, char text[128]) {
    bool empty = f->type == FIELD_SHAPE || f->type == FIELD_REALS || f->type == FIELD_DIMS ||
                 f->type == FIELD_TEXTS;
    if (f->flags & FIELD_REQUIRED) snprintf(text, 128, "(required)");
    else if (f->type == FIELD_BOOLEAN || f->type == FIELD_NEGATED)
        snprintf(text, 128, "(default false)");
    else if (f->type == FIELD_TEXT || f->type == FIELD_CONFIG)
        snprintf(text, 128, f->initial_text ? "(default \"%s\")" : "(default", f->initial_text);
    else if (empty || (f->flags & FIELD_NULLABLE)) snprintf(text, 128, "(default");
    else snprintf(text, 128, "%.17g", f->initial);
}

/* The words of a comment with single spaces, without the stars that begin lines. */
static inline void flatten_comment(const char *from, const char *to, char out[512]) {
    size_t n = 0;
    for (; from < to && n < 510; from++) {
        char c = *from == '\n' || *from == '*' ? ' ' : *from;
        if (c != ' ' || (n && out[n - 1] != ' ')) out[n++] = c;
    }
    out[n] = 0;
}

/* Whose struct the options are: "typedef mica_conv_options mica_conv2d_options;" says conv. */
static inline const char *struct_owner(const char *text, const char *id, char family[96]) {
    char close[128];
    snprintf(close, sizeof close, "_options mica_%s_options;", id);
    const char *end = strstr(text, close);
    if (!end ||
        sscanf(memrchr(text, '\n', (size_t)(end - text)), "\ntypedef mica_%95s", family) != 1)
        return id;
    *strstr(family, "_options") = 0;
    return family;
}

static inline void assert_header_matches(const char *header, const char *id, const field *fields,
                                         size_t common) {
    char *text = whole_file(header), open[128], expected[128], comment[512];
    const field *own[64];
    size_t count = 0, member = 0;
    for (const field *f = fields; f->name; f++)
        if (f->offset >= common) own[count++] = f;
    qsort(own, count, sizeof *own, by_offset);
    char family[96];
    id = struct_owner(text, id, family);
    snprintf(open, sizeof open, "typedef struct mica_%s_options {", id);
    char *at = strstr(text, open);
    if (!at) fail_msg("%s: no '%s'", header, open);
    at += strlen(open);
    snprintf(open, sizeof open, "} mica_%s_options;", id);
    char *end = strstr(at, open);
    assert_non_null(end);
    for (char *semicolon; (semicolon = strchr(at, ';')) && semicolon < end;) {
        char *start = strstr(semicolon, "/*"), *stop = start ? strstr(start, "*/") : NULL;
        if (!stop || stop > end) fail_msg("%s: %s: member %zu has no comment", header, id, member);
        const char *layer = strstr(at, "mica_layer *"); /* the inner layers are no fields */
        at = stop;
        if (layer && layer < semicolon) continue;
        if (member >= count) fail_msg("%s: %s has more members than its table", header, id);
        flatten_comment(start + 2, stop, comment);
        expected_default(own[member], expected);
        const char *number = strstr(comment, "(default ");
        bool same = number && *expected != '(' &&
                    strtod(number + 9, NULL) == strtod(expected, NULL);
        if (!same && !strstr(comment, expected))
            fail_msg("%s: %s: %s: comment '%s' does not hold '%s'", header, id, own[member]->name,
                     comment, expected);
        member++;
    }
    if (member != count)
        fail_msg("%s: %s has %zu members, its table %zu", header, id, member, count);
    free(text);
}

#endif
