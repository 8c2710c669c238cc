/* See true_label.h. */
#include "serve/true_label.h"

#include <math.h>
#include <string.h>

static int64_t classes_of(const contract *c) {
    const shape *s = &c->out[0].shape;
    const int64_t width = s->rank > 1 ? s->dims[s->rank - 1] : 1;
    return width == 1 ? 2 : width;
}

static bool has_name(const contract *c, const char *text) {
    for (int i = 0; i < c->class_count; i++)
        if (!strcmp(c->classes[i], text)) return true;
    return false;
}

/* A label as the cells of a table are written, of which names of classes were made. */
static const char *as_text(const json_t *label, char room[40]) {
    if (json_is_string(label)) return json_string_value(label);
    if (json_is_boolean(label)) return json_is_true(label) ? "True" : "False";
    if (json_is_integer(label)) snprintf(room, 40, "%lld", (long long)json_integer_value(label));
    else format_real(room, json_real_value(label));
    return room;
}

static bool is_class(const contract *c, const json_t *label) {
    char room[40];
    if (json_is_object(label) || json_is_array(label) || json_is_null(label)) return false;
    if (json_is_string(label) && !c->classes) return true; /* names are the caller's own */
    const double number = json_is_number(label) ? json_number_value(label) : -1;
    if (number >= 0 && number == floor(number) && number < (double)classes_of(c)) return true;
    return c->classes && has_name(c, as_text(label, room));
}

static mica_status fail_class(const contract *c, const json_t *label, mica_error *err) {
    enum { SHOWN = 8 };
    char shown[CONFIG_SHOWN];
    strbuf names = {0};
    for (int i = 0; c->classes && i < c->class_count && i < SHOWN; i++)
        strbuf_add(&names, "\"%s\", ", c->classes[i]);
    if (c->classes && c->class_count > SHOWN) strbuf_add(&names, "… ");
    const mica_status status = fail(
        err, MICA_VALUE, "%s is no class of model %.100s: expected %.500s%s0 to %lld",
        config_show(label, shown), c->name, names.data ? names.data : "",
        c->classes ? "or a class's number, " : "a class's number, ", (long long)classes_of(c) - 1);
    strbuf_free(&names);
    return status;
}

/* Numbers in lists in lists: of several values a sample, of several samples. */
static mica_status check_numbers(const contract *c, const json_t *label, mica_error *err) {
    char shown[CONFIG_SHOWN];
    size_t i;
    json_t *item;
    if (json_is_array(label) && json_array_size(label)) {
        json_array_foreach((json_t *)label, i, item) TRY(check_numbers(c, item, err));
        return MICA_OK;
    }
    if (json_is_number(label) && isfinite(json_number_value(label))) return MICA_OK;
    return fail(err, MICA_VALUE, "%s is no number, and model %.100s gives numbers",
                config_show(label, shown), c->name);
}

static mica_status check_classes(const contract *c, const json_t *label, mica_error *err) {
    size_t i;
    json_t *item;
    if (!json_is_array(label) || !json_array_size(label))
        return is_class(c, label) ? MICA_OK : fail_class(c, label, err);
    json_array_foreach((json_t *)label, i, item) {
        if (!is_class(c, item))
            return fail_within(err, fail_class(c, item, err), "sample %zu", i + 1);
    }
    return MICA_OK;
}

/* The card says that it was trained on numbers; of a model without one nobody knows. */
static bool gives_numbers(const contract *c) {
    const json_t *target = json_object_get(json_object_get(c->card, "table"), "target");
    const char *type = json_string_value(json_object_get(target, "type"));
    return type && !strcmp(type, "number") && !c->classifier;
}

mica_status true_label_check(const contract *c, const json_t *label, mica_error *err) {
    if (c->outputs != 1 || c->out[0].dtype == MICA_STRING) return MICA_OK;
    if (c->scores_classes) return check_classes(c, label, err);
    return gives_numbers(c) ? check_numbers(c, label, err) : MICA_OK;
}
