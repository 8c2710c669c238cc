/* Which column feeds which input of a model: see dataset.h. */
#include "data/dataset.h"

#include <string.h>

static int named(const mica_dataset *d, const char *name) {
    for (int i = 0; i < d->columns; i++)
        if (d->column[i].role == COLUMN_INPUT && !strcmp(d->column[i].name, name)) return i;
    return -1;
}

bool dataset_names_all(const mica_dataset *d, const char *const *names, int count) {
    for (int i = 0; i < count; i++)
        if (named(d, names[i]) < 0) return false;
    return true;
}

int dataset_input(const mica_dataset *d, const char *const *names, int count, int i) {
    return dataset_names_all(d, names, count) ? named(d, names[i])
                                              : dataset_column(d, COLUMN_INPUT, i);
}
