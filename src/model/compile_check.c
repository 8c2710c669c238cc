/* Compile settings that name no output, or are for more outputs than there are, are slips: each is
 * told with what was found and what was expected. */
#include "model/model.h"

#include <string.h>

const char *model_output_name(const mica_model *m, int i) {
    return m->nodes[m->outputs[i].node].layer->name;
}

bool compile_is_single(const json_t *value) {
    return !value || json_is_null(value) || json_is_string(value) || json_is_number(value) ||
           json_object_get(value, "class_name");
}

/* The names that an object may have: of a model whose outputs are an object, its keys too. */
static void output_names(const mica_model *m, const char *names[2 * MAX_MODEL_OUTPUTS + 1]) {
    int count = 0;
    for (int i = 0; i < m->output_count; i++) {
        if (m->output_key[i]) names[count++] = m->output_key[i];
        names[count++] = model_output_name(m, i);
    }
    names[count] = NULL;
}

static mica_status fail_names(const mica_model *m, const char *key, const char *found,
                              const char *const *names, mica_error *err) {
    char place[64], list[300] = "";
    size_t n = 0;
    snprintf(place, sizeof place, "compile: %s", key);
    if (fail_unknown(err, place, "output", found, names) && strstr(err->message, "did you mean"))
        return err->code;
    for (const char *const *name = names; *name && n < sizeof list; name++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s'%s'", n ? ", " : "", *name);
    return fail(err, MICA_NAME, "compile: %s: unknown output '%s', expected %s", key, found, list);
}

static mica_status check_count(const mica_model *m, const char *key, size_t found,
                               mica_error *err) {
    if (found == (size_t)m->output_count) return MICA_OK;
    return fail(err, MICA_VALUE, "compile: %s has %zu entries, expected %d: one for each output",
                key, found, m->output_count);
}

/* A flat list of metrics is of every output; a list of lists has one for each. */
static mica_status check_list(const mica_model *m, const char *key, const json_t *list,
                              mica_error *err) {
    bool nested = !strstr(key, "metrics");
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) nested |= json_is_array(item);
    return nested ? check_count(m, key, json_array_size(list), err) : MICA_OK;
}

mica_status compile_check_outputs(const mica_model *m, const json_t *config, mica_error *err) {
    static const char *const keys[] = {"loss", "loss_weights", "metrics", "weighted_metrics"};
    const char *names[2 * MAX_MODEL_OUTPUTS + 1], *found;
    output_names(m, names);
    for (size_t k = 0; k < LENGTH(keys); k++) {
        const json_t *value = json_object_get(config, keys[k]);
        json_t *part;
        if (compile_is_single(value)) continue;
        if (json_is_array(value)) TRY(check_list(m, keys[k], value, err));
        json_object_foreach((json_t *)value, found, part) {
            bool known = false;
            for (const char *const *name = names; *name; name++) known |= !strcmp(*name, found);
            if (!known) return fail_names(m, keys[k], found, names, err);
        }
    }
    return MICA_OK;
}

mica_status compile_check_options(const mica_model *m, const mica_compile_options *o,
                                  mica_error *err) {
    for (size_t i = (size_t)m->output_count; i < LENGTH(o->losses); i++)
        if (o->losses[i])
            return fail(err, MICA_VALUE, "compile: losses[%zu] is \"%s\", but model %s has %d %s",
                        i, o->losses[i], m->name, m->output_count,
                        m->output_count == 1 ? "output" : "outputs");
    for (size_t i = (size_t)m->output_count; i < LENGTH(o->loss_weights); i++)
        if (o->loss_weights[i] != 0)
            return fail(err, MICA_VALUE, "compile: loss_weights[%zu] is %g, but model %s has %d %s",
                        i, o->loss_weights[i], m->name, m->output_count,
                        m->output_count == 1 ? "output" : "outputs");
    return MICA_OK;
}

/* ---- what learns nothing ---- */

static int64_t last_extent(const shape *s) { return s->rank ? s->dims[s->rank - 1] : -1; }

/* The layer's activation, or it itself, is the softmax over an axis of extent 1. */
static bool softmax_of_one(const mica_layer *l, const shape *out) {
    const field *activation = NULL, *axis = NULL;
    for (const field *f = l->kind->fields; f->name; f++) {
        if (!strcmp(f->name, "activation") && f->type == FIELD_CONFIG) activation = f;
        if (!strcmp(f->name, "axis") && f->type == FIELD_INTEGER) axis = f;
    }
    if (!strcmp(l->kind->name, "Softmax") && axis) {
        int64_t at = *(const int64_t *)((const char *)l->options + axis->offset);
        if (at < 0) at += out->rank;
        return at >= 0 && at < out->rank && out->dims[at] == 1;
    }
    const char *text = activation ? *(const char *const *)(const void *)((const char *)l->options +
                                                                         activation->offset)
                                  : NULL;
    return text && !strcmp(text, "softmax") && last_extent(out) == 1;
}

void compile_warn_of_one_class(const mica_model *m) {
    for (size_t i = 0; i < m->node_count; i++)
        if (softmax_of_one(m->nodes[i].layer, &m->nodes[i].out[0]))
            context_log(m->ctx, MICA_LOG_WARNING,
                        "layer %s: a softmax over one unit is always 1 and learns nothing: did you "
                        "mean sigmoid?",
                        m->nodes[i].layer->name);
    for (int i = 0; i < m->output_count; i++) {
        const loss_kind *loss = m->compiled.loss[i]->kind;
        if ((loss == &loss_categorical_crossentropy ||
             loss == &loss_categorical_focal_crossentropy) &&
            last_extent(model_output_shape(m, i)) == 1)
            context_log(m->ctx, MICA_LOG_WARNING,
                        "loss %s wants an output for each class, but %s has one: nothing is "
                        "learned; consider binary_crossentropy for two classes",
                        loss->name, model_output_name(m, i));
    }
}
