/* See change.h. */
#include "store/change.h"

#include "store/edit.h"

#include <string.h>

static mica_status begin(const change_of *c, edit *e, mica_error *err) {
    return edit_begin(c->ctx, c->repository, c->name, c->by, false, e, err);
}

/* ---- aliases ---- */

static mica_status fail_no_alias(const edit *e, const char *alias, mica_error *err) {
    return fail(err, MICA_NAME, "model \"%s\" has no alias \"%s\"", e->model.name, alias);
}

static mica_status choose(const edit *e, const char *alias, const char *version, int64_t *now,
                          mica_error *err) {
    stored_version *v = NULL;
    *now = 0;
    if (!version)
        return index_alias(&e->model.index, alias) ? MICA_OK : fail_no_alias(e, alias, err);
    TRY(stored_find(&e->model, version, &v, err));
    if (v->retired)
        return fail(err, MICA_VALUE,
                    "version %lld of model \"%s\" is retired; mica models retire --restore takes "
                    "that back",
                    (long long)v->number, e->model.name);
    *now = v->number;
    return MICA_OK;
}

mica_status store_alias(const change_of *c, const char *alias, const char *version, int64_t *now,
                        int64_t *before, mica_error *err) {
    edit e;
    TRY(check_alias(alias, err));
    TRY(begin(c, &e, err));
    const stored_alias *old = index_alias(&e.model.index, alias);
    *before = old ? old->version : 0;
    mica_status status = choose(&e, alias, version, now, err);
    if (status == MICA_OK)
        status = edit_set_alias(&e, version ? "alias" : "unalias", alias, *now, err);
    return edit_end(&e, status, err);
}

/* ---- back ---- */

static mica_status go_back(edit *e, int64_t *now, int *skipped, mica_error *err) {
    model_index *x = &e->model.index;
    const stored_alias *champion = index_alias(x, CHAMPION);
    const int64_t is = champion ? champion->version : 0;
    *skipped = 0;
    while (x->befores) {
        const int64_t number = x->before[--x->befores];
        const stored_version *v = index_version(x, number);
        if (number == is) continue;
        *now = number;
        if (v && stored_lives(v)) return edit_set_alias(e, "rollback", CHAMPION, number, err);
        (*skipped)++;
    }
    return fail(err, MICA_STATE, "model \"%s\" had no champion before%s", e->model.name,
                *skipped ? " that is still there" : "");
}

mica_status store_rollback(const change_of *c, int64_t *now, int64_t *before, int *skipped,
                           mica_error *err) {
    edit e;
    TRY(begin(c, &e, err));
    const stored_alias *champion = index_alias(&e.model.index, CHAMPION);
    *before = champion ? champion->version : 0;
    return edit_end(&e, go_back(&e, now, skipped, err), err);
}

/* ---- retiring ---- */

/* Aliases that stand for it go; the list shrinks under the loop. */
static mica_status drop_aliases(edit *e, int64_t number, mica_error *err) {
    const model_index *x = &e->model.index;
    for (size_t i = x->aliases; i--;)
        if (x->alias[i].version == number)
            TRY(edit_set_alias(e, "unalias", x->alias[i].name, 0, err));
    return MICA_OK;
}

static mica_status retire(edit *e, const char *version, retire_how how, int64_t *number,
                          mica_error *err) {
    static const char *const notes[] = {"retire", "delete", "restore"};
    const stored_alias *champion = index_alias(&e->model.index, CHAMPION);
    stored_version *v;
    TRY(stored_find(&e->model, version, &v, err));
    *number = v->number;
    if (how == RETIRE_RESTORE && !v->retired)
        return fail(err, MICA_STATE, "version %lld of model \"%s\" is not retired",
                    (long long)v->number, e->model.name);
    if (how != RETIRE_RESTORE && champion && champion->version == v->number)
        return fail(err, MICA_STATE,
                    "version %lld of model \"%s\" is its champion: make another one champion first",
                    (long long)v->number, e->model.name);
    TRY(drop_aliases(e, v->number, err));
    v->retired = how != RETIRE_RESTORE;
    v->deleted = how == RETIRE_DELETE;
    return edit_note(e, notes[how], v->number, err);
}

mica_status store_retire(const change_of *c, const char *version, retire_how how, int64_t *number,
                         mica_error *err) {
    edit e;
    TRY(begin(c, &e, err));
    mica_status status = retire(&e, version, how, number, err);
    /* The files go when nobody is told of them any more. */
    if (status == MICA_OK) status = edit_write(&e, err);
    if (status == MICA_OK && how == RETIRE_DELETE) status = edit_clear_deleted(&e, err);
    edit_give_back(&e);
    return status;
}
