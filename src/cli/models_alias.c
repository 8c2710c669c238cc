/* mica models alias: a name that stands for a version. */
#include "cli/repository_of.h"

typedef struct alias_options {
    common_options common;
    const char *repository;
    bool remove;
} alias_options;

#define O alias_options
static const option options[] = {
    REPOSITORY_OPTION(O),
    FLAG(O, remove, "remove", "the alias goes"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status alias(mica_context *ctx, const alias_options *o, mica_error *err) {
    char by[160];
    change_of c;
    int64_t now, before;
    const char *const *words = o->common.argument;
    if (o->remove != (o->common.arguments == 2))
        return fail(err, MICA_VALUE, "expected NAME ALIAS VERSION, or NAME ALIAS with --remove");
    TRY(change_by(ctx, o->repository, words[0], by, &c, err));
    TRY(store_alias(&c, words[1], o->remove ? NULL : words[2], &now, &before, err));
    if (o->common.json)
        print_json(json_pack("{s:s, s:s, s:I, s:I}", "name", words[0], "alias", words[1], "version",
                             (json_int_t)now, "before", (json_int_t)before));
    else if (o->remove)
        printf("%s: %s is no version any more (it was %lld)\n", words[0], words[1],
               (long long)before);
    else printf("%s: %s is version %lld\n", words[0], words[1], (long long)now);
    return MICA_OK;
}

static int run(void *raw) {
    const alias_options *o = raw;
    mica_context *ctx = open_context(&o->common, 0);
    mica_error err = {0};
    return finish(ctx, &o->common, alias(ctx, o, &err), &err);
}

const command command_models_alias = {
    "models alias",
    "NAME ALIAS [VERSION]",
    "let a name stand for a version",
    options,
    sizeof(alias_options),
    2,
    3,
    run,
    "VERSION is a number or another alias. The champion is what servers answer with where no\n"
    "version is asked for: mica models alias NAME champion candidate.\n"};
