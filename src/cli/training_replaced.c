/* mica train: a model that is where this training's will go. Of the same recipe it is replaced as
 * Keras's save does it; of another one somebody may still want it, so that is said before the first
 * epoch. What tells them apart is what users of the model meet (its input contract), and its
 * layers. See training.h. */
#include "cli/training.h"

#include "base/file.h"
#include "store/differences.h"

#include <string.h>
#include <sys/stat.h>

enum { ROOM = 240 }; /* of the text that names differences: the first ones do */

static bool one_file(const char *a, const char *b) {
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The model goes on being trained: by --resume, or in its own file. */
static bool goes_on(const training *t) {
    const json_t *model = t->recipe.model;
    const char *from = t->o->model ? t->o->model : json_string_value(model);
    const char *path = from && !t->o->model ? recipe_path((recipe *)&t->recipe, from) : from;
    return t->o->resume || (path && one_file(path, t->recipe.output));
}

static bool same_layers(const mica_model *a, const mica_model *b) {
    if (a->layer_count != b->layer_count) return false;
    for (size_t i = 0; i < a->layer_count; i++)
        if (strcmp(a->layers[i]->kind->name, b->layers[i]->kind->name) != 0) return false;
    return mica_model_parameters((mica_model *)a, false) ==
           mica_model_parameters((mica_model *)b, false);
}

/* In what they differ; "": they are of one recipe. */
static mica_status difference_of(training *t, const mica_model *old, char out[ROOM],
                                 mica_error *err) {
    mica_model *m = t->model;
    difference_list list = {0};
    json_t *card = m->card ? json_deep_copy(m->card)
                           : NULL; /* the training fills it when it ends */
    mica_status status = put_contract(t, err);
    if (status == MICA_OK) status = find_differences(old, m, &list, err);
    if (status == MICA_OK) differences_text(&list, out, ROOM);
    if (status == MICA_OK && !out[0] && !same_layers(old, m))
        snprintf(out, ROOM, "other layers, with %lld parameters, expected %lld",
                 (long long)mica_model_parameters((mica_model *)old, false),
                 (long long)mica_model_parameters(m, false));
    json_decref(m->card);
    m->card = card;
    differences_free(&list);
    return status;
}

mica_status warn_of_replaced(training *t, mica_error *err) {
    const char *path = t->recipe.output;
    mica_model *old = NULL;
    mica_error why = {0};
    char text[ROOM] = "";
    if (!file_exists(path) || goes_on(t)) return MICA_OK;
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1));
    if (!ctx) return fail_no_memory(err, path);
    mica_status status = mica_model_load(ctx, path, &old, &why) == MICA_OK
                             ? difference_of(t, old, text, err)
                             : MICA_OK;
    if (status == MICA_OK && !old) snprintf(text, sizeof text, "%s", why.message);
    if (status == MICA_OK && text[0])
        warn(&t->o->common,
             "%s is there already, and is not of this recipe (%s): this training replaces "
             "it%s; \"output\" in the recipe, or --output FILE, names another file",
             path, text, t->o->check ? " (not with --check)" : "");
    mica_close(&ctx);
    return status;
}
