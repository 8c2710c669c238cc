/* How many files the classes of class folders have, and what is told of those that have none. As
 * in Keras such a folder stays a class, so that the others keep their numbers. */
#include "data/class_folder.h"

#include "base/context.h"
#include "base/strbuf.h"

#include <stdlib.h>

enum { SHOWN = 3 };

/* Of each class; free(). Labels that are given without names may be any: NULL, as without memory.
 */
static int64_t *count_files(const class_list *list) {
    int64_t *count = list->classes ? allocate((size_t)list->class_count + 1, sizeof *count) : NULL;
    for (size_t i = 0; i < list->count && count; i++) count[list->file[i].label]++;
    return count;
}

int class_filled(const class_list *list, int64_t *least) {
    int64_t *count = count_files(list);
    int filled = 0;
    *least = 0;
    if (!count) return list->class_count;
    for (int c = 0; c < list->class_count; c++) {
        if (!count[c]) continue;
        if (!filled++ || count[c] < *least) *least = count[c];
    }
    free(count);
    return filled;
}

/* "b (class 1), d (class 3), …": those with had[c] files, or any number where it is NULL, that have
 * none now; how many. */
static int name_empty(const class_list *list, const int64_t *had, const int64_t *count,
                      strbuf *names) {
    int empty = 0;
    for (int c = 0; c < list->class_count; c++) {
        if (count[c] || (had && !had[c])) continue;
        if (empty < SHOWN)
            strbuf_add(names, "%s%s (class %d)", empty ? ", " : "", list->classes[c], c);
        if (empty == SHOWN) strbuf_add(names, ", …");
        empty++;
    }
    return empty;
}

int class_name_empty(const class_list *list, strbuf *names) {
    int64_t *count = count_files(list);
    const int empty = count ? name_empty(list, NULL, count, names) : 0;
    free(count);
    return empty;
}

void class_warn_empty(const mica_dataset *d, const class_list *list) {
    strbuf names = {0};
    const int empty = class_name_empty(list, &names);
    if (empty)
        context_log(d->ctx, MICA_LOG_WARNING, "%s: no %s in class %s %s: %s", list->tree.root,
                    list->kind->what, empty == 1 ? "folder" : "folders",
                    names.data ? names.data : "",
                    empty == 1 ? "it stays a class that nobody can learn"
                               : "they stay classes that nobody can learn");
    strbuf_free(&names);
}

int64_t *class_before(const class_list *list) { return count_files(list); }

void class_warn_broken(const mica_dataset *d, const class_list *list, int64_t *before) {
    strbuf names = {0};
    int64_t *count = before ? count_files(list) : NULL;
    if (count && name_empty(list, before, count, &names))
        context_log(d->ctx, MICA_LOG_WARNING, "%s: all %s are broken of %s", list->tree.root,
                    list->kind->what, names.data ? names.data : "");
    strbuf_free(&names);
    free(count);
    free(before);
}
