/* mica card: what a saved model knows of itself. */
#include "cli/cli.h"

#include "model/model.h"

#include <stdlib.h>

typedef struct card_options {
    common_options common;
} card_options;

static const option options[] = {COMMON_OPTIONS(card_options), END_OF_OPTIONS};

static mica_status card(mica_context *ctx, const card_options *o, mica_error *err) {
    mica_model *m = NULL;
    TRY(mica_model_load(ctx, o->common.argument[0], &m, err));
    if (o->common.json) {
        print_json(m->card ? json_incref(m->card) : json_object());
        return MICA_OK;
    }
    if (!m->card) {
        printf("%s has no card: it was not trained with mica\n", o->common.argument[0]);
        return MICA_OK;
    }
    char *text = json_dumps(m->card, JSON_INDENT(2) | JSON_REAL_PRECISION(7));
    if (!text) return fail_memory(err, 1, "the card");
    puts(text);
    free(text);
    return MICA_OK;
}

static int run(void *data) {
    const card_options *o = data;
    mica_error err = {0};
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = card(ctx, o, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_card = {"card",
                              "MODEL",
                              "classes, inputs, recipe, data, metrics that a model carries",
                              options,
                              sizeof(card_options),
                              1,
                              1,
                              run,
                              NULL};
