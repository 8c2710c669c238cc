/* Progress: see progress.h. */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "cli/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1
#define CLEAR "\r\033[2K"

progress progress_open(bool quiet) {
    const char *terminal = getenv("TERM");
    bool live = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    return (progress){.live = !quiet && live, .quiet = quiet};
}

static void add_logs(strbuf *line, const mica_results *logs) {
    for (int i = 0; i < logs->count; i++) {
        double value = logs->value[i] == logs->value[i] ? logs->value[i] : NAN;
        bool small = value != 0 && fabs(value) < 1e-3; /* as Keras shows it: 1.0000e-04 */
        strbuf_add(line, small ? " - %s: %.4e" : " - %s: %.4f", logs->name[i], value);
    }
}

static void add_time(strbuf *line, double seconds) {
    long long s = (long long)(seconds + 0.5);
    if (s < 60) strbuf_add(line, "%lld s", s);
    else if (s < 3600) strbuf_add(line, "%lld:%02lld", s / 60, s % 60);
    else strbuf_add(line, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

/* One write, so that lines of others do not come between; no longer than the terminal is wide. */
static void draw_live(strbuf *line) {
    struct winsize window = {0};
    int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col ? window.ws_col
                                                                                  : 80;
    if (line->data)
        fprintf(stderr, CLEAR "%.*s", (int)text_fitting(line->data, columns - 1), line->data);
    fflush(stderr);
    strbuf_free(line);
}

static mica_status on_epoch_begin(mica_fit_state *s, void *user, mica_error *err) {
    progress *p = user;
    p->resumed = s->samples;
    p->last = 0;
    return MICA_OK;
}

static mica_status on_step(mica_fit_state *s, void *user, mica_error *err) {
    progress *p = user;
    double now = clock_seconds();
    if (now - p->last < REDRAW_SECONDS && s->step + 1 < s->steps) return MICA_OK;
    p->last = now;
    strbuf line = {0};
    int64_t samples = s->samples - p->resumed;
    double rate = s->seconds > 0 ? (double)samples / s->seconds : 0;
    double each = s->samples ? (double)s->samples / (double)(s->step + 1) : 0;
    double left = rate > 0 ? (double)(s->steps - s->step - 1) * each / rate : 0;
    strbuf_add(&line, "Epoch %d/%d  %lld/%lld", s->epoch + 1, s->epochs, (long long)s->step + 1,
               (long long)s->steps);
    add_logs(&line, s->logs);
    strbuf_add(&line, "  %.0f samples/s, ", rate);
    add_time(&line, left);
    strbuf_add(&line, " left");
    draw_live(&line);
    p->drawn = true;
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *s, void *user, mica_error *err) {
    progress *p = user;
    strbuf line = {0};
    strbuf_add(&line, "Epoch %d/%d  ", s->epoch + 1, s->epochs);
    if (s->seconds < 0.1) strbuf_add(&line, "%.2f ms", s->seconds * 1e3);
    else strbuf_add(&line, "%.2f s", s->seconds);
    add_logs(&line, s->logs);
    p->drawn = false;
    if (line.data) fprintf(stderr, "%s%s\n", p->live ? CLEAR : "", line.data);
    strbuf_free(&line);
    return MICA_OK;
}

void progress_close(progress *p) {
    if (p->drawn) fputc('\n', stderr);
    p->drawn = false;
}

mica_callback progress_callback(progress *p) {
    if (p->quiet) return (mica_callback){.user = p};
    return (mica_callback){.user = p,
                           .on_epoch_begin = on_epoch_begin,
                           .on_step = p->live ? on_step : NULL,
                           .on_epoch_end = on_epoch_end};
}
