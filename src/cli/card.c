/* mica card: what a saved model knows of itself. */
#include "cli/model_data.h"
#include "cli/table.h"
#include "data/tabular.h"

#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct card_options {
    common_options common;
} card_options;

static const option options[] = {COMMON_OPTIONS(card_options), END_OF_OPTIONS};

/* ---- the baseline: a line for every histogram ---- */

/* Eight heights of a bar for a share of the greatest; empty stays empty. */
static void add_bars(strbuf *out, const json_t *shares) {
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double most = 0;
    size_t i;
    json_t *value;
    json_array_foreach(shares, i, value) most = fmax(most, json_number_value(value));
    json_array_foreach(shares, i, value) {
        double part = most > 0 ? json_number_value(value) / most : 0;
        strbuf_add(out, "%s", part > 0 ? bars[(int)ceil(part * 8) - 1] : " ");
    }
}

static double number_at(const json_t *h, const char *key) {
    return json_number_value(json_object_get(h, key));
}

static void add_histogram(table *t, const char *name, const json_t *h) {
    const json_t *shares = json_object_get(h, "shares");
    double lower = number_at(h, "lower"), step = number_at(h, "step");
    strbuf bars = {0};
    add_bars(&bars, shares);
    table_add(t, "%s", name);
    table_add(t, "%.3g", number_at(h, "mean"));
    table_add(t, "%.3g", number_at(h, "deviation"));
    table_add(t, "%.4g", lower);
    table_add(t, "%s", bars.data ? bars.data : "");
    const json_t *greatest = json_object_get(h, "greatest"); /* edges are round: 260 of pixels */
    double upper = lower + step * (double)json_array_size(shares);
    if (greatest) upper = fmin(upper, json_number_value(greatest));
    table_add(t, "%.4g", upper);
    strbuf_free(&bars);
}

/* The table's column that fills that place of the input; NULL: the data had no such columns. */
static const char *column_name(const json_t *of, const char *input, size_t place) {
    for (int k = 0; of && k < tabular_inputs(of); k++) {
        const char *name = tabular_input_name(of, k);
        if (!name || strcmp(name, input) != 0) continue;
        const json_t *how = json_array_get(json_object_get(of, "columns"),
                                           (size_t)tabular_place(of, k, (int64_t)place));
        return json_string_value(json_object_get(how, "name"));
    }
    return NULL;
}

/* `of`: the card's table; NULL: these are no inputs of one. */
static void add_features(table *t, const json_t *of, const char *name, const json_t *features) {
    const size_t count = json_array_size(features);
    size_t i;
    json_t *h;
    char row[128];
    json_array_foreach(features, i, h) {
        /* One of many columns is of all of them: they are too many for one each. */
        const bool all = count == 1 && column_name(of, name, 1);
        const char *column = all ? NULL : column_name(of, name, i);
        snprintf(row, sizeof row, count > 1 && !column ? "%s %zu" : "%s", column ? column : name,
                 i);
        add_histogram(t, row, h);
    }
}

static void print_shares(const mica_model *m, const json_t *baseline) {
    const json_t *labels = json_object_get(json_object_get(baseline, "labels"), "classes"),
                 *predictions = json_object_get(json_object_get(baseline, "predictions"),
                                                "classes");
    table t = {.columns = 3, .right = "lrr"};
    table_add(&t, "class"), table_add(&t, "labels"), table_add(&t, "predictions");
    for (size_t i = 0; i < json_array_size(predictions); i++) {
        char *name = class_name(m, (int64_t)i);
        table_add(&t, "%s", name ? name : "");
        table_add(&t, "%.4f", json_number_value(json_array_get(labels, i)));
        table_add(&t, "%.4f", json_number_value(json_array_get(predictions, i)));
        free(name);
    }
    table_print(&t, json_array_size(predictions) ? stdout : NULL);
}

static void print_baseline(const mica_model *m, const json_t *baseline) {
    static const char *const titles[] = {"feature", "mean", "deviation", "from", "", "to"};
    const char *const others[] = {"labels", "predictions"};
    table t = {.columns = 6, .right = "lrrrlr"};
    size_t i;
    json_t *input;
    printf("\nBaseline of %.0f rows\n", number_at(baseline, "rows"));
    for (i = 0; i < LENGTH(titles); i++) table_add(&t, "%s", titles[i]);
    const json_t *of = json_object_get(m->card, "table");
    json_array_foreach(json_object_get(baseline, "inputs"), i, input)
        add_features(&t, of, json_string_value(json_object_get(input, "name")),
                     json_object_get(input, "features"));
    for (i = 0; i < LENGTH(others); i++)
        add_features(&t, NULL, others[i],
                     json_object_get(json_object_get(baseline, others[i]), "features"));
    table_print(&t, stdout);
    print_shares(m, baseline);
}

/* ---- the card ---- */

/* All but the baseline, which is a table. */
static mica_status print_card(const mica_model *m, mica_error *err) {
    json_t *card = json_copy(m->card);
    json_object_del(card, "baseline");
    char *text = json_dumps(card, JSON_INDENT(2) | JSON_REAL_PRECISION(7));
    json_decref(card);
    if (!text) return fail_no_memory(err, "the card");
    puts(text);
    free(text);
    const json_t *baseline = json_object_get(m->card, "baseline");
    if (json_is_object(baseline)) print_baseline(m, baseline);
    return MICA_OK;
}

static mica_status card(mica_context *ctx, const card_options *o, mica_error *err) {
    mica_model *m = NULL;
    TRY(mica_model_load(ctx, o->common.argument[0], &m, err));
    if (o->common.json) return print_json(m->card ? json_incref(m->card) : json_object()), MICA_OK;
    if (m->card) return print_card(m, err);
    printf("%s has no card: it was not trained with mica\n", o->common.argument[0]);
    return MICA_OK;
}

static int run(void *data) {
    const card_options *o = data;
    mica_error err = {0};
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = card(ctx, o, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_card = {"card",
                              "MODEL",
                              "classes, inputs, recipe, data, metrics that a model carries",
                              options,
                              sizeof(card_options),
                              1,
                              1,
                              run,
                              NULL};
