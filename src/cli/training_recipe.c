/* mica train: the recipe as it was run, so that it can be run again. See training.h. */
#include "cli/training.h"

#include "base/file.h"
#include "model/model.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* `path` as seen from `folder`, both there: "../data/mnist". NULL without memory. */
static char *path_from(const char *folder, const char *path) {
    char *from = realpath(folder, NULL), *to = realpath(path, NULL);
    strbuf out = {0};
    if (from && to) {
        size_t same = 0, begins = 1; /* begins: of the first part that differs */
        for (; from[same] && from[same] == to[same]; same++)
            if (from[same] == '/') begins = same + 1;
        if (!from[same] && to[same] == '/') begins = same + 1; /* `to` is within `from` */
        const char *rest = strlen(from) >= begins ? from + begins : "";
        for (; *rest; rest += strcspn(rest, "/"), rest += *rest == '/') strbuf_add(&out, "../");
        strbuf_add(&out, "%s", strlen(to) >= begins ? to + begins : "");
    } else {
        strbuf_add(&out, "%s", path);
    }
    free(from);
    free(to);
    return out.data;
}

json_t *spec_from(const char *folder, const char *spec) {
    const char *path = after_kind(spec);
    if (!path) return json_string(spec);
    char *moved = path_from(folder, path);
    json_t *text = moved ? json_sprintf("%.*s%s", (int)(path - spec), spec, moved) : NULL;
    free(moved);
    return text;
}

static json_t *from_folder(void *arg, const char *path) { return spec_from(arg, path); }

static json_t *specs_from(const char *folder, const char *spec) {
    return spec_placed(spec, from_folder, (char *)folder);
}

static json_t *preprocessing_tree(const recipe *r, const char *folder) {
    json_t *tree = json_deep_copy(r->preprocessing);
    const char *file = json_string_value(json_object_get(tree, "password_file"));
    if (file) json_object_set_new(tree, "password_file", spec_from(folder, file));
    place_joins(tree, from_folder, (char *)folder);
    return tree;
}

static json_t *data_tree(const training *t, const char *folder) {
    const recipe *r = &t->recipe;
    json_t *data = json_object();
    json_object_set_new(data, "train", specs_from(folder, r->train));
    if (r->validation) json_object_set_new(data, "validation", specs_from(folder, r->validation));
    if (r->test) json_object_set_new(data, "test", specs_from(folder, r->test));
    if (r->preprocessing) json_object_set_new(data, "preprocessing", preprocessing_tree(r, folder));
    if (r->resampling) json_object_set_new(data, "resample", json_deep_copy(r->resampling));
    if (r->augment) json_object_set_new(data, "augment", json_deep_copy(r->augment));
    recipe_put_pipeline(r, data);
    const char *cache = r->cache && strcmp(r->cache, "memory") ? recipe_path((recipe *)r, r->cache)
                                                               : r->cache;
    if (cache) json_object_set_new(data, "cache", spec_from(folder, cache));
    return data;
}

static json_t *fit_tree(const training *t) {
    const recipe *r = &t->recipe;
    json_t *given = json_object_get(r->tree, "fit"),
           *fit = json_is_object(given) ? json_deep_copy(given) : json_object();
    json_object_set_new(fit, "epochs", json_integer((json_int_t)r->epochs));
    json_object_set_new(fit, "batch_size", json_integer((json_int_t)r->batch_size));
    json_object_set_new(fit, "shuffle", json_boolean(!r->no_shuffle));
    json_object_set_new(fit, "validation_split", recipe_split_json(r));
    return fit;
}

static json_t *model_tree(const training *t, const char *folder) {
    const recipe *r = &t->recipe;
    if (t->o->model) return spec_from(folder, t->o->model);
    if (!json_is_string(r->model)) return json_deep_copy(r->model);
    const char *path = recipe_path((recipe *)r, json_string_value(r->model));
    return path ? spec_from(folder, path) : NULL;
}

json_t *recipe_as_run(const training *t, const char *folder) {
    const train_options *o = t->o;
    json_t *tree = json_object(), *compile = NULL;
    const json_t *name = json_object_get(t->recipe.tree, "name");
    /* What is stored in the model's file, with the optimizer's state, is taken from there again. */
    bool from_file = !t->recipe.compile && !o->optimizer && !o->loss &&
                     !real_given(o->learning_rate);
    if (name) json_object_set(tree, "name", (json_t *)name);
    json_object_set_new(tree, "model", model_tree(t, folder));
    json_object_set_new(tree, "data", data_tree(t, folder));
    if (!from_file && compile_config(t->model, &compile, NULL) == MICA_OK)
        json_object_set_new(tree, "compile", compile);
    json_object_set_new(tree, "fit", fit_tree(t));
    if (t->recipe.dtype_policy)
        json_object_set_new(tree, "dtype_policy", json_string(t->recipe.dtype_policy));
    json_object_set_new(tree, "seed", json_integer((json_int_t)t->recipe.seed));
    json_object_set_new(tree, "output", json_string(t->recipe.output));
    return tree;
}
