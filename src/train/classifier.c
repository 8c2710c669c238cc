/* See classifier.h. */
#include "train/classifier.h"

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
