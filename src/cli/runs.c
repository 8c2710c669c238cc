/* mica runs: the run folders of a folder, and several runs side by side. */
#include "cli/run.h"
#include "cli/table.h"

#include "base/file.h"

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

static mica_status list_add(run_list *l, const char *path, mica_error *err) {
    if (!grow(&l->at, &l->room, l->count + 1, sizeof *l->at)) return fail_no_memory(err, path);
    TRY(run_read(path, &l->at[l->count], err));
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

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The results that tell most: of the test, else the best of the validation, else of training. */
static void format_results(const run_record *r, char *out, size_t room) {
    const json_t *test = json_object_get(r->info, "test"), *best = json_object_get(r->info, "best");
    const char *name, *all = json_object_size(test) ? "test " : "";
    json_t *value;
    size_t n = 0;
    out[0] = 0;
    if (*all) {
        json_object_foreach((json_t *)test, name, value) if (n < room)
            n += (size_t)snprintf(out + n, room - n, "%s%s%s %.4g", n ? ", " : "", n ? "" : all,
                                  name, json_number_value(value));
        return;
    }
    bool validated = history_find(&r->history, "val_loss") >= 0;
    json_object_foreach((json_t *)best, name, value) {
        if (validated != !strncmp(name, "val_", 4) || n >= room) continue;
        n += (size_t)snprintf(out + n, room - n, "%s%s %.4g", n ? ", " : "", name,
                              json_number_value(json_object_get(value, "value")));
    }
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

static void print_runs(const run_list *l) {
    table t = {.columns = 6, .right = "lllrrl"};
    static const char *const titles[] = {"run", "state", "begun", "epochs", "seconds", "results"};
    for (size_t i = 0; i < LENGTH(titles); i++) table_add(&t, "%s", titles[i]);
    for (size_t i = 0; i < l->count; i++) {
        const json_t *info = l->at[i].info;
        char results[400];
        format_results(&l->at[i], results, sizeof results);
        table_add(&t, "%s", l->at[i].folder);
        table_add(&t, "%s", text_at(info, "state"));
        table_add(&t, "%s", text_at(info, "started"));
        table_add(&t, "%lld", (long long)json_integer_value(json_object_get(info, "epochs")));
        table_add(&t, "%.1f", json_number_value(json_object_get(info, "seconds")));
        table_add(&t, "%s", results);
    }
    table_print(&t, stdout);
}

static mica_status list(const runs_options *o, run_list *l, mica_error *err) {
    const char *folder = o->common.arguments > 1 ? o->common.argument[1] : ".";
    TRY(find_runs(o, folder, l, err));
    if (o->common.json) return print_json(runs_json(l)), MICA_OK;
    if (!l->count) say(&o->common, "%s holds no run folder", folder);
    else print_runs(l);
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

static double result_of(const run_record *r, const char *kind, const char *name) {
    const json_t *value = json_object_get(json_object_get(r->info, kind), name);
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
        json_object_foreach(json_object_get(l->at[i].info, kind), name, value) {
            if (json_object_get(seen, name) || !any_has(l, kind, name)) continue;
            json_object_set_new(seen, name, json_true());
            show(l, kind, name, user);
        }
    json_decref(seen);
}

static void add_result_row(const run_list *l, const char *kind, const char *name, void *user) {
    table *t = user;
    table_add(t, "%s %s", kind, name);
    for (size_t i = 0; i < l->count; i++) {
        double value = result_of(&l->at[i], kind, name);
        if (isnan(value)) table_add(t, "–");
        else table_add(t, "%.5g", value);
    }
}

static void print_comparison(const run_list *l, const comparison *c) {
    table t = {.columns = (int)l->count + 1};
    table_add(&t, " ");
    for (size_t i = 0; i < l->count; i++) table_add(&t, "%s", l->at[i].folder);
    for (size_t at = 0; at < c->count; at++) {
        if (!differs(c, at)) continue;
        table_add(&t, "%s", c->paths[at]);
        for (size_t i = 0; i < c->runs; i++) {
            const char *value = c->values[at * c->runs + i];
            table_add(&t, "%.*s", (int)text_fitting(value ? value : "–", 40), value ? value : "–");
        }
    }
    each_result(l, "best", add_result_row, &t);
    each_result(l, "test", add_result_row, &t);
    table_print(&t, stdout);
}

static void add_result_json(const run_list *l, const char *kind, const char *name, void *user) {
    json_t *row = json_array();
    for (size_t i = 0; i < l->count; i++)
        json_array_append_new(row, real_json(result_of(&l->at[i], kind, name)));
    json_object_set_new(user, name, row);
}

static json_t *comparison_json(const run_list *l, const comparison *c) {
    json_t *names = json_array(), *settings = json_object(), *best = json_object(),
           *test = json_object();
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
    return json_pack("{s:o, s:o, s:o, s:o}", "runs", names, "settings", settings, "best", best,
                     "test", test);
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
    else if (!c.failed) print_comparison(l, &c);
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
