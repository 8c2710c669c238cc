/* Recipes: what `mica train` is told, as one JSON object:
 *   model    a Keras to_json config, a file (.json, .h5), or {"input": […], "layers": […]}
 *   data     {"train": SPEC, "validation": SPEC, "test": SPEC, "validation_split": F}, or a SPEC
 *   compile  Keras's compile config
 *   fit      {"epochs", "batch_size", "shuffle", "class_weight", "steps_per_epoch"}
 *   seed, output
 * Inputs are relative to the recipe, the output to the current folder. */
#ifndef CLI_RECIPE_H
#define CLI_RECIPE_H

#include "base/config.h"
#include "base/memory.h"

typedef struct recipe {
    arena arena;
    json_t *tree;
    const char *folder;     /* of the recipe; "" where there is none */
    const json_t *model, *compile, *class_weight;
    const char *train, *validation, *test, *output; /* SPECs and path; NULL: not given */
    double validation_split;
    int64_t epochs, batch_size, steps_per_epoch, seed;
    bool no_shuffle;
} recipe;

/* From a file, with `--set key.path=value` changes. An unknown key is an error that names the nearest. */
mica_status recipe_load(const char *path, const char *const *sets, int set_count, recipe *r, mica_error *err);
/* An empty one, to be filled by options. */
mica_status recipe_empty(const char *const *sets, int set_count, recipe *r, mica_error *err);
void recipe_free(recipe *r);
/* A path of the recipe, relative to its folder; kind:path keeps its kind. */
const char *recipe_path(recipe *r, const char *path);

#endif
