/* See contract.h. */
#include "serve/contract.h"

#include "format/card.h"
#include "train/bind.h"
#include "train/classifier.h"

#include <string.h>

static bool taken(const served_value *values, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (!strcmp(values[i].name, name)) return true;
    return false;
}

/* Two outputs of one layer have one name: the second gets its number behind it. */
static mica_status describe(const mica_model *m, const reference *r, const char *key,
                            const served_value *others, int count, arena *texts, served_value *out,
                            mica_error *err) {
    const model_node *n = &m->nodes[r->node];
    char numbered[256];
    out->name = key ? key : n->layer->name;
    if (taken(others, count, out->name)) {
        snprintf(numbered, sizeof numbered, "%s_%d", out->name, count);
        out->name = arena_text(texts, numbered);
    }
    out->dtype = n->out_dtype[r->tensor];
    return out->name ? MICA_OK : fail_no_memory(err, m->name);
}

static mica_status read_classes(const mica_model *m, arena *texts, contract *c, mica_error *err) {
    const json_t *classes = card_get(m, "classes");
    const size_t count = json_array_size(classes);
    if (!count || m->output_count != 1) return MICA_OK;
    const char **names = arena_take(texts, count * sizeof *names);
    if (!names) return fail_no_memory(err, m->name);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(classes, i));
        names[i] = name ? name : "";
    }
    c->classes = names;
    c->class_count = (int)count;
    return MICA_OK;
}

mica_status contract_of(const mica_model *m, const char *name, const char *version, arena *texts,
                        contract *c, mica_error *err) {
    *c = (contract){.name = name, .version = version, .card = m->card};
    c->inputs = m->input_count;
    c->outputs = m->output_count;
    for (int i = 0; i < c->inputs; i++) {
        c->in[i].shape = *model_input_shape(m, i);
        c->in[i].table_rows = input_table_rows(m, i, &c->in[i].table);
        TRY(describe(m, &m->inputs[i], m->input_key[i], c->in, i, texts, &c->in[i], err));
    }
    for (int i = 0; i < c->outputs; i++) {
        c->out[i].shape = *model_output_shape(m, i);
        TRY(describe(m, &m->outputs[i], m->output_key[i], c->out, i, texts, &c->out[i], err));
    }
    c->scores_classes = scores_classes(m);
    c->classifier = c->scores_classes || is_classifier(m);
    return read_classes(m, texts, c, err);
}
