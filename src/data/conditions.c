/* Rows by conditions: see conditions.h. */
#include "data/conditions.h"

#include "base/fields.h"
#include "data/condition_text.h"
#include "data/tabular.h"
#include "table/cell.h"
#include "table/edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static bool is_scalar(const json_t *value) {
    return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
}

/* The values as a list; NULL: they are not what the operator takes. */
static const json_t *values_of(condition_op op, json_t *entry) {
    json_t *value = json_object_get(entry, "value");
    const bool many = op == OP_IN || op == OP_NOT_IN;
    const json_t *one;
    size_t i;
    if (many != json_is_array(value)) return NULL;
    if (!many) {
        if (!is_scalar(value)) return NULL;
        json_object_set_new(entry, "value", json_pack("[O]", value));
        return json_object_get(entry, "value");
    }
    json_array_foreach(value, i, one) {
        if (!is_scalar(one)) return NULL;
    }
    return json_array_size(value) ? value : NULL;
}

static mica_status read_entry(json_t *entry, condition *out, mica_error *err) {
    static const char *const known[] = {"column", "op", "value", NULL};
    char shown[CONFIG_SHOWN];
    const char *key, *op = json_string_value(json_object_get(entry, "op"));
    json_t *value;
    json_object_foreach(entry, key, value) {
        bool found = false;
        for (int i = 0; known[i]; i++) found |= !strcmp(known[i], key);
        if (!found) return fail_unknown(err, "filter", "key", key, known);
    }
    out->column = json_string_value(json_object_get(entry, "column"));
    if (!out->column)
        return fail(err, MICA_TYPE, "filter: %s has no column, expected {\"column\": …, \"op\": …}",
                    config_show(entry, shown));
    int k = 0;
    while (op && condition_ops[k] && strcmp(condition_ops[k], op)) k++;
    if (!op || !condition_ops[k])
        return fail(
            err, MICA_VALUE,
            "filter: column %s: op is %s, expected ==, !=, <, <=, >, >=, in, not in, missing "
            "or not missing",
            out->column, config_show(json_object_get(entry, "op"), shown));
    out->op = (condition_op)k;
    value = json_object_get(entry, "value");
    if (out->op >= OP_MISSING) {
        if (!value || json_is_null(value)) return MICA_OK;
        return fail(err, MICA_VALUE, "filter: column %s: %s takes no value, found %s", out->column,
                    op, config_show(value, shown));
    }
    out->values = values_of(out->op, entry);
    if (out->values) return MICA_OK;
    return fail(err, MICA_TYPE, "filter: column %s: the value of %s is %s, expected %s",
                out->column, op, config_show(json_object_get(entry, "value"), shown),
                out->op >= OP_IN ? "a list of texts, numbers or truth values"
                                 : "a text, a number or a truth value");
}

static mica_status read_list(json_t *list, conditions *out, mica_error *err) {
    json_t *entry;
    size_t i;
    out->list = allocate(json_array_size(list) + 1, sizeof *out->list);
    if (!out->list) return fail_no_memory(err, "filter");
    json_array_foreach(list, i, entry) {
        char shown[CONFIG_SHOWN];
        json_t *object = NULL;
        if (json_is_string(entry)) {
            TRY(condition_written_out(json_string_value(entry), &object, err));
            json_array_set_new(list, i, object);
            entry = object;
        }
        if (!json_is_object(entry))
            return fail(err, MICA_TYPE,
                        "filter: %s, expected a condition such as {\"column\": \"year\", \"op\": "
                        "\">=\", \"value\": 2010}",
                        config_show(entry, shown));
        TRY(read_entry(entry, &out->list[i], err));
        out->count++;
    }
    return MICA_OK;
}

mica_status conditions_read(const char *text, conditions *out, mica_error *err) {
    *out = (conditions){0};
    if (!text) return MICA_OK;
    json_t *list = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!list) list = json_string(text);
    if (!json_is_array(list)) list = json_pack("[o]", list);
    out->tree = list;
    mica_status status = list ? read_list(list, out, err) : fail_no_memory(err, "filter");
    if (status != MICA_OK) conditions_free(out);
    return status;
}

void conditions_free(conditions *c) {
    json_decref(c->tree);
    free(c->list);
    *c = (conditions){0};
}

/* ---- what holds ---- */

/* A value as the column's cells are. */
typedef union operand {
    double number;
    int64_t whole; /* also a date */
} operand;

typedef struct testing {
    const condition *c;
    const table_column *column;
    const char *name; /* the table's */
    operand *value;   /* of numbers and dates */
    bool whole;       /* they are compared as whole numbers */
} testing;

static mica_status fail_value(const testing *t, const json_t *value, const char *expected,
                              mica_error *err) {
    char shown[CONFIG_SHOWN];
    return fail(err, MICA_TYPE, "%s: filter: column %s holds %s, and the value is %s", t->name,
                t->c->column, expected, config_show(value, shown));
}

static mica_status read_date(const testing *t, const json_t *value, int64_t *out, mica_error *err) {
    cell_room room;
    date_value date;
    if (!json_is_string(value) ||
        !cell_date(cell_in_room(json_string_value(value), json_string_length(value), room), &date))
        return fail_value(t, value, "dates", err);
    *out = date.microseconds;
    return MICA_OK;
}

static mica_status read_values(testing *t, mica_error *err) {
    const json_t *value;
    const mica_column_type type = t->column->type;
    size_t i;
    if (type == MICA_COLUMN_MISSING) return MICA_OK;
    t->whole = type == MICA_COLUMN_INTEGER;
    json_array_foreach(t->c->values, i, value) {
        if (is_text(type) && !json_is_string(value)) return fail_value(t, value, "texts", err);
        if (type == MICA_COLUMN_DATE) TRY(read_date(t, value, &t->value[i].whole, err));
        if (is_text(type) || type == MICA_COLUMN_DATE) continue;
        const bool truth = type == MICA_COLUMN_BOOLEAN && json_is_boolean(value);
        if (!truth && !json_is_number(value))
            return fail_value(t, value, type == MICA_COLUMN_BOOLEAN ? "truth values" : "numbers",
                              err);
        t->value[i].number = truth ? json_is_true(value) : json_number_value(value);
        t->whole &= json_is_integer(value);
    }
    json_array_foreach(t->c->values, i, value) {
        if (t->whole) t->value[i].whole = json_integer_value(value);
    }
    return MICA_OK;
}

static bool by_order(condition_op op, int order) {
    switch (op) {
    case OP_LESS: return order < 0;
    case OP_AT_MOST: return order <= 0;
    case OP_MORE: return order > 0;
    case OP_AT_LEAST: return order >= 0;
    default: return order == 0;
    }
}

static bool is_negative(condition_op op) { return op == OP_NOT_EQUAL || op == OP_NOT_IN; }

static int order_of_texts(const char *a, size_t m, const char *b, size_t n) {
    const int order = memcmp(a, b, m < n ? m : n);
    return order ? order : (m > n) - (m < n);
}

/* Of a cell that is there. */
static bool holds_number(const testing *t, double x) {
    const size_t n = json_array_size(t->c->values);
    bool any = false;
    for (size_t i = 0; i < n && !any; i++)
        any = by_order(t->c->op, (x > t->value[i].number) - (x < t->value[i].number));
    return any != is_negative(t->c->op);
}

static bool holds_whole(const testing *t, int64_t x) {
    const size_t n = json_array_size(t->c->values);
    bool any = false;
    for (size_t i = 0; i < n && !any; i++)
        any = by_order(t->c->op, (x > t->value[i].whole) - (x < t->value[i].whole));
    return any != is_negative(t->c->op);
}

static bool holds_text(const testing *t, const char *text, size_t length) {
    const json_t *value;
    size_t i;
    bool any = false;
    json_array_foreach(t->c->values, i, value) {
        any |= by_order(t->c->op, order_of_texts(text, length, json_string_value(value),
                                                 json_string_length(value)));
    }
    return any != is_negative(t->c->op);
}

static bool holds_cell(const testing *t, const bool *of_text, int64_t row) {
    const table_column *c = t->column;
    switch (c->type) {
    case MICA_COLUMN_BOOLEAN: return holds_number(t, ((int8_t *)c->cells)[row]);
    case MICA_COLUMN_NUMBER: return holds_number(t, ((double *)c->cells)[row]);
    case MICA_COLUMN_DATE: return holds_whole(t, ((int64_t *)c->cells)[row]);
    case MICA_COLUMN_INTEGER:
        return t->whole ? holds_whole(t, ((int64_t *)c->cells)[row])
                        : holds_number(t, (double)((int64_t *)c->cells)[row]);
    default: return of_text[((int32_t *)c->cells)[row]];
    }
}

static void mark(const testing *t, const bool *of_text, int64_t rows, bool *leave_out) {
    const condition_op op = t->c->op;
    for (int64_t row = 0; row < rows; row++) {
        const bool missing = cell_missing(t->column, row);
        if (op >= OP_MISSING) leave_out[row] |= missing != (op == OP_MISSING);
        else if (missing) leave_out[row] |= !is_negative(op);
        else leave_out[row] |= !holds_cell(t, of_text, row);
    }
}

static mica_status mark_one(testing *t, int64_t rows, bool *leave_out, mica_error *err) {
    const size_t texts = is_text(t->column->type) ? (size_t)t->column->texts.count : 0;
    bool *of_text = allocate(texts + 1, sizeof *of_text);
    t->value = allocate(json_array_size(t->c->values) + 1, sizeof *t->value);
    mica_status status = of_text && t->value ? MICA_OK : fail_no_memory(err, t->name);
    if (status == MICA_OK && t->c->values) status = read_values(t, err);
    for (size_t k = 0; k < texts && status == MICA_OK && t->c->values; k++) {
        size_t length;
        const char *text = text_at(&t->column->texts, (int32_t)k, &length);
        of_text[k] = holds_text(t, text, length);
    }
    if (status == MICA_OK) mark(t, of_text, rows, leave_out);
    free(of_text);
    free(t->value);
    return status;
}

mica_status conditions_check(const conditions *c, const mica_table *t, const char *name,
                             mica_error *err) {
    int at;
    for (int i = 0; i < c->count; i++)
        TRY(tabular_find(t, c->list[i].column, "filter", name, &at, err));
    return MICA_OK;
}

mica_status conditions_mark(const conditions *c, const mica_table *t, const char *name,
                            bool *leave_out, mica_error *err) {
    TRY(conditions_check(c, t, name, err));
    for (int i = 0; i < c->count; i++) {
        const int at = mica_table_find(t, c->list[i].column);
        testing one = {.c = &c->list[i], .column = &t->column[at], .name = name};
        TRY(mark_one(&one, t->rows, leave_out, err));
    }
    return MICA_OK;
}
