/* Options of commands: parsing, help. */
#include "cli/cli.h"

#include "base/fields.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define AT(type, options, o) ((type *)((char *)(options) + (o)->offset))

int wrong_usage(const command *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "mica %s: ", c->name);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nmica %s --help tells the options.\n", c->name);
    return EXIT_USAGE;
}
#define WRONG(...) (wrong_usage(__VA_ARGS__), false)

const char *command_word(const command *c) {
    const char *space = strrchr(c->name, ' ');
    return space ? space + 1 : c->name;
}

/* Whether an earlier command of this list, or the owner, has an option of that name. */
static bool named_before(const command *owner, const command *const *until, const char *name) {
    for (const option *o = owner->options; o->name; o++)
        if (!strcmp(o->name, name)) return true;
    for (const command *const *c = owner->commands; c != until; c++)
        for (const option *o = (*c)->options; o->name; o++)
            if (!strcmp(o->name, name)) return true;
    return false;
}

const option *command_option(const command *c, size_t i) {
    for (const option *o = c->options; o->name; o++)
        if (i-- == 0) return o;
    for (const command *const *inner = c->commands; inner && *inner; inner++)
        for (const option *o = (*inner)->options; o->name; o++)
            if (!named_before(c, inner, o->name) && i-- == 0) return o;
    return NULL;
}

static const option *find_option(const command *c, const char *name, size_t length) {
    for (const option *o = c->options; o->name; o++)
        if (strlen(o->name) == length && !strncmp(o->name, name, length)) return o;
    return NULL;
}

static bool unknown_option(const command *c, const char *argument, size_t length) {
    const char *known[64], *near;
    char name[64];
    size_t n = 0;
    snprintf(name, sizeof name, "%.*s", (int)length, argument + 2);
    for (const option *o = c->options; o->name && n + 1 < LENGTH(known); o++) known[n++] = o->name;
    known[n] = NULL;
    near = nearest_name(name, known);
    if (near) return WRONG(c, "unknown option --%s (did you mean --%s?)", name, near);
    return WRONG(c, "unknown option %s", argument);
}

static mica_status out_of_range(const option *o, const char *value, mica_error *err) {
    const char *sort = o->type == OPTION_INTEGER ? "a whole number" : "a number";
    if (o->max >= 9e15)
        return fail(err, MICA_VALUE, "--%s wants %s of at least %g, not '%s'", o->name, sort,
                    o->min, value);
    return fail(err, MICA_VALUE, "--%s wants %s from %.10g to %.10g, not '%s'", o->name, sort,
                o->min, o->max, value);
}

static mica_status set_number(const option *o, void *options, const char *value, mica_error *err) {
    char *end;
    errno = 0;
    if (o->type == OPTION_INTEGER) {
        long long n = strtoll(value, &end, 10);
        if (*end || end == value || errno || (double)n < o->min || (double)n > o->max)
            return out_of_range(o, value, err);
        *AT(int64_t, options, o) = n;
        return MICA_OK;
    }
    double x = strtod(value, &end);
    if (*end || end == value || !(x >= o->min && x <= o->max)) return out_of_range(o, value, err);
    *AT(double, options, o) = x;
    return MICA_OK;
}

static mica_status set_text(const option *o, void *options, const char *value, mica_error *err) {
    bool known = !o->choices;
    strbuf all = {0};
    for (const char *const *k = o->choices; k && *k && !known; k++) {
        known = !strcmp(*k, value);
        strbuf_add(&all, "%s%s", all.length ? ", " : "", *k);
    }
    if (known) *AT(const char *, options, o) = value;
    else
        fail(err, MICA_VALUE, "--%s wants one of %s, not '%s'", o->name, all.data ? all.data : "",
             value);
    strbuf_free(&all);
    return known ? MICA_OK : MICA_VALUE;
}

static mica_status set_option(const option *o, void *options, const char *value, mica_error *err) {
    option_texts *list;
    switch (o->type) {
    case OPTION_FLAG: *AT(bool, options, o) = true; return MICA_OK;
    case OPTION_TEXT: return set_text(o, options, value, err);
    case OPTION_TEXTS:
        list = AT(option_texts, options, o);
        if (list->count == MOST_TEXTS)
            return fail(err, MICA_VALUE, "--%s is given too often", o->name);
        list->at[list->count++] = value;
        return MICA_OK;
    default: return set_number(o, options, value, err);
    }
}

static bool add_argument(const command *c, common_options *common, const char *value) {
    if (c->max_arguments >= 0 && common->arguments >= c->max_arguments)
        return WRONG(c, "unexpected argument '%s'", value);
    if (common->arguments == MOST_TEXTS) return WRONG(c, "more than %d arguments", MOST_TEXTS);
    common->argument[common->arguments++] = value;
    return true;
}

/* Numbers that nobody gives are told from zeros. */
static void clear_numbers(const command *c, void *options) {
    ((common_options *)options)->threads = NOT_GIVEN;
    for (const option *o = c->options; o->name; o++) {
        if (o->type == OPTION_INTEGER) *AT(int64_t, options, o) = NOT_GIVEN;
        if (o->type == OPTION_REAL) *AT(double, options, o) = NAN;
    }
}

/* argv[*i] begins with "--"; takes its value too. */
static bool parse_one(const command *c, int argc, char **argv, int *i, void *options) {
    const char *a = argv[*i], *equals = strchr(a, '=');
    size_t length = equals ? (size_t)(equals - a - 2) : strlen(a + 2);
    const option *o = find_option(c, a + 2, length);
    if (!o) return unknown_option(c, a, length);
    if (o->type == OPTION_FLAG && equals) return WRONG(c, "--%s takes no value", o->name);
    if (o->type != OPTION_FLAG && !equals && *i + 1 == argc)
        return WRONG(c, "--%s wants a value: --%s %s", o->name, o->name, o->argument);
    const char *value = o->type == OPTION_FLAG ? NULL : equals ? equals + 1 : argv[++*i];
    mica_error err;
    return set_option(o, options, value, &err) == MICA_OK || WRONG(c, "%s", err.message);
}

bool parse_options(const command *c, int argc, char **argv, void *options) {
    common_options *common = options;
    bool only_arguments = false;
    clear_numbers(c, options);
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i];
        if (only_arguments || a[0] != '-' || !a[1]) {
            if (!add_argument(c, common, a)) return false;
        } else if (!strcmp(a, "--")) {
            only_arguments = true;
        } else if (!strcmp(a, "-h") || !strcmp(a, "--help")) {
            return common->help = true;
        } else if (a[1] != '-') {
            return WRONG(c, "unknown option %s", a);
        } else if (!parse_one(c, argc, argv, &i, options)) {
            return false;
        }
    }
    if (common->arguments < c->min_arguments)
        return WRONG(c, "expected: mica %s %s", c->name, c->arguments);
    return true;
}

/* ---- options from a file ---- */

static bool is_given(const option *o, void *options) {
    switch (o->type) {
    case OPTION_FLAG: return *AT(bool, options, o);
    case OPTION_INTEGER: return *AT(int64_t, options, o) != NOT_GIVEN;
    case OPTION_REAL: return !isnan(*AT(double, options, o));
    case OPTION_TEXTS: return AT(option_texts, options, o)->count > 0;
    default: return *AT(const char *, options, o) != NULL;
    }
}

static mica_status take_value(const option *o, void *options, const json_t *value,
                              mica_error *err) {
    char text[CONFIG_SHOWN];
    if (o->type == OPTION_FLAG && json_is_boolean(value)) {
        *AT(bool, options, o) = json_is_true(value);
        return MICA_OK;
    }
    const bool number = o->type == OPTION_INTEGER || o->type == OPTION_REAL;
    if (number ? json_is_number(value) : o->type != OPTION_FLAG && json_is_string(value))
        return set_option(o, options, number ? config_show(value, text) : json_string_value(value),
                          err);
    return fail(err, MICA_TYPE, "%s is %s, expected %s", o->name, config_show(value, text),
                o->type == OPTION_FLAG ? "true or false"
                : number               ? "a number"
                                       : "a string");
}

/* max_batch is --max-batch. */
static const option *find_setting(const command *c, const char *key) {
    for (const option *o = c->options; o->name; o++) {
        size_t i = 0;
        while (key[i] && (o->name[i] == key[i] || (o->name[i] == '-' && key[i] == '_'))) i++;
        if (!key[i] && !o->name[i] && !strchr(key, '-')) return o;
    }
    return NULL;
}

static mica_status unknown_setting(const command *c, const char *key, const char *const *others,
                                   mica_error *err) {
    const char *known[64] = {0};
    char names[64][32];
    size_t n = 0;
    for (const char *const *k = others; *k && n + 1 < LENGTH(known); k++) known[n++] = *k;
    for (const option *o = c->options; o->name && n + 1 < LENGTH(known); o++) {
        snprintf(names[n], sizeof names[n], "%s", o->name);
        for (char *at = names[n]; *at; at++)
            if (*at == '-') *at = '_';
        known[n] = names[n];
        n++;
    }
    return fail_unknown(err, c->name, "setting", key, known);
}

mica_status options_from_config(const command *c, const json_t *config, const char *const *others,
                                void *options, mica_error *err) {
    const char *key;
    json_t *value, *one;
    json_object_foreach((json_t *)config, key, value) {
        const char *const *other = others;
        while (*other && strcmp(*other, key)) other++;
        if (*other) continue;
        const option *o = find_setting(c, key);
        if (!o) return unknown_setting(c, key, others, err);
        if (is_given(o, options)) continue;
        size_t i;
        if (o->type != OPTION_TEXTS || !json_is_array(value))
            TRY(take_value(o, options, value, err));
        else json_array_foreach(value, i, one) TRY(take_value(o, options, one, err));
    }
    return MICA_OK;
}

static void print_commands(const command *c, FILE *out) {
    fprintf(out, "Commands:\n");
    for (const command *const *i = c->commands; *i; i++)
        fprintf(out, "  %-10s %s\n", command_word(*i), (*i)->summary);
    fprintf(out, "\n");
}

void print_help(const command *c, FILE *out) {
    fprintf(out, "Usage: mica %s%s%s\n\n%s\n\n", c->name, c->arguments[0] ? " " : "", c->arguments,
            c->summary);
    if (c->commands) print_commands(c, out);
    fprintf(out, "Options:\n");
    for (const option *o = c->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        fprintf(out, "  %-26s %s\n", left, o->help);
    }
    if (c->details) fprintf(out, "\n%s", c->details);
}
