/* See preparation.h. */
#include "serve/preparation.h"

#include "format/card.h"
#include "train/bind.h"

#include <stdlib.h>
#include <string.h>

#define TABLE "the card's table"

static uint64_t name_hash(const char *name, size_t length) {
    return hash_bytes(HASH_BEGIN, name, length);
}

int preparation_column(const preparation *p, const char *name, size_t length) {
    size_t at = 0;
    const uint64_t hash = name_hash(name, length);
    for (int i; (i = index_next(&p->by_name, hash, &at)) >= 0;)
        if (strlen(p->names[i]) == length && !memcmp(p->names[i], name, length)) return i;
    return -1;
}

static mica_status add_column(preparation *p, const char *name, size_t length, cell_form form,
                              const json_t *categories, mica_error *err) {
    if (preparation_column(p, name, length) >= 0) return MICA_OK; /* a date, and parts of it */
    char *own = arena_copy(&p->texts, name, length + 1);
    if (!own) return fail_no_memory(err, TABLE);
    own[length] = 0;
    p->column[p->known] = (row_column){own, form, categories, known_column(&p->cleaning, own)};
    p->names[p->known] = own;
    if (!index_add(&p->by_name, name_hash(own, length), p->known))
        return fail_no_memory(err, TABLE);
    p->columns += form != FORM_UNREAD;
    p->known++;
    return MICA_OK;
}

static mica_status add_prepared(preparation *p, const json_t *how, mica_error *err) {
    static const char *const types[] = {"number", "date", "category", "text", NULL};
    const char *name = config_member(how, "name"), *type = config_member(how, "type");
    size_t length = name ? strlen(name) : 0;
    int part, form = 0;
    if (!name || !type) return fail(err, MICA_FORMAT, "card: a column of the table lacks its name");
    if (!strcmp(type, "date_part") && tabular_part_of(name, &length, &part))
        return add_column(p, name, length, FORM_DATE, NULL, err);
    while (types[form] && strcmp(types[form], type) != 0) form++;
    if (!types[form])
        return fail(err, MICA_FORMAT, "card: column %s of the table has the unknown type '%s'",
                    name, type);
    return add_column(p, name, length, (cell_form)form, json_object_get(how, "categories"), err);
}

static mica_status add_unread(preparation *p, const char *name, mica_error *err) {
    return name ? add_column(p, name, strlen(name), FORM_UNREAD, NULL, err) : MICA_OK;
}

/* Columns of the card's table, then those that a training table has beside them. */
static mica_status add_columns(preparation *p, json_t *table, mica_error *err) {
    const json_t *columns = json_object_get(table, "columns");
    const size_t count = json_array_size(columns);
    size_t i;
    json_t *how;
    if (!count) return fail(err, MICA_FORMAT, "card: the table has no columns");
    p->column = allocate(count + 2, sizeof *p->column);
    p->names = allocate(count + 3, sizeof *p->names);
    if (!p->column || !p->names) return fail_no_memory(err, TABLE);
    json_array_foreach((json_t *)columns, i, how) TRY(add_prepared(p, how, err));
    TRY(add_unread(p, config_member(json_object_get(table, "target"), "name"), err));
    TRY(add_unread(p, config_member(table, "sample_weight"), err));
    json_object_del(table, "target");
    json_object_del(table, "sample_weight");
    return MICA_OK;
}

/* Which prepared column feeds which input: decided as training did. */
static void bind(preparation *p, const mica_model *m) {
    mica_dataset d = {0};
    const json_t *table = json_object_get(p->tree, "table");
    for (int i = 0; i < tabular_inputs(table); i++) {
        const char *name = tabular_input_name(table, i);
        dataset_add_column(&d, name ? name : "", COLUMN_INPUT, MICA_FLOAT64, &(shape){0});
    }
    for (int k = 0; k < m->input_count; k++) p->feed[k] = input_column(m, &d, k);
}

/* A model's own inputs as the columns of a table; NULL: they are no single numbers or texts. */
static json_t *inputs_as_table(const mica_model *m) {
    json_t *columns = json_array();
    bool single = true;
    for (int i = 0; i < m->input_count; i++) {
        const shape *s = model_input_shape(m, i);
        const model_node *n = &m->nodes[m->inputs[i].node];
        single &= s->rank == 1 || (s->rank == 2 && s->dims[1] == 1);
        json_array_append_new(columns,
                              json_pack("{s:s, s:s}", "name", n->layer->name, "type",
                                        n->out_dtype[0] == MICA_STRING ? "text" : "number"));
    }
    if (single) return json_pack("{s:s, s:o}", "inputs", "columns", "columns", columns);
    json_decref(columns);
    return NULL;
}

static mica_status prepare(preparation *p, const mica_model *m, json_t *table, mica_error *err) {
    const json_t *recipe = json_object_get(card_get(m, "recipe"), "preprocessing");
    const char *unknown = config_member(recipe, "unknown");
    p->tree = json_pack("{s:O}", "table", table);
    if (!p->tree) return fail_no_memory(err, TABLE);
    TRY(known_cleaning_read(p->tree, &p->cleaning, err));
    TRY(add_columns(p, table, err));
    p->options = mica_tabular_defaults();
    p->options.impute = "constant"; /* as was found: the card's "fill" */
    p->options.unknown = unknown && !strcmp(unknown, "minus_one") ? "minus_one" : "error";
    bind(p, m);
    return MICA_OK;
}

mica_status preparation_new(const mica_model *m, preparation **out, mica_error *err) {
    const json_t *of_card = card_get(m, "table");
    json_t *table = of_card ? json_deep_copy(of_card) : inputs_as_table(m);
    *out = NULL;
    if (!table) return of_card ? fail_no_memory(err, TABLE) : MICA_OK;
    preparation *p = allocate(1, sizeof *p);
    mica_status status = p ? prepare(p, m, table, err) : fail_no_memory(err, TABLE);
    json_decref(table);
    if (p) p->of_card = of_card != NULL;
    if (status == MICA_OK) *out = p;
    else preparation_free(p);
    return status;
}

void preparation_free(preparation *p) {
    if (!p) return;
    json_decref(p->tree);
    index_free(&p->by_name);
    known_cleaning_free(&p->cleaning);
    arena_free(&p->texts);
    free(p->names);
    free(p->column);
    free(p);
}

bool row_wanted(const contract *c) { return c->preparation && c->preparation->of_card; }
