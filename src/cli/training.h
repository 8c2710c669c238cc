/* What `mica train` works on, between its files. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "cli/cli.h"
#include "cli/recipe.h"
#include "model/model.h"

typedef struct train_options {
    common_options common;
    const char *model, *data, *validation_data, *optimizer, *loss, *output;
    int64_t epochs, batch_size, seed;
    double validation_split, learning_rate;
    bool no_shuffle, resume, check, no_run_folder;
    option_texts set;
} train_options;

#define MOST_CALLBACKS 11 /* fit takes 16; the command has four of its own */

typedef struct training {
    const train_options *o;
    recipe recipe;
    char *checkpoint; /* in the recipe's arena */
    mica_context *ctx;
    mica_model *model;
    mica_dataset *train, *validation, *test;
    mica_dataset *whole;      /* the training data as loaded */
    int64_t whole_rows;       /* of them, with those that a table's source set aside */
    mica_dataset *drawn_from; /* what of it is trained on, before resampling */
    int64_t broken_told;      /* of the training data, when they were loaded */
    double *class_weights;
    int class_weight_count;
    const mica_callback *callbacks[MOST_CALLBACKS]; /* that the recipe asks for; the context's */
    int callback_count;
    mica_history history;
    int saved_epoch; /* whose weights the model has at the end, from 1; 0: no epoch was made */
    mica_results evaluated;
    double first_step;   /* seconds from exec to the end of the first step */
    double step_seconds; /* of --check: the last step alone */
    double trained;      /* seconds that the steps of whole epochs took; */
    double waited;       /* of them without a batch */
    int64_t steps;       /* of an epoch */
    int64_t predicted_bytes;
} training;

/* ---- training_setup.c: from the recipe and the options ---- */

/* The recipe with what the options say instead, and the paths that follow from it. */
mica_status read_settings(training *t, mica_error *err);
/* Data, model, compile settings. */
mica_status set_up(training *t, mica_error *err);
/* Data and model alone. */
mica_status set_up_parts(training *t, mica_error *err);

/* Entry i of data.augment as fit takes it, a text that lives as long as the recipe; NULL: without
 * memory. */
const char *augment_text(training *t, size_t i);

/* training_data.c: loaded, split and resampled. */
mica_status load_all_data(training *t, mica_error *err);

/* training_sources.c: the rows that are trained on, of sources that take turns as data.interleave
 * or data.sample says. */
mica_status mix_sources(training *t, mica_error *err);

/* Slots that the optimizer will keep for a weight, of the weight's size. */
int slots_wanted(const mica_optimizer *o);

/* ---- training_limits.c: what is checked before the first epoch ---- */

/* The output's format is known, its folder is there and may be written. */
mica_status check_output(const char *path, mica_error *err);
/* Compiles the step; memory for it, and disk space for output and checkpoint, are there. */
mica_status check_limits(training *t, mica_error *err);

/* ---- training_callbacks.c ---- */

/* Makes and checks the callbacks of the recipe; --check ends here for them. */
mica_status make_callbacks(training *t, mica_error *err);
/* After fit: whether early_stopping ended it; t->saved_epoch. */
bool stopped_early(training *t);

/* ---- training_recipe.c ---- */

/* The recipe with all that options said instead; its paths are as seen from `folder`, so that
 * `mica train folder/recipe.json` runs it again. */
json_t *recipe_as_run(const training *t, const char *folder);

/* A SPEC as seen from the folder; it keeps its kind: "idx:../data". NULL without memory. */
json_t *spec_from(const char *folder, const char *spec);

/* ---- training_classes.c: whether the classes of the data can be told apart ---- */

mica_status check_classes(const training *t, mica_error *err);
/* And whether the loss takes so many. */
mica_status check_loss(const training *t, mica_error *err);

/* ---- training_kept.c: the checkpoint of an earlier training ---- */

/* Says what there is (and with --resume what there is not), and keeps it aside. */
void keep_checkpoint(const training *t);
/* The new training has made an epoch, or was stopped with a checkpoint of its own. */
void forget_checkpoint(const training *t);
/* The new training failed before. */
void put_back_checkpoint(const training *t);

/* ---- training_replaced.c: the model of an earlier training ---- */

/* A warning where the output is there and is no model as this recipe makes it. */
mica_status warn_of_replaced(training *t, mica_error *err);

/* ---- training_card.c: what the saved model knows of its training ---- */

/* Forgets what an earlier training said; then what is known of this one; then what the trained
 * model has to be run for. */
void clear_card(training *t);
/* Classes, inputs, columns: the contract alone. */
mica_status put_contract(training *t, mica_error *err);
mica_status fill_card(training *t, mica_error *err);
mica_status complete_card(training *t, mica_error *err);

#endif
