/* A table whose columns of one kind are one input: which column is where. See tabular.h. */
#include "data/tabular_fit.h"
#include "transform/columns.h"

#include <math.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* ---- a preparation's inputs ---- */

static bool is_form(const json_t *table, const char *form) {
    const char *inputs = config_member(table, "inputs");
    return inputs && !strcmp(inputs, form);
}

static const json_t *group_of(const json_t *table, int input) {
    return json_array_get(json_object_get(table, "groups"), (size_t)input);
}

int tabular_inputs(const json_t *table) {
    if (is_form(table, "columns")) return (int)json_array_size(json_object_get(table, "columns"));
    return is_form(table, "grouped") ? (int)json_array_size(json_object_get(table, "groups")) : 1;
}

const char *tabular_input_name(const json_t *table, int input) {
    if (is_form(table, "columns"))
        return config_member(json_array_get(json_object_get(table, "columns"), (size_t)input),
                             "name");
    return is_form(table, "grouped") ? config_member(group_of(table, input), "name") : "x";
}

static int64_t group_width(const json_t *table, int input) {
    return json_integer_value(json_object_get(group_of(table, input), "columns"));
}

int64_t tabular_place(const json_t *table, int input, int64_t place) {
    int64_t at = place, count = (int64_t)json_array_size(json_object_get(table, "columns"));
    if (input < 0 || place < 0) return -1;
    if (is_form(table, "columns")) at = place ? -1 : input;
    if (is_form(table, "grouped")) {
        if (place >= group_width(table, input)) return -1;
        for (int k = 0; k < input; k++) at += group_width(table, k);
    }
    return at < count ? at : -1;
}

/* ---- which column is of which group ---- */

enum { NO_GROUP = -1 };

typedef struct grouping {
    const table_fitting *f;
    json_t *given; /* {NAME: {"type", "columns"}} */
    int *group;    /* of each column */
    bool *by_name; /* it was named, not matched by a pattern */
} grouping;

static bool is_category_group(const json_t *group) {
    return !strcmp(config_member(group, "type"), "category");
}

/* Of groups that nobody gave: by the columns' types. */
static mica_status group_by_type(grouping *g, mica_error *err) {
    const table_fitting *f = g->f;
    json_t *parts;
    g->given = json_pack("{s:{s:s, s:o}, s:{s:s, s:[]}}", "numbers", "type", "number", "columns",
                         parts = json_array(), "categories", "type", "category", "columns");
    if (!g->given) return fail_no_memory(err, f->name);
    for (int i = 0; i < f->t->count; i++) {
        const mica_column_type type = f->t->column[i].type;
        if (f->taken[i] || (f->o->features.count && !f->chosen[i])) continue;
        if (type == MICA_COLUMN_TEXT && !f->category[i]) return fitting_fail_text(f, i, err);
        g->group[i] = f->category[i] || type == MICA_COLUMN_CATEGORY;
    }
    for (int k = 0; k < f->o->features.count; k++) {
        const char *name = f->o->features.values[k];
        if (mica_table_find(f->t, name) < 0 && fitting_is_part(f, name))
            json_array_append_new(parts, json_string(name));
    }
    return MICA_OK;
}

/* By its own name it may be the target, too; not by a pattern. */
static mica_status take_column(grouping *g, int group, int at, mica_error *err) {
    if (g->by_name[at] && g->group[at] != group)
        return fail(err, MICA_VALUE, "%s: groups: column %s is in two of them", g->f->name,
                    g->f->t->column[at].name);
    g->group[at] = group;
    g->by_name[at] = true;
    return MICA_OK;
}

static mica_status take_pattern(grouping *g, int group, const char *pattern, mica_error *err) {
    const table_fitting *f = g->f;
    int found = 0, at;
    for (int i = 0; i < f->t->count; i++) {
        if (fnmatch(pattern, f->t->column[i].name, 0)) continue;
        found++;
        if (!f->taken[i] && g->group[i] == NO_GROUP) g->group[i] = group;
    }
    return found ? MICA_OK : tabular_find(f->t, pattern, "groups", f->name, &at, err);
}

/* Names first: they go before the patterns of any group. */
static mica_status take_names(grouping *g, bool patterns, mica_error *err) {
    const char *name;
    json_t *group, *one;
    size_t k;
    int number = 0;
    json_object_foreach(g->given, name, group) {
        json_array_foreach(json_object_get(group, "columns"), k, one) {
            const char *column = json_string_value(one);
            const int at = mica_table_find(g->f->t, column);
            if (at >= 0 && !patterns) TRY(take_column(g, number, at, err));
            else if (at < 0 && patterns && !fitting_is_part(g->f, column))
                TRY(take_pattern(g, number, column, err));
        }
        number++;
    }
    return MICA_OK;
}

static bool are_texts(const json_t *list) {
    size_t k;
    json_t *one;
    json_array_foreach((json_t *)list, k, one) {
        if (!json_is_string(one)) return false;
    }
    return json_is_array(list);
}

static mica_status read_groups(grouping *g, mica_error *err) {
    const char *text = g->f->o->groups, *name;
    json_t *group;
    TRY(config_parse(text, strlen(text), "groups", &g->given, err));
    json_object_foreach(g->given, name, group) {
        const char *type = config_member(group, "type");
        const bool known = type && (!strcmp(type, "number") || !strcmp(type, "category"));
        if (!known || !are_texts(json_object_get(group, "columns")))
            return fail(err, MICA_FORMAT,
                        "groups.%s: expected {\"type\": \"number\" or \"category\", \"columns\": "
                        "[\"…\"]}",
                        name);
    }
    TRY(take_names(g, false, err));
    return take_names(g, true, err);
}

/* ---- what is learned of them ---- */

/* What never changes tells nothing, and is divided by its deviation of nothing afterwards. */
static bool is_constant(const table_fitting *f, int column) {
    double first = NAN;
    for (int64_t i = 0; i < f->rows.count; i++) {
        const double v = tabular_number(f->t, column, f->rows.row[i]);
        if (first != first) first = v;
        if (v == v && v != first) return false;
    }
    return true;
}

typedef struct making {
    const grouping *g;
    json_t *columns, *left_out, *group; /* the preparation's */
    const char *name;                   /* the group's */
    bool categories;
    int64_t count, tokens;
} making;

/* The different numbers of a part of dates as categories: "0", "1", … */
static mica_status part_categories(const table_fitting *f, json_t *how, mica_error *err) {
    double *values = allocate((size_t)f->rows.count + 1, sizeof *values);
    json_t *list = json_array();
    json_object_set_new(how, "categories", list);
    if (!values) return fail_no_memory(err, f->name);
    mica_status status = tabular_part(f->t, how, f->rows, values, f->name, err);
    const int64_t n = drop_missing(values, f->rows.count);
    if (status == MICA_OK) status = sort_reals(values, n, err);
    for (int64_t i = 0; i < n; i++)
        if (!i || values[i] != values[i - 1])
            json_array_append_new(list, json_sprintf("%.0f", values[i]));
    free(values);
    return status;
}

static mica_status put_column(making *m, json_t *how, mica_error *err) {
    json_object_set_new(how, "input", json_string(m->name));
    json_object_set_new(how, "place", json_integer(m->count++));
    if (m->categories) {
        json_object_set_new(how, "first", json_integer(m->tokens));
        m->tokens += 1 + (int64_t)json_array_size(json_object_get(how, "categories"));
    }
    return json_array_append(m->columns, how) ? fail_no_memory(err, m->g->f->name) : MICA_OK;
}

static mica_status make_column(making *m, int at, mica_error *err) {
    const table_fitting *f = m->g->f;
    const table_column *c = &f->t->column[at];
    if (!m->categories && is_text(c->type)) return fitting_fail_text(f, at, err);
    if (!m->categories && is_constant(f, at)) {
        json_array_append_new(m->left_out, json_string(c->name));
        return MICA_OK;
    }
    json_t *how = json_pack("{s:s}", "name", c->name);
    mica_status status = m->categories ? fitting_category(f, at, how, err)
                                       : fitting_number(f, at, how, err);
    if (status == MICA_OK) status = put_column(m, how, err);
    json_decref(how);
    return status;
}

static mica_status make_part(making *m, const char *name, mica_error *err) {
    const table_fitting *f = m->g->f;
    if (mica_table_find(f->t, name) >= 0 || !fitting_is_part(f, name)) return MICA_OK;
    json_t *how = json_object();
    mica_status status = fitting_part(f, name, how, err);
    if (status == MICA_OK && m->categories) status = part_categories(f, how, err);
    if (status == MICA_OK) status = put_column(m, how, err);
    json_decref(how);
    return status;
}

/* The columns in the table's order, then parts of dates. */
static mica_status make_group(making *m, const json_t *given, int number, mica_error *err) {
    const table_fitting *f = m->g->f;
    size_t k;
    json_t *part;
    m->categories = is_category_group(given);
    m->count = m->tokens = 0;
    for (int i = 0; i < f->t->count; i++)
        if (m->g->group[i] == number) TRY(make_column(m, i, err));
    json_array_foreach(json_object_get(given, "columns"), k, part)
        TRY(make_part(m, json_string_value(part), err));
    return MICA_OK;
}

static mica_status make_groups(const grouping *g, json_t *table, mica_error *err) {
    making m = {.g = g, .columns = json_array(), .left_out = json_array()};
    json_t *groups = json_array(), *given;
    int number = 0;
    json_object_set_new(table, "groups", groups);
    json_object_set_new(table, "columns", m.columns);
    json_object_set_new(table, "left_out", m.left_out);
    json_object_foreach(g->given, m.name, given) {
        TRY(make_group(&m, given, number++, err));
        if (!m.count) continue;
        json_t *group = json_pack("{s:s, s:s, s:I}", "name", m.name, "type",
                                  config_member(given, "type"), "columns", (json_int_t)m.count);
        if (m.categories) json_object_set_new(group, "tokens", json_integer(m.tokens));
        json_array_append_new(groups, group);
    }
    if (json_array_size(groups)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: no column is left for the inputs", g->f->name);
}

mica_status fit_groups(const table_fitting *f, json_t *table, mica_error *err) {
    const size_t n = (size_t)f->t->count + 1;
    grouping g = {
        .f = f, .group = allocate(n, sizeof *g.group), .by_name = allocate(n, sizeof *g.by_name)};
    mica_status status = g.group && g.by_name ? MICA_OK : fail_no_memory(err, f->name);
    for (size_t i = 0; i < n && g.group; i++) g.group[i] = NO_GROUP;
    json_object_set_new(table, "inputs", json_string("grouped"));
    if (status == MICA_OK) status = f->o->groups ? read_groups(&g, err) : group_by_type(&g, err);
    if (status == MICA_OK) status = make_groups(&g, table, err);
    json_decref(g.given);
    free(g.group);
    free(g.by_name);
    return status;
}
