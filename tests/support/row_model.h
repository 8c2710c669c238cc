/* A small model with the card of one that was trained on a table, and its contract. */
#ifndef SUPPORT_ROW_MODEL_H
#define SUPPORT_ROW_MODEL_H

#include "format/card.h"
#include "serve/contract.h"

#include <stdlib.h>

typedef struct row_model {
    mica_context *ctx;
    mica_model *m;
    arena texts;
    contract contract;
    struct preparation *preparation;
} row_model;

#define ROW_MODEL_VECTOR                                                                           \
    "{\"input\": [5], \"layers\": [{\"Dense\": {\"units\": 2, \"activation\": \"softmax\"}}]}"
#define ROW_MODEL_TABLE                                                                            \
    "{\"columns\": [{\"name\": \"size\", \"type\": \"number\", \"fill\": 2.5},"                    \
    " {\"name\": \"when\", \"type\": \"date\"}, {\"name\": \"when.hour\", \"type\": "              \
    "\"date_part\","                                                                               \
    " \"fill\": 7}, {\"name\": \"color\", \"type\": \"category\", \"categories\": [\"3\", \"NA\"," \
    " \"True\", \"bl\\u00fce\"], \"fill\": \"3\"}, {\"name\": \"n\", \"type\": \"number\"}],"      \
    " \"target\": {\"name\": \"label\", \"type\": \"class\", \"classes\": [\"a\", \"b\"]}}"

/* NULL table: none. Ends the program where it fails. */
static inline void row_model_open(row_model *r, const char *config, const char *table) {
    mica_error err = {0};
    *r = (row_model){.ctx = mica_open(NULL)};
    json_t *tree = json_loads(config, 0, NULL);
    mica_status status = model_from_config(r->ctx, tree, "model", &r->m, &err);
    json_decref(tree);
    if (status == MICA_OK && table)
        status = card_set(r->m, "table", json_loads(table, 0, NULL), &err);
    if (status == MICA_OK) status = card_set(r->m, "classes", json_pack("[s, s]", "a", "b"), &err);
    if (status == MICA_OK) status = contract_of(r->m, "model", "1", &r->texts, &r->contract, &err);
    if (status == MICA_OK) status = preparation_new(r->m, &r->preparation, &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message), abort();
    r->contract.preparation = r->preparation;
}

static inline void row_model_close(row_model *r) {
    preparation_free(r->preparation);
    arena_free(&r->texts);
    mica_close(&r->ctx);
}

#endif
