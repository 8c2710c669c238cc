/* Numbers by epoch, as CSV and back. See run.h. */
#include "cli/run.h"

#include "base/file.h"
#include "train/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mica_status make(run_history *h, int epochs, int results, mica_error *err) {
    *h = (run_history){.results = results};
    h->seconds = allocate((size_t)epochs, sizeof *h->seconds);
    h->values = allocate((size_t)epochs * (size_t)results, sizeof *h->values);
    if (!h->seconds || !h->values) return fail_memory(err, (size_t)epochs, "history");
    h->epochs = epochs;
    return MICA_OK;
}

void history_free(run_history *h) {
    free(h->seconds);
    free(h->values);
    *h = (run_history){0};
}

mica_status history_copy(const mica_history *from, run_history *out, mica_error *err) {
    const mica_results *first = from->epochs ? &from->epoch[0] : NULL;
    TRY(make(out, from->epochs, first ? first->count : 0, err));
    for (int k = 0; k < out->results; k++)
        snprintf(out->names[k], sizeof out->names[k], "%s", first->name[k]);
    for (int i = 0; i < out->epochs; i++) {
        out->seconds[i] = from->seconds[i];
        for (int k = 0; k < out->results; k++)
            out->values[i * out->results + k] = mica_result(&from->epoch[i], out->names[k]);
    }
    return MICA_OK;
}

void history_csv(const run_history *h, strbuf *out) {
    char number[32];
    strbuf_add(out, "epoch,seconds");
    for (int k = 0; k < h->results; k++) strbuf_add(out, ",%s", h->names[k]);
    strbuf_add(out, "\n");
    for (int i = 0; i < h->epochs; i++) {
        strbuf_add(out, "%d,%.4f", i + 1, h->seconds[i]);
        for (int k = 0; k < h->results; k++) {
            format_real(number, history_value(h, i, k));
            strbuf_add(out, ",%s", number);
        }
        strbuf_add(out, "\n");
    }
}

/* The header's names behind epoch and seconds. */
static mica_status read_names(const char *path, char *line, run_history *h, mica_error *err) {
    char *rest = NULL, *name = strtok_r(line, ",", &rest);
    if (!name || strcmp(name, "epoch") || !(name = strtok_r(NULL, ",", &rest)) ||
        strcmp(name, "seconds"))
        return fail(err, MICA_FORMAT, "%s: the first line is no header epoch,seconds,…", path);
    while ((name = strtok_r(NULL, ",", &rest))) {
        if (h->results == MICA_MAX_RESULTS)
            return fail(err, MICA_FORMAT, "%s: more than %d results", path, MICA_MAX_RESULTS);
        snprintf(h->names[h->results++], sizeof h->names[0], "%s", name);
    }
    return MICA_OK;
}

static mica_status read_row(const char *path, int row, const char *line, run_history *h,
                            mica_error *err) {
    for (int k = -2; k < h->results; k++) {
        char *end;
        double value = strtod(line, &end);
        if (end == line || (*end != ',' && *end != 0) || (k + 1 < h->results) != (*end == ','))
            return fail(err, MICA_FORMAT, "%s: line %d: expected %d numbers", path, row + 2,
                        h->results + 2);
        if (k == -1) h->seconds[row] = value;
        if (k >= 0) h->values[row * h->results + k] = value;
        line = end + 1;
    }
    return MICA_OK;
}

static mica_status read_text(const char *path, char *text, run_history *h, mica_error *err) {
    char *rest = NULL, *line = strtok_r(text, "\n", &rest);
    int rows = 0;
    run_history head = {0};
    TRY(read_names(path, line ? line : (char[]){""}, &head, err));
    for (const char *at = rest; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : "")
        rows++;
    TRY(make(h, rows, head.results, err));
    memcpy(h->names, head.names, sizeof h->names);
    for (int i = 0; i < rows; i++) {
        if (!(line = strtok_r(NULL, "\n", &rest))) return h->epochs = i, MICA_OK;
        TRY(read_row(path, i, line, h, err));
    }
    return MICA_OK;
}

mica_status history_read(const char *path, run_history *out, mica_error *err) {
    file_bytes bytes;
    *out = (run_history){0};
    TRY(file_read(path, &bytes, err));
    char *text = malloc(bytes.size + 1);
    mica_status status = text ? MICA_OK : fail_memory(err, bytes.size, path);
    if (text) {
        memcpy(text, bytes.data, bytes.size);
        text[bytes.size] = 0;
        status = read_text(path, text, out, err);
    }
    if (status != MICA_OK) history_free(out);
    free(text);
    free(bytes.data);
    return status;
}

int history_find(const run_history *h, const char *name) {
    for (int k = 0; k < h->results; k++)
        if (!strcmp(h->names[k], name)) return k;
    return -1;
}

double history_value(const run_history *h, int epoch, int result) {
    return h->values[epoch * h->results + result];
}

int history_best(const run_history *h, int result) {
    monitor watch;
    int best = -1;
    if (!strcmp(h->names[result], "learning_rate")) return -1; /* no rate is the best */
    monitor_open(&watch, h->names[result], NULL, 0);
    for (int i = 0; i < h->epochs; i++) {
        double value = history_value(h, i, result);
        if (value == value && monitor_beats(&watch, value, watch.best))
            watch.best = value, best = i;
    }
    return best;
}

json_t *history_best_json(const run_history *h) {
    json_t *all = json_object();
    for (int k = 0; k < h->results; k++) {
        int best = history_best(h, k);
        if (best >= 0)
            json_object_set_new(all, h->names[k],
                                json_pack("{s:o, s:i}", "value",
                                          real_json(history_value(h, best, k)), "epoch", best + 1));
    }
    return all;
}

json_t *history_epoch_json(const run_history *h, int epoch) {
    json_t *all = json_object();
    for (int k = 0; k < h->results && epoch >= 0; k++)
        json_object_set_new(all, h->names[k], real_json(history_value(h, epoch, k)));
    return all;
}
