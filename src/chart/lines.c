/* Curves: see chart.h. */
#include "chart/svg.h"

#include <math.h>
#include <stdio.h>

enum {
    PANEL_WIDTH = 440,
    PANEL_HEIGHT = 290,
    LEFT = 58,
    RIGHT = 16,
    TOP = 58,
    BOTTOM = 46,
    MOST_MARKS = 30
};

typedef struct view {
    axis x, y;
    double left, top; /* of the panel */
} view;

/* Least and most of what is finite; false where nothing is. */
static bool bounds(const panel *p, bool of_x, double *least, double *most) {
    *least = INFINITY, *most = -INFINITY;
    for (int i = 0; i < p->count; i++)
        for (int k = 0; k < p->curves[i].count; k++) {
            double value = of_x ? p->curves[i].x[k] : p->curves[i].y[k];
            if (!isfinite(value)) continue;
            *least = fmin(*least, value);
            *most = fmax(*most, value);
        }
    return *least <= *most;
}

static view view_of(const panel *p, double left, double top) {
    double least, most;
    view v = {.left = left, .top = top};
    if (!bounds(p, true, &least, &most)) least = 0, most = 1;
    v.x = axis_around(least, most, 8, 1);
    v.x.first = least, v.x.last = most > least ? most : least + 1; /* curves use all the width */
    if (!bounds(p, false, &least, &most)) least = 0, most = 1;
    v.y = axis_around(least, most, 5, 0);
    v.x.from = left + LEFT, v.x.to = left + PANEL_WIDTH - RIGHT;
    v.y.from = top + PANEL_HEIGHT - BOTTOM, v.y.to = top + TOP;
    return v;
}

static void number(char out[32], double value, double step) {
    snprintf(out, 32, "%.5g", fabs(value) < step * 1e-6 ? 0 : value);
}

static void draw_axes(strbuf *svg, const panel *p, const view *v) {
    char text[32];
    int lines = (int)((v->y.last - v->y.first) / v->y.step + 0.5) + 1;
    for (int i = 0; i < lines; i++) {
        double y = v->y.first + i * v->y.step;
        double at = axis_place(&v->y, y);
        strbuf_add(svg, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n", v->x.from, at, v->x.to);
        number(text, y, v->y.step);
        svg_text(svg, v->x.from - 6, at + 4, "end", "small", text);
    }
    double first = ceil(v->x.first / v->x.step - 1e-9) * v->x.step;
    int ticks = (int)((v->x.last - first) / v->x.step + 1e-6) + 1;
    for (int i = 0; i < ticks && first <= v->x.last; i++) {
        double x = first + i * v->x.step;
        number(text, x, v->x.step);
        svg_text(svg, axis_place(&v->x, x), v->y.from + 16, "middle", "small", text);
    }
    strbuf_add(svg, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", v->x.from, v->y.from,
               v->x.to);
    svg_text(svg, (v->x.from + v->x.to) / 2, v->y.from + 36, "middle", "small", p->x_label);
    svg_text(svg, v->left + 14, v->top + 22, "start", "title", p->title);
}

static void draw_mark(strbuf *svg, const curve *c, double x, double y) {
    if (c->dashed)
        strbuf_add(svg,
                   "<rect class=\"mark c%d\" x=\"%.1f\" y=\"%.1f\" width=\"5\" height=\"5\"/>\n",
                   c->color % COLORS, x - 2.5, y - 2.5);
    else
        strbuf_add(svg, "<circle class=\"mark c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"/>\n",
                   c->color % COLORS, x, y);
}

/* Those whose colour was there before differ in their dashes. */
static void begin_path(strbuf *svg, const curve *c) {
    int turn = c->color / COLORS;
    strbuf_add(svg, "<path class=\"line c%d\"", c->color % COLORS);
    if (c->dashed) strbuf_add(svg, " stroke-dasharray=\"6 3\"");
    else if (turn) strbuf_add(svg, " stroke-dasharray=\"%d 2\"", 2 * turn);
    strbuf_add(svg, " d=\"");
}

static void draw_curve(strbuf *svg, const curve *c, const view *v) {
    bool drawing = false;
    begin_path(svg, c);
    for (int i = 0; i < c->count; i++) {
        if (isfinite(c->x[i]) && isfinite(c->y[i]))
            strbuf_add(svg, "%c%.1f %.1f", drawing ? 'L' : 'M', axis_place(&v->x, c->x[i]),
                       axis_place(&v->y, c->y[i]));
        drawing = isfinite(c->x[i]) && isfinite(c->y[i]);
    }
    strbuf_add(svg, "\"><title>");
    xml_add(svg, c->name);
    strbuf_add(svg, "</title></path>\n");
    for (int i = 0; i < c->count && c->count <= MOST_MARKS; i++)
        if (isfinite(c->x[i]) && isfinite(c->y[i]))
            draw_mark(svg, c, axis_place(&v->x, c->x[i]), axis_place(&v->y, c->y[i]));
}

/* Names beneath the title, as many as there is room for. */
static void draw_legend(strbuf *svg, const panel *p, const view *v) {
    double x = v->left + 14, y = v->top + 42;
    for (int i = 0; i < p->count; i++) {
        const curve *c = &p->curves[i];
        double width = 30 + svg_text_width(c->name) + 12;
        if (x + width > v->left + PANEL_WIDTH && i) {
            svg_text(svg, x, y, "start", "small", "…");
            return;
        }
        begin_path(svg, c);
        strbuf_add(svg, "M%.1f %.1fh24\"/>\n", x, y - 4);
        draw_mark(svg, c, x + 12, y - 4);
        svg_text(svg, x + 30, y, "start", "small", c->name);
        x += width;
    }
}

void chart_curves(const char *title, const panel *panels, int count, strbuf *svg) {
    int columns = count > 1 ? 2 : 1, rows = count ? (count + 1) / 2 : 1;
    svg_begin(svg, title, columns * PANEL_WIDTH, rows * PANEL_HEIGHT);
    for (int i = 0; i < count; i++) {
        view v = view_of(&panels[i], i % columns * PANEL_WIDTH, i / columns * PANEL_HEIGHT);
        draw_axes(svg, &panels[i], &v);
        for (int k = 0; k < panels[i].count; k++) draw_curve(svg, &panels[i].curves[k], &v);
        draw_legend(svg, &panels[i], &v);
    }
    svg_end(svg);
}
