/* Recipes: what `mica train` is told, as one JSON object (docs/recipe.schema.json):
 *   model    a Keras to_json config, a file (.json, .h5), or {"input": […], "layers": […]}
 *   data     a SPEC, or {"train", "validation", "test": SPEC or [SPEC, …] or {"zip": [SPEC, …]},
 * "preprocessing": {…}, "validation_split": F or {"fraction": F, "stratify": B, "shuffle": B,
 * "groups": COLUMN, "time": COLUMN}, "resample": "over", "under", "smote" or {"method", "ratio",
 * "counts":
 * {"0": N}, …}, "windows": {"sequence_length": L, …} over rows that are steps of time, "augment":
 * [{"MixUp": {"alpha": 0.2}}, "CutMix"], "skip": N, "take": N (of the training data not
 * the first rows, the next ones alone), "shard": {"count", "index"} (of what is trained on every
 * count-th row: several processes share it), "cache": "memory" or the path of a file (what was
 * decoded once is kept), "interleave": {"block_length"} or "sample": {"weights": […],
 * "stop_on_empty_dataset"} (sources of a list take turns, or are drawn from)} compile  Keras's
 * compile config; {"adam": {"learning_rate": 0.01}} for
 * {"class_name", "config"} fit {"epochs", "batch_size", "shuffle", "class_weight" (or "balanced"),
 * "steps_per_epoch", "validation_split", "early_stopping": {…}, "csv_log", "checkpoint_seconds",
 * "callbacks": ["TerminateOnNaN",
 * {"class_name": "TensorBoard", "config": {…}}]} seed, output, name, run_folder (false: none is
 * written), dtype_policy ("mixed_bfloat16") Inputs are relative to the recipe, the output to the
 * current folder. */
#ifndef CLI_RECIPE_H
#define CLI_RECIPE_H

#include "base/config.h"
#include "base/memory.h"
#include "mica/mica.h"

typedef struct recipe {
    arena arena;
    json_t *tree;
    const char *name;   /* of the file, for errors */
    const char *folder; /* of the file; "" where there is none */
    const json_t *model, *compile, *class_weight, *preprocessing, *callbacks, *augment;
    const char *train, *validation, *test, *output, *csv_log, *dtype_policy; /* NULL: not given */
    double validation_split, checkpoint_seconds;
    int64_t epochs, batch_size /* 0: by the model */, steps_per_epoch, seed;
    bool no_shuffle, stops_early, no_run_folder, balanced_classes;
    bool splits_rows, stratify, no_split_shuffle; /* validation_split is an object */
    const char *split_groups, *split_time;        /* its columns; NULL: not given */
    bool has_windows;                             /* of a time series: rows are in their order */
    const json_t *resampling;                     /* NULL: rows are taken as they are */
    const char *cache;                            /* "memory", a path; NULL: nothing is kept */
    int64_t skip, take, shard_count, shard_index; /* 0: all */
    int64_t repeat, prefetch, shuffle_buffer, workers; /* 0: not asked */
    bool no_reshuffle;
    const json_t *interleave, *sample; /* how sources take turns; NULL: they follow each other */
    int64_t block_length;
    const double *sample_weights; /* NULL: the same for all */
    size_t sample_weight_count;
    bool stop_on_empty_dataset;
    mica_resample_options resample;
    mica_early_stopping_options early_stopping;
} recipe;

/* From a file (NULL: an empty one), with `--set key.path=value` changes. An unknown key is an error
 * that names the nearest. */
mica_status recipe_load(const char *path, const char *const *sets, int set_count, recipe *r,
                        mica_error *err);
void recipe_free(recipe *r);
/* {"adam": {"learning_rate": 0.1}} for {"class_name", "config"}: the value of the key, and those of
 * its list, in the long form. */
void recipe_write_out(json_t *object, const char *key);

/* ---- recipe_rows.c ---- */

mica_status recipe_read_split(recipe *r, const json_t *value, mica_error *err);
mica_status recipe_read_resample(recipe *r, const json_t *data, mica_error *err);
/* data.skip, data.take, data.shard, data.shuffle, data.repeat, data.prefetch, data.workers,
 * data.cache; and all but this as the recipe has them now, into `data`. */
mica_status recipe_read_pipeline(recipe *r, const json_t *data, mica_error *err);
void recipe_put_pipeline(const recipe *r, json_t *data);
/* data.windows becomes a part of data.preprocessing: whoever loads the data makes them. */
mica_status recipe_read_windows(recipe *r, json_t *data, mica_error *err);
/* So does data.join. */
void recipe_read_source(json_t *data);
/* Other paths for the tables that data.preprocessing joins; false: no memory. */
typedef json_t *placed_path(void *arg, const char *path);
bool place_joins(json_t *preprocessing, placed_path *place, void *arg);
/* validation_split as the recipe has it now. */
json_t *recipe_split_json(const recipe *r);

/* ---- recipe_sources.c ---- */

/* data.interleave, data.sample: how the sources of data.train take turns. */
mica_status recipe_read_sources(recipe *r, const json_t *data, mica_error *err);
/* {"zip": [SPEC, …]} as the text that is one SPEC. */
mica_status recipe_read_zip(recipe *r, const json_t *value, const char *key, const char **out,
                            mica_error *err);
/* Whether there are as many sources as they want. */
mica_status recipe_check_sources(const recipe *r, mica_error *err);

/* recipe_text.c: as people write it; free(). NULL without memory. */
char *recipe_text(const json_t *tree);

/* The path in a SPEC, after "kind:" (and "sqlite:"); NULL: it is the address of a server. */
const char *after_kind(const char *spec);
/* A list of SPECs, or a zip, as the text that is one SPEC (data/dataset.h: spec_list, spec_zip).
 * NULL without memory. */
const char *spec_text(recipe *r, const json_t *list);
/* A SPEC with another path, of a list or zip each: a text, a list of them, or a zip of this. NULL
 * without memory. */
json_t *spec_placed(const char *spec, placed_path *place, void *arg);
/* A path of the recipe, relative to its folder; kind:path keeps its kind. NULL without memory. */
const char *recipe_path(recipe *r, const char *path);

#endif
