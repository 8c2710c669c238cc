/* mica publish: a model becomes a version in a repository. */
#include "store/publish.h"
#include "cli/repository_of.h"

#include <string.h>

typedef struct publish_command {
    common_options common;
    const char *repository;
    option_texts alias;
    int64_t version;
    bool force;
} publish_command;

#define O publish_command
static const option options[] = {
    REPOSITORY_OPTION(O),
    TEXTS_OPTION(
        O, alias, "alias", "NAME",
        "a name for this version: champion (the default version), candidate, or any other"),
    COUNT_OPTION(O, version, "version", "N", 1, "its number (default: the next one)"),
    FLAG(O, force, "force", "also where its input contract is not the champion's"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static json_t *differences_json(const difference_list *l) {
    json_t *list = json_array();
    for (size_t i = 0; i < l->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "what", l->at[i].what, "found",
                                              l->at[i].found, "expected", l->at[i].expected));
    return list;
}

/* Each one, where no error names them all: it has room for some. */
static void tell_differences(const publish_command *o, const published *p, const char *error) {
    for (size_t i = 0; i < p->differences.count; i++) {
        difference *d = &p->differences.at[i];
        char text[sizeof((mica_error *)0)->message];
        differences_text(&(difference_list){.at = d, .count = 1}, text, sizeof text);
        if (!strstr(error, text))
            warn(&o->common, "%s: found %s, expected %s", d->what, d->found, d->expected);
    }
}

static void tell(const publish_command *o, const char *name, const published *p) {
    json_t *aliases = json_array();
    for (int i = 0; i < o->alias.count; i++)
        json_array_append_new(aliases, json_string(o->alias.at[i]));
    if (o->common.json)
        print_json(json_pack("{s:s, s:I, s:s, s:O, s:o}", "name", name, "version",
                             (json_int_t)p->version, "sha256", p->sha256, "aliases", aliases,
                             "differences", differences_json(&p->differences)));
    else printf("%s version %lld\n", name, (long long)p->version);
    for (int i = 0; i < o->alias.count && !o->common.json; i++)
        say(&o->common, "it is %s", o->alias.at[i]);
    json_decref(aliases);
}

static mica_status publish(mica_context *ctx, const publish_command *o, mica_error *err) {
    char by[160];
    published p;
    publish_options wish = {.path = o->common.argument[0],
                            .name = o->common.argument[1],
                            .by = by,
                            .aliases = o->alias.at,
                            .alias_count = o->alias.count,
                            .version = given(o->version) ? o->version : 0,
                            .force = o->force};
    TRY(repository_of(o->repository, &wish.repository, err));
    user_and_host(by);
    mica_status status = store_publish(ctx, &wish, &p, err);
    tell_differences(o, &p, status == MICA_OK ? "" : err->message);
    if (status == MICA_OK) tell(o, wish.name, &p);
    differences_free(&p.differences);
    return status;
}

static int run(void *raw) {
    const publish_command *o = raw;
    mica_context *ctx = open_context(&o->common, 0);
    mica_error err = {0};
    return finish(ctx, &o->common, publish(ctx, o, &err), &err);
}

const command command_publish = {
    "publish",
    "MODEL NAME",
    "put a model into a repository, as a version",
    options,
    sizeof(publish_command),
    2,
    2,
    run,
    "MODEL is a model file, NAME what it is called. It is loaded before it is published, and\n"
    "refused where clients of the champion (else of the newest version) could not use it. Servers\n"
    "that watch the repository take it up: docs/repository.md.\n"};
