/* See names.h. */
#include "serve/names.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The first that is not below. */
static size_t place_of(const name_list *l, const char *model, const char *alias) {
    size_t low = 0, high = l->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int by_model = strcmp(l->at[middle].model, model);
        if (by_model < 0 || (!by_model && strcmp(l->at[middle].alias, alias) < 0)) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool is_of(const name_list *l, size_t i, const char *model) {
    return i < l->count && !strcmp(l->at[i].model, model);
}

const char *names_find(const name_list *l, const char *model, const char *alias) {
    const size_t i = place_of(l, model, alias);
    return is_of(l, i, model) && !strcmp(l->at[i].alias, alias) ? l->at[i].version : NULL;
}

static bool make(const char *model, const char *alias, const char *version, named_version *out) {
    const size_t a = strlen(model) + 1, b = strlen(alias) + 1, c = strlen(version) + 1;
    char *block = malloc(a + b + c);
    if (!block) return false;
    memcpy(block, model, a);
    memcpy(block + a, alias, b);
    memcpy(block + a + b, version, c);
    *out = (named_version){block, block + a, block + a + b};
    return true;
}

static void put(name_list *l, named_version n) {
    const size_t i = place_of(l, n.model, n.alias);
    if (is_of(l, i, n.model) && !strcmp(l->at[i].alias, n.alias)) {
        free(l->at[i].model);
        l->at[i] = n;
        return;
    }
    memmove(l->at + i + 1, l->at + i, (l->count++ - i) * sizeof *l->at);
    l->at[i] = n;
}

bool names_set(name_list *l, const char *model, const char *alias, const char *version) {
    named_version n;
    if (!grow(&l->at, &l->room, l->count + 1, sizeof *l->at)) return false;
    if (!make(model, alias, version, &n)) return false;
    put(l, n);
    return true;
}

bool names_replace(name_list *l, const char *model, const version_name *names, int count) {
    named_version *made = allocate((size_t)count + 1, sizeof *made);
    int whole = 0;
    bool room = made && grow(&l->at, &l->room, l->count + (size_t)count, sizeof *l->at);
    while (room && whole < count &&
           make(model, names[whole].alias, names[whole].version, &made[whole]))
        whole++;
    room = room && whole == count;
    if (room) names_drop(l, model, NULL);
    for (int i = 0; i < whole; i++) {
        if (room) put(l, made[i]);
        else free(made[i].model);
    }
    free(made);
    return room;
}

void names_drop(name_list *l, const char *model, const char *version) {
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (is_of(l, i, model) && (!version || !strcmp(l->at[i].version, version)))
            free(l->at[i].model);
        else l->at[kept++] = l->at[i];
    }
    l->count = kept;
}

void names_free(name_list *l) {
    for (size_t i = 0; i < l->count; i++) free(l->at[i].model);
    free(l->at);
    *l = (name_list){0};
}
