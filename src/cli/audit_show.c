/* mica audit show: records of an audit log, filtered. */
#include "cli/audit.h"

#include <string.h>

typedef struct show_options {
    common_options common;
    const char *who, *action, *model, *outcome, *request, *since, *until;
} show_options;

#define O show_options
static const option options[] = {
    TEXT_OPTION(O, who, "who", "NAME", "of that caller alone"),
    TEXT_OPTION(O, action, "action", "NAME", "of that action: predict, load, refuse …"),
    TEXT_OPTION(O, model, "model", "NAME", "of that model"),
    TEXT_OPTION(O, outcome, "outcome", "NAME", "with that outcome: ok, or a code such as 403"),
    TEXT_OPTION(O, request, "request", "ID", "of that request"),
    TEXT_OPTION(O, since, "since", "TIME",
                "from that time on (UTC): 2026-11-29T10:00, or its begin"),
    TEXT_OPTION(O, until, "until", "TIME", "before that time"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static bool is(const json_t *record, const char *name, const char *wanted) {
    const char *text = json_string_value(json_object_get(record, name));
    return !wanted || (text && !strcmp(text, wanted));
}

static bool is_wanted(const show_options *o, const json_t *record) {
    const char *time = json_string_value(json_object_get(record, "time"));
    if ((o->since || o->until) && !time) return false;
    return is(record, "who", o->who) && is(record, "action", o->action) &&
           is(record, "model", o->model) && is(record, "outcome", o->outcome) &&
           is(record, "request", o->request) && (!o->since || strcmp(time, o->since) >= 0) &&
           (!o->until || strcmp(time, o->until) < 0);
}

/* Times are compared letter by letter: what is no beginning of one would show nothing. */
static mica_status check_time(const char *name, const char *text, mica_error *err) {
    static const char form[] = "0000-00-00T00:00:00.000000Z";
    size_t i = 0;
    while (text && text[i] && i < sizeof form - 1 &&
           (form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i]))
        i++;
    if (!text || (i >= 4 && !text[i])) return MICA_OK;
    return fail(err, MICA_VALUE, "--%s is \"%s\", expected a time such as 2026-11-29T10:00", name,
                text);
}

static bool see(void *user, const char *line, size_t length) {
    json_t *record = NULL;
    const bool good = config_parse(line, length, "a record", &record, NULL) == MICA_OK;
    if (!good || is_wanted(user, record)) printf("%.*s\n", (int)length, line);
    json_decref(record);
    return !ferror(stdout);
}

static int run(void *raw) {
    show_options *o = raw;
    mica_error err = {0};
    mica_status status = check_time("since", o->since, &err);
    if (status == MICA_OK) status = check_time("until", o->until, &err);
    if (status == MICA_OK) status = audit_each(o->common.argument[0], see, o, &err);
    return status == MICA_OK ? EXIT_DONE : report(&o->common, &err);
}

const command command_audit_show = {
    "audit show",
    "FOLDER|SEGMENT",
    "the records, a line of JSON each, as they were written",
    options,
    sizeof(show_options),
    1,
    1,
    run,
    "The chain is not checked (mica audit verify does); a line that cannot be read is shown."};
