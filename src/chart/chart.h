/* Pictures of numbers as SVG: curves and matrices. Colours are Okabe and Ito's, which the
 * colour-blind can tell apart (https://jfly.uni-koeln.de/color/); lines differ in dashes and marks
 * too. The text and grid follow the reader's light or dark scheme. Nothing outside is referred to,
 * so a picture can stand in a page as it is. */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include "base/strbuf.h"

/* Points that are not finite are left out, and break the line. */
typedef struct curve {
    const char *name; /* for the legend */
    const double *x, *y;
    int count;
    int color;   /* which of the colours, from 0; they begin anew after the last */
    bool dashed; /* with squares, others have circles */
} curve;

typedef struct panel {
    const char *title, *x_label;
    const curve *curves;
    int count;
} panel;

/* Panels side by side, two in a row. `title` is read out to who cannot see the picture. */
void chart_curves(const char *title, const panel *panels, int count, strbuf *svg);

/* Counts of equal bins side by side, and what the ends of the axis are. `title` is read out. */
typedef struct bins {
    const char *title, *low, *high;
    const int64_t *counts;
    int count;
} bins;
void chart_bins(const bins *b, strbuf *svg);

/* A bar for each name, with its count and share of `total`; the names may be long. */
typedef struct bars {
    const char *title;
    char *const *names;
    const int64_t *counts;
    int count;
    int64_t total;
} bars;
void chart_bars(const bars *b, strbuf *svg);

/* Counts by row and column; a cell is the darker, the greater its share of the row. */
typedef struct matrix {
    const char *title, *row_label, *column_label;
    char *const *names; /* of rows and columns alike */
    const int64_t *counts;
    int size;
} matrix;

enum { MATRIX_MOST = 100 }; /* more rows than that make no picture */

void chart_matrix(const matrix *m, strbuf *svg);

/* Text with &, <, > and quotes as XML and HTML write them. */
void xml_add(strbuf *out, const char *text);

#endif
