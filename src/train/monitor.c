/* See monitor.h. Source: keras.src.callbacks.monitor_callback. */
#include "train/monitor.h"

#include "base/strbuf.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const monitor_modes[] = {"auto", "min", "max", NULL};

/* The metrics that Keras says go up. */
static bool greater_by_name(const char *name) {
    static const char *const good[] = {"acc",
                                       "precision",
                                       "recall",
                                       "f1",
                                       "fbeta",
                                       "auc",
                                       "r2",
                                       "iou",
                                       "sensitivity",
                                       "specificity",
                                       "kappa",
                                       "correlation",
                                       "cosine_similarity"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strstr(name, good[i])) return true;
    return false;
}

static bool result_known(const char *name, const mica_results *names) {
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->name[i], name)) return true;
    return false;
}

void monitor_open(monitor *w, const char *name, const char *mode, double min_delta) {
    *w = (monitor){.name = name, .min_delta = fabs(min_delta), .best = NAN};
    bool automatic = !mode || !strcmp(mode, "auto");
    w->greater = automatic ? greater_by_name(name) : !strcmp(mode, "max");
}

mica_status result_check(const char *name, const char *what, const mica_results *names,
                         mica_error *err) {
    const char *known[MICA_MAX_RESULTS + 1] = {NULL};
    strbuf all = {0};
    for (int i = 0; i < names->count; i++) {
        if (!strcmp(names->name[i], name)) return strbuf_free(&all), MICA_OK;
        known[i] = names->name[i];
        strbuf_add(&all, "%s%s", i ? ", " : "", names->name[i]);
    }
    const char *there = all.data ? all.data : "none", *near = nearest_name(name, known);
    mica_status status;
    if (!strncmp(name, "val_", 4) && result_known(name + 4, names))
        status = fail(err, MICA_NAME,
                      "%s '%s': no such result here: it needs validation data (validation, "
                      "validation_split) and the end of an epoch; there are %s",
                      what, name, there);
    else if (near)
        status = fail(err, MICA_NAME, "%s '%s': no such result (did you mean '%s'?); there are %s",
                      what, name, near, there);
    else status = fail(err, MICA_NAME, "%s '%s': no such result; there are %s", what, name, there);
    strbuf_free(&all);
    return status;
}

mica_status monitor_check(const monitor *w, const char *callback, const mica_results *names,
                          mica_error *err) {
    mica_status status = result_check(w->name, "monitor", names, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", callback);
}

void monitor_begin(monitor *w, double best) { w->best = best; }

bool monitor_beats(const monitor *w, double value, double reference) {
    if (reference != reference) return true;
    return w->greater ? value - w->min_delta > reference : value + w->min_delta < reference;
}

void monitor_best_write(const monitor *w, char out[MONITOR_BEST]) {
    uint64_t bits;
    memcpy(&bits, &w->best, sizeof bits);
    snprintf(out, MONITOR_BEST, "#%016" PRIx64, bits);
}

static double digit_of(char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

/* "-0x1.8p+1" of %a, or "inf"; NaN where it is none. */
static double hexadecimal_real(const char *text) {
    bool negative = *text == '-', behind = false;
    double value = 0;
    int exponent = 0;
    text += negative;
    if (!strncmp(text, "inf", 3)) return negative ? -INFINITY : INFINITY;
    if (strncmp(text, "0x", 2)) return NAN;
    for (text += 2; *text && *text != 'p' && *text != ' '; text++) {
        if (!isxdigit((unsigned char)*text)) {
            behind = true;
            continue;
        }
        value = 16 * value + digit_of(*text);
        exponent -= behind ? 4 : 0;
    }
    if (*text == 'p') exponent += (int)strtol(text + 1, NULL, 10);
    return ldexp(negative ? -value : value, exponent);
}

void monitor_best_read(monitor *w, const char *text) {
    uint64_t bits;
    if (*text != '#') {
        w->best = hexadecimal_real(text);
        return;
    }
    bits = strtoull(text + 1, NULL, 16);
    memcpy(&w->best, &bits, sizeof bits);
}

bool monitor_update(monitor *w, const mica_results *logs, bool *better) {
    double value = NAN;
    bool there = false;
    for (int i = 0; i < logs->count; i++)
        if (!strcmp(logs->name[i], w->name)) value = logs->value[i], there = true;
    *better = there && monitor_beats(w, value, w->best);
    if (*better) w->best = value;
    return there;
}
