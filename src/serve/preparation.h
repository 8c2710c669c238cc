/* How rows of a table become a model's inputs: made once for a version of a model, only read
 * afterwards, by any number of threads. */
#ifndef SERVE_PREPARATION_H
#define SERVE_PREPARATION_H

#include "base/index.h"
#include "data/clean_known.h"
#include "data/tabular.h"
#include "serve/inference.h"

typedef enum cell_form { FORM_NUMBER, FORM_DATE, FORM_CATEGORY, FORM_TEXT, FORM_UNREAD } cell_form;

typedef struct row_column {
    const char *name;
    cell_form form;
    const json_t *categories;
    const cleaned_column *clean; /* as the training's were cleaned; NULL: as they are */
} row_column;

typedef struct preparation {
    arena texts;
    json_t *tree; /* {"table": …} without target and weight */
    bool of_card;
    known_cleaning cleaning;
    int columns, known; /* known: with those that training had and prediction needs not */
    row_column *column;
    const char **names; /* of all, for the nearest; ends in NULL */
    hash_index by_name;
    int feed[MAX_MODEL_INPUTS]; /* which prepared column each input is */
    mica_tabular_options options;
} preparation;

/* The number of the column of that name; -1: none. */
int preparation_column(const preparation *p, const char *name, size_t length);

#endif
