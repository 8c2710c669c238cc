/* Labels of class folders, and what else their sources share once the files are listed: see
 * class_folder.h. */
#include "data/class_folder.h"

#include <stdlib.h>
#include <string.h>

const char *const class_label_modes[] = {"int", "categorical", "binary", "none", NULL};
const char *const class_subsets[] = {"training", "validation", NULL};

mica_status class_add_labels(mica_dataset *d, const class_list *list, mica_error *err) {
    const char *mode = list->choice.label_mode, *root = list->tree.root;
    shape y = {0, {0}};
    if (!strcmp(mode, "none")) return MICA_OK;
    if (!strcmp(mode, "binary") && list->class_count != 2)
        return fail(err, MICA_VALUE, "%s: label_mode binary needs 2 class folders, found %d", root,
                    list->class_count);
    if (!strcmp(mode, "categorical") && !list->classes)
        return fail(err, MICA_VALUE,
                    "%s: label_mode categorical wants labels 0, 1, …: there are %d different ones, "
                    "and larger numbers among them",
                    root, list->class_count);
    if (!strcmp(mode, "categorical")) y = (shape){1, {list->class_count}};
    if (!strcmp(mode, "binary")) y = (shape){1, {1}};
    dataset_add_column(d, "y", COLUMN_TARGET, strcmp(mode, "int") ? MICA_FLOAT32 : MICA_INT32, &y);
    return MICA_OK;
}

static void put_label(uint32_t label, const column *c, mica_dtype dtype, char *out) {
    int64_t each = shape_size(&c->shape);
    size_t size = mica_dtype_size(dtype);
    for (int64_t i = 0; i < each && each > 1; i++)
        dtype_store(dtype, out + (size_t)i * size, i == label);
    if (each == 1) dtype_store(dtype, out, label);
}

mica_status class_gather_labels(const mica_dataset *d, const class_list *list, int column,
                                const uint32_t *rows, int64_t count, mica_dtype dtype, void *out,
                                mica_error *err) {
    size_t row = (size_t)shape_size(&d->column[column].shape) * mica_dtype_size(dtype);
    for (int64_t i = 0; i < count; i++) {
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
        put_label(list->file[rows[i]].label, &d->column[column], dtype,
                  (char *)out + (size_t)i * row);
    }
    return MICA_OK;
}

mica_status class_digest(const class_list *list, sha256 *h, mica_error *err) {
    for (size_t i = 0; i < list->count; i++) {
        const class_file *file = &list->file[i];
        uint64_t size;
        TRY(tree_size(&list->tree, file->path, &size, err));
        sha256_add(h, file->path, strlen(file->path) + 1);
        sha256_add(h, &size, sizeof size);
        if (class_labels_are_given(&list->choice)) sha256_add(h, &file->label, sizeof file->label);
    }
    return MICA_OK;
}

static int ascending(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

json_t *class_extent(const int64_t *values, size_t n) {
    int64_t *known = allocate(n + 1, sizeof *known);
    size_t seen = 0;
    double sum = 0;
    if (!known) return NULL;
    for (size_t i = 0; i < n; i++)
        if (values[i] >= 0) sum += (double)(known[seen++] = values[i]);
    if (seen) qsort(known, seen, sizeof *known, ascending);
    json_t *out = seen ? json_pack("{s:I, s:f, s:f, s:I}", "min", (json_int_t)known[0], "mean",
                                   sum / (double)seen, "median",
                                   ((double)known[(seen - 1) / 2] + (double)known[seen / 2]) / 2,
                                   "max", (json_int_t)known[seen - 1])
                       : json_null();
    free(known);
    return out;
}

mica_status class_keep_good(mica_dataset *d, class_list *list, char **reason, mica_error *err) {
    size_t kept = 0;
    char path[4096];
    mica_status status = MICA_OK;
    int64_t *before = class_before(list);
    for (size_t i = 0; i < list->count; i++) {
        if (!reason[i]) {
            list->file[kept++] = list->file[i];
        } else if (status == MICA_OK || status == MICA_FORMAT) { /* too many: all are counted */
            tree_path(&list->tree, list->file[i].path, path);
            status = dataset_report(d, -1, path, reason[i], err);
        }
    }
    list->count = kept;
    class_warn_broken(d, list, before);
    if (status == MICA_OK && !kept)
        return fail(err, MICA_FORMAT, "%s: all of the %s are broken; %s", list->tree.root,
                    list->kind->what, mica_dataset_broken_reason(d, 0));
    return status;
}

static mica_status look_at_each(const class_list *list, class_look look, void *arg, char **reason,
                                mica_error *err) {
    file_bytes file = {0};
    size_t room = 0;
    mica_status status = MICA_OK;
    for (size_t i = 0; i < list->count && status == MICA_OK; i++) {
        char path[4096];
        mica_error why = {0};
        mica_status one = tree_read(&list->tree, list->file[i].path, &file, &room, &why);
        tree_path(&list->tree, list->file[i].path, path);
        if (one == MICA_OK) one = look(arg, i, path, &file, &why);
        if (one == MICA_OK) continue;
        if (!sample_is_broken(one)) status = fail(err, one, "%s", why.message);
        else if (!(reason[i] = strdup(why.message))) status = fail_no_memory(err, path);
    }
    free(file.data);
    return status;
}

mica_status class_look_at_all(mica_dataset *d, class_list *list, class_look look, void *arg,
                              mica_error *err) {
    size_t count = list->count;
    char **reason = allocate(count, sizeof *reason);
    if (!reason) return fail_memory(err, count * sizeof *reason, list->tree.root);
    mica_status status = look_at_each(list, look, arg, reason, err);
    if (status == MICA_OK) status = class_keep_good(d, list, reason, err);
    for (size_t i = 0; i < count; i++) free(reason[i]);
    free(reason);
    return status;
}
