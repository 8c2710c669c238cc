/* mica init: which column of a table is predicted, and what is wrong with it. */
#include "cli/init_table.h"
#include "data/tabular.h"
#include "table/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_CLASSES = 1000 };

/* ---- which it is ---- */

/* Names that are given to what is predicted; the first of these goes first. */
static int find_named_target(const table_look *k) {
    static const char *const names[] = {"target", "label",    "labels", "class", "y",    "outcome",
                                        "churn",  "response", "result", "标签",  "类别", "目标"};
    for (size_t n = 0; n < LENGTH(names); n++)
        for (int c = 0; c < k->t->count; c++)
            if (!strcasecmp(k->t->column[c].name, names[n])) return c;
    return -1;
}

/* What find_classes and look_at_target refuse is no target that anybody means. */
static bool may_be_target(const table_look *k, int c) {
    const table_column *column = &k->t->column[c];
    const mica_column_summary *s = &k->s[c];
    const bool identifies = s->count >= 20 && (double)s->distinct > 0.95 * (double)s->count &&
                            is_text(column->type);
    return column->type != MICA_COLUMN_DATE && s->distinct >= 2 && !identifies &&
           !(is_text(column->type) && s->distinct > MOST_CLASSES) &&
           !init_ignores(k->i, column->name);
}

static int find_last_target(const table_look *k) {
    for (int c = k->t->count - 1; c >= 0; c--)
        if (may_be_target(k, c)) return c;
    return k->t->count - 1;
}

void init_warn_of_names(const table_look *k) {
    int numbers = 0;
    if (k->i->o->reading.no_header) return;
    for (int c = 0; c < k->t->count; c++) {
        char *end;
        const char *name = k->t->column[c].name;
        strtod(name, &end);
        numbers += end != name && !*end;
    }
    if (numbers * 2 > k->t->count)
        init_warn(k->i, NULL, "header",
                  "%d of %d names of columns are numbers: is the first row data? --no-header",
                  numbers, k->t->count);
}

mica_status init_choose_target(table_look *k, mica_error *err) {
    const init_options *o = k->i->o;
    const char *names[2] = {0};
    k->target = o->target ? mica_table_find(k->t, o->target) : find_named_target(k);
    if (!o->target && k->target < 0) k->target = find_last_target(k);
    if (k->target < 0) {
        const char **all = allocate((size_t)k->t->count + 1, sizeof *all);
        if (!all) return fail_no_memory(err, k->i->spec);
        for (int c = 0; c < k->t->count; c++) all[c] = k->t->column[c].name;
        mica_status status = fail_unknown(err, k->i->spec, "column", o->target, all);
        free(all);
        return status;
    }
    names[0] = k->t->column[k->target].name;
    if (!o->target)
        say(&o->common, "target: %s, %s (--target names another column)", names[0],
            k->target == find_named_target(k) ? "as its name says"
            : k->target == k->t->count - 1    ? "the last column"
                                              : "the last column that can be one");
    return MICA_OK;
}

/* ---- what it is ---- */

/* Of texts and booleans classes; whole numbers that are few and from 0 on too. */
static void find_classes(table_look *k) {
    const table_column *column = &k->t->column[k->target];
    const mica_column_summary *s = &k->s[k->target];
    const bool words = is_text(column->type) || column->type == MICA_COLUMN_BOOLEAN;
    k->classes = words || (column->type == MICA_COLUMN_INTEGER && s->min == 0 &&
                           s->max == (double)(s->distinct - 1) && s->distinct <= 20);
    k->class_count = s->distinct;
}

static void warn_of_imbalance(const table_look *k, int64_t rarest) {
    const mica_column_summary *s = &k->s[k->target];
    const char *name = k->t->column[k->target].name;
    if ((double)rarest * 10 * (double)s->distinct < (double)s->count * 2)
        init_warn(k->i, name, "imbalance",
                  "the rarest class has %.1f %% of the rows; fit.class_weight \"balanced\" or "
                  "data.resample weigh it up",
                  100 * (double)rarest / (double)s->count);
}

mica_status init_look_at_target(table_look *k, mica_error *err) {
    const table_column *column = &k->t->column[k->target];
    const mica_column_summary *s = &k->s[k->target];
    int64_t rarest;
    find_classes(k);
    if (s->distinct < 2)
        return fail(err, MICA_VALUE, "%s: target %s: all its cells are the same", k->i->spec,
                    column->name);
    if (k->classes && k->class_count > MOST_CLASSES)
        return fail(err, MICA_VALUE,
                    "%s: target %s: %lld different texts, expected classes or numbers: --target "
                    "names another column",
                    k->i->spec, column->name, (long long)k->class_count);
    if (column->type == MICA_COLUMN_DATE)
        return fail(err, MICA_VALUE, "%s: target %s: dates, expected classes or numbers",
                    k->i->spec, column->name);
    TRY(init_warn_of_mixed(k, k->target, err));
    if (s->missing)
        init_warn(k->i, column->name, "missing", "%lld rows lack the target and are left out",
                  (long long)s->missing);
    if (!k->classes) return MICA_OK;
    TRY(rarest_class(k->t, k->target, &rarest, err));
    warn_of_imbalance(k, rarest);
    return MICA_OK;
}
