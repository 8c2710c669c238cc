/* Writing an index: see model_index.h. */
#include "build_config.h"
#include "base/config.h"
#include "store/model_index.h"

static void put_flag(json_t *tree, const char *key, bool value) {
    if (value) json_object_set_new(tree, key, json_true());
}

static json_t *version_tree(const stored_version *v) {
    json_t *tree = json_pack("{s:I, s:s, s:s, s:I, s:s, s:s}", "version", (json_int_t)v->number,
                             "file", v->file, "sha256", v->sha256, "bytes", (json_int_t)v->bytes,
                             "published", v->published, "by", v->by);
    put_flag(tree, "forced", v->forced);
    put_flag(tree, "retired", v->retired);
    put_flag(tree, "deleted", v->deleted);
    return tree;
}

static json_t *change_tree(const stored_change *c) {
    json_t *tree = json_pack("{s:s, s:s, s:s, s:I}", "at", c->at, "by", c->by, "what", c->what,
                             "version", (json_int_t)c->version);
    if (c->alias) json_object_set_new(tree, "alias", json_string(c->alias));
    if (c->before) json_object_set_new(tree, "before", json_integer((json_int_t)c->before));
    return tree;
}

char *index_text(const model_index *x) {
    json_t *versions = json_array(), *aliases = json_object(), *before = json_array(),
           *changes = json_array();
    bool whole = true;
    for (size_t i = 0; i < x->versions; i++)
        if (!x->version[i].found)
            whole &= !json_array_append_new(versions, version_tree(&x->version[i]));
    for (size_t i = 0; i < x->aliases; i++)
        whole &= !json_object_set_new(aliases, x->alias[i].name,
                                      json_integer((json_int_t)x->alias[i].version));
    for (size_t i = 0; i < x->befores; i++)
        whole &= !json_array_append_new(before, json_integer((json_int_t)x->before[i]));
    for (size_t i = 0; i < x->changes; i++)
        whole &= !json_array_append_new(changes, change_tree(&x->change[i]));
    json_t *tree = json_pack("{s:i, s:s, s:o, s:o, s:o, s:o}", "version", INDEX_VERSION, "mica",
                             MICA_VERSION, "versions", versions, "aliases", aliases, "before",
                             before, "changes", changes);
    char *text = tree && whole ? config_text_indented(tree) : NULL;
    json_decref(tree);
    return text;
}
