/* What `mica data preview` shows: the data of a SPEC, or of a recipe with all that its training
 * does to a batch before a network learns from it. */
#ifndef CLI_PREVIEW_DATA_H
#define CLI_PREVIEW_DATA_H

#include "cli/data_pictures.h"
#include "cli/preview_layers.h"
#include "cli/training.h"

typedef struct preview_options {
    common_options common;
    sample_options samples;
    option_texts augment, set;
    int64_t batch_size, seed;
    bool no_shuffle;
    const char *output;
} preview_options;

typedef struct preview_data {
    const preview_options *o;
    bool of_recipe;
    train_options train_options; /* of a recipe: */
    training training;
    mica_context *ctx;
    mica_dataset *data;
    leading_layers layers;
    mixing mixing;
    const char *mixed[MAX_MIXES]; /* names of what mixes */
    preprocess_mode mode;
    batches batches;
    bool open;
} preview_data;

/* Whether the argument is a recipe: a name that ends in .json. */
bool is_recipe(const char *argument);
/* Settings and context come first: the recipe says the seed. Close it also after a failure. */
mica_status preview_open(preview_data *p, mica_error *err);
void preview_close(preview_data *p);
/* The batch that the first step of the training takes. */
mica_status preview_first(preview_data *p, int64_t *rows, mica_error *err);
/* "RandomFlip, MixUp"; "" where nothing is changed. */
void preview_names(const preview_data *p, strbuf *out);

#endif
