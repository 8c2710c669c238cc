/* A matrix of counts: see chart.h. */
#include "chart/svg.h"

#include <math.h>
#include <stdio.h>

enum { MOST_WITH_NUMBERS = 25, LONGEST_NAME = 140 };

typedef struct layout {
    double cell, left, top; /* of the first cell */
} layout;

static double longest_name(const matrix *m) {
    double longest = 20;
    for (int i = 0; i < m->size; i++) longest = fmax(longest, svg_text_width(m->names[i]));
    return fmin(longest, LONGEST_NAME);
}

/* A name that is too long ends in "…"; never within a character. */
static void fit_name(const char *name, char out[64]) {
    size_t n = 0, last = 0;
    for (; name[n] && n < 56; n++) {
        if (((unsigned char)name[n] & 0xc0) != 0x80) last = n;
        char begun[64];
        snprintf(begun, sizeof begun, "%.*s", (int)n + 1, name);
        if (svg_text_width(begun) > LONGEST_NAME - 12) break;
    }
    if (!name[n]) snprintf(out, 64, "%s", name);
    else snprintf(out, 64, "%.*s…", (int)last, name);
}

static void draw_names(strbuf *svg, const matrix *m, const layout *l) {
    char name[64];
    for (int i = 0; i < m->size; i++) {
        double middle = (i + 0.5) * l->cell;
        if (m->size > MOST_WITH_NUMBERS && i % (1 + m->size / MOST_WITH_NUMBERS)) continue;
        fit_name(m->names[i], name);
        svg_text(svg, l->left - 8, l->top + middle + 4, "end", "small", name);
        strbuf_add(svg, "<g transform=\"translate(%.1f %.1f) rotate(-45)\">", l->left + middle + 3,
                   l->top - 8);
        svg_text(svg, 0, 0, "start", "small", name);
        strbuf_add(svg, "</g>\n");
    }
}

static void draw_row(strbuf *svg, const matrix *m, const layout *l, int row) {
    const int64_t *counts = m->counts + (int64_t)row * m->size;
    char text[32];
    double all = 0;
    for (int k = 0; k < m->size; k++) all += (double)counts[k];
    for (int k = 0; k < m->size; k++) {
        double share = all > 0 ? (double)counts[k] / all : 0, x = l->left + k * l->cell,
               y = l->top + row * l->cell;
        if (!counts[k]) continue;
        strbuf_add(svg,
                   "<rect class=\"cell\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                   "fill-opacity=\"%.3f\"><title>",
                   x, y, l->cell, l->cell, 0.08 + 0.92 * share);
        xml_add(svg, m->names[row]);
        strbuf_add(svg, " → ");
        xml_add(svg, m->names[k]);
        strbuf_add(svg, ": %lld</title></rect>\n", (long long)counts[k]);
        if (m->size > MOST_WITH_NUMBERS) continue;
        snprintf(text, sizeof text, "%lld", (long long)counts[k]);
        svg_text(svg, x + l->cell / 2, y + l->cell / 2 + 4, "middle",
                 share > 0.45 ? "small on" : "small", text);
    }
}

/* Wide enough for the greatest number. */
static double cell_size(const matrix *m) {
    char text[32];
    int64_t most = 0;
    if (m->size > MOST_WITH_NUMBERS) return fmax(6, 600.0 / m->size);
    for (int64_t i = 0; i < (int64_t)m->size * m->size; i++)
        if (m->counts[i] > most) most = m->counts[i];
    snprintf(text, sizeof text, "%lld", (long long)most);
    return fmax(34, svg_text_width(text) + 10);
}

void chart_matrix(const matrix *m, strbuf *svg) {
    layout l = {.cell = cell_size(m)};
    double name = longest_name(m), side = l.cell * m->size;
    l.left = name + 46;
    l.top = name * 0.75 + 66;
    svg_begin(svg, m->title, (int)(l.left + side + name * 0.75 + 24), (int)(l.top + side + 16));
    svg_text(svg, 14, 22, "start", "title", m->title);
    svg_text(svg, l.left + side / 2, 44, "middle", "small", m->column_label);
    strbuf_add(svg, "<g transform=\"translate(22 %.1f) rotate(-90)\">", l.top + side / 2);
    svg_text(svg, 0, 0, "middle", "small", m->row_label);
    strbuf_add(svg, "</g>\n");
    draw_names(svg, m, &l);
    for (int row = 0; row < m->size; row++) draw_row(svg, m, &l, row);
    strbuf_add(svg, "<rect class=\"edge\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
               l.left, l.top, side, side);
    svg_end(svg);
}
