/* The page of a run: one HTML file that refers to nothing outside, tables beside the pictures,
 * light or dark as the reader's system. See run.h. */
#include "cli/page.h"
#include "cli/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a tree's leaves ---- */

void flatten(const json_t *tree, const char *path,
             void (*leaf)(void *user, const char *path, const char *value), void *user) {
    char inner[512];
    const char *key, *dot = *path ? "." : "";
    json_t *value;
    size_t i;
    if (json_is_object(tree) && json_object_size(tree)) {
        json_object_foreach((json_t *)tree, key, value) {
            snprintf(inner, sizeof inner, "%s%s%s", path, dot, key);
            flatten(value, inner, leaf, user);
        }
    } else if (json_is_array(tree) && json_is_object(json_array_get(tree, 0))) {
        json_array_foreach((json_t *)tree, i, value) {
            snprintf(inner, sizeof inner, "%s[%zu]", path, i);
            flatten(value, inner, leaf, user);
        }
    } else {
        char *text = json_is_string(tree) ? strdup(json_string_value(tree)) : config_text(tree);
        if (text) leaf(user, path, text);
        free(text);
    }
}

/* ---- sections ---- */

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const char *run_state(language l, const char *state) {
    static const struct {
        const char *name;
        label word;
    } states[] = {{"started", WORD_STARTED},
                  {"done", WORD_DONE},
                  {"stopped", WORD_STOPPED},
                  {"failed", WORD_FAILED},
                  {"killed", WORD_KILLED}};
    for (size_t i = 0; i < LENGTH(states); i++)
        if (!strcmp(state, states[i].name)) return word_in(l, states[i].word);
    return state;
}

/* The epoch of the weights that were saved, from 1; 0: none was. */
static int saved_epoch(const run_record *r) {
    const json_t *saved = json_object_get(r->info, "saved");
    return (int)json_integer_value(json_object_get(saved, "epoch"));
}

static void add_overview(page *p, const run_record *r) {
    const json_t *info = r->info;
    char text[128];
    strbuf_add(p->out, "<div class=\"wide\"><table>\n");
    snprintf(text, sizeof text, "%s", run_state(p->l, text_at(info, "state")));
    page_pair(p, SAY(p, STATE), text);
    if (*text_at(info, "error")) page_pair(p, "", text_at(info, "error"));
    page_pair(p, SAY(p, STARTED_AT), text_at(info, "started"));
    snprintf(text, sizeof text, "%d / %lld", r->history.epochs,
             (long long)json_integer_value(json_object_get(info, "epochs_planned")));
    page_pair(p, SAY(p, EPOCHS_DONE), text);
    int saved = saved_epoch(r);
    if (saved) {
        snprintf(text, sizeof text, "%d", saved);
        page_pair(p, SAY(p, SAVED_EPOCH), text);
    }
    snprintf(text, sizeof text, "%.1f s", json_number_value(json_object_get(info, "seconds")));
    page_pair(p, SAY(p, DURATION), text);
    snprintf(text, sizeof text, "%lld",
             (long long)json_integer_value(json_object_get(info, "parameters")));
    page_pair(p, SAY(p, PARAMETERS), text);
    page_pair(p, SAY(p, OUTPUT), text_at(info, "output"));
    page_pair(p, SAY(p, CHECKPOINT), text_at(info, "checkpoint"));
    strbuf_add(p->out, "</table></div>\n");
}

static void add_results(page *p, const run_record *r) {
    const run_history *h = &r->history;
    const json_t *test = json_object_get(r->info, "test");
    const char *name;
    json_t *value;
    int saved = saved_epoch(r);
    bool restored = saved && saved < h->epochs;
    page_section(p, SAY(p, RESULTS));
    strbuf_add(p->out, "<table>\n<tr>");
    page_cell(p, "th", false, SAY(p, RESULT));
    page_cell(p, "th", true, SAY(p, BEST));
    page_cell(p, "th", true, SAY(p, EPOCH));
    page_cell(p, "th", true, SAY(p, LAST));
    if (restored) page_cell(p, "th", true, SAY(p, SAVED));
    strbuf_add(p->out, "</tr>\n");
    for (int k = 0; k < h->results && h->epochs; k++) {
        char title[128];
        int best = history_best(h, k);
        result_title(p->l, h->names[k], true, title);
        strbuf_add(p->out, "<tr>");
        page_cell(p, "td", false, title);
        page_number(p, "%.5g", best < 0 ? NAN : history_value(h, best, k));
        page_number(p, "%.0f", best < 0 ? NAN : best + 1);
        page_number(p, "%.5g", history_value(h, h->epochs - 1, k));
        if (restored) page_number(p, "%.5g", history_value(h, saved - 1, k));
        strbuf_add(p->out, "</tr>\n");
    }
    json_object_foreach((json_t *)test, name, value) {
        char plain[128], title[160];
        result_title(p->l, name, false, plain);
        snprintf(title, sizeof title, p->l == CHINESE ? "%s（%s）" : "%s, %s", plain, SAY(p, TEST));
        strbuf_add(p->out, "<tr>");
        page_cell(p, "td", false, title);
        page_number(p, "%.0f", NAN), page_number(p, "%.0f", NAN);
        if (restored) page_number(p, "%.0f", NAN);
        page_number(p, "%.5g", json_number_value(value));
        strbuf_add(p->out, "</tr>\n");
    }
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

static void add_history(page *p, const run_history *h) {
    page_section(p, SAY(p, HISTORY));
    strbuf_add(p->out, "<table>\n<tr>");
    page_cell(p, "th", true, SAY(p, EPOCH));
    for (int k = 0; k < h->results; k++) {
        char title[128];
        result_title(p->l, h->names[k], true, title);
        page_cell(p, "th", true, title);
    }
    page_cell(p, "th", true, SAY(p, SECONDS));
    strbuf_add(p->out, "</tr>\n");
    for (int i = 0; i < h->epochs; i++) {
        strbuf_add(p->out, "<tr>");
        page_number(p, "%.0f", i + 1);
        for (int k = 0; k < h->results; k++) page_number(p, "%.5g", history_value(h, i, k));
        page_number(p, h->seconds[i] < 0.1 ? "%.5f" : "%.2f", h->seconds[i]);
        strbuf_add(p->out, "</tr>\n");
    }
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

static void add_class(page *p, const char *name, const json_t *c) {
    strbuf_add(p->out, "<tr>");
    page_cell(p, "td", false, name);
    page_number(p, "%.4f", json_number_value(json_object_get(c, "precision")));
    page_number(p, "%.4f", json_number_value(json_object_get(c, "recall")));
    page_number(p, "%.4f", json_number_value(json_object_get(c, "f1")));
    page_number(p, "%.0f", json_number_value(json_object_get(c, "support")));
    strbuf_add(p->out, "</tr>\n");
}

static void add_classes(page *p, const report_parts *parts) {
    size_t i;
    json_t *c;
    page_section(p, SAY(p, CLASSES));
    strbuf_add(p->out, "<p class=\"soft\">%s</p>\n<table>\n<tr>",
               parts->on_test ? SAY(p, MEASURED_ON_TEST) : SAY(p, MEASURED_ON_VALIDATION));
    page_cell(p, "th", false, SAY(p, CLASS));
    page_cell(p, "th", true, SAY(p, PRECISION));
    page_cell(p, "th", true, SAY(p, RECALL));
    page_cell(p, "th", true, SAY(p, F1));
    page_cell(p, "th", true, SAY(p, SUPPORT));
    strbuf_add(p->out, "</tr>\n");
    json_array_foreach(json_object_get(parts->classes, "classes"), i, c)
        add_class(p, text_at(c, "class"), c);
    add_class(p, SAY(p, MACRO_MEAN), json_object_get(parts->classes, "macro"));
    add_class(p, SAY(p, WEIGHTED_MEAN), json_object_get(parts->classes, "weighted"));
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

static void add_broken(page *p, const json_t *broken) {
    size_t i;
    json_t *reason;
    if (!json_array_size(broken)) return;
    page_section(p, SAY(p, BROKEN));
    strbuf_add(p->out, "<table>\n");
    json_array_foreach(broken, i, reason) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        page_pair(p, number, json_string_value(reason));
    }
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

static void add_tree(page *p, const char *title, const json_t *tree) {
    page_section(p, title);
    strbuf_add(p->out, "<table>\n");
    flatten(tree, "", page_pair, p);
    strbuf_add(p->out, "</table>\n");
    page_section_end(p);
}

static void add_picture(page *p, const char *title, const char *svg) {
    page_section(p, title);
    strbuf_put(p->out, svg, strlen(svg));
    page_section_end(p);
}

static void add_summary(page *p, const char *summary) {
    page_section(p, SAY(p, MODEL));
    strbuf_add(p->out, "<pre>");
    xml_add(p->out, summary);
    strbuf_add(p->out, "</pre>\n");
    page_section_end(p);
}

/* The model is shown by its summary: its config would fill pages. */
static json_t *settings_of(const run_record *r) {
    json_t *settings = json_copy(r->recipe);
    if (json_is_object(json_object_get(settings, "model"))) json_object_del(settings, "model");
    return settings;
}

void run_report(const report_parts *parts, language l, strbuf *html) {
    page p = {html, l};
    const run_record *r = parts->run;
    json_t *settings = settings_of(r);
    strbuf title = {0}, head = {0};
    strbuf_add(&title, "mica: %s", text_at(r->info, "output"));
    strbuf_add(&head, "%s%s%s", SAY(&p, TRAINING_OF), l == CHINESE ? "" : " ",
               text_at(r->info, "output"));
    page_begin(&p, title.data ? title.data : "", head.data ? head.data : "");
    strbuf_free(&title), strbuf_free(&head);
    add_overview(&p, r);
    if (r->history.epochs) add_results(&p, r);
    if (parts->curves && r->history.epochs) add_picture(&p, SAY(&p, CURVES), parts->curves);
    if (parts->confusion) add_picture(&p, SAY(&p, CONFUSION), parts->confusion);
    if (parts->classes) add_classes(&p, parts);
    if (r->history.epochs) add_history(&p, &r->history);
    add_broken(&p, json_object_get(r->info, "broken"));
    if (parts->summary) add_summary(&p, parts->summary);
    add_tree(&p, SAY(&p, SETTINGS), settings);
    add_tree(&p, SAY(&p, ENVIRONMENT), r->environment);
    page_end(&p);
    json_decref(settings);
}
