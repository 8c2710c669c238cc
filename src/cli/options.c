/* Options of commands: parsing, help. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT(type, options, o) ((type *)((char *)(options) + (o)->offset))

static bool usage(const command *c, const char *format, const char *a, const char *b) {
    fprintf(stderr, "mica %s: ", c->name);
    fprintf(stderr, format, a, b);
    fprintf(stderr, "\nmica %s --help tells the options.\n", c->name);
    return false;
}

static const option *find_option(const command *c, const char *name, size_t length) {
    for (const option *o = c->options; o->name; o++)
        if (strlen(o->name) == length && !strncmp(o->name, name, length)) return o;
    return NULL;
}

static bool unknown_option(const command *c, const char *argument) {
    const char *known[64], *near;
    size_t n = 0;
    for (const option *o = c->options; o->name && n + 1 < LENGTH(known); o++) known[n++] = o->name;
    known[n] = NULL;
    near = nearest_name(argument + 2, known);
    if (near) return usage(c, "unknown option %s (did you mean --%s?)", argument, near);
    return usage(c, "unknown option %s%s", argument, "");
}

static bool set_number(const command *c, const option *o, void *options, const char *value) {
    char *end;
    errno = 0;
    if (o->type == OPTION_INTEGER) {
        long long n = strtoll(value, &end, 10);
        if (*end || end == value || errno || (double)n < o->min)
            return usage(c, o->min >= 1 ? "--%s wants a whole number above 0, not '%s'" : "--%s wants a whole number, not '%s'", o->name, value);
        *AT(int64_t, options, o) = n;
        return true;
    }
    double x = strtod(value, &end);
    if (*end || end == value || x != x || x < o->min) return usage(c, "--%s wants a number, not '%s'", o->name, value);
    *AT(double, options, o) = x;
    return true;
}

static bool set_option(const command *c, const option *o, void *options, const char *value) {
    option_texts *list;
    switch (o->type) {
    case OPTION_FLAG: *AT(bool, options, o) = true; return true;
    case OPTION_TEXT: *AT(const char *, options, o) = value; return true;
    case OPTION_TEXTS:
        list = AT(option_texts, options, o);
        if (list->count == MOST_TEXTS) return usage(c, "--%s is given too often%s", o->name, "");
        list->at[list->count++] = value;
        return true;
    default: return set_number(c, o, options, value);
    }
}

static bool add_argument(const command *c, common_options *common, const char *value) {
    if (common->arguments == MOST_TEXTS || (c->max_arguments >= 0 && common->arguments >= c->max_arguments))
        return usage(c, "unexpected argument '%s'%s", value, "");
    common->argument[common->arguments++] = value;
    return true;
}

bool parse_options(const command *c, int argc, char **argv, void *options) {
    common_options *common = options;
    bool only_arguments = false;
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i], *equals = strchr(a, '=');
        if (only_arguments || a[0] != '-' || !a[1]) {
            if (!add_argument(c, common, a)) return false;
            continue;
        }
        if (!strcmp(a, "--")) {
            only_arguments = true;
            continue;
        }
        if (a[1] != '-') {
            if (!strcmp(a, "-h")) return common->help = true;
            return usage(c, "unknown option %s%s", a, "");
        }
        const option *o = find_option(c, a + 2, equals ? (size_t)(equals - a - 2) : strlen(a + 2));
        if (!o) return unknown_option(c, a);
        if (o->type == OPTION_FLAG && equals) return usage(c, "--%s takes no value%s", o->name, "");
        if (o->type != OPTION_FLAG && !equals && i + 1 == argc) return usage(c, "--%s wants a value%s", o->name, "");
        const char *value = o->type == OPTION_FLAG ? NULL : equals ? equals + 1 : argv[++i];
        if (!set_option(c, o, options, value)) return false;
    }
    if (!common->help && common->arguments < c->min_arguments)
        return usage(c, "expected: mica %s %s", c->name, c->arguments);
    return true;
}

void print_help(const command *c, FILE *out) {
    fprintf(out, "Usage: mica %s %s\n\n%s\n\nOptions:\n", c->name, c->arguments, c->summary);
    for (const option *o = c->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        fprintf(out, "  %-26s %s\n", left, o->help);
    }
    if (c->details) fprintf(out, "\n%s", c->details);
}
