/* Showing what a model predicted. */
#ifndef CLI_PREDICT_H
#define CLI_PREDICT_H

#include "cli/cli.h"
#include "model/model.h"

typedef struct prediction {
    mica_model *model;
    mica_tensor **outputs; /* of all samples */
    const char *name;      /* of the file */
    int64_t top;           /* so many classes; 0: the best one, of classifiers */
} prediction;

/* A line for each sample. */
mica_status prediction_print(const prediction *p, FILE *out, mica_error *err);
/* {"input", "row", "class", "score", "top": […], "outputs"} for each sample, on standard output. */
mica_status prediction_json(const prediction *p, mica_error *err);
/* All outputs to a .csv, .npy (of one output) or .npz file (named as their layers). */
mica_status write_outputs(mica_model *m, mica_tensor **outputs, const char *path, mica_error *err);

#endif
