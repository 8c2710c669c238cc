/* See tally.h. */
#include "base/tally.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

tallied *tally_entry(tally *t, const char *text, size_t length) {
    uint64_t hash = hash_bytes(HASH_BEGIN, text, length);
    size_t at = 0;
    for (int i; (i = index_next(&t->by_text, hash, &at)) >= 0;)
        if (t->at[i].length == length && !memcmp(t->at[i].text, text, length)) return &t->at[i];
    char *kept = arena_take(&t->texts, length + 1);
    if (!kept || t->count >= INT_MAX || !grow(&t->at, &t->room, t->count + 1, sizeof *t->at) ||
        !index_add(&t->by_text, hash, (int)t->count))
        return NULL;
    if (length) memcpy(kept, text, length);
    kept[length] = '\0';
    t->at[t->count] = (tallied){.text = kept, .length = length};
    return &t->at[t->count++];
}

void tally_free(tally *t) {
    arena_free(&t->texts);
    free(t->at);
    index_free(&t->by_text);
    *t = (tally){0};
}

int tally_by_text(const void *a, const void *b) {
    const tallied *x = a, *y = b;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = n ? memcmp(x->text, y->text, n) : 0;
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

int tally_by_count(const void *a, const void *b) {
    const tallied *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return tally_by_text(a, b);
}
