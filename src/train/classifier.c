/* See classifier.h. */
#include "train/classifier.h"

#include "format/card.h"

#include <stdlib.h>
#include <string.h>

bool is_classifier(const mica_model *m) {
    json_t *config = NULL;
    const shape *y = model_output_shape(m, 0);
    if (m->output_count != 1 || y->rank != 2) return false;
    if (compile_config(m, &config, NULL) != MICA_OK) return false;
    char *loss = config_text(json_object_get(config, "loss"));
    bool classes = loss && y->dims[1] > 1 &&
                   (strstr(loss, "categorical_") || strstr(loss, "Categorical"));
    bool two = loss && y->dims[1] == 1 &&
               (strstr(loss, "binary_crossentropy") || strstr(loss, "BinaryCrossentropy"));
    free(loss);
    json_decref(config);
    return classes || two;
}

int64_t class_of_row(const double *row, int64_t n) {
    int64_t best = 0;
    if (n == 1) return row[0] > 0.5;
    for (int64_t i = 1; i < n; i++)
        if (row[i] > row[best]) best = i;
    return best;
}

bool scores_classes(const mica_model *m) {
    const shape *s = model_output_shape(m, 0);
    if (m->output_count != 1 || s->rank != 2) return false;
    size_t named = json_array_size(card_get(m, "classes")), width = (size_t)s->dims[1];
    if (named && (named == width || (named == 2 && width == 1))) return true;
    const mica_loss *loss = m->compiled.done ? m->compiled.loss[0] : NULL;
    return loss && width > 1 &&
           (loss->kind->sparse_labels || !strcmp(loss->kind->name, "categorical_crossentropy"));
}

static int better_first(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (score_beats(x->score, y->score)) return -1;
    if (score_beats(y->score, x->score)) return 1;
    return x->class < y->class ? -1 : x->class > y->class; /* the first of equals, as argmax */
}

int64_t rank_classes(const double *row, int64_t width, ranked *out) {
    if (width == 1) {
        out[0] = (ranked){0, 1 - row[0]};
        out[1] = (ranked){1, row[0]};
    }
    for (int64_t i = 0; i < width && width > 1; i++) out[i] = (ranked){i, row[i]};
    int64_t count = width == 1 ? 2 : width;
    qsort(out, (size_t)count, sizeof *out, better_first);
    return count;
}
