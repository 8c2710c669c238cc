/* Small models in files, and repositories of a test. */
#ifndef STORE_STORE_CASE_H
#define STORE_STORE_CASE_H

#include "support/folder.h"

#include "format/card.h"
#include "mica/mica.h"
#include "store/publish.h"

typedef struct case_wish {
    int64_t inputs, units; /* (None, inputs) to (None, units) */
    const char *name;      /* of the input */
    const char *card;      /* JSON: members of the card; NULL: none */
    uint64_t seed;
} case_wish;

static inline mica_model *case_model(mica_context *ctx, const case_wish *w) {
    mica_error err = {0};
    json_t *card = NULL, *value;
    const char *key;
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(w->inputs), w->name ? w->name : "x"),
                *y = mica_apply(
                    mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = w->units, .name = "y")), x);
    mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "case");
    ASSERT_OK(mica_check(ctx, &err));
    if (w->card) ASSERT_OK(config_parse(w->card, strlen(w->card), "card", &card, &err));
    json_object_foreach(card, key, value) ASSERT_OK(card_set(m, key, json_incref(value), &err));
    json_decref(card);
    return m;
}

static inline const char *case_file(const char *name, const case_wish *w) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = w->seed));
    mica_model *m = case_model(ctx, w);
    const char *path = in_folder(name);
    ASSERT_OK(mica_model_save(m, path, &err));
    mica_close(&ctx);
    return path;
}

/* A model of that number of inputs, the same file for the same number. */
static inline const char *plain_file(int inputs) {
    char name[40];
    snprintf(name, sizeof name, "plain_%d.h5", inputs);
    const char *path = in_folder(name);
    if (!access(path, R_OK)) return path;
    return case_file(name, &(case_wish){.inputs = inputs, .units = 2, .seed = 5});
}

/* Publishes with one alias (NULL: none); the number. */
static inline int64_t publish_case(mica_context *ctx, const char *repository, const char *path,
                                   const char *alias) {
    mica_error err = {0};
    published p;
    const publish_options o = {.repository = repository,
                               .name = "m",
                               .path = path,
                               .by = "test",
                               .aliases = &alias,
                               .alias_count = alias != NULL};
    ASSERT_OK(store_publish(ctx, &o, &p, &err));
    differences_free(&p.differences);
    return p.version;
}

/* Where an alias stands; 0: there is none. */
static inline int64_t alias_of(const char *repository, const char *alias) {
    mica_error err = {0};
    stored_model m;
    ASSERT_OK(stored_open(repository, "m", &m, &err));
    const stored_alias *a = index_alias(&m.index, alias);
    const int64_t version = a ? a->version : 0;
    stored_close(&m);
    return version;
}

#endif
