/* See model_index.h. */
#include "store/model_index.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void index_clear(model_index *x) {
    arena_free(&x->texts);
    free(x->version);
    free(x->alias);
    free(x->before);
    free(x->change);
    *x = (model_index){0};
}

/* ---- versions ---- */

/* The first whose number is not below. */
static size_t place_of(const model_index *x, int64_t number) {
    size_t low = 0, high = x->versions;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (x->version[middle].number < number) low = middle + 1;
        else high = middle;
    }
    return low;
}

stored_version *index_version(const model_index *x, int64_t number) {
    const size_t i = place_of(x, number);
    return i < x->versions && x->version[i].number == number ? &x->version[i] : NULL;
}

stored_version *index_add_version(model_index *x, int64_t number) {
    const size_t i = place_of(x, number);
    if (!grow(&x->version, &x->version_room, x->versions + 1, sizeof *x->version)) return NULL;
    memmove(x->version + i + 1, x->version + i, (x->versions++ - i) * sizeof *x->version);
    x->version[i] = (stored_version){.number = number, .file = "", .published = "", .by = ""};
    return &x->version[i];
}

/* ---- aliases ---- */

stored_alias *index_alias(const model_index *x, const char *name) {
    for (size_t i = 0; i < x->aliases; i++)
        if (!strcmp(x->alias[i].name, name)) return &x->alias[i];
    return NULL;
}

static void remove_alias(model_index *x, stored_alias *a) {
    const size_t i = (size_t)(a - x->alias);
    memmove(a, a + 1, (--x->aliases - i) * sizeof *a);
}

bool index_set_alias(model_index *x, const char *name, int64_t version) {
    stored_alias *a = index_alias(x, name);
    if (!version) {
        if (a) remove_alias(x, a);
        return true;
    }
    if (!a) {
        size_t i = 0;
        const char *own = arena_text(&x->texts, name);
        if (!own || !grow(&x->alias, &x->alias_room, x->aliases + 1, sizeof *x->alias))
            return false;
        while (i < x->aliases && strcmp(x->alias[i].name, name) < 0) i++;
        a = x->alias + i;
        memmove(a + 1, a, (x->aliases++ - i) * sizeof *a);
        a->name = own;
    }
    a->version = version;
    return true;
}

bool index_push_before(model_index *x, int64_t version) {
    if (!grow(&x->before, &x->before_room, x->befores + 1, sizeof *x->before)) return false;
    x->before[x->befores++] = version;
    return true;
}

/* ---- changes ---- */

void index_time(char out[32]) { utc_text(clock_day_us(), 0, out); }

bool index_add_change(model_index *x, const stored_change *c) {
    char now[32];
    stored_change own = *c;
    const char **texts[] = {&own.at, &own.by, &own.what, &own.alias};
    if (!own.at) {
        index_time(now);
        own.at = now;
    }
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (*texts[i] && !(*texts[i] = arena_text(&x->texts, *texts[i]))) return false;
    if (!grow(&x->change, &x->change_room, x->changes + 1, sizeof *x->change)) return false;
    if (x->changes == MOST_CHANGES)
        memmove(x->change, x->change + 1, --x->changes * sizeof *x->change);
    x->change[x->changes++] = own;
    return true;
}

/* ---- names ---- */

static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static bool is_plain(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool alias_fits(const char *name) {
    if (!is_letter(*name) && *name != '_') return false;
    for (const char *at = name; *at; at++)
        if (!is_plain(*at)) return false;
    return strlen(name) < ALIAS_ROOM;
}

mica_status check_alias(const char *name, mica_error *err) {
    if (alias_fits(name)) return MICA_OK;
    return fail(err, MICA_VALUE,
                "\"%.80s\" cannot be an alias: expected a letter or _, then letters, digits, _ . "
                "and -, at most %d",
                name, ALIAS_ROOM - 1);
}

bool version_file_fits(const char *name) {
    const size_t length = strlen(name);
    if (strncmp(name, "model.", 6) || length < 7 || length > 64) return false;
    for (const char *at = name; *at; at++)
        if (!is_plain(*at)) return false;
    return strcmp(name + length - 5, ".part") != 0;
}
