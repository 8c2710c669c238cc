/* Labels that are given as a list, one for each file in the order of the list; the folders mean
 * nothing then. Source: keras.utils.image_dataset_from_directory (labels). */
#include "data/class_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool class_labels_are_given(const class_choice *c) {
    return c->labels && strcmp(c->labels, "inferred");
}

static mica_status read_labels(class_list *list, const json_t *given, mica_error *err) {
    for (size_t i = 0; i < list->count; i++) {
        const json_t *label = json_array_get(given, i);
        json_int_t n = json_integer_value(label);
        if (!json_is_integer(label) || n < 0 || n > INT32_MAX)
            return fail(err, MICA_VALUE, "%s: labels[%zu] is no whole number from 0 to %d",
                        list->tree.root, i, INT32_MAX);
        list->file[i].label = (uint32_t)n;
    }
    return MICA_OK;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Classes are the different labels; they have names where they are 0, 1, … */
static mica_status name_classes(class_list *list, arena *texts, mica_error *err) {
    const char *root = list->tree.root;
    uint32_t *labels = allocate(list->count, sizeof *labels);
    size_t count = 0;
    if (!labels) return fail_no_memory(err, root);
    for (size_t i = 0; i < list->count; i++) labels[i] = list->file[i].label;
    qsort(labels, list->count, sizeof *labels, by_number);
    for (size_t i = 0; i < list->count; i++)
        if (!count || labels[i] != labels[count - 1]) labels[count++] = labels[i];
    bool in_turn = labels[count - 1] == count - 1;
    free(labels);
    list->class_count = (int)count;
    if (!in_turn) return MICA_OK;
    list->classes = arena_take(texts, count * sizeof *list->classes);
    for (size_t i = 0; i < count && list->classes; i++) {
        char number[16];
        snprintf(number, sizeof number, "%zu", i);
        if (!(list->classes[i] = arena_text(texts, number))) list->classes = NULL;
    }
    return list->classes ? MICA_OK : fail_no_memory(err, root);
}

mica_status class_give_labels(class_list *list, arena *texts, mica_error *err) {
    const char *root = list->tree.root;
    json_t *given = json_loads(list->choice.labels, 0, NULL);
    mica_status status = MICA_OK;
    if (list->choice.class_names)
        status = fail(err, MICA_VALUE, "%s: class_names are of class folders, but labels are given",
                      root);
    else if (!json_is_array(given))
        status = fail(err, MICA_VALUE,
                      "%s: labels is %.100s, expected \"inferred\" or a list of whole numbers",
                      root, list->choice.labels);
    else if (json_array_size(given) != list->count || !list->count)
        status = fail(err, MICA_VALUE, "%s: %zu labels for %zu %s", root, json_array_size(given),
                      list->count, list->kind->what);
    if (status == MICA_OK) status = read_labels(list, given, err);
    if (status == MICA_OK) status = name_classes(list, texts, err);
    json_decref(given);
    return status;
}
