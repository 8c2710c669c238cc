/* mica runs: the run folders of a folder, and several runs side by side. */
#include "cli/run.h"
#include "cli/table.h"

#include "base/file.h"
#include "base/lock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct runs_options {
    common_options common;
    const char *output;
} runs_options;

#define O runs_options
static const option options[] = {
    TEXT_OPTION(O, output, "output", "FILE.svg", "compare: the curves of all runs in one picture"),
    LANGUAGE_OPTION(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

typedef struct run_list {
    run_record *at;
    size_t count, room;
} run_list;

static void list_free(run_list *l) {
    for (size_t i = 0; i < l->count; i++) run_free(&l->at[i]);
    free(l->at);
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* What is not ended, but whose lock a killed process left, was killed. */
static void note_killed(run_record *r) {
    bool left;
    char checkpoint[4096];
    size_t length = strlen(r->folder) - strlen(".run");
    if (strcmp(text_at(r->info, "state"), "started")) return;
    int n = snprintf(checkpoint, sizeof checkpoint, "%.*s.checkpoint", (int)length, r->folder);
    if (n >= (int)sizeof checkpoint || lock_held(checkpoint, &left) || !left) return;
    json_object_set_new(r->info, "state", json_string("killed"));
    json_object_set_new(r->info, "resume_possible", json_boolean(file_exists(checkpoint)));
}

static mica_status list_add(run_list *l, const char *path, mica_error *err) {
    if (!grow(&l->at, &l->room, l->count + 1, sizeof *l->at)) return fail_no_memory(err, path);
    TRY(run_read(path, &l->at[l->count], err));
    note_killed(&l->at[l->count]);
    l->count++;
    return MICA_OK;
}

/* ---- list ---- */

static bool ends_in_run(const char *name) {
    size_t length = strlen(name);
    return length > 4 && !strcmp(name + length - 4, ".run");
}

/* What is no run folder, or cannot be read, is named and left out. */
static mica_status find_runs(const runs_options *o, const char *folder, run_list *l,
                             mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    mica_status status = folder_list(folder, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++) {
        mica_error why = {0};
        const char *path = strcmp(folder, ".") ? path_join(&a, folder, names[i]) : names[i];
        if (!path) status = fail_no_memory(err, folder);
        else if (ends_in_run(names[i]) && file_is_folder(path) &&
                 list_add(l, path, &why) != MICA_OK)
            warn(&o->common, "%s", why.message);
    }
    arena_free(&a);
    return status;
}

static void add_result(strbuf *out, const char *before, const char *name, double value) {
    strbuf_add(out, "%s%s %.4g", before, name, value);
}

/* Of the epoch whose weights were saved (not yet saved: of the last one); behind it what was better
 * in another epoch. Of the validation where there is one. */
static void format_epoch(const run_record *r, language l, strbuf *out) {
    const json_t *saved = json_object_get(r->info, "saved"),
                 *best = json_object_get(r->info, "best");
    const json_t *results = json_object_get(saved ? saved : r->info, saved ? "results" : "last");
    json_int_t epoch = json_integer_value(saved ? json_object_get(saved, "epoch")
                                                : json_object_get(r->info, "epochs"));
    const bool validated = history_find(&r->history, "val_loss") >= 0;
    const char *name;
    json_t *value;
    size_t n = 0;
    json_object_foreach((json_t *)results, name, value) if (validated == !strncmp(name, "val_", 4))
        add_result(out, n++ ? ", " : "", name, json_number_value(value));
    if (n) strbuf_add(out, " (%s %lld)", word_in(l, WORD_EPOCH), (long long)epoch);
    json_object_foreach((json_t *)best, name, value) {
        json_int_t at = json_integer_value(json_object_get(value, "epoch"));
        if (validated != !strncmp(name, "val_", 4) || at == epoch) continue;
        strbuf_add(out, "; %s ", word_in(l, WORD_BEST));
        add_result(out, "", name, json_number_value(json_object_get(value, "value")));
        strbuf_add(out, " (%lld)", (long long)at);
    }
}

/* The results that tell most: of the test, else of the saved epoch. */
static void format_results(const run_record *r, language l, strbuf *out) {
    const json_t *test = json_object_get(r->info, "test");
    const char *name;
    json_t *value;
    size_t n = 0;
    if (!json_object_size(test)) {
        format_epoch(r, l, out);
        return;
    }
    strbuf_add(out, "%s ", word_in(l, WORD_TEST));
    json_object_foreach((json_t *)test, name, value)
        add_result(out, n++ ? ", " : "", name, json_number_value(value));
}

static json_t *runs_json(const run_list *l) {
    json_t *all = json_array();
    for (size_t i = 0; i < l->count; i++) {
        json_t *one = json_pack("{s:s}", "run", l->at[i].folder);
        json_object_update(one, l->at[i].info);
        json_array_append_new(all, one);
    }
    return json_pack("{s:o}", "runs", all);
}

static void print_runs(const run_list *list, language l) {
    static const label titles[] = {WORD_RUN,         WORD_STATE,   WORD_STARTED_AT,
                                   WORD_EPOCHS_DONE, WORD_SECONDS, WORD_RESULT_LIST};
    table t = {.columns = 6, .right = "lllrrl"};
    for (size_t i = 0; i < LENGTH(titles); i++) table_add(&t, "%s", word_in(l, titles[i]));
    for (size_t i = 0; i < list->count; i++) {
        const json_t *info = list->at[i].info;
        strbuf results = {0};
        format_results(&list->at[i], l, &results);
        const char *state = text_at(info, "state");
        bool resumable = json_is_true(json_object_get(info, "resume_possible"));
        if (l == CHINESE || !strcmp(state, "killed")) state = run_state(l, state);
        table_add(&t, "%s", list->at[i].folder);
        table_add(&t, "%s%s", state, resumable ? word_in(l, WORD_RESUME_POSSIBLE) : "");
        table_add(&t, "%s", text_at(info, "started"));
        table_add(&t, "%lld", (long long)json_integer_value(json_object_get(info, "epochs")));
        table_add(&t, "%.1f", json_number_value(json_object_get(info, "seconds")));
        table_add(&t, "%s", results.data ? results.data : "");
        strbuf_free(&results);
    }
    table_print(&t, stdout);
}

static mica_status list(const runs_options *o, run_list *l, mica_error *err) {
    const char *folder = o->common.arguments > 1 ? o->common.argument[1] : ".";
    language lang = language_of(&o->common);
    TRY(find_runs(o, folder, l, err));
    if (o->common.json) return print_json(runs_json(l)), MICA_OK;
    if (l->count) print_runs(l, lang);
    else if (lang == CHINESE) say(&o->common, "%s：%s", folder, word_in(lang, WORD_NO_RUNS));
    else say(&o->common, "%s holds no run folder", folder);
    return MICA_OK;
}

/* ---- compare ---- */

/* Settings by path: a row for each path, a value for each run. */
typedef struct comparison {
    arena texts;
    char **paths;
    char **values; /* paths x runs; NULL: this run has no such setting */
    size_t count, path_room, value_room, runs, run;
    bool failed;
} comparison;

static void add_setting(void *user, const char *path, const char *value) {
    comparison *c = user;
    size_t at = 0;
    while (at < c->count && strcmp(c->paths[at], path)) at++;
    if (at == c->count) {
        if (!grow(&c->paths, &c->path_room, at + 1, sizeof *c->paths) ||
            !grow(&c->values, &c->value_room, (at + 1) * c->runs, sizeof *c->values)) {
            c->failed = true;
            return;
        }
        c->paths[at] = arena_text(&c->texts, path);
        for (size_t i = 0; i < c->runs; i++) c->values[at * c->runs + i] = NULL;
        c->count++;
    }
    c->values[at * c->runs + c->run] = arena_text(&c->texts, value);
    c->failed |= !c->paths[at] || !c->values[at * c->runs + c->run];
}

static void collect(comparison *c, const run_list *l) {
    *c = (comparison){.runs = l->count};
    for (c->run = 0; c->run < l->count; c->run++) {
        const run_record *r = &l->at[c->run];
        flatten(r->recipe, "", add_setting, c);
        flatten(json_object_get(r->environment, "version"), "mica", add_setting, c);
        flatten(json_object_get(json_object_get(r->environment, "threads"), "count"), "threads",
                add_setting, c);
    }
}

static void comparison_free(comparison *c) {
    arena_free(&c->texts);
    free(c->paths);
    free(c->values);
}

static bool differs(const comparison *c, size_t at) {
    char *const *row = c->values + at * c->runs;
    if (!strcmp(c->paths[at], "output")) return false; /* names the run */
    for (size_t i = 1; i < c->runs; i++)
        if (!row[0] || !row[i] ? row[0] != row[i] : strcmp(row[0], row[i]) != 0) return true;
    return false;
}

static json_t *results_of(const run_record *r, const char *kind) {
    json_t *results = json_object_get(r->info, kind);
    return strcmp(kind, "saved") ? results : json_object_get(results, "results");
}

/* The epoch of a best result; 0: the kind has none. */
static long long epoch_of(const run_record *r, const char *kind, const char *name) {
    const json_t *value = json_object_get(results_of(r, kind), name);
    return json_is_object(value) ? json_integer_value(json_object_get(value, "epoch")) : 0;
}

static double result_of(const run_record *r, const char *kind, const char *name) {
    const json_t *value = json_object_get(results_of(r, kind), name);
    if (json_is_object(value)) value = json_object_get(value, "value");
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool any_has(const run_list *l, const char *kind, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (!isnan(result_of(&l->at[i], kind, name))) return true;
    return false;
}

/* Calls for every result that some run has, each once, in the order of the runs. */
static void each_result(const run_list *l, const char *kind,
                        void (*show)(const run_list *l, const char *kind, const char *name,
                                     void *user),
                        void *user) {
    json_t *seen = json_object(), *value;
    const char *name;
    for (size_t i = 0; i < l->count; i++)
        json_object_foreach(results_of(&l->at[i], kind), name, value) {
            if (json_object_get(seen, name) || !any_has(l, kind, name)) continue;
            json_object_set_new(seen, name, json_true());
            show(l, kind, name, user);
        }
    json_decref(seen);
}

typedef struct shown {
    table table;
    language l;
} shown;

static void add_result_row(const run_list *l, const char *kind, const char *name, void *user) {
    shown *s = user;
    table *t = &s->table;
    label word = !strcmp(kind, "best") ? WORD_BEST : !strcmp(kind, "test") ? WORD_TEST : WORD_SAVED;
    table_add(t, "%s %s", word_in(s->l, word), name);
    for (size_t i = 0; i < l->count; i++) {
        double value = result_of(&l->at[i], kind, name);
        long long epoch = epoch_of(&l->at[i], kind, name);
        if (isnan(value)) table_add(t, "–");
        else if (epoch) table_add(t, "%.5g (%s %lld)", value, word_in(s->l, WORD_EPOCH), epoch);
        else table_add(t, "%.5g", value);
    }
}

static void add_saved_epochs(const run_list *l, shown *s) {
    table *t = &s->table;
    table_add(t, "%s", word_in(s->l, WORD_SAVED_EPOCH));
    for (size_t i = 0; i < l->count; i++) {
        const json_t *saved = json_object_get(l->at[i].info, "saved");
        json_int_t epoch = json_integer_value(json_object_get(saved, "epoch"));
        if (epoch) table_add(t, "%lld", (long long)epoch);
        else table_add(t, "–");
    }
}

static void print_comparison(const run_list *l, const comparison *c, language lang) {
    shown s = {.table = {.columns = (int)l->count + 1}, .l = lang};
    table *t = &s.table;
    table_add(t, "%s", lang == CHINESE ? word_in(lang, WORD_SETTING) : " ");
    for (size_t i = 0; i < l->count; i++) table_add(t, "%s", l->at[i].folder);
    for (size_t at = 0; at < c->count; at++) {
        if (!differs(c, at)) continue;
        table_add(t, "%s", c->paths[at]);
        for (size_t i = 0; i < c->runs; i++) {
            const char *value = c->values[at * c->runs + i];
            table_add(t, "%.*s", (int)text_fitting(value ? value : "–", 40), value ? value : "–");
        }
    }
    add_saved_epochs(l, &s);
    each_result(l, "saved", add_result_row, &s);
    each_result(l, "best", add_result_row, &s);
    each_result(l, "test", add_result_row, &s);
    table_print(t, stdout);
}

static void add_result_json(const run_list *l, const char *kind, const char *name, void *user) {
    json_t *row = json_array();
    for (size_t i = 0; i < l->count; i++)
        json_array_append_new(row, real_json(result_of(&l->at[i], kind, name)));
    json_object_set_new(user, name, row);
}

static json_t *comparison_json(const run_list *l, const comparison *c) {
    json_t *names = json_array(), *settings = json_object(), *best = json_object(),
           *test = json_object(), *saved = json_object();
    for (size_t i = 0; i < l->count; i++)
        json_array_append_new(names, json_string(l->at[i].folder));
    for (size_t at = 0; at < c->count; at++) {
        if (!differs(c, at)) continue;
        json_t *row = json_array();
        for (size_t i = 0; i < c->runs; i++) {
            const char *value = c->values[at * c->runs + i];
            json_array_append_new(row, value ? json_string(value) : json_null());
        }
        json_object_set_new(settings, c->paths[at], row);
    }
    each_result(l, "best", add_result_json, best);
    each_result(l, "test", add_result_json, test);
    each_result(l, "saved", add_result_json, saved);
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "runs", names, "settings", settings, "best", best,
                     "test", test, "saved", saved);
}

static mica_status draw(const runs_options *o, const run_list *l, mica_error *err) {
    strbuf svg = {0};
    mica_status status = run_curves(l->at, (int)l->count, language_of(&o->common), &svg, err);
    if (status == MICA_OK) status = file_replace(o->output, svg.data, svg.length, err);
    strbuf_free(&svg);
    return status;
}

static mica_status compare(const runs_options *o, run_list *l, mica_error *err) {
    comparison c;
    for (int i = 1; i < o->common.arguments; i++) TRY(list_add(l, o->common.argument[i], err));
    collect(&c, l);
    if (!c.failed && o->common.json) print_json(comparison_json(l, &c));
    else if (!c.failed) print_comparison(l, &c, language_of(&o->common));
    mica_status status = c.failed ? fail_memory(err, c.count, "a comparison") : MICA_OK;
    comparison_free(&c);
    return status == MICA_OK && o->output ? draw(o, l, err) : status;
}

/* ---- the command ---- */

static const char *word(size_t i) {
    static const char *const words[] = {"list", "compare"};
    return i < LENGTH(words) ? words[i] : NULL;
}

static int run(void *data) {
    const runs_options *o = data;
    run_list l = {0};
    mica_error err = {0};
    const char *verb = o->common.argument[0];
    bool comparing = !strcmp(verb, "compare");
    if (!comparing && strcmp(verb, "list"))
        return wrong_usage(&command_runs, "expected list or compare, not '%s'", verb);
    if (comparing && o->common.arguments < 3)
        return wrong_usage(&command_runs, "compare needs two runs or more");
    if (!comparing && (o->output || o->common.arguments > 2))
        return wrong_usage(&command_runs, "list takes one folder and no --output");
    mica_status status = comparing ? compare(o, &l, &err) : list(o, &l, &err);
    list_free(&l);
    return status == MICA_OK ? EXIT_DONE : report(&o->common, &err);
}

const command command_runs = {
    "runs",
    "list [FOLDER] | compare RUN RUN …",
    "the trainings of a folder; several side by side",
    options,
    sizeof(runs_options),
    1,
    -1,
    run,
    "A RUN is the folder OUTPUT.run that mica train writes, or OUTPUT itself. compare shows the\n"
    "settings that differ, and the best result of every kind.\n",
    word};
