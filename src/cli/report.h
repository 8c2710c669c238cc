/* What a classifier does with each class: precision, recall, F1, support, confusion matrix. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"

typedef struct class_report {
    int64_t classes;
    int64_t *counts; /* classes x classes: of true class i taken for class j */
    char **names;    /* of the classes; freed with it */
} class_report;

/* Predicts all of data. Errors: VALUE for a model that is no classifier with one output. */
mica_status report_make(mica_model *model, mica_dataset *data, int64_t batch_size,
                        class_report *out, mica_error *err);
json_t *report_json(const class_report *r);
void report_print(const class_report *r, FILE *out);
void report_free(class_report *r);

#endif
