/* Tables of fields: see fields.h. */
#include "base/fields.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(type, options, f) ((type *)((char *)(options) + (f)->offset))

mica_status fail_unknown(mica_error *err, const char *what, const char *kind, const char *name,
                         const char *const *known) {
    const char *near = nearest_name(name, known);
    if (near)
        return fail(err, MICA_NAME, "%s: unknown %s '%s' (did you mean '%s'?)", what, kind, name,
                    near);
    return fail(err, MICA_NAME, "%s: unknown %s '%s'", what, kind, name);
}

static mica_status check_number(const field *f, double value, const char *what, mica_error *err) {
    bool bounded = f->min != 0 || f->max != 0;
    double max = f->max == 0 && f->min >= 0 ? INFINITY : f->max;
    if (value != value && (f->flags & FIELD_NULLABLE)) return MICA_OK;
    if (value <= 0 && (f->flags & FIELD_POSITIVE)) {
        char got[32];
        format_real(got, value);
        return fail(err, MICA_VALUE, "%s: %s is %s, expected above 0", what, f->name, got);
    }
    if (value != value || (bounded && (value < f->min || value > max))) {
        char got[32], low[32], high[32];
        format_real(got, value), format_real(low, f->min), format_real(high, max);
        if (max == INFINITY)
            return fail(err, MICA_VALUE, "%s: %s is %s, expected at least %s", what, f->name, got,
                        low);
        return fail(err, MICA_VALUE, "%s: %s is %s, expected %s to %s", what, f->name, got, low,
                    high);
    }
    return MICA_OK;
}

static mica_status check_choice(const field *f, const char *value, const char *what,
                                mica_error *err) {
    if (!f->choices || !value) return MICA_OK;
    for (const char *const *c = f->choices; *c; c++)
        if (!strcmp(*c, value)) return MICA_OK;
    return fail_unknown(err, what, f->name, value, f->choices);
}

static bool integers_null(const field *f, const int64_t *values) {
    return (f->flags & FIELD_NULLABLE) && values[0] == NO_INTEGER;
}

/* Of a list in a caller's struct: how many of its places are filled. */
static mica_status check_count(const field *f, int64_t count, size_t most, const char *of,
                               const char *what, mica_error *err) {
    if (count >= 0 && count <= (int64_t)most) return MICA_OK;
    return fail(err, f->type == FIELD_SHAPE ? MICA_SHAPE : MICA_VALUE,
                "%s: %s has %lld %s, expected at most %zu", what, f->name, (long long)count, of,
                most);
}

static mica_status check_reals(const field *f, const mica_reals *reals, const char *what,
                               mica_error *err) {
    bool range = f->flags & FIELD_RANGE;
    TRY(check_count(f, reals->count, range ? 2 : LENGTH(reals->values), "numbers", what, err));
    for (int i = 0; i < reals->count; i++) TRY(check_number(f, reals->values[i], what, err));
    return MICA_OK;
}

static mica_status check_texts(const field *f, const mica_texts *texts, const char *what,
                               mica_error *err) {
    TRY(check_count(f, texts->count, LENGTH(texts->values), "texts", what, err));
    for (int i = 0; i < texts->count; i++)
        if (!texts->values[i])
            return fail(err, MICA_VALUE, "%s: %s: text %d is NULL", what, f->name, i);
    return MICA_OK;
}

static mica_status check_field(const field *f, const void *options, const char *what,
                               mica_error *err) {
    const int64_t *integers = AT(const int64_t, options, f);
    const char *text;
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_INTEGERS:
        if (integers_null(f, integers)) return MICA_OK;
        for (size_t i = 0; i < f->count; i++) TRY(check_number(f, (double)integers[i], what, err));
        return MICA_OK;
    case FIELD_REAL: return check_number(f, *AT(const double, options, f), what, err);
    case FIELD_REALS: return check_reals(f, AT(const mica_reals, options, f), what, err);
    case FIELD_TEXTS: return check_texts(f, AT(const mica_texts, options, f), what, err);
    case FIELD_SHAPE:
        return check_count(f, AT(const mica_shape, options, f)->rank, MICA_MAX_RANK, "dims", what,
                           err);
    case FIELD_DIMS:
        return check_count(f, AT(const field_dims, options, f)->count,
                           LENGTH(((field_dims *)0)->dims), "numbers", what, err);
    case FIELD_TEXT: return check_choice(f, *AT(const char *const, options, f), what, err);
    case FIELD_CONFIG:
        text = *AT(const char *const, options, f);
        return f->check && text ? f->check(text, what, f->name, err) : MICA_OK;
    default: return MICA_OK;
    }
}

mica_status fields_check(const field *fields, const void *options, const char *what,
                         mica_error *err) {
    for (const field *f = fields; f->name; f++) TRY(check_field(f, options, what, err));
    return MICA_OK;
}

static mica_status resolve_text(const field *f, void *options, arena *a, mica_error *err) {
    const char **text = AT(const char *, options, f);
    if (!*text) *text = f->initial_text;
    if (!*text) return MICA_OK;
    *text = arena_text(a, *text);
    return *text ? MICA_OK : fail_no_memory(err, f->name);
}

static mica_status resolve_texts(const field *f, mica_texts *texts, arena *a, mica_error *err) {
    for (int i = 0; i < texts->count; i++)
        if (!(texts->values[i] = arena_text(a, texts->values[i])))
            return fail_no_memory(err, f->name);
    return MICA_OK;
}

/* A nullable integer is null by default, or what `initial` says. */
static int64_t default_integer(const field *f) {
    bool null = (f->flags & FIELD_NULLABLE) && f->initial == 0;
    return null ? NO_INTEGER : (int64_t)f->initial;
}

/* A shape has no default, or one dim. */
static void default_shape(const field *f, void *options) {
    if (f->initial != 0) *AT(mica_shape, options, f) = (mica_shape){1, {(int64_t)f->initial}};
}

static bool resolve_integers(const field *f, int64_t *values) {
    bool given = values[0] != 0;
    for (size_t i = 0; i < f->count; i++) {
        if (values[i] == 0) values[i] = given ? values[0] : default_integer(f);
        else if (values[i] == MICA_ZERO) values[i] = 0;
    }
    return given;
}

mica_status fields_resolve(const field *fields, void *options, arena *a, const char *what,
                           mica_error *err) {
    for (const field *f = fields; f->name; f++) {
        bool given = true;
        double *real = AT(double, options, f);
        switch (f->type) {
        case FIELD_INTEGER:
        case FIELD_INTEGERS: given = resolve_integers(f, AT(int64_t, options, f)); break;
        case FIELD_REALS: given = AT(mica_reals, options, f)->count > 0; break;
        case FIELD_SHAPE:
            given = AT(mica_shape, options, f)->rank > 0;
            if (!given) default_shape(f, options);
            break;
        case FIELD_REAL:
            given = *real != 0;
            if (!given) *real = f->initial;
            else if (*real == (double)MICA_ZERO) *real = 0;
            break;
        case FIELD_TEXTS:
            TRY(check_field(f, options, what, err)); /* before they are read */
            TRY(resolve_texts(f, AT(mica_texts, options, f), a, err));
            given = AT(mica_texts, options, f)->count > 0;
            break;
        case FIELD_TEXT:
        case FIELD_CONFIG:
            TRY(resolve_text(f, options, a, err));
            given = *AT(char *, options, f) != NULL;
            break;
        default: break;
        }
        if (!given && (f->flags & FIELD_REQUIRED))
            return fail(err, MICA_VALUE, "%s: %s must be given", what, f->name);
        TRY(check_field(f, options, what, err));
    }
    return MICA_OK;
}

static mica_status wrong_kind(const field *f, const json_t *value, const char *expected,
                              const char *what, mica_error *err) {
    char text[CONFIG_SHOWN];
    return fail(err, MICA_TYPE, "%s: %s is %s, expected %s", what, f->name,
                config_show(value, text), expected);
}

static bool whole(const json_t *value) {
    double real = json_real_value(value);
    return json_is_integer(value) ||
           (json_is_real(value) && real == floor(real) && fabs(real) < 9e15);
}

static int64_t integer_of(const json_t *value) {
    return json_is_integer(value) ? (int64_t)json_integer_value(value)
                                  : (int64_t)json_real_value(value);
}

static mica_status wrong_count(const field *f, const json_t *value, size_t expected,
                               const char *what, mica_error *err) {
    return fail(err, MICA_VALUE, "%s: %s has %zu numbers, expected %zu", what, f->name,
                json_array_size(value), expected);
}

static mica_status read_numbers(const field *f, int64_t *out, size_t count, const json_t *value,
                                const char *what, mica_error *err) {
    if (json_array_size(value) != count) return wrong_count(f, value, count, what, err);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);
        if (!whole(item)) return wrong_kind(f, item, "an integer", what, err);
        out[i] = integer_of(item);
    }
    return MICA_OK;
}

static bool in_pairs(const field *f) { return (f->flags & FIELD_PAIRS) && f->count > 2; }

/* A number stands for both of its pair. */
static mica_status read_pairs(const field *f, int64_t *out, const json_t *value, const char *what,
                              mica_error *err) {
    size_t pairs = f->count / 2;
    if (json_array_size(value) != pairs) return wrong_count(f, value, pairs, what, err);
    for (size_t i = 0; i < pairs; i++) {
        const json_t *item = json_array_get(value, i);
        if (json_is_array(item)) TRY(read_numbers(f, out + 2 * i, 2, item, what, err));
        else if (whole(item)) out[2 * i] = out[2 * i + 1] = integer_of(item);
        else return wrong_kind(f, item, "an integer or a pair", what, err);
    }
    return MICA_OK;
}

static mica_status read_integers(const field *f, int64_t *out, const json_t *value,
                                 const char *what, mica_error *err) {
    if (json_is_null(value) && (f->flags & FIELD_NULLABLE)) {
        for (size_t i = 0; i < f->count; i++) out[i] = NO_INTEGER;
        return MICA_OK;
    }
    if (!json_is_array(value)) {
        if (!whole(value)) return wrong_kind(f, value, "an integer", what, err);
        for (size_t i = 0; i < f->count; i++) out[i] = integer_of(value);
        return MICA_OK;
    }
    if (in_pairs(f)) return read_pairs(f, out, value, what, err);
    return read_numbers(f, out, f->count, value, what, err);
}

static mica_status read_dims(const field *f, int64_t dims[8], size_t *count, const json_t *value,
                             const char *what, mica_error *err) {
    if (json_is_null(value) && (f->flags & FIELD_NULLABLE)) return MICA_OK;
    if (whole(value)) return *count = 1, dims[0] = integer_of(value), MICA_OK;
    if (!json_is_array(value)) return wrong_kind(f, value, "an array of integers", what, err);
    size_t n = json_array_size(value);
    if (n > 8)
        return fail(err, MICA_VALUE, "%s: %s has %zu numbers, expected at most 8", what, f->name,
                    n);
    *count = n;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(value, i);
        if (!whole(item) && !json_is_null(item))
            return wrong_kind(f, item, "an integer or null", what, err);
        dims[i] = json_is_null(item) ? -1 : integer_of(item);
    }
    return MICA_OK;
}

static mica_status read_list(const field *f, void *options, const json_t *value, const char *what,
                             mica_error *err) {
    field_dims *list = AT(field_dims, options, f);
    mica_shape *shape = AT(mica_shape, options, f);
    size_t count = 0;
    TRY(read_dims(f, f->type == FIELD_DIMS ? list->dims : shape->dims, &count, value, what, err));
    if (f->type == FIELD_DIMS) list->count = (int64_t)count;
    else shape->rank = (int)count;
    return MICA_OK;
}

static mica_status read_texts(const field *f, mica_texts *out, const json_t *value, arena *a,
                              const char *what, mica_error *err) {
    size_t i;
    json_t *item;
    if (json_is_null(value)) return MICA_OK;
    if (!json_is_array(value)) return wrong_kind(f, value, "an array of texts", what, err);
    if (json_array_size(value) > LENGTH(out->values))
        return fail(err, MICA_VALUE, "%s: %s has %zu texts, expected at most %zu", what, f->name,
                    json_array_size(value), LENGTH(out->values));
    json_array_foreach(value, i, item) {
        if (!json_is_string(item)) return wrong_kind(f, item, "a text", what, err);
        out->values[out->count++] = json_string_value(item);
    }
    return resolve_texts(f, out, a, err);
}

static mica_status read_reals(const field *f, mica_reals *out, const json_t *value,
                              const char *what, mica_error *err) {
    if (json_is_null(value) && (f->flags & FIELD_NULLABLE)) return MICA_OK;
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    if (n > LENGTH(out->values))
        return fail(err, MICA_VALUE, "%s: %s has %zu numbers, expected at most %zu", what, f->name,
                    n, LENGTH(out->values));
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_number(item)) return wrong_kind(f, item, "a number", what, err);
        out->values[i] = json_number_value(item);
    }
    out->count = (int)n;
    return MICA_OK;
}

static mica_status read_text(const field *f, const char **out, const json_t *value, arena *a,
                             const char *what, mica_error *err) {
    *out = NULL;
    if (json_is_null(value)) {
        if (!(f->flags & FIELD_NULLABLE)) *out = f->initial_text;
        return MICA_OK;
    }
    if (json_is_string(value) && !(f->flags & FIELD_JSON)) {
        *out = arena_text(a, json_string_value(value));
    } else if (f->type == FIELD_CONFIG &&
               (json_is_object(value) || (f->flags & FIELD_JSON) ||
                ((f->flags & FIELD_NUMBERS) && (json_is_array(value) || json_is_number(value))))) {
        char *text = config_text(value);
        *out = text ? arena_text(a, text) : NULL;
        free(text);
    } else {
        return wrong_kind(f, value, f->type == FIELD_TEXT ? "a string" : "a name or an object",
                          what, err);
    }
    return *out ? MICA_OK : fail_no_memory(err, f->name);
}

static mica_status read_field(const field *f, void *options, const json_t *value, arena *a,
                              const char *what, mica_error *err) {
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_INTEGERS: return read_integers(f, AT(int64_t, options, f), value, what, err);
    case FIELD_DIMS:
    case FIELD_SHAPE: return read_list(f, options, value, what, err);
    case FIELD_REAL:
        if (json_is_null(value) && (f->flags & FIELD_NULLABLE))
            return *AT(double, options, f) = NAN, MICA_OK;
        if (!json_is_number(value)) return wrong_kind(f, value, "a number", what, err);
        *AT(double, options, f) = json_number_value(value);
        return MICA_OK;
    case FIELD_REALS: return read_reals(f, AT(mica_reals, options, f), value, what, err);
    case FIELD_TEXTS: return read_texts(f, AT(mica_texts, options, f), value, a, what, err);
    case FIELD_BOOLEAN:
    case FIELD_NEGATED:
        if (json_is_null(value)) return *AT(bool, options, f) = f->type == FIELD_NEGATED, MICA_OK;
        if (!json_is_boolean(value)) return wrong_kind(f, value, "true or false", what, err);
        *AT(bool, options, f) = json_is_true(value) == (f->type == FIELD_BOOLEAN);
        return MICA_OK;
    default: return read_text(f, AT(const char *, options, f), value, a, what, err);
    }
}

static mica_status refuse_unknown_keys(const field *fields, const json_t *config,
                                       const char *const *ignored, const char *what,
                                       mica_error *err) {
    const char *key, *known[128];
    json_t *value;
    size_t count = 0;
    for (const field *f = fields; f->name && count + 1 < LENGTH(known); f++)
        known[count++] = f->name;
    known[count] = NULL;
    json_object_foreach((json_t *)config, key, value) {
        bool found = json_is_null(value); /* newer Keras: an option that is not used */
        for (size_t i = 0; i < count && !found; i++) found = !strcmp(known[i], key);
        for (const char *const *i = ignored; i && *i && !found; i++) found = !strcmp(*i, key);
        if (!found) return fail_unknown(err, what, "option", key, known);
    }
    return MICA_OK;
}

static mica_status set_default(const field *f, void *options, arena *a, mica_error *err) {
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_INTEGERS:
        for (size_t i = 0; i < f->count; i++) AT(int64_t, options, f)[i] = default_integer(f);
        return MICA_OK;
    case FIELD_REAL: *AT(double, options, f) = f->initial; return MICA_OK;
    case FIELD_SHAPE: default_shape(f, options); return MICA_OK;
    case FIELD_TEXT:
    case FIELD_CONFIG: return resolve_text(f, options, a, err);
    default: return MICA_OK;
    }
}

mica_status fields_read(const field *fields, void *options, const json_t *config, arena *a,
                        const char *const *ignored, const char *what, mica_error *err) {
    if (config && !json_is_object(config))
        return fail(err, MICA_TYPE, "%s: its config is %s, expected an object", what,
                    config_kind(config));
    TRY(refuse_unknown_keys(fields, config, ignored, what, err));
    for (const field *f = fields; f->name; f++) {
        const json_t *value = json_object_get(config, f->name);
        if (value) TRY(read_field(f, options, value, a, what, err));
        else if (f->flags & FIELD_REQUIRED)
            return fail(err, MICA_VALUE, "%s: %s must be given", what, f->name);
        else TRY(set_default(f, options, a, err));
        TRY(check_field(f, options, what, err));
    }
    return MICA_OK;
}

static json_t *integers_value(const field *f, const int64_t *values) {
    if (integers_null(f, values)) return json_null();
    if (f->type == FIELD_INTEGER) return json_integer(values[0]);
    json_t *list = json_array();
    if (in_pairs(f)) {
        for (size_t i = 0; i < f->count; i += 2)
            json_array_append_new(
                list, json_pack("[I, I]", (json_int_t)values[i], (json_int_t)values[i + 1]));
        return list;
    }
    for (size_t i = 0; i < f->count; i++) json_array_append_new(list, json_integer(values[i]));
    return list;
}

static json_t *dims_value(const int64_t *dims, int64_t count, bool unknown) {
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, dims[i] < 0 && unknown ? json_null() : json_integer(dims[i]));
    return list;
}

static json_t *reals_value(const field *f, const mica_reals *reals) {
    if (reals->count == 0 && (f->flags & FIELD_NULLABLE)) return json_null();
    if (reals->count == 1 && (f->flags & (FIELD_NULLABLE | FIELD_RANGE)))
        return json_real(reals->values[0]);
    json_t *list = json_array();
    for (int i = 0; i < reals->count; i++) json_array_append_new(list, json_real(reals->values[i]));
    return list;
}

static json_t *texts_value(const mica_texts *texts) {
    json_t *list = json_array();
    for (int i = 0; i < texts->count; i++)
        json_array_append_new(list, json_string(texts->values[i]));
    return list;
}

static json_t *text_value(const field *f, const char *value) {
    if (!value) return json_null();
    bool is_json = f->type == FIELD_CONFIG &&
                   (*value == '{' || (f->flags & (FIELD_NUMBERS | FIELD_JSON)));
    json_t *tree = is_json ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
    return tree ? tree : json_string(value);
}

static json_t *field_value(const field *f, const void *options) {
    double real = 0;
    const field_dims *list;
    const mica_shape *shape;
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_INTEGERS: return integers_value(f, AT(const int64_t, options, f));
    case FIELD_DIMS:
        list = AT(const field_dims, options, f);
        return dims_value(list->dims, list->count, true);
    case FIELD_SHAPE:
        shape = AT(const mica_shape, options, f);
        if (shape->rank == 0 && (f->flags & FIELD_NULLABLE)) return json_null();
        return dims_value(shape->dims, shape->rank, f->flags & FIELD_UNKNOWN);
    case FIELD_REAL:
        real = *AT(const double, options, f);
        return real != real ? json_null() : json_real(real);
    case FIELD_REALS: return reals_value(f, AT(const mica_reals, options, f));
    case FIELD_TEXTS: return texts_value(AT(const mica_texts, options, f));
    case FIELD_BOOLEAN: return json_boolean(*AT(const bool, options, f));
    case FIELD_NEGATED: return json_boolean(!*AT(const bool, options, f));
    default: return text_value(f, *AT(const char *const, options, f));
    }
}

/* Of the types that are spared: texts, numbers and booleans. */
static bool is_default(const field *f, const void *options) {
    switch (f->type) {
    case FIELD_TEXT: return !strcmp(*AT(const char *const, options, f), f->initial_text);
    case FIELD_INTEGER: return *AT(const int64_t, options, f) == NO_INTEGER;
    case FIELD_REAL: return *AT(const double, options, f) == f->initial;
    case FIELD_BOOLEAN: return !*AT(const bool, options, f);
    default: return false;
    }
}

mica_status fields_write(const field *fields, const void *options, json_t *config,
                         mica_error *err) {
    for (const field *f = fields; f->name; f++) {
        if ((f->flags & FIELD_HIDDEN) || ((f->flags & FIELD_SPARED) && is_default(f, options)))
            continue;
        if (json_object_set_new(config, f->name, field_value(f, options)))
            return fail_no_memory(err, f->name);
    }
    return MICA_OK;
}
