/* mica train: data whose classes cannot be told apart, or not by this loss, are refused before an
 * epoch is spent on them. See training.h. */
#include "cli/training.h"

#include "data/class_folder.h"
#include "loss/loss.h"

#include <string.h>

mica_status check_classes(const training *t, mica_error *err) {
    const mica_dataset *d = t->train;
    const int y = dataset_column(d, COLUMN_TARGET, 0);
    int64_t fewest;
    if (y < 0 || d->rows < 1) return MICA_OK;
    if (d->files && class_filled(d->files, &fewest) < 2)
        return fail(err, MICA_VALUE,
                    "%s: the %s are of one class alone, expected files in the folders of two or "
                    "more",
                    d->origin, d->files->kind->what);
    if (!d->files && d->classes == 1)
        return fail(err, MICA_VALUE, "%s: all rows are of class %s, expected two classes or more",
                    d->origin ? d->origin : "the data", d->class_names[0]);
    return MICA_OK;
}

/* Classes of more than two have numbers, which are no amounts: an output of one number is no way to
 * tell them, and crossentropies take 0 and 1 alone there. */
mica_status check_loss(const training *t, mica_error *err) {
    const mica_dataset *d = t->train;
    const int y = dataset_column(d, COLUMN_TARGET, 0);
    const mica_loss *loss = t->model->compiled.loss[0];
    const shape *out = model_output_shape(t->model, 0);
    if (y < 0 || d->classes < 3 || !loss || loss->kind->sparse_labels || t->model->output_count > 1)
        return MICA_OK;
    if (shape_size(&d->column[y].shape) != 1 || out->rank != 2 || out->dims[1] != 1) return MICA_OK;
    const bool binary = !strncmp(loss->kind->name, "binary_", 7);
    const char *origin = d->origin ? d->origin : "the data";
    static const char cure[] = "an output of %d numbers by softmax with "
                               "sparse_categorical_crossentropy tells them apart";
    char text[160];
    snprintf(text, sizeof text, cure, d->classes);
    if (binary)
        return fail(err, MICA_VALUE, "%s: %d classes (%s, %s, %s%s), %s takes two: %s", origin,
                    d->classes, d->class_names[0], d->class_names[1], d->class_names[2],
                    d->classes > 3 ? ", …" : "", loss->kind->name, text);
    warn(&t->o->common, "%s: %d classes, whose numbers %s takes for amounts: %s", origin,
         d->classes, loss->kind->name, text);
    return MICA_OK;
}
