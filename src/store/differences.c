/* See differences.h. */
#include "store/differences.h"

#include "base/config.h"
#include "format/card.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING "nothing"
enum { SHOWN = 160 }; /* letters of a value */

/* ---- the list ---- */

/* The text in the list's memory, cut where it is long. */
static const char *keep(difference_list *l, const char *text) {
    char cut[SHOWN + 4];
    const bool longer = strlen(text) > SHOWN;
    size_t n = SHOWN;
    while (longer && n && ((unsigned char)text[n] & 0xC0) == 0x80) n--; /* whole letters */
    if (longer) snprintf(cut, sizeof cut, "%.*s…", (int)n, text);
    const char *own = arena_text(&l->texts, longer ? cut : text);
    l->failed |= !own;
    return own ? own : "";
}

static void add(difference_list *l, const char *found, const char *expected, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
static void add(difference_list *l, const char *found, const char *expected, const char *format,
                ...) {
    char what[SHOWN];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (!grow(&l->at, &l->room, l->count + 1, sizeof *l->at)) l->failed = true;
    else l->at[l->count++] = (difference){keep(l, what), keep(l, found), keep(l, expected)};
}

/* As JSON, texts as they are. */
static const char *show(difference_list *l, const json_t *value) {
    char *text = NULL;
    if (!value) return NOTHING;
    if (json_is_string(value)) return keep(l, json_string_value(value));
    text = json_dumps(value, JSON_ENCODE_ANY);
    const char *own = text ? keep(l, text) : "";
    l->failed |= !text;
    free(text);
    return own;
}

static void compare(difference_list *l, const json_t *found, const json_t *expected,
                    const char *what, const char *key) {
    if (json_equal((json_t *)found, (json_t *)expected) || found == expected) return;
    add(l, show(l, found), show(l, expected), "%s%s%s", what, *what && *key ? ": " : "", key);
}

void differences_free(difference_list *l) {
    arena_free(&l->texts);
    free(l->at);
    *l = (difference_list){0};
}

void differences_text(const difference_list *l, char *out, size_t room) {
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < l->count && used < room; i++) {
        const difference *d = &l->at[i];
        const int n = snprintf(out + used, room - used, "%s%s: %s, expected %s", i ? "; " : "",
                               d->what, d->found, d->expected);
        if (n < 0 || (size_t)n >= room - used) {
            snprintf(out + used, room - used, "; …");
            return;
        }
        used += (size_t)n;
    }
}

/* ---- inputs and outputs ---- */

static const char *input_name(const mica_model *m, int i) {
    return m->input_key[i] ? m->input_key[i] : m->nodes[m->inputs[i].node].layer->name;
}

static const char *output_name(const mica_model *m, int i) {
    return m->output_key[i] ? m->output_key[i] : m->nodes[m->outputs[i].node].layer->name;
}

static void describe(char out[160], const model_node *n, int tensor, const shape *s) {
    char extents[128];
    shape_format(s, extents);
    snprintf(out, 160, "%s %s", mica_dtype_name(n->out_dtype[tensor]), extents);
}

static void describe_input(char out[160], const mica_model *m, int i) {
    describe(out, &m->nodes[m->inputs[i].node], m->inputs[i].tensor, model_input_shape(m, i));
}

static void describe_output(char out[160], const mica_model *m, int i) {
    describe(out, &m->nodes[m->outputs[i].node], m->outputs[i].tensor, model_output_shape(m, i));
}

static int find_input(const mica_model *m, const char *name) {
    for (int i = 0; i < m->input_count; i++)
        if (!strcmp(input_name(m, i), name)) return i;
    return -1;
}

static void compare_inputs(difference_list *l, const mica_model *found,
                           const mica_model *expected) {
    char a[160], b[160];
    for (int i = 0; i < expected->input_count; i++) {
        const char *name = input_name(expected, i);
        const int same = find_input(found, name);
        snprintf(a, sizeof a, NOTHING);
        if (same >= 0) describe_input(a, found, same);
        describe_input(b, expected, i);
        if (strcmp(a, b) != 0) add(l, a, b, "input \"%s\"", name);
    }
    for (int i = 0; i < found->input_count; i++) {
        describe_input(a, found, i);
        if (find_input(expected, input_name(found, i)) < 0)
            add(l, a, NOTHING, "input \"%s\"", input_name(found, i));
    }
}

/* By their places: a layer that was added renames the one at the end, which no client of a single
 * output has to name. */
static void compare_outputs(difference_list *l, const mica_model *found,
                            const mica_model *expected) {
    const int count = found->output_count > expected->output_count ? found->output_count
                                                                   : expected->output_count;
    char a[160], b[160];
    for (int i = 0; i < count; i++) {
        const bool in_found = i < found->output_count, in_expected = i < expected->output_count;
        const char *x = in_found ? output_name(found, i) : NOTHING,
                   *y = in_expected ? output_name(expected, i) : NOTHING;
        snprintf(a, sizeof a, NOTHING);
        snprintf(b, sizeof b, NOTHING);
        if (in_found) describe_output(a, found, i);
        if (in_expected) describe_output(b, expected, i);
        if (strcmp(a, b) != 0) add(l, a, b, "output %d (\"%s\")", i, in_expected ? y : x);
        else if (count > 1 && strcmp(x, y) != 0) add(l, x, y, "name of output %d", i);
    }
}

/* ---- the card ---- */

/* Lists: each place that differs; where one is no list or longer, both as a whole. */
static void compare_classes(difference_list *l, const json_t *found, const json_t *expected) {
    char what[40];
    if (!json_is_array(found) || json_array_size(found) != json_array_size(expected)) {
        compare(l, found, expected, "class names", "");
        return;
    }
    for (size_t i = 0; i < json_array_size(found); i++) {
        snprintf(what, sizeof what, "class %zu", i);
        compare(l, json_array_get(found, i), json_array_get(expected, i), what, "");
    }
}

static bool is_left_out(const char *key, const char *const *left_out) {
    for (; *left_out; left_out++)
        if (!strcmp(key, *left_out)) return true;
    return false;
}

/* Each member of two objects, but for some. */
static void compare_members(difference_list *l, const json_t *found, const json_t *expected,
                            const char *what, const char *const *left_out) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)expected, key, value) if (!is_left_out(key, left_out))
        compare(l, json_object_get(found, key), value, what, key);
    json_object_foreach((json_t *)found, key,
                        value) if (!is_left_out(key, left_out) && !json_object_get(expected, key))
        compare(l, value, NULL, what, key);
}

/* Size, colours and interpolation of pictures; what comes in as the data had it. */
static void compare_preparation(difference_list *l, const json_t *found, const json_t *expected) {
    static const char *const left_out[] = {"name", NULL};
    const size_t count = json_array_size(found) > json_array_size(expected)
                             ? json_array_size(found)
                             : json_array_size(expected);
    char what[60];
    for (size_t i = 0; i < count; i++) {
        const json_t *a = json_array_get(found, i), *b = json_array_get(expected, i);
        snprintf(what, sizeof what, "data of input %zu", i);
        if (json_is_object(a) && json_is_object(b)) compare_members(l, a, b, what, left_out);
        else compare(l, a, b, what, "");
    }
}

static const char *name_in(const json_t *object) {
    const char *name = json_string_value(json_object_get(object, "name"));
    return name ? name : "";
}

static const json_t *column_of(const json_t *columns, const char *name) {
    size_t i;
    json_t *column;
    json_array_foreach((json_t *)columns, i,
                       column) if (!strcmp(name_in(column), name)) return column;
    return NULL;
}

/* A fill is learned; whether there is one says if a cell may be missing. */
static void compare_column(difference_list *l, const json_t *found, const json_t *expected) {
    static const char *const left_out[] = {"name", "fill", NULL};
    static const char *const missing[] = {"refused", "filled in"};
    const bool a = json_object_get(found, "fill") != NULL,
               b = json_object_get(expected, "fill") != NULL;
    char what[SHOWN];
    snprintf(what, sizeof what, "column \"%s\"", name_in(expected));
    compare_members(l, found, expected, what, left_out);
    if (a != b) add(l, missing[a], missing[b], "%s: missing cells", what);
}

static json_t *order_of(const json_t *columns) {
    json_t *names = json_array(), *column;
    size_t i;
    json_array_foreach((json_t *)columns, i, column)
        json_array_append_new(names, json_string(name_in(column)));
    return names;
}

static void compare_columns(difference_list *l, const json_t *found, const json_t *expected) {
    const size_t before = l->count;
    size_t i;
    json_t *column;
    json_array_foreach((json_t *)expected, i, column) {
        const json_t *other = column_of(found, name_in(column));
        if (other) compare_column(l, other, column);
        else
            add(l, NOTHING, show(l, json_object_get(column, "type")), "column \"%s\"",
                name_in(column));
    }
    json_array_foreach((json_t *)found, i, column) if (!column_of(expected, name_in(column)))
        add(l, show(l, json_object_get(column, "type")), NOTHING, "column \"%s\"", name_in(column));
    if (l->count > before) return;
    json_t *a = order_of(found), *b = order_of(expected);
    compare(l, a, b, "order of columns", "");
    json_decref(a), json_decref(b);
}

static const json_t *unknown_of(const mica_model *m) {
    return json_object_get(json_object_get(card_get(m, "recipe"), "preprocessing"), "unknown");
}

static void compare_tables(difference_list *l, const mica_model *found,
                           const mica_model *expected) {
    static const char *const left_out[] = {"columns", "target", "sample_weight", NULL},
                             *const of_target[] = {"classes", NULL};
    const json_t *a = card_get(found, "table"), *b = card_get(expected, "table");
    if (!a || !b) {
        compare(l, a, b, "preparation of tables", "");
        return;
    }
    compare_columns(l, json_object_get(a, "columns"), json_object_get(b, "columns"));
    compare_members(l, a, b, "table", left_out);
    compare_members(l, json_object_get(a, "target"), json_object_get(b, "target"), "target",
                    of_target);
    compare(l, unknown_of(found), unknown_of(expected), "categories that training had not", "");
}

mica_status find_differences(const mica_model *found, const mica_model *expected,
                             difference_list *out, mica_error *err) {
    compare_inputs(out, found, expected);
    compare_outputs(out, found, expected);
    compare_classes(out, card_get(found, "classes"), card_get(expected, "classes"));
    if (card_get(found, "table") || card_get(expected, "table"))
        compare_tables(out, found, expected);
    else compare_preparation(out, card_get(found, "inputs"), card_get(expected, "inputs"));
    return out->failed ? fail_no_memory(err, "what differs") : MICA_OK;
}
