/* Features of a table whose columns of one kind are one input: one Normalization for thousands of
 * columns, and of categories one CategoryEncoding, whose multi_hot of numbers that no two columns
 * share are the columns' one-hot codes beside each other (data/tabular.h). The same network as by
 * single columns, with as many inputs as there are kinds. */
#include "data/dataset.h"
#include "model/feature_space.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

/* ---- which features are a group ---- */

/* The group of that kind and these options, made where it is not there: "float_rescaled",
 * "float_rescaled_1", … NULL: no memory. */
static json_t *group_for(json_t *groups, const feature_kind *kind, const json_t *value) {
    char name[64];
    for (int n = 0;; n++) {
        snprintf(name, sizeof name, n ? "%s_%d" : "%s", kind->name, n);
        json_t *group = json_object_get(groups, name);
        if (group && json_equal(json_object_get(group, "kind"), value)) return group;
        if (group) continue;
        group = json_pack("{s:s, s:O, s:[]}", "type", kind->group, "kind", value, "columns");
        if (group) json_object_set_new(groups, name, group);
        return group;
    }
}

static mica_status add_to_group(json_t *groups, const char *name, const json_t *value,
                                const char *place, mica_error *err) {
    const feature_kind *kind;
    const json_t *given;
    TRY(feature_kind_read(value, place, &kind, &given, err));
    if (!kind->group)
        return fail(err, MICA_VALUE,
                    "%s: %s is of a single column, expected of grouped inputs a float, "
                    "float_rescaled, float_normalized, integer_categorical or string_categorical",
                    place, kind->name);
    if (!strcmp(kind->group, "category") && json_object_size(given))
        return fail(err, MICA_VALUE, "%s: %s of grouped inputs takes no options", place,
                    kind->name);
    json_t *group = group_for(groups, kind, value);
    return group && !json_array_append_new(json_object_get(group, "columns"), json_string(name))
               ? MICA_OK
               : fail_no_memory(err, place);
}

mica_status feature_groups(const json_t *features, const char *file, json_t **out,
                           mica_error *err) {
    char place[MAX_PLACE];
    const char *name;
    json_t *value;
    mica_status status = MICA_OK;
    *out = json_object();
    json_object_foreach((json_t *)features, name, value) {
        snprintf(place, sizeof place, "%s: model.features.%s", file, name);
        if (status == MICA_OK) status = add_to_group(*out, name, value, place, err);
    }
    if (status == MICA_OK) return MICA_OK;
    json_decref(*out);
    *out = NULL;
    return status;
}

/* ---- the model ---- */

/* The table of the data's preparation: the caller decrefs. NULL: there is none. */
static json_t *table_of(const mica_model *m) {
    const char *text = m->adapts_to ? mica_dataset_preparation(m->adapts_to) : NULL;
    json_t *tree = text ? json_loads(text, 0, NULL) : NULL,
           *table = json_incref(json_object_get(tree, "table"));
    json_decref(tree);
    return table;
}

bool feature_groups_are_fed(const mica_model *m) {
    json_t *table = table_of(m);
    const char *inputs = config_member(table, "inputs");
    const bool grouped = inputs && !strcmp(inputs, "grouped");
    json_decref(table);
    return grouped;
}

/* `fed`: what the data say of the group; `group`: what the features do. */
static mica_status add_group(feature_space *s, const json_t *fed, const json_t *group,
                             mica_error *err) {
    char place[MAX_PLACE];
    const feature_kind *kind;
    const json_t *given;
    json_t *config = NULL;
    reference r;
    const char *name = config_member(fed, "name"), *class_name;
    snprintf(place, sizeof place, "%s: features of the input %s", s->file, name);
    if (!group) return fail(err, MICA_NAME, "%s: the model has none", place);
    TRY(feature_kind_read(json_object_get(group, "kind"), place, &kind, &given, err));
    const bool tokens = !strcmp(kind->group, "category");
    class_name = tokens ? "CategoryEncoding" : kind->class_name;
    const feature_input in = {tokens ? "int64" : kind->dtype,
                              json_integer_value(json_object_get(fed, "columns"))};
    TRY(feature_add_input(s, name, &in, place, &r, err));
    if (tokens)
        config = json_pack("{s:O, s:s}", "num_tokens", json_object_get(fed, "tokens"),
                           "output_mode", "multi_hot");
    mica_status status = tokens ? MICA_OK : feature_options(kind, given, place, &config, err);
    if (status == MICA_OK && class_name)
        status = feature_add_layer(s, class_name, config, &r, 1, place, &r, err);
    json_decref(config);
    return status == MICA_OK ? feature_join(s, r, err) : status;
}

static mica_status add_all(feature_space *s, const json_t *table, const json_t *groups,
                           mica_error *err) {
    size_t i;
    json_t *fed;
    json_array_foreach(json_object_get(table, "groups"), i, fed)
        TRY(add_group(s, fed, json_object_get(groups, config_member(fed, "name")), err));
    return MICA_OK;
}

mica_status add_feature_groups(feature_space *s, const json_t *tree, mica_error *err) {
    json_t *table = table_of(s->m), *groups = NULL;
    mica_status status = json_array_size(json_object_get(tree, "crosses"))
                             ? fail(err, MICA_VALUE,
                                    "%s: model.crosses: they are of columns that are inputs of "
                                    "their own, not of grouped ones",
                                    s->file)
                             : feature_groups(json_object_get(tree, "features"), s->file, &groups,
                                              err);
    if (status == MICA_OK) status = add_all(s, table, groups, err);
    json_decref(groups);
    json_decref(table);
    return status;
}
