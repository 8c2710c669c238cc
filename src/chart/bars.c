/* Bars: see chart.h. Heights and lengths are proportional to counts and begin at 0. */
#include "chart/svg.h"

#include <stdio.h>

enum {
    WIDTH = 420,
    HEIGHT = 130,
    MARGIN = 8,
    LABELS = 18, /* below bins */
    ROW = 18,    /* of a bar with its name */
    NAMES = 170,
    NUMBERS = 110
};

static int64_t most_of(const int64_t *counts, int n) {
    int64_t most = 1;
    for (int i = 0; i < n; i++) most = counts[i] > most ? counts[i] : most;
    return most;
}

static void put_bar(strbuf *svg, double x, double y, double width, double height, long long count) {
    strbuf_add(svg, "<rect class=\"cell\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">", x,
               y, width, height);
    strbuf_add(svg, "<title>%lld</title></rect>\n", count);
}

void chart_bins(const bins *b, strbuf *svg) {
    const double all = HEIGHT - 2 * MARGIN - LABELS, each = (double)(WIDTH - 2 * MARGIN) / b->count;
    const double ground = HEIGHT - MARGIN - LABELS, most = (double)most_of(b->counts, b->count);
    svg_begin(svg, b->title, WIDTH, HEIGHT);
    for (int i = 0; i < b->count; i++) {
        double height = all * (double)b->counts[i] / most;
        if (b->counts[i])
            put_bar(svg, MARGIN + each * i, ground - height, each > 3 ? each - 1 : each, height,
                    (long long)b->counts[i]);
    }
    strbuf_add(svg, "<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n", MARGIN,
               ground, WIDTH - MARGIN, ground);
    svg_text(svg, MARGIN, HEIGHT - MARGIN, "start", "small", b->low);
    svg_text(svg, WIDTH - MARGIN, HEIGHT - MARGIN, "end", "small", b->high);
    svg_end(svg);
}

/* A name that is too long ends in "…", never within a character. */
static void short_name(const char *name, char out[128]) {
    size_t n = 0, fits = 0;
    char begun[120];
    for (; name[n] && n < sizeof begun - 4; n++) {
        if (((unsigned char)name[n] & 0xC0) == 0x80) continue;
        snprintf(begun, sizeof begun, "%.*s", (int)n, name);
        if (svg_text_width(begun) > NAMES - 26) break;
        fits = n;
    }
    if (!name[n]) snprintf(out, 128, "%s", name);
    else snprintf(out, 128, "%.*s…", (int)fits, name);
}

void chart_bars(const bars *b, strbuf *svg) {
    const double all = WIDTH - NAMES - NUMBERS - MARGIN,
                 most = (double)most_of(b->counts, b->count);
    char name[128], number[64];
    svg_begin(svg, b->title, WIDTH, 2 * MARGIN + ROW * b->count);
    for (int i = 0; i < b->count; i++) {
        double top = MARGIN + ROW * i, width = all * (double)b->counts[i] / most;
        short_name(b->names[i], name);
        svg_text(svg, NAMES - 6, top + 13, "end", "small", name);
        put_bar(svg, NAMES, top + 3, width > 1 ? width : 1, ROW - 6, (long long)b->counts[i]);
        snprintf(number, sizeof number, "%lld", (long long)b->counts[i]);
        size_t n = 0;
        while (number[n]) n++;
        if (b->total)
            snprintf(number + n, sizeof number - n, " (%.1f %%)",
                     100.0 * (double)b->counts[i] / (double)b->total);
        svg_text(svg, NAMES + width + 6, top + 13, "start", "small", number);
    }
    svg_end(svg);
}
