/* Learned cleaning as JSON, to a model's card and back: see clean_known.h. */
#include "data/clean_known.h"

#include "data/tabular.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- to ---- */

/* Those that are not the defaults. */
static json_t *options_json(const mica_clean_options *o) {
    json_t *all = json_object(), *usual = json_object(), *value;
    mica_clean_options none = {.size = sizeof none};
    arena memory = {0};
    const char *key;
    void *next;
    bool done = fields_resolve(clean_fields, &none, &memory, "clean", NULL) == MICA_OK &&
                fields_write(clean_fields, &none, usual, NULL) == MICA_OK &&
                fields_write(clean_fields, o, all, NULL) == MICA_OK;
    json_object_foreach_safe(all, next, key, value) {
        if (json_equal(value, json_object_get(usual, key))) json_object_del(all, key);
    }
    json_decref(usual);
    arena_free(&memory);
    if (done) return all;
    json_decref(all);
    return NULL;
}

static json_t *repair_json(const repaired *r) {
    json_t *out = json_pack("{s:s}", "type", mica_column_type_name(r->type));
    if (r->decimal) json_object_set_new(out, "decimal", json_stringn(&r->decimal, 1));
    if (r->order) json_object_set_new(out, "order", json_stringn(&r->order, 1));
    if (r->whole) json_object_set_new(out, "whole", json_true());
    if (r->timed) json_object_set_new(out, "timed", json_true());
    if (r->percent) json_object_set_new(out, "percent", json_true());
    return out;
}

static bool is_kept(const cleaned_column *d) {
    const bool repairs = d->looked && d->repair.type != MICA_COLUMN_TEXT;
    return !d->left_out && (is_spelled(d) || repairs || d->limited || d->fills ||
                            !strcmp(d->o.missing, "forward_fill") || !strcmp(d->o.missing, "drop"));
}

static json_t *column_json(const char *name, const cleaned_column *d) {
    json_t *out = json_pack("{s:s, s:o, s:s, s:s, s:s}", "name", name, "options",
                            options_json(&d->o), "before", mica_column_type_name(d->before), "read",
                            mica_column_type_name(d->spelled_type), "type",
                            mica_column_type_name(d->type));
    if (d->looked && d->repair.type != MICA_COLUMN_TEXT)
        json_object_set_new(out, "repair", repair_json(&d->repair));
    if (d->spelled.timed) json_object_set_new(out, "timed", json_true());
    if (d->spelled.zoned) json_object_set_new(out, "zoned", json_true());
    if (d->limited && isfinite(d->low)) json_object_set_new(out, "low", json_real(d->low));
    if (d->limited && isfinite(d->high)) json_object_set_new(out, "high", json_real(d->high));
    if (d->fills)
        json_object_set_new(out, "fill",
                            is_text(d->type) ? json_stringn(d->value, d->value_length)
                                             : json_real(d->fill));
    return out;
}

json_t *known_cleaning_write(const cleaning *c) {
    json_t *columns = json_array();
    for (int i = 0; i < c->head->count; i++)
        if (is_kept(&c->column[i]) &&
            json_array_append_new(columns, column_json(c->head->column[i].name, &c->column[i]))) {
            json_decref(columns);
            return NULL;
        }
    return json_pack("{s:o}", "columns", columns);
}

/* ---- back ---- */

static mica_status fail_card(const char *what, mica_error *err) {
    return fail(err, MICA_FORMAT, "fitted: clean: %s, expected what was learned of a column", what);
}

static bool type_in(const json_t *object, const char *key, mica_column_type *out) {
    const char *text = json_string_value(json_object_get(object, key));
    for (int i = 0; text && i <= MICA_COLUMN_TEXT; i++) {
        if (strcmp(text, mica_column_type_name((mica_column_type)i)) != 0) continue;
        *out = (mica_column_type)i;
        return true;
    }
    return false;
}

static char sign_in(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? *text : 0;
}

static mica_status read_repair(const json_t *how, repaired *out, mica_error *err) {
    *out = (repaired){.decimal = sign_in(how, "decimal"),
                      .order = sign_in(how, "order"),
                      .whole = json_is_true(json_object_get(how, "whole")),
                      .timed = json_is_true(json_object_get(how, "timed")),
                      .percent = json_is_true(json_object_get(how, "percent")),
                      .row = -1};
    return type_in(how, "type", &out->type) ? MICA_OK : fail_card("repair", err);
}

static mica_status read_fill(const json_t *fill, cleaned_column *d, arena *memory,
                             mica_error *err) {
    if (!fill) return MICA_OK;
    if (is_text(d->type) ? !json_is_string(fill) : !json_is_number(fill))
        return fail_card("fill", err);
    d->fills = true;
    d->fill = json_number_value(fill);
    d->fill_real = d->type == MICA_COLUMN_NUMBER; /* whole numbers too, as in the training */
    if (!is_text(d->type)) return MICA_OK;
    d->value_length = json_string_length(fill);
    d->value = arena_copy(memory, json_string_value(fill), d->value_length + 1);
    return d->value ? MICA_OK : fail_no_memory(err, "clean");
}

static double limit_in(const json_t *object, const char *key, double none) {
    const json_t *value = json_object_get(object, key);
    return value ? json_number_value(value) : none;
}

static mica_status read_column(const json_t *how, cleaned_column *d, arena *memory,
                               mica_error *err) {
    const json_t *repair = json_object_get(how, "repair");
    *d = (cleaned_column){.o = mica_clean_defaults()};
    if (!type_in(how, "before", &d->before) || !type_in(how, "read", &d->spelled_type) ||
        !type_in(how, "type", &d->type))
        return fail_card("types", err);
    TRY(fields_read(clean_fields, &d->o, json_object_get(how, "options"), memory, NULL,
                    "fitted: clean: options", err));
    d->looked = repair != NULL;
    if (repair) TRY(read_repair(repair, &d->repair, err));
    d->spelled.timed = json_is_true(json_object_get(how, "timed"));
    d->spelled.zoned = json_is_true(json_object_get(how, "zoned"));
    d->limited = json_object_get(how, "low") || json_object_get(how, "high");
    d->low = limit_in(how, "low", -INFINITY), d->high = limit_in(how, "high", INFINITY);
    d->limits_real = d->limited && d->type == MICA_COLUMN_NUMBER;
    return read_fill(json_object_get(how, "fill"), d, memory, err);
}

mica_status known_cleaning_read(const json_t *preparation, known_cleaning *out, mica_error *err) {
    const json_t *clean = json_object_get(json_object_get(preparation, "table"), "clean"),
                 *columns = json_object_get(clean, "columns"), *how;
    size_t i;
    *out = (known_cleaning){0};
    out->column = allocate(json_array_size(columns) + 1, sizeof *out->column);
    out->name = allocate(json_array_size(columns) + 1, sizeof *out->name);
    mica_status status = out->column && out->name ? MICA_OK : fail_no_memory(err, "clean");
    json_array_foreach(columns, i, how) {
        const char *name = json_string_value(json_object_get(how, "name"));
        if (status != MICA_OK) break;
        out->name[i] = name ? arena_text(&out->memory, name) : NULL;
        if (!name) status = fail_card("a column without a name", err);
        else if (!out->name[i]) status = fail_no_memory(err, name);
        else status = read_column(how, &out->column[i], &out->memory, err);
        out->count++;
    }
    if (status != MICA_OK) known_cleaning_free(out);
    return status;
}

void known_cleaning_free(known_cleaning *k) {
    free(k->column), free(k->name);
    arena_free(&k->memory);
    *k = (known_cleaning){0};
}
