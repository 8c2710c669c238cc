/* Curves of one run or of several. See run.h. */
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CURVES = 64 };

/* What the panels point into. */
typedef struct plot {
    panel panels[MICA_MAX_RESULTS];
    curve curves[MICA_MAX_RESULTS][MOST_CURVES];
    char titles[MICA_MAX_RESULTS][128];
    double *numbers[2 * MICA_MAX_RESULTS * MOST_CURVES];
    size_t numbers_count;
    int count;
} plot;

static double *take(plot *p, int count) {
    double *numbers = allocate((size_t)count, sizeof *numbers);
    if (numbers) p->numbers[p->numbers_count++] = numbers;
    return numbers;
}

static void plot_free(plot *p) {
    for (size_t i = 0; p && i < p->numbers_count; i++) free(p->numbers[i]);
    free(p);
}

static bool add_curve(plot *p, panel *to, const run_history *h, int result, const char *name,
                      int color, bool dashed) {
    if (to->count == MOST_CURVES) return true;
    double *x = take(p, h->epochs), *y = take(p, h->epochs);
    if (!x || !y) return false;
    for (int i = 0; i < h->epochs; i++) x[i] = i + 1, y[i] = history_value(h, i, result);
    ((curve *)to->curves)[to->count++] = (curve){name, x, y, h->epochs, color, dashed};
    return true;
}

static panel *add_panel(plot *p, language l, const char *name, bool with_part) {
    panel *new = &p->panels[p->count];
    result_title(l, name, with_part, p->titles[p->count]);
    *new = (panel){p->titles[p->count], word_in(l, WORD_EPOCH), p->curves[p->count], 0};
    p->count++;
    return new;
}

/* A panel for a result and its "val_" twin. */
static bool plot_one(plot *p, const run_history *h, language l) {
    bool done = true;
    for (int k = 0; k < h->results && done; k++) {
        char twin[80];
        if (!strncmp(h->names[k], "val_", 4) && history_find(h, h->names[k] + 4) >= 0) continue;
        panel *to = add_panel(p, l, h->names[k], false);
        snprintf(twin, sizeof twin, "val_%s", h->names[k]);
        int validation = history_find(h, twin);
        done = add_curve(p, to, h, k, word_in(l, WORD_TRAINING), 0, false);
        if (validation >= 0 && done)
            done = add_curve(p, to, h, validation, word_in(l, WORD_VALIDATION), 1, true);
    }
    return done;
}

static const char *name_of(const run_record *r) {
    const char *slash = strrchr(r->folder, '/');
    return slash ? slash + 1 : r->folder;
}

/* A panel for every result that any run has, a curve for each run that has it. */
static bool plot_several(plot *p, const run_record *runs, int count, language l) {
    const char *seen[MICA_MAX_RESULTS];
    int names = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < runs[i].history.results; k++) {
            const char *name = runs[i].history.names[k];
            int at = 0;
            while (at < names && strcmp(seen[at], name)) at++;
            if (at == names && names == MICA_MAX_RESULTS) continue;
            if (at == names) seen[names++] = name, add_panel(p, l, name, true);
            if (!add_curve(p, &p->panels[at], &runs[i].history, k, name_of(&runs[i]), i, false))
                return false;
        }
    return true;
}

mica_status run_curves(const run_record *runs, int count, language l, strbuf *svg,
                       mica_error *err) {
    plot *p = allocate(1, sizeof *p);
    bool done = p &&
                (count == 1 ? plot_one(p, &runs[0].history, l) : plot_several(p, runs, count, l));
    if (done) chart_curves(word_in(l, WORD_CURVES), p->panels, p->count, svg);
    plot_free(p);
    return done && !svg->failed ? MICA_OK : fail_memory(err, sizeof *p, "curves");
}
