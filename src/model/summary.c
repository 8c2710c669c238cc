/* The summary table, as Keras prints it: see mica_model_summary. */
#include "base/strbuf.h"
#include "base/utf8.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

typedef struct row {
    strbuf cells[4];
} row;

/* 93322 as 93,322. */
static void add_count(strbuf *out, int64_t n) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) strbuf_put(out, ",", 1);
        strbuf_put(out, &digits[i], 1);
    }
}

static void add_bytes(strbuf *out, int64_t parameters) {
    double bytes = (double)parameters * 4;
    const char *unit = bytes < 1024         ? "B"
                       : bytes < 1048576    ? "KB"
                       : bytes < 1073741824 ? "MB"
                                            : "GB";
    double scale = bytes < 1024         ? 1
                   : bytes < 1048576    ? 1024
                   : bytes < 1073741824 ? 1048576
                                        : 1073741824;
    strbuf_add(out, " (%.2f %s)", bytes / scale, unit);
}

/* "dense[0], dense_1[0],", as many as fit on a line. */
static void add_connections(const mica_model *m, const model_node *n, strbuf *out) {
    enum { WIDEST = 48 };
    size_t line = 0; /* where it begins */
    for (int i = 0; i < n->inputs; i++) {
        const char *name = m->nodes[n->in[i].node].layer->name;
        bool breaks = i && out->length - line + strlen(name) + 6 > WIDEST;
        if (i) strbuf_add(out, breaks ? ",\n" : ", ");
        if (breaks) line = out->length;
        strbuf_add(out, "%s[%d]", name, n->in[i].tensor);
    }
}

static size_t widest_line(const strbuf *text) {
    size_t widest = 0;
    for (const char *at = text->data; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (utf8_columns(at, strcspn(at, "\n")) > widest)
            widest = utf8_columns(at, strcspn(at, "\n"));
    return widest;
}

static void fill_row(const mica_model *m, size_t at, row *r) {
    const model_node *n = &m->nodes[at];
    char extents[128];
    shape_format(&n->out[0], extents);
    strbuf_add(&r->cells[0], "%s (%s)", n->layer->name, layer_class(n->layer));
    strbuf_add(&r->cells[1], "%s", extents);
    bool again = false; /* shared weights count once */
    for (size_t i = 0; i < at; i++) again |= m->nodes[i].layer == n->layer;
    add_count(&r->cells[2], again ? 0 : layer_parameters(n->layer, false));
    add_connections(m, n, &r->cells[3]);
}

static void rule(FILE *out, const size_t *width, int columns, char with) {
    for (int c = 0; c < columns; c++)
        for (size_t i = 0; i < width[c] + (c + 1 < columns ? 2 : 0); i++) fputc(with, out);
    fputc('\n', out);
}

static void print_row(FILE *out, const char *const *cells, const size_t *width, int columns) {
    const char *rest = cells[columns - 1];
    for (int c = 0; c + 1 < columns; c++)
        fprintf(out, "%s%*s  ", cells[c],
                (int)(width[c] - utf8_columns(cells[c], strlen(cells[c]))), "");
    for (;;) { /* the last column's lines */
        int n = (int)strcspn(rest, "\n");
        fprintf(out, "%.*s\n", n, rest);
        if (!rest[n]) return;
        rest += n + 1;
        for (int c = 0; c + 1 < columns; c++) fprintf(out, "%-*s  ", (int)width[c], "");
    }
}

static void print_totals(const mica_model *m, FILE *out) {
    int64_t all = mica_model_parameters(m, false), trainable = mica_model_parameters(m, true);
    const struct {
        const char *name;
        int64_t count;
    } lines[] = {{"Total params", all},
                 {"Trainable params", trainable},
                 {"Non-trainable params", all - trainable}};
    for (size_t i = 0; i < LENGTH(lines); i++) {
        strbuf text = {0};
        add_count(&text, lines[i].count);
        add_bytes(&text, lines[i].count);
        fprintf(out, "%s: %s\n", lines[i].name, text.data ? text.data : "");
        strbuf_free(&text);
    }
}

static mica_status print_table(const mica_model *m, FILE *out, row *rows) {
    static const char *const titles[] = {"Layer (type)", "Output Shape", "Param #", "Connected to"};
    int columns = m->sequential ? 3 : 4;
    size_t width[4], first = m->sequential ? 1 : 0; /* Keras leaves out a Sequential's InputLayer */
    for (int c = 0; c < 4; c++) width[c] = strlen(titles[c]);
    for (size_t i = first; i < m->node_count; i++) {
        fill_row(m, i, &rows[i]);
        for (int c = 0; c < 4; c++)
            if (widest_line(&rows[i].cells[c]) > width[c])
                width[c] = widest_line(&rows[i].cells[c]);
    }
    fprintf(out, "Model: \"%s\"\n", m->name);
    rule(out, width, columns, '_');
    print_row(out, titles, width, columns);
    rule(out, width, columns, '=');
    for (size_t i = first; i < m->node_count; i++) {
        const char *cells[4];
        for (int c = 0; c < 4; c++) cells[c] = rows[i].cells[c].data ? rows[i].cells[c].data : "";
        print_row(out, cells, width, columns);
    }
    rule(out, width, columns, '=');
    print_totals(m, out);
    rule(out, width, columns, '_');
    return MICA_OK;
}

mica_status mica_model_summary(mica_model *m, FILE *out, mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(out, "out");
    TRY(mica_check(m->ctx, err));
    if (m->failed) return fail(err, MICA_STATE, "model %s could not be built", m->name);
    row *rows = allocate(m->node_count, sizeof *rows);
    if (!rows) return fail_memory(err, m->node_count, m->name);
    mica_status status = print_table(m, out, rows);
    for (size_t i = 0; i < m->node_count; i++)
        for (int c = 0; c < 4; c++) strbuf_free(&rows[i].cells[c]);
    free(rows);
    return status;
}
