/* mica init: a table. Each column becomes a feature by its type, or is left out and told. */
#include "cli/init_table.h"
#include "data/tabular.h"
#include "model/model.h"
#include "table/table.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More different words than HASHED are hashed; from LARGE rows on an epoch has steps enough. */
enum { MOST_WORDS = 200, HASHED_BINS = 256, LARGE = 100000, MOST_FEATURES = MAX_MODEL_INPUTS };
enum { MOST_TOKENS = 20000 };

bool init_ignores(const init *i, const char *column) {
    for (int n = 0; n < i->o->ignore.count; n++)
        if (!strcmp(i->o->ignore.at[n], column) || !fnmatch(i->o->ignore.at[n], column, 0))
            return true;
    return false;
}

/* ---- what is wrong with a column ---- */

mica_status init_warn_of_mixed(table_look *k, int c, mica_error *err) {
    wrong_cells found;
    if (!is_text(k->t->column[c].type)) return MICA_OK;
    if (!tabular_count_wrong(&(wanted_column){k->t, c, WANTED_NUMBERS, NULL, NULL, NULL}, &found))
        return fail_no_memory(err, k->i->spec);
    if (found.wrong * 2 < found.cells)
        init_warn(k->i, k->t->column[c].name, "mixed",
                  "%lld of %lld cells are numbers, but '%s' in data row %lld is none, so that all "
                  "count as texts: mica data clean --na-value, or --repair --unrepaired missing",
                  (long long)(found.cells - found.wrong), (long long)found.cells, found.text,
                  (long long)found.first + 1);
    return MICA_OK;
}

/* True: it is left out. */
static bool cannot_help(table_look *k, int c) {
    const table_column *column = &k->t->column[c];
    const mica_column_summary *s = &k->s[c];
    const double of_all = s->count ? (double)s->distinct / (double)s->count : 0;
    const bool whole = column->type == MICA_COLUMN_INTEGER, text = is_text(column->type);
    if (s->distinct < 2) {
        init_warn(k->i, column->name, "constant", "%s: left out",
                  s->distinct ? "every cell is the same" : "every cell is missing");
        return true;
    }
    if (json_object_get(k->texts, column->name)) return false;
    if ((whole || text) && s->count >= 20 && of_all > 0.95) {
        init_warn(k->i, column->name, "identifier",
                  "%lld different values in %lld cells, an identifier or free text: left out",
                  (long long)s->distinct, (long long)s->count);
        return true;
    }
    if (column->type == MICA_COLUMN_TEXT) {
        init_warn(k->i, column->name, "text", "%lld different texts: left out",
                  (long long)s->distinct);
        return true;
    }
    if (s->missing * 2 > k->t->rows)
        init_warn(k->i, column->name, "missing", "%.0f %% of its cells are missing",
                  100 * (double)s->missing / (double)k->t->rows);
    return false;
}

/* A column that tells the answer nearly always was probably made from it. */
static mica_status warn_of_leak(table_look *k, int c, mica_error *err) {
    const char *name = k->t->column[c].name;
    double share, base = (double)k->s[k->target].top_count / (double)k->s[k->target].count;
    if (!k->classes) {
        double r = column_correlation(k->t, c, k->target);
        if (fabs(r) > 0.999)
            init_warn(k->i, name, "leak",
                      "it nearly is the target (correlation %.4f): known before the answer is? "
                      "else --ignore %s",
                      r, name);
        return MICA_OK;
    }
    TRY(class_share(k->t, c, k->target, &share, err));
    if (share > 0.99 && share > 1 - (1 - base) / 4)
        init_warn(k->i, name, "leak",
                  "it alone tells the target in %.1f %% of the rows: known before the answer is? "
                  "else --ignore %s",
                  100 * share, name);
    return MICA_OK;
}

/* ---- free text ---- */

static mica_status look_at_cells(const table_look *k, int c, writing_look *l, mica_error *err) {
    enum { LOOKED_AT = 20000 };
    const int64_t step = k->t->rows > LOOKED_AT ? k->t->rows / LOOKED_AT : 1;
    for (int64_t row = 0; row < k->t->rows; row += step) {
        if (mica_table_is_missing(k->t, c, row)) continue;
        char *text = tabular_text(k->t, c, row);
        if (!text) return fail_no_memory(err, k->i->spec);
        init_look_at_text(l, &(mica_string){text, strlen(text)});
        free(text);
    }
    return MICA_OK;
}

/* Sentences are taken apart into words, or characters and pairs of them; names and codes are not.
 */
static mica_status find_text(table_look *k, int c, mica_error *err) {
    enum { FEWEST_WORDS = 4, FEWEST_CHARACTERS = 8 };
    writing_look l = {0};
    const char *name = k->t->column[c].name;
    if (k->t->column[c].type != MICA_COLUMN_TEXT || k->s[c].distinct < 2) return MICA_OK;
    TRY(look_at_cells(k, c, &l, err));
    const bool characters = init_has_characters(&l);
    if (characters ? l.letters < FEWEST_CHARACTERS * l.texts : l.words < FEWEST_WORDS * l.texts)
        return MICA_OK;
    json_t *options = json_pack("{s:i}", "max_tokens", MOST_TOKENS);
    if (characters)
        json_object_update_new(options, json_pack("{s:s, s:i}", "split", "character", "ngrams", 2));
    say(&k->i->o->common, "column %s: texts, taken apart into %s", name,
        characters ? "characters and pairs of them" : "words");
    return json_object_set_new(k->texts, name, options) ? fail_no_memory(err, name) : MICA_OK;
}

/* ---- features ---- */

static json_t *feature_of(const table_look *k, int c) {
    const table_column *column = &k->t->column[c];
    const int64_t words = k->s[c].distinct;
    json_t *text = json_object_get(k->texts, column->name);
    if (text) return json_pack("{s:O}", "string_vectorized", text);
    const bool flag = column->type == MICA_COLUMN_INTEGER && k->s[c].min == 0 && k->s[c].max == 1;
    if (column->type == MICA_COLUMN_BOOLEAN || flag) return json_string("float");
    if (!is_text(column->type)) return json_string("float_normalized");
    if (words <= MOST_WORDS) return json_string("string_categorical");
    return json_pack("{s:{s:i}}", "string_hashed", "num_bins", HASHED_BINS);
}

static mica_status add_column(table_look *k, int c, mica_error *err) {
    const table_column *column = &k->t->column[c];
    if (c == k->target || init_ignores(k->i, column->name)) return MICA_OK;
    TRY(init_warn_of_mixed(k, c, err));
    TRY(find_text(k, c, err));
    if (cannot_help(k, c)) return MICA_OK;
    if (!json_object_get(k->texts, column->name)) TRY(warn_of_leak(k, c, err));
    k->missing |= k->s[c].missing > 0;
    if (json_object_set_new(k->features, column->name, feature_of(k, c)))
        return fail_no_memory(err, column->name);
    if (column->type != MICA_COLUMN_DATE) return MICA_OK;
    char part[256];
    snprintf(part, sizeof part, "%.200s.weekday", column->name);
    json_object_set_new(k->features, part, json_string("integer_categorical"));
    return MICA_OK;
}

/* More features than a model has inputs become one input of each kind, which hashes none. */
static mica_status group_features(table_look *k, mica_error *err) {
    const char *name;
    json_t *kind;
    void *next;
    k->grouped = json_object_size(k->features) > MOST_FEATURES;
    if (!k->grouped) return MICA_OK;
    json_object_foreach_safe(k->features, next, name, kind) {
        if (json_object_get(kind, "string_vectorized")) {
            init_warn(k->i, name, "text", "texts are inputs of their own: left out");
            json_object_del(k->features, name);
            continue;
        }
        if (!json_object_get(kind, "string_hashed")) continue;
        if (json_object_set_new(k->features, name, json_string("string_categorical")))
            return fail_no_memory(err, k->i->spec);
    }
    say(&k->i->o->common,
        "%zu features: those of a kind are one input of the model (\"inputs\": \"grouped\")",
        json_object_size(k->features));
    return MICA_OK;
}

/* ---- the recipe's parts ---- */

static void add_layers(const table_look *k) {
    json_t *layers = json_pack("[{s:{s:i, s:s}}, {s:{s:f}}, {s:{s:i, s:s}}]", "Dense", "units", 64,
                               "activation", "relu", "Dropout", "rate", 0.2, "Dense", "units", 32,
                               "activation", "relu");
    init *i = k->i;
    const mica_column_summary *s = &k->s[k->target];
    i->model = json_pack("{s:O, s:o}", "features", k->features, "layers", layers);
    if (k->classes) {
        init_classes(i, layers, k->class_count);
        return;
    }
    /* trained around 0 with deviation 1, whatever the target's unit is */
    json_array_append_new(layers, json_pack("{s:{s:i}}", "Dense", "units", 1));
    json_array_append_new(layers, json_pack("{s:{s:f, s:f, s:b}}", "Normalization", "mean", s->mean,
                                            "variance", s->std * s->std, "invert", 1));
    i->loss = "mean_squared_error";
    i->metrics = json_pack("[s]", "mae");
}

static void add_data(const table_look *k) {
    json_t *how = json_pack("{s:s}", "target", k->t->column[k->target].name);
    if (!k->i->test[0]) json_object_set_new(how, "test_split", json_real(0.2));
    if (k->t->guessed) json_object_set_new(how, "encoding", json_string(k->t->encoding));
    if (k->s[k->target].missing) json_object_set_new(how, "missing_target", json_string("drop"));
    if (k->missing) json_object_set_new(how, "impute", json_string("median"));
    if (k->grouped) json_object_set_new(how, "inputs", json_string("grouped"));
    k->i->data = json_pack("{s:o, s:{s:f, s:b}}", "preprocessing", how, "validation_split",
                           "fraction", 0.1, "stratify", k->classes);
    k->i->tests_itself = true;
    k->i->batch_size = k->t->rows >= LARGE ? 256 : 64;
    if (k->t->rows >= LARGE) k->i->epochs = 10;
}

static mica_status look(table_look *k, mica_error *err) {
    for (int n = 0; n < k->i->o->ignore.count; n++) {
        bool found = false;
        for (int c = 0; c < k->t->count && !found; c++)
            found = !fnmatch(k->i->o->ignore.at[n], k->t->column[c].name, 0);
        if (!found)
            return fail(err, MICA_NAME, "%s: --ignore %s: there is no such column", k->i->spec,
                        k->i->o->ignore.at[n]);
    }
    if (k->t->count < 2 || k->t->rows < 10)
        return fail(err, MICA_VALUE, "%s: %lld rows of %d columns, expected 10 of 2 at least",
                    k->i->spec, (long long)k->t->rows, k->t->count);
    init_warn_of_names(k);
    TRY(init_choose_target(k, err));
    TRY(init_look_at_target(k, err));
    for (int c = 0; c < k->t->count; c++) TRY(add_column(k, c, err));
    if (!json_object_size(k->features))
        return fail(err, MICA_VALUE, "%s: no column is left to learn from", k->i->spec);
    TRY(group_features(k, err));
    add_layers(k);
    add_data(k);
    return MICA_OK;
}

mica_status init_table(init *i, mica_error *err) {
    mica_table *t = NULL;
    TRY(read_table(NULL, i->ctx, i->spec, &i->o->reading, &t, err));
    if (t->guessed)
        init_warn(i, NULL, "encoding",
                  "the encoding was guessed: %s (it is no UTF-8 and has no mark); \"encoding\" in "
                  "the recipe says otherwise",
                  t->encoding);
    mica_column_summary *s = allocate((size_t)t->count + 1, sizeof *s);
    table_look k = {.i = i, .t = t, .s = s, .features = json_object(), .texts = json_object()};
    mica_status status = s ? mica_table_describe(i->ctx, t, s, err) : fail_no_memory(err, i->spec);
    if (status == MICA_OK) status = look(&k, err);
    json_decref(k.features);
    json_decref(k.texts);
    free(s);
    mica_table_destroy(&t);
    return status;
}
