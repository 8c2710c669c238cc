/* Progress: see progress.h. */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1

progress progress_open(bool quiet) { return (progress){.live = !quiet && isatty(STDERR_FILENO), .quiet = quiet}; }

static void add_logs(strbuf *line, const mica_results *logs) {
    for (int i = 0; i < logs->count; i++) strbuf_add(line, " - %s: %.4f", logs->name[i], logs->value[i]);
}

static void draw(const strbuf *line, const char *before, const char *after) {
    fprintf(stderr, "%s%s%s", before, line->data ? line->data : "", after);
    fflush(stderr);
}

static mica_status on_step(mica_fit_state *s, void *user, mica_error *err) {
    progress *p = user;
    double now = clock_seconds();
    if (!p->live || (now - p->last < REDRAW_SECONDS && s->step + 1 < s->steps)) return MICA_OK;
    p->last = now;
    strbuf line = {0};
    double rate = s->seconds > 0 ? (double)s->samples / s->seconds : 0;
    double left = s->seconds / (double)(s->step + 1) * (double)(s->steps - s->step - 1);
    strbuf_add(&line, "Epoch %d/%d  %lld/%lld", s->epoch + 1, s->epochs, (long long)s->step + 1, (long long)s->steps);
    add_logs(&line, s->logs);
    strbuf_add(&line, "  %.0f samples/s, %.0f s left", rate, left);
    draw(&line, "\r\033[2K", "");
    strbuf_free(&line);
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *s, void *user, mica_error *err) {
    progress *p = user;
    if (p->quiet) return MICA_OK;
    strbuf line = {0};
    strbuf_add(&line, "Epoch %d/%d  %.2f s", s->epoch + 1, s->epochs, s->seconds);
    add_logs(&line, s->logs);
    draw(&line, p->live ? "\r\033[2K" : "", "\n");
    strbuf_free(&line);
    return MICA_OK;
}

mica_callback progress_callback(progress *p) {
    return (mica_callback){.user = p, .on_step = p->live ? on_step : NULL, .on_epoch_end = on_epoch_end};
}
