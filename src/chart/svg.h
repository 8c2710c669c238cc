/* What the pictures share: head, style, text, axes. */
#ifndef CHART_SVG_H
#define CHART_SVG_H

#include "chart/chart.h"

enum { COLORS = 7 };

void svg_begin(strbuf *svg, const char *title, int width, int height);
void svg_end(strbuf *svg);
/* anchor: "start", "middle", "end". */
void svg_text(strbuf *svg, double x, double y, const char *anchor, const char *style,
              const char *text);
/* About how wide a text is shown at 12 pixels. */
double svg_text_width(const char *text);

/* An axis from data to pixels with round steps: `first`, first + step, … up to `last`. */
typedef struct axis {
    double first, last, step;
    double from, to; /* pixels of first and last */
} axis;

/* Around [least, most], about `ticks` steps, a step at least `least_step`. */
axis axis_around(double least, double most, int ticks, double least_step);
double axis_place(const axis *a, double value);

#endif
