/* What the readers of models from configs share: see model_from_config. */
#ifndef MODEL_FROM_CONFIG_H
#define MODEL_FROM_CONFIG_H

#include "model/application.h"

#define MAX_PLACE 512

/* "NAME: WHAT is FOUND, expected EXPECTED". */
mica_status config_wrong(mica_error *err, const char *name, const char *what, const json_t *found,
                         const char *expected);
/* The same of entry i of a list of layers. */
mica_status config_wrong_layer(mica_error *err, const char *name, const char *list, size_t i,
                               const json_t *found, const char *expected);
/* What errors call entry i of a list, in `out`. */
const char *config_place(const char *name, const char *list, size_t i, const char *class_name,
                         char out[MAX_PLACE]);
/* A layer of the model m, or a model in it; NULL after an error. */
mica_layer *read_layer(const mica_model *m, const json_t *entry, const char *class_name,
                       const json_t *config, const char *name, mica_error *err);
/* Adds the inputs of {"features": …}, and what prepares them; m's first output is what comes of
 * them. */
mica_status read_features(mica_model *m, const json_t *tree, const char *file, mica_error *err);
/* Fills m from the config of a functional model. */
mica_status read_functional(mica_model *m, const json_t *config, const char *name, mica_error *err);

#endif
